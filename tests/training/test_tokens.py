"""Training of what Imagine writes with: both halves, breaks, the command, and what is measured."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from stylestudio.checkpoints import CheckpointError, TokensFile, read_tokens, write_tokens
from stylestudio.cli.main import run
from stylestudio.networks.lexicon import WordList
from stylestudio.networks.picture_codes import PictureCodesConfig
from stylestudio.text import open_picture_writer
from stylestudio.training.tokens import report
from stylestudio.training.tokens.codes import CodesTraining
from stylestudio.training.tokens.trainer import POOL, TokensSettings, TokensTrainer

TINY = TokensSettings(
    codes=PictureCodesConfig(side=16, widths=(8, 8), codes=16, dim=4),
    code_steps=4,
    code_batch=4,
    width=16,
    layers=1,
    writing_steps=3,
    writing_batch=4,
    painted=4,
    every=2,
)


@pytest.fixture(scope="module")
def taught():
    """A few steps of both halves; enough to tell that they learn."""
    settings = replace(
        TINY, code_steps=20, writing_steps=80, code_batch=16, writing_batch=16, painted=16, every=50
    )
    trainer = TokensTrainer(settings)
    return trainer, [trainer.advance().loss for _ in range(settings.steps)]


def test_both_halves_learn(taught):
    _, losses = taught
    assert sum(losses[15:20]) < 0.6 * sum(losses[:5])
    assert sum(losses[-5:]) < 0.97 * sum(losses[20:25])


def test_codes_that_nothing_is_like_are_put_to_use():
    config = replace(TINY.codes, codes=8)
    training = CodesTraining(config, 3, torch.ones(16, 16), torch.device("cpu"))
    generator = torch.Generator().manual_seed(0)
    seen = F.normalize(torch.randn(1, 200, 4, generator=generator), dim=2)
    training.network.codebook[1:] = -seen.mean((0, 1))  # all but one in the same place
    for _ in range(100):
        codes = training.network.nearest(seen)
        training._move_codes(seen[0], codes[0], generator)
    assert len(training.network.nearest(seen).unique()) == 8
    lengths = training.network.codebook.norm(dim=1)
    torch.testing.assert_close(lengths, torch.ones_like(lengths))


@pytest.mark.parametrize("broken_at", [2, 4, 5])
def test_training_that_goes_on_ends_where_one_without_a_break_does(broken_at):
    whole = TokensTrainer(TINY)
    while not whole.finished:
        whole.advance()
    first, second = TokensTrainer(TINY), TokensTrainer(TINY)
    for _ in range(broken_at):
        first.advance()
    second.load_state_dict(first.state_dict())
    while not second.finished:
        second.advance()
    for part in ("codes", "writing"):
        one, other = getattr(whole, part).network, getattr(second, part).network
        for name, value in one.state_dict().items():
            assert torch.equal(value, other.state_dict()[name]), (part, name)
    assert len(whole.writing) == len(second.writing) == 4 * 4


def test_words_begin_with_what_a_lexicon_makes_of_them():
    from stylestudio.checkpoints import read_lexicon
    from stylestudio.resources import resource_path

    lexicon = read_lexicon(resource_path("text", "lexicon.safetensors"))
    writing = TokensTrainer(TINY, lexicon=lexicon).writing
    text = "a woman with curly red hair and glasses"
    mine = writing.network.read(torch.tensor([writing.words.tokens(text, 16)]))
    theirs = lexicon.network.read(torch.tensor([lexicon.words.tokens(text, 16)]))
    torch.testing.assert_close(mine, theirs)


def test_ctrl_c_leaves_a_training_that_goes_on_to_a_file(tmp_path, ctrl_c, capsys, monkeypatch):
    monkeypatch.setattr(
        "stylestudio.training.tokens.trainer.TokensSettings",
        lambda **given: replace(TINY, bfloat16=given["bfloat16"]),
    )
    out = tmp_path / "few.safetensors"
    asked = ["train", "tokens", "--out", str(out), "--work-dir", str(tmp_path / "work")]
    with ctrl_c(TokensTrainer):
        assert run(asked) == 130
    assert "--resume continues" in capsys.readouterr().err
    assert run([*asked, "--resume"]) == 0
    writer = open_picture_writer(out)
    assert (writer.side, writer.length) == (16, 16)
    assert "glasses" in writer.words
    assert list((tmp_path / "work").glob("samples-*.png"))


@pytest.fixture
def written(taught, tmp_path):
    """The file of a short training."""
    trainer, _ = taught
    path = tmp_path / "taught.safetensors"
    words = trainer.writing.words
    write_tokens(trainer.codes.network, trainer.writing.network, words, path)
    return read_tokens(path)


def test_training_goes_on_from_a_file(written):
    whole, first, second = (TokensTrainer(TINY, start=written) for _ in range(3))
    assert whole.settings.steps == TINY.writing_steps
    text = torch.tensor([written.words.tokens("a woman with red hair", 16)])
    torch.testing.assert_close(whole.writing.network.read(text), written.writer.read(text))
    while not whole.finished:
        whole.advance()
    assert len(whole.writing) >= POOL  # as many as codes would have been learnt from
    before, after = written.codes.state_dict(), whole.codes.network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert not torch.equal(whole.writing.network.read(text), written.writer.read(text))
    first.advance()
    second.load_state_dict(first.state_dict())
    while not second.finished:
        second.advance()
    assert torch.equal(second.writing.network.read(text), whole.writing.network.read(text))


def test_a_file_of_other_sizes_is_refused(written):
    with pytest.raises(CheckpointError, match="taught has other sizes or words"):
        TokensTrainer(replace(TINY, width=32), start=written)


def test_codes_that_are_kept_have_no_steps(written, tmp_path, capsys):
    path = tmp_path / "kept.safetensors"
    write_tokens(written.codes, written.writer, written.words, path)
    assert run(["train", "tokens", "--init", str(path), "--code-steps", "9"]) == 2
    assert "leave out --code-steps" in capsys.readouterr().err


class Regressors:
    """Reads every attribute of every picture as high."""

    side = 32

    def __call__(self, pictures):
        assert pictures.shape[-1] == self.side  # enlarged to what regressors look at
        return torch.ones(len(pictures), 52)


class Text:
    """Finds all pictures alike."""

    def embed_images(self, pictures):
        return torch.ones(len(pictures), 1)

    def embed_text(self, texts):
        return torch.ones(len(texts), 1)


def test_what_captions_say_is_counted(taught):
    trainer, _ = taught
    words = WordList(trainer.writing.words.words)
    tokens = TokensFile(trainer.codes.network, trainer.writing.network, words, "few", "")
    said = []
    found = report.evaluate(
        tokens, Regressors(), Text(), trainer.scene, captions=8, report=said.append
    )
    assert said == list(range(1, 9))
    assert [one.things for one in found] == [1, 2, 2, 3, 3, 3, 4, 4, 4, 4] * 2
    senses = trainer.writing.speaker.worlds["Portraits"].senses
    assert {(one.attribute, 1) in senses for one in found} == {True}
    assert {one.written for one in found} == {0.0, 1.0}  # as captions say high or low
    assert all(one.written == one.kept == one.coded == one.painted for one in found)
