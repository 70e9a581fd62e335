"""Imagine: pictures that are written for words, ranked, and written to files."""

import json

import pytest
import safetensors.torch
import torch
from PIL import Image

import stylestudio as ss
from stylestudio.checkpoints import CheckpointError, write_lexicon, write_tokens
from stylestudio.cli.main import run
from stylestudio.networks.lexicon import LexiconConfig, LexiconNetwork, WordList
from stylestudio.networks.picture_codes import PictureCodes, PictureCodesConfig
from stylestudio.networks.token_transformer import TokenTransformer, TokenTransformerConfig
from stylestudio.text.imagining import AT_ONCE, ImagineSettings, Imagining
from stylestudio.text.prompts import Target, wishes_of

WORDS = WordList(("a", "bright", "dark", "picture"))


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    torch.manual_seed(2)
    codes = PictureCodes(PictureCodesConfig(side=16, widths=(8, 8), codes=8, dim=4))
    config = TokenTransformerConfig(
        len(WORDS), codes=8, grid=4, width=8, layers=1, heads=2, hidden=8, text_width=6
    )
    path = tmp_path_factory.mktemp("writers") / "few.safetensors"
    write_tokens(codes.eval(), TokenTransformer(config).eval(), WORDS, path)
    return path


@pytest.fixture(scope="module")
def text_file(tmp_path_factory):
    torch.manual_seed(3)
    config = LexiconConfig(len(WORDS), image_size=32, widths=(8, 8), narrow=4, hidden=16, dim=12)
    path = tmp_path_factory.mktemp("texts") / "words.safetensors"
    write_lexicon(LexiconNetwork(config).eval(), WORDS, path)
    return path


@pytest.fixture
def given(file, text_file):
    return {"text": ss.open_text_model(text_file), "writer": ss.open_picture_writer(file)}


def test_the_pictures_that_fit_best_are_kept(given):
    all_of_them = ss.imagine("a bright picture", 20, written=20, **given)
    best = ss.imagine("a bright picture", 3, written=20, **given)
    likenesses = [one.likeness for one in all_of_them]
    assert likenesses == sorted(likenesses, reverse=True)
    assert [one.likeness for one in best] == likenesses[:3]
    assert best[0].picture.shape == (16, 16, 3)
    target = Target(given["text"], wishes_of("a bright picture"))
    pixels = torch.from_numpy(best[0].picture).permute(2, 0, 1)[None] / 255
    again = target.likeness(given["text"].embed_images(pixels)).item()
    assert again == pytest.approx(best[0].likeness, abs=1e-2)  # 8 bits are not all


def test_a_seed_brings_the_same_pictures_and_another_others(given):
    one, same, other = (ss.imagine("bright", seed=seed, **given) for seed in (1, 1, 2))
    assert (one[0].picture == same[0].picture).all()
    assert (one[0].picture != other[0].picture).any()


def test_weights_count(given):
    writer = given["writer"]
    bright, dark = (writer.read(wishes_of(word)) for word in ("bright", "dark"))
    both = writer.read(wishes_of({"bright": 2.0, "dark": -1.0}))
    torch.testing.assert_close(both, 2 * bright - dark)


def test_cancel_ends_it_within_a_step(given):
    cancel, seen = ss.Cancel(), []

    def stop(progress):
        seen.append(progress.done)
        if progress.done == 5:
            cancel.cancel()

    with pytest.raises(ss.Cancelled):
        ss.imagine("bright", on_progress=stop, cancel=cancel, **given)
    assert seen == [1, 2, 3, 4, 5]


def test_progress_counts_the_codes_of_all_rounds(given):
    settings = ImagineSettings(wishes=wishes_of("bright"), written=AT_ONCE + 1)
    steps = list(Imagining(settings, **given).run())
    assert [step.done for step in steps[:-1]] == list(range(1, 33))
    assert {step.total for step in steps} == {32}
    assert len(steps[-1].found) == 4


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"words": "a brigth picture"}, 'Imagine doesn\'t know the word "brigth"; try bright.'),
        ({"words": ""}, "There are no words to read; type some."),
        ({"words": "dark", "count": 0}, "count is 0 of 16"),
        ({"words": "dark", "count": 300}, "keep at least 1"),
        ({"words": "dark", "guidance": -1.0}, "guidance must lie in 0..10"),
        ({"words": "dark", "temperature": 0.0}, "temperature above 0"),
        ({"words": "dark", "top_k": 0}, "top_k above 0"),
    ],
)
def test_what_can_not_be_imagined_is_one_sentence(given, asked, said):
    with pytest.raises(ss.TextModelError) as error:
        ss.imagine(**asked, **given)
    assert said in str(error.value)
    assert len(str(error.value)) <= 160


@pytest.mark.parametrize(
    "facts",
    [
        {"words": ["a"]},
        {"words": 3},
        {"writer": {"width": 10**9}},
        {"writer": {"heads": 0}},
        {"writer": {"heads": 3}},
        {"writer": {"grid": 5}},
        {"writer": {"layers": 2}},
        {"writer": {"colour": 1}},
        {"writer": {"reach": -1}},
        {"codes": {"side": 17}},
        {"codes": {"widths": [10**7, 8]}},
        {"codes": {"widths": "no"}},
        {"codes": {"dim": 5}},
    ],
)
def test_a_damaged_file_is_one_sentence(file, tmp_path, facts):
    tensors = safetensors.torch.load_file(file)
    with safetensors.safe_open(file, "pt") as opened:
        known = json.loads(opened.metadata()["tokens"])
    for name, value in facts.items():
        known[name] = known[name] | value if isinstance(value, dict) else value
    path = tmp_path / "odd.safetensors"
    safetensors.torch.save_file(tensors, path, {"tokens": json.dumps(known)})
    with pytest.raises(CheckpointError, match=r"odd\.safetensors is damaged") as error:
        ss.open_picture_writer(path)
    assert len(str(error.value)) <= 160


def test_another_file_is_named_in_one_sentence(text_file, tmp_path):
    with pytest.raises(CheckpointError, match=r"words\.safetensors doesn't write pictures"):
        ss.open_picture_writer(text_file)
    with pytest.raises(CheckpointError, match="does not exist"):
        ss.open_picture_writer(tmp_path / "none.safetensors")


def test_the_command_writes_a_sheet(file, text_file, tmp_path, capsys):
    out = tmp_path / "sheet.png"
    asked = ["words", "imagine", "a bright picture", "dark:-1", "--out", str(out)]
    asked += ["--writer", str(file), "--text", str(text_file)]
    assert run([*asked, "--count", "6"]) == 0
    assert "likeness" in capsys.readouterr().out
    sheet = Image.open(out)
    assert sheet.size == (4 * 16, 2 * 16)
    assert sheet.convert("RGB").getpixel((40, 20)) == (255, 255, 255)  # no picture there
    assert run([*asked[:2], "loud", *asked[4:]]) == 1
    assert "Imagine doesn't know the word" in capsys.readouterr().err


def test_the_built_in_writer_does_as_it_is_told():
    """Backdrops of sixteen pictures each; what is said of them shows."""
    light, dark = (
        sum(one.picture[:8, :8].mean() for one in ss.imagine(words, 16)) / 16
        for words in ("a man with a very light backdrop", "a man with a very dark backdrop")
    )
    assert light > dark + 40
