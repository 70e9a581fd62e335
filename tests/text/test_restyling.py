"""Styles that words ask for: blends, styles of their own, any kind of network, any text model."""

import gc
import weakref
from unittest.mock import patch

import plain_towers
import pytest
import torch
from PIL import Image
from test_words import Brightness
from tfjs_writer import EMBEDDING, magenta_transformer, write_tfjs

import stylestudio as ss
from stylestudio.checkpoints import write_lexicon
from stylestudio.cli.main import run
from stylestudio.networks.adain import AdaINDecoder, AdaINEncoder, AdaINTransformer
from stylestudio.networks.lexicon import LexiconConfig, LexiconNetwork, WordList
from stylestudio.networks.text_image import TextImageConfig, TowerConfig
from stylestudio.progress import Cancelled
from stylestudio.render import StyleModel
from stylestudio.text.finding import FindSettings, Search
from stylestudio.text.measuring_cost import measure_costs, measure_memory, random_text_model
from stylestudio.text.prompts import wishes_of
from stylestudio.text.restyling import Restyle, RestyleSettings, grown_bank
from stylestudio.text.views import cut_outs

WORDS = WordList(("a", "bright", "dark", "picture"))


@pytest.fixture
def styles(bank_path):
    return ss.open_styles(bank_path)


@pytest.fixture
def picture():
    torch.manual_seed(5)
    small = torch.rand(1, 3, 6, 8)
    return torch.nn.functional.interpolate(small, (48, 64), mode="bilinear")


@pytest.fixture
def file(tmp_path):
    torch.manual_seed(3)
    config = LexiconConfig(len(WORDS), image_size=32, widths=(8, 8), narrow=4, hidden=16, dim=12)
    write_lexicon(LexiconNetwork(config).eval(), WORDS, tmp_path / "words.safetensors")
    return tmp_path / "words.safetensors"


def points(bank, picture, start=None, **given):
    settings = RestyleSettings(wishes=wishes_of(given.pop("words", "bright")), **given)
    work = Restyle(bank, Brightness(), settings, picture, start)
    return [each.found for each in work.run() if each.found]


def test_cut_outs_differ_and_lead_back_to_the_picture(picture):
    shown = picture[..., :48].clone().requires_grad_(True)
    views = cut_outs(shown, 5, 32, torch.Generator().manual_seed(0))
    assert views.shape == (5, 3, 32, 32)
    assert views.min() >= 0
    assert views.max() <= 1
    assert all((views[0] - view).abs().mean() > 0.01 for view in views[1:])
    views.sum().backward()
    assert (shown.grad != 0).float().mean() > 0.5
    again = cut_outs(shown, 5, 32, torch.Generator().manual_seed(0))
    assert torch.equal(views, again)


@pytest.mark.parametrize("blend", [False, True])
@pytest.mark.parametrize("words", ["bright", "dark"])
def test_a_style_comes_nearer_to_the_words_than_any_of_the_bank(styles, picture, words, blend):
    found = points(styles, picture, words=words, blend=blend, steps=12, nearness=0.0)
    alone = [
        points(styles, picture, {name: 1.0}, words=words, steps=0)[0].likeness
        for name in styles.names
    ]
    assert found[0].likeness == pytest.approx(max(alone), abs=1e-5)  # it starts from the best
    assert [each.step for each in found] == [0, 5, 10, 12]
    painted = styles.paint(found[-1].painted[None] * 0 + 0.5, found[-1].row)
    assert painted.isfinite().all()
    if blend:
        assert sum(found[-1].weights.values()) == pytest.approx(1, abs=0.01)
        likeness = found[-1].likeness
        shares = ss.Style.of(styles, found[-1].weights).shares()
        row = torch.tensor([shares.get(name, 0.0) for name in styles.names]) @ styles.rows
        assert torch.allclose(row, found[-1].row, atol=0.05)
        assert likeness > found[1].likeness - 0.05
    else:
        assert found[-1].likeness > max(alone) + 0.01
        assert found[-1].weights is None


def test_it_starts_from_the_style_that_the_picture_has_and_stays_near(styles, picture):
    start = {"noon": 0.5, "dusk": 0.5}
    far = points(styles, picture, start, steps=10, nearness=0.0)
    near = points(styles, picture, start, steps=10, nearness=1.0)
    mixed = (styles.rows[1] + styles.rows[2]) / 2
    assert torch.allclose(far[0].row, mixed)
    assert 0 < (near[-1].row - mixed).norm() < (far[-1].row - mixed).norm()


def test_a_network_without_names_starts_from_the_picture_itself(picture):
    torch.manual_seed(0)
    encoder, decoder = AdaINEncoder((4, 8, 8, 8)), AdaINDecoder((4, 8, 8, 8))
    network = AdaINTransformer(encoder.eval(), decoder.eval()).requires_grad_(False)
    bank = StyleModel(
        network,
        (),
        label="adain",
        sha256="a" * 64,
        rows=torch.zeros(0, 16),
        embedding_dim=16,
        predictor=encoder,
    )
    first, *_, last = points(bank, picture, steps=6, nearness=0.0)
    assert torch.allclose(first.row, bank.embed(first.painted * 0 + picture_of(picture)), atol=1e-4)
    assert last.likeness > first.likeness
    with pytest.raises(ss.StyleError, match="knows no style to start from"):
        points(bank, picture, blend=True)
    with pytest.raises(ss.StyleError, match="no style 'wave'"):
        points(bank, picture, {"wave": 1.0})


def picture_of(picture):
    """What the network is shown: the middle square, 1.25 times as large as the text model's."""
    square = picture[..., 8:56]
    return torch.nn.functional.interpolate(square, (40, 40), mode="bicubic", antialias=True)[0]


def test_clip_judges_as_well(tmp_path, styles, picture):
    with patch.object(plain_towers, "WORDS", 49408):  # as many as the tokenizer of CLIP knows
        torch.save(plain_towers.random_clip().state_dict(), tmp_path / "clip.pt")
    text = ss.open_text_model(tmp_path / "clip.pt")
    settings = RestyleSettings(wishes=wishes_of("a stormy sea"), steps=12, nearness=0.0)
    *_, last = Restyle(styles, text, settings, picture, {"dawn": 1.0}).run()
    still = RestyleSettings(wishes=wishes_of("a stormy sea"), steps=0)
    *_, first = Restyle(styles, text, still, picture, {"dawn": 1.0}).run()
    assert last.found.likeness > first.found.likeness


def test_it_ends_early_or_not_at_all(styles, picture):
    settings = RestyleSettings(wishes=wishes_of("bright"), steps=50)
    cancel, found = ss.Cancel(), []
    for progress in Restyle(styles, Brightness(), settings, picture).run(cancel):
        found += [progress.found] if progress.found else []
        if progress.done == 2:
            cancel.finish()
    assert [each.step for each in found] == [0]
    cancel = ss.Cancel()
    cancel.cancel()
    with pytest.raises(Cancelled):
        list(Restyle(styles, Brightness(), settings, picture).run(cancel))


def test_the_text_tower_is_given_back_once_words_are_read(file, model, monkeypatch):
    monkeypatch.setattr("stylestudio.text.worlds.is_world", lambda _: True)
    text = ss.open_text_model(file)
    whole = text.nbytes
    tower = weakref.ref(text._network.token_embedding)
    Search(model, text, FindSettings(wishes=wishes_of("bright")))
    gc.collect()
    assert tower() is None
    assert text.nbytes < whole
    assert text.embed_text("dark").shape == (1, 12)  # it comes back when it is needed


def test_a_step_of_each_kind_of_work_is_timed(model, builtin_bank):
    size = TowerConfig(64, 1, 1, 64)
    small = TextImageConfig(16, 32, 16, size, size, 8, 49_408, "quick_gelu")
    before, after = measure_memory(model, small)
    assert after < before / 10  # the table of tokens is most of it
    costs = [*measure_costs(model, random_text_model(small), "bank")]
    assert [cost.what.split(",")[0] for cost in costs] == ["find", "move", "restyle", "ask"]
    assert all(cost.processor > 0 for cost in costs)


def test_a_search_is_steered_while_it_runs(model):
    settings = FindSettings(wishes=wishes_of("bright"), steps=10, nearness=0.0)
    start = ss.Recipe.from_seed(3, model, truncation_psi=0.7)
    strayed = []
    for nearness in (0.0, 1.0):
        search = Search(model, Brightness(), settings, start)
        found = []
        for progress in search.run():
            search.nearness = nearness
            found += [progress.found] if progress.found else []
        strayed.append((found[-1].ws - found[-1].start).norm().item())
    assert strayed[1] < strayed[0]


def test_the_command_writes_a_bank_or_prints_a_blend(tmp_path, bank_path, file, capsys, picture):
    pixels = (picture[0].permute(1, 2, 0).numpy() * 255).astype("uint8")
    Image.fromarray(pixels).save(tmp_path / "p.png")
    common = ["words", "restyle", str(bank_path), "a bright picture", "--picture"]
    common += [str(tmp_path / "p.png"), "--text", str(file), "--steps", "2"]
    out = tmp_path / "grown.safetensors"
    assert run([*common, "-o", str(out), "--start", "Noon"]) == 0
    grown = ss.open_styles(out)
    assert grown.names == ("dawn", "noon", "dusk", "a bright picture")
    assert not torch.equal(grown.rows[3], grown.rows[1])
    capsys.readouterr()
    assert run([*common, "--blend"]) == 0
    printed = capsys.readouterr().out.strip()
    assert sum(float(part.rpartition(":")[2]) for part in printed.split(",")) == pytest.approx(
        1, abs=0.01
    )
    assert run(common) == 2
    assert "give -o for a new style, or --blend" in capsys.readouterr().err


def test_a_network_that_takes_no_styles_is_refused_before_any_work(tmp_path, capsys, picture):
    write_tfjs(tmp_path / "other", magenta_transformer(), embeddings={"one": [0.5] * EMBEDDING})
    pixels = (picture[0].permute(1, 2, 0).numpy() * 255).astype("uint8")
    Image.fromarray(pixels).save(tmp_path / "p.png")
    words = ["words", "restyle", str(tmp_path / "other"), "bright"]
    words += ["--picture", str(tmp_path / "p.png"), "--text", str(tmp_path / "none")]
    assert run([*words, "-o", str(tmp_path / "grown.safetensors")]) == 1
    assert "other is not a style bank of StyleStudio" in capsys.readouterr().err
    assert run([*words, "--blend"]) == 1  # for which it will do; the next thing is the text model
    assert "style bank" not in capsys.readouterr().err


def test_python_finds_a_style_and_a_file_keeps_it(bank_path, file, picture, tmp_path):
    text = ss.open_text_model(file)
    bank = ss.open_styles(bank_path)
    found = ss.style_by_words(bank, {"bright": 1, "dark": -0.5}, picture, text, steps=2)
    grown = grown_bank(bank, "a: b, c", found.row)
    assert grown.names[-1] == "a b c"
    with pytest.raises(ss.StyleError, match=r"needs \[N, 3, H, W\]"):
        ss.style_by_words(bank, "bright", picture[0], text)
