"""`stylestudio words adapt`: what it writes, how it goes on, and what it says."""

import shutil

import numpy as np
import pytest
import torch
from PIL import Image

import stylestudio as ss
from stylestudio.checkpoints import write_lexicon, write_safetensors
from stylestudio.cli.main import run
from stylestudio.networks.lexicon import LexiconConfig, LexiconNetwork, WordList
from stylestudio.text.adapt_folder import STATE
from stylestudio.text.adapt_report import sepia_drawings
from stylestudio.text.adapting import Adaptation

WORDS = WordList(("a", "bright", "dark", "picture"))


@pytest.fixture
def files(tmp_path, make_network, monkeypatch):
    """A small model, and a text model of four words, as the command takes them."""
    monkeypatch.setattr("stylestudio.text.worlds.is_world", lambda _: True)
    torch.manual_seed(3)
    config = LexiconConfig(len(WORDS), image_size=32, widths=(8, 8), narrow=4, hidden=16, dim=12)
    write_lexicon(LexiconNetwork(config).eval(), WORDS, tmp_path / "words.safetensors")
    write_safetensors(tmp_path / "tiny.safetensors", make_network(), name="tiny")
    return tmp_path


def command(files, *more):
    model, text = str(files / "tiny.safetensors"), str(files / "words.safetensors")
    return ["words", "adapt", model, "--text", text, *more, "--device", "cpu", "--threads", "1"]


def test_it_writes_a_delta_and_its_snapshots(files, capsys):
    out = files / "bright.delta.safetensors"
    asked = command(files, "bright", "--instead-of", "dark", "--steps", "3", "-o", str(out))
    assert run(asked) == 0
    delta, model = ss.open_delta(out), ss.open_model(files / "tiny.safetensors", device="cpu")
    assert delta.name == "bright"
    recipe = ss.Recipe.from_seed(1, model)
    changed = ss.render(model, recipe.delta(delta), deltas=[delta])
    assert not np.array_equal(changed, ss.render(model, recipe))
    folder = files / "bright-snapshots"
    names = sorted(path.name for path in folder.glob("0*"))
    assert names == [f"0000{i}{end}" for i in (1, 2, 3) for end in (".delta.safetensors", ".png")]
    assert ss.open_delta(folder / "00003.delta.safetensors").sha256 == delta.sha256
    assert not (folder / STATE).exists()
    assert "likeness" in capsys.readouterr().out


def test_it_goes_on_after_it_was_killed(files, monkeypatch, capsys):
    """The state that was saved last is what a killed process leaves."""
    whole, cut = files / "whole.delta.safetensors", files / "cut.delta.safetensors"
    asked = ("bright", "--instead-of", "dark", "--steps", "4")
    assert run(command(files, *asked, "-o", str(whole))) == 0
    monkeypatch.setattr("stylestudio.training.runs.SAVE_EVERY", -1.0)
    advance = Adaptation.advance

    def killed(self):
        if self.step == 2:
            folder = files / "cut-snapshots"
            shutil.copy(folder / STATE, folder / "left")
            raise KeyboardInterrupt
        return advance(self)

    monkeypatch.setattr(Adaptation, "advance", killed)
    run(command(files, *asked, "-o", str(cut)))
    monkeypatch.setattr(Adaptation, "advance", advance)
    shutil.move(files / "cut-snapshots/left", files / "cut-snapshots" / STATE)
    other = command(files, *asked, "--seed", "1", "-o", str(cut))
    assert run(other) != 0
    assert "other settings" in capsys.readouterr().err
    assert not cut.exists()
    assert run(command(files, *asked, "-o", str(cut))) == 0
    assert cut.read_bytes() == whole.read_bytes()


def test_pictures_say_the_manner(files, capsys):
    shown = files / "shown"
    shown.mkdir()
    for i in range(2):
        Image.new("RGB", (40, 32 + i), (240, 200 + i, 120)).save(shown / f"{i}.png")
    out = files / "like.delta.safetensors"
    asked = ["--picture", str(shown), "--steps", "2", "-o", str(out)]
    assert run(command(files, *asked)) == 0
    assert ss.open_delta(out).name == "like pictures"
    capsys.readouterr()
    assert run(command(files, *asked, "--evaluate")) == 0
    table = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [row[0] for row in table[-3:]] == ["0", "1", "2"]
    assert table[-3][3:5] == ["100%", "100%"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "give either WORDS or --picture"),
        (("bright", "--picture", "."), "give either WORDS or --picture"),
        (("brigt",), 'the word "brigt"; try bright.'),
        (("bright", "--instead-of", "bright"), "no difference"),
        (("bright", "--layers", "fine"), "no fine layers"),
    ],
)
def test_what_it_cannot_do_is_one_sentence(files, more, said, capsys, monkeypatch):
    monkeypatch.chdir(files)
    assert run(command(files, *more)) != 0
    assert said in capsys.readouterr().err
    assert not list(files.glob("*.delta.safetensors"))


def test_drawings_are_brown_on_cream():
    """Edges turn dark, and what is even turns pale, whatever its colour."""
    picture = torch.zeros(1, 3, 64, 64)
    picture[..., 32:] = 0.7
    (drawn,) = sepia_drawings(picture)
    assert drawn[:, 10, 28:32].mean() < drawn[:, 10, 50].mean() - 0.3
    assert (drawn[0] > drawn[1]).all()
    assert (drawn[1] > drawn[2]).all()


def test_a_mapper_is_trained_and_rendered_by_an_amount(files, capsys):
    model, out = str(files / "tiny.safetensors"), files / "bright.delta.safetensors"
    asked = ["words", "map", model, "bright", "--text", str(files / "words.safetensors")]
    assert run([*asked, "--steps", "2", "-o", str(out), "--device", "cpu"]) == 0
    assert "samples that it was not trained on" in capsys.readouterr().out
    picture = files / "a.png"
    assert run(["render", model, "--mapper", f"{out}:0.5", "-o", str(picture)]) == 0
    (edit,) = ss.read_recipe(picture).edits
    assert (edit.name, edit.amount) == ("bright", 0.5)
    assert (files / ss.open_delta(out).file_name).exists()  # so that the picture opens elsewhere
    assert run(["render", model, "--delta", str(out), "-o", str(picture)]) != 0
    assert "is a mapper" in capsys.readouterr().err
