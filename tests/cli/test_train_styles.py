"""`stylestudio train styles` and `train style`: what they write, resume and refuse."""

from __future__ import annotations

import hashlib

import pytest
import torch
from PIL import Image

import stylestudio as ss
from stylestudio.cli.train_styles import read_contents, read_styles
from stylestudio.transfer import contents, learning, measure
from stylestudio.transfer.learning import read_bank
from stylestudio.transfer.procedural import paint_procedural

QUICK = ("--width", 0.25, "--side", 64, "--steps", 2)


def save(picture, path):
    pixels = (picture * 255).byte().permute(1, 2, 0).numpy()
    Image.fromarray(pixels).save(path)


@pytest.fixture
def paintings(tmp_path):
    """Two paintings, dots.png and lines.png."""
    folder = tmp_path / "paintings"
    folder.mkdir()
    save(paint_procedural("Pointillism", 64), folder / "dots.png")
    save(paint_procedural("Engraving", 64), folder / "lines.png")
    (folder / "notes.txt").write_text("no picture")
    return folder


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    save(torch.rand(3, 80, 96), folder / "a.jpg")
    return folder


@pytest.fixture(autouse=True)
def few_contents(monkeypatch):
    monkeypatch.setattr(contents, "MODEL_PICTURES", 0)
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def train(studio, paintings, photos, tmp_path):
    def call(*words):
        places = ("--out", tmp_path / "bank.safetensors", "--work-dir", tmp_path / "work")
        return studio("train", "styles", paintings, "--content", photos, *places, *QUICK, *words)

    return call


def test_a_bank_from_a_folder_can_be_painted_with(train, studio, photos, tmp_path):
    answer = train()
    assert answer.status == 0, answer.err
    assert f"Wrote {tmp_path / 'bank.safetensors'}" in answer.out
    assert ss.open_styles(tmp_path / "bank.safetensors").names == ("dots", "lines")
    with Image.open(tmp_path / "work" / "samples-000002.png") as sheet:
        assert sheet.size == (8 * 64, 3 * 64)
    words = ("--model", tmp_path / "bank.safetensors", "--style", "lines", "-o", tmp_path / "b.png")
    assert studio("stylize", photos / "a.jpg", *words).status == 0


def test_training_goes_on_with_resume_alone(train):
    assert train().status == 0
    refused = train()
    assert refused.status == 2
    assert "--resume" in refused.err
    assert train("--resume", "--steps", 3).status == 0
    other = train("--resume", "--batch", 1)
    assert other.status == 1
    assert "other settings (batch)" in other.err


def test_what_keeps_a_training_from_going_on_is_named(train, photos, tmp_path):
    assert train().status == 0
    added = photos / "b.jpg"
    save(torch.rand(3, 80, 96), added)
    other = train("--resume")
    assert other.status == 1
    assert "the pictures (content) have changed" in other.err
    added.unlink()
    assert "other settings (features)" in train("--resume", "--features", "random").err


def test_states_of_the_first_version_go_on(train, paintings, photos, tmp_path):
    assert train().status == 0
    path = tmp_path / "work" / "state.pt"
    state = torch.load(path)
    digest = hashlib.sha256(read_contents((photos,)).fingerprint().encode())
    for painting in read_styles(paintings, manners=False).values():
        digest.update(painting.numpy().tobytes())
    state["recipe"] = (
        "{'width': 0.25, 'batch': 2, 'rate': 0.001, 'table_rate': 0.005, 'weights': "
        "{'content': 0.35, 'smoothness': 0.3}, 'bfloat16': False, "
        f"'seed': 0, 'pictures': '{digest.hexdigest()}', 'names': ('dots', 'lines'), "
        "'whole': True}"
    )
    torch.save(state, path)
    other = train("--resume", "--batch", 1)
    assert other.status == 1
    assert "with other settings; use" in other.err
    assert train("--resume").status == 0


def test_painted_styles_need_no_folder(studio, photos, tmp_path, monkeypatch):
    words = ("--content", photos, "--out", tmp_path / "m.safetensors", "--work-dir", tmp_path / "w")
    nothing = studio("train", "styles", *words)
    assert nothing.status == 2
    assert "--manners" in nothing.err
    answer = studio("train", "styles", "--manners", *words, *QUICK)
    assert answer.status == 0, answer.err
    assert "Stained Glass" in ss.open_styles(tmp_path / "m.safetensors").names


def test_evaluation_names_every_style(train, paintings, photos, studio, tmp_path, monkeypatch):
    monkeypatch.setattr(measure, "frame_costs", lambda bank: (30.0, 60.0))
    assert train().status == 0
    bank = tmp_path / "bank.safetensors"
    words = ("--content", photos, "--evaluate", bank, "--against", bank)
    answer = studio("train", "styles", paintings, *words)
    assert answer.status == 0, answer.err
    for said in ("dots", "lines", "1.00", "of 1 steady", "off by 0", "0.50 of it"):
        assert said in answer.out
    needs = studio("train", "styles", paintings, "--evaluate", bank)
    assert needs.status == 2
    assert "--content" in needs.err


def test_one_more_style(train, studio, paintings, photos, tmp_path):
    assert train().status == 0
    bank, out = tmp_path / "bank.safetensors", tmp_path / "more.safetensors"
    before = bank.read_bytes()
    save(paint_procedural("Neon", 64), tmp_path / "glow.png")
    words = ("--bank", bank, "--out", out, "--content", photos, "--steps", 2, "--threads", 1)
    answer = studio("train", "style", tmp_path / "glow.png", *words)
    assert answer.status == 0, answer.err
    assert ss.open_styles(out).names == ("dots", "lines", "glow")
    assert bank.read_bytes() == before
    wrong = studio("train", "style", photos / "a.jpg", "--bank", photos / "a.jpg", "--out", out)
    assert wrong.status == 1
    assert "a.jpg" in wrong.err


@pytest.mark.parametrize("read", ["glow.png", "bank.safetensors"])
def test_nothing_that_a_style_is_learned_from_is_written_over(
    read, train, studio, photos, tmp_path
):
    assert train().status == 0
    save(paint_procedural("Neon", 64), tmp_path / "glow.png")
    before = (tmp_path / read).read_bytes()
    words = ("--bank", tmp_path / "bank.safetensors", "--out", tmp_path / read, "--steps", 1)
    answer = studio("train", "style", tmp_path / "glow.png", "--content", photos, *words)
    assert answer.status == 2
    assert read in answer.err
    assert (tmp_path / read).read_bytes() == before


def test_the_base_of_a_bank_is_not_written_over(train, tmp_path):
    assert train().status == 0
    bank = tmp_path / "bank.safetensors"
    before = bank.read_bytes()
    answer = train("--base", bank, "--work-dir", tmp_path / "other")
    assert answer.status == 2
    assert "bank.safetensors" in answer.err
    assert bank.read_bytes() == before


def test_every_painting_makes_a_style_that_can_be_named(train, studio, paintings, photos, tmp_path):
    dots = (paintings / "dots.png").read_bytes()
    for name in ("Screen at 9.41\u202fPM", "sea, at: night", "Woodcut", "x" * 220):
        (paintings / f"{name}.png").write_bytes(dots)
    (paintings / "Woodcut.jpg").write_bytes(dots)
    answer = train("--manners")
    assert answer.status == 0, answer.err
    names = ss.open_styles(tmp_path / "bank.safetensors").names
    for name in (
        "Screen at 9.41 PM",
        "sea at night",
        "Woodcut",
        "Woodcut 2",
        "Woodcut 3",
        "x" * 60,
    ):
        assert name in names
    assert "Note: the style of sea, at: night is called sea at night." in answer.err
    words = ("--model", tmp_path / "bank.safetensors", "--style", "sea at night:1,Woodcut 2:2")
    answer = studio("stylize", photos / "a.jpg", *words, "-o", tmp_path / "b.png")
    assert answer.status == 0, answer.err


@pytest.mark.parametrize(
    ("file", "named", "name"),
    [
        ("Dawn", (), "Dawn 2"),
        ("9.41\u202fPM", (), "9.41 PM"),
        ("glow", ("--name", "dawn"), "dawn 2"),
        ("glow", ("--name", "a\u3000b,c"), "a b c"),
    ],
)
def test_one_more_style_gets_a_name_of_its_own(studio, bank, photos, tmp_path, file, named, name):
    out = tmp_path / "more.safetensors"
    save(paint_procedural("Neon", 64), tmp_path / f"{file}.png")
    words = ("--bank", bank, "--out", out, "--content", photos, "--steps", 1, "--threads", 1)
    answer = studio("train", "style", tmp_path / f"{file}.png", *named, *words)
    assert answer.status == 0, answer.err
    assert f"is called {name}." in answer.err
    assert ss.open_styles(out).names == ("dawn", "dusk", name)


@pytest.mark.parametrize("left", [0.9, 0.1])
def test_a_style_that_hardly_shows_is_said_to_be_weak(
    train, studio, paintings, photos, tmp_path, monkeypatch, left
):
    assert train().status == 0
    monkeypatch.setattr(learning, "style_left", lambda *_: left)
    bank, out = tmp_path / "bank.safetensors", tmp_path / "more.safetensors"
    words = ("--bank", bank, "--out", out, "--content", photos, "--steps", 1, "--threads", 1)
    answer = studio("train", "style", paintings / "dots.png", *words)
    assert answer.status == 0, answer.err
    assert ("Note: the style is weak: 90% of the distance" in answer.err) == (left == 0.9)


def test_ctrl_c_keeps_the_style_as_far_as_it_was_learned(
    train, studio, paintings, photos, tmp_path, monkeypatch
):
    import signal

    assert train().status == 0
    of = learning.Losses.of

    def interrupted(*words):
        signal.raise_signal(signal.SIGINT)
        return of(*words)

    monkeypatch.setattr(learning.Losses, "of", interrupted)
    bank, out = tmp_path / "bank.safetensors", tmp_path / "more.safetensors"
    words = ("--bank", bank, "--out", out, "--content", photos, "--steps", 99, "--threads", 1)
    answer = studio("train", "style", paintings / "dots.png", "--name", "mine", *words)
    assert answer.status == 130
    assert "Stopped after step 1 of 99" in answer.err
    assert ss.open_styles(out).names == ("dots", "lines", "mine")


def test_the_styles_of_a_bank_are_learned_on(train, studio, paintings, photos, tmp_path):
    assert train().status == 0
    bank, out = tmp_path / "bank.safetensors", tmp_path / "on.safetensors"
    words = ("--base", bank, "--features", "default", "--features", "default")
    places = ("--content", photos, "--out", out, "--work-dir", tmp_path / "on")
    answer = studio("train", "styles", paintings, *words, *places, "--side", 64, "--steps", 2)
    assert answer.status == 0, answer.err
    before, after = read_bank(bank).network, read_bank(out).network
    assert after.transformer.width == 0.25
    assert (after.tables.gamma != before.tables.gamma).any()
    for name, value in after.transformer.state_dict().items():
        assert torch.equal(value, before.transformer.state_dict()[name]), name


def test_mistakes_get_one_sentence(train, studio, photos, tmp_path):
    (tmp_path / "empty").mkdir()
    for words, said in (
        (("--features", tmp_path / "gone.pth"), "gone.pth; give default, random or a file"),
        (("--content", tmp_path / "empty"), "holds no pictures"),
        (("--whole",), "name it with --base"),
        (("--out", tmp_path / "nowhere" / "b.safetensors"), "does not exist"),
    ):
        answer = train(*words)
        assert answer.status in (1, 2)
        assert said in answer.err
        assert "Traceback" not in answer.err
