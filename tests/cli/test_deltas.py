"""Deltas and crossfades on the command line."""

import numpy as np
import pytest
import torch
from looks import random_mapper
from own_folders import in_folder
from PIL import Image

import stylestudio as ss
from stylestudio.checkpoints import write_safetensors
from stylestudio.cli.rewrite import parse_painted
from stylestudio.render import Delta


@pytest.fixture(scope="module")
def sibling(model, tmp_path_factory):
    """A model that differs from the other in some weights."""
    network = ss.open_model(model).network
    torch.manual_seed(3)
    path = tmp_path_factory.mktemp("siblings") / "sibling.safetensors"
    state = {name: value.clone() for name, value in network.state_dict().items()}
    for name, value in network.state_dict().items():
        if name.startswith("synthesis.b16") and name.endswith("weight"):
            value.add_(torch.randn(value.shape))
    write_safetensors(path, network, name="sibling")
    network.load_state_dict(state)
    return path


def pixels(path):
    return np.asarray(Image.open(path).convert("RGB"))


def test_a_difference_is_written_and_rendered_by_an_amount(studio, model, sibling, tmp_path):
    file = tmp_path / "art.delta.safetensors"
    answer = studio("delta", "difference", model, sibling, "-o", file)
    assert (answer.status, answer.err) == (0, "")
    assert "weights differ" in answer.out
    out = tmp_path / "a.png"
    assert studio("render", model, "--delta", f"{file}:0.5", "-o", out).status == 0
    opened, delta = ss.open_model(model), ss.open_delta(file)
    assert delta.name == "sibling"
    recipe = ss.Recipe.from_seed(0, opened).delta(delta, 0.5)
    assert ss.read_recipe(out) == recipe
    assert (pixels(out) == ss.render(opened, recipe, deltas=[delta])).all()
    assert (pixels(out) != ss.render(opened, ss.Recipe.from_seed(0, opened))).any()
    # The delta lies beside the picture, which is found there.
    again = tmp_path / "again.png"
    assert studio("render", model, "--recipe", out, "-o", again).status == 0
    assert (pixels(again) == pixels(out)).all()
    answer = studio("delta", "difference", model, sibling, "-o", tmp_path / "art.txt")
    assert (answer.status, "must end in .safetensors" in answer.err) == (2, True)


def test_a_crossfade_is_rendered_and_found_again(studio, model, sibling, tmp_path):
    out, again, set_ = (tmp_path / name for name in ("a.png", "b.png", "c.png"))
    assert studio("render", model, "--crossfade", f"{sibling}:0.25", "-o", out).status == 0
    opened, other = ss.open_model(model), ss.open_model(sibling)
    recipe = ss.Recipe.from_seed(0, opened).delta(other, 0.25)
    assert (pixels(out) == ss.render(opened, recipe)).all()
    name = other.name
    del other
    answer = studio("render", model, "--recipe", out, "-o", again)
    assert (answer.status, f"crossfades with the model '{name}'" in answer.err) == (1, True)
    words = ("render", model, "--recipe", out, "--sibling", sibling)
    assert studio(*words, "-o", again).status == 0
    assert (pixels(again) == pixels(out)).all()
    assert studio(*words, "--set", f"deltas.{name}.amount=0", "-o", set_).status == 0
    assert (pixels(set_) == ss.render(opened, ss.Recipe.from_seed(0, opened))).all()


def mapped_picture(studio, model, folder, seed):
    """A picture that a mapper makes, which lies beside it alone."""
    folder.mkdir()
    file, picture = folder / "odd.safetensors", folder / "a.png"
    random_mapper(ss.open_model(model), seed).write(file)
    answer = studio("render", model, "--seed", 3, "--mapper", file, "-o", picture)
    assert answer.status == 0, answer.err
    return picture


def test_what_lies_beside_a_recipe_is_found_for_a_sheet(studio, model, tmp_path):
    picture, sheet = mapped_picture(studio, model, tmp_path / "looks", 1), tmp_path / "sheet.png"
    words = ("psi", "--recipe", picture, "--seeds", "0", "--psis", "1")
    answer = studio("sheet", model, *words, "-o", sheet)
    assert answer.status == 0, answer.err
    (edit,) = ss.read_recipe(picture).edits
    (beside,) = tmp_path.glob(f"*{edit.network.sha256[:16]}*")  # the sheet, too, opens elsewhere
    assert ss.open_delta(beside).sha256 == edit.network.sha256


def test_what_lies_beside_a_recipe_is_found_for_directions(studio, model, tmp_path):
    picture, out = mapped_picture(studio, model, tmp_path / "looks", 2), tmp_path / "d.safetensors"
    answer = studio("find-directions", model, "--more", picture, "--less", "3", "-o", out)
    assert answer.status == 0, answer.err
    assert len(ss.open_directions(out)) == 1


def test_what_lies_beside_a_recipe_is_found_for_a_measure(studio, model, tmp_path, monkeypatch):
    monkeypatch.setattr("stylestudio.measures.readers.SIDE", 32)
    picture = mapped_picture(studio, model, tmp_path / "looks", 4)
    words = ("--against", model, "--what", "kid", "--count", 20, "--recipe", picture)
    answer = studio("measure", model, *words)
    assert answer.status == 0, answer.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--delta", "none.safetensors"), "none.safetensors does not exist"),
        (("--delta", "here.safetensors:3"), "amount 3 does not lie between -1 and 2"),
        (("--delta", "here.safetensors"), "holds no tuned weights"),
        (("--crossfade", "pigments"), "can't be blended with tiny"),
        (("--crossfade", "pigment"), "did you mean pigments?"),
    ],
)
def test_mistakes_are_said_in_a_sentence(studio, model, tmp_path, monkeypatch, words, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here.safetensors").write_bytes(b"no weights")
    answer = studio("render", model, *words, "-o", "x.png")
    assert answer.status != 0
    assert sentence in answer.err
    assert "Traceback" not in answer.err
    assert not (tmp_path / "x.png").exists()


def test_a_delta_of_other_layers_is_refused(studio, model, tmp_path):
    delta = Delta({"b4.conv1.weight": torch.ones(2, 2).half()}, "0" * 64, "odd")
    delta.write(tmp_path / "odd.safetensors")
    answer = studio("render", model, "--delta", tmp_path / "odd.safetensors", "-o", "x.png")
    assert (answer.status, "made for another model" in answer.err) == (1, True)


@pytest.mark.parametrize(
    ("text", "picture", "region"),
    [
        ("3:78,102,178,142", "3", "78,102,178,142"),
        ("look.png:mask.png", "look.png", "mask.png"),
        (r"3:C:\masks\eyes.png", "3", r"C:\masks\eyes.png"),
        (r"C:\a.png:0,0,8,8", r"C:\a.png", "0,0,8,8"),
        (r"C:\a.png:m.png", r"C:\a.png", "m.png"),
        (r"C:\a.png:D:\m.png", r"C:\a.png", r"D:\m.png"),
        ("C:/a.png:D:/m.png", "C:/a.png", "D:/m.png"),
        ("/a:b.png:/m.png", "/a:b.png", "/m.png"),
    ],
)
def test_pictures_and_regions_may_be_paths_of_windows(text, picture, region):
    assert parse_painted(text) == (picture, region)


def test_a_model_is_rewritten_by_boxes_and_painted_pictures(studio, model, tmp_path, monkeypatch):
    for variable, place in in_folder(tmp_path / "cache").items():
        monkeypatch.setenv(variable, place)
    mask = np.zeros((32, 32), np.uint8)
    mask[8:16, 8:16] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    assert studio("render", model, "--seed", 2, "--psi", 0.7, "-o", tmp_path / "2.png").status == 0
    out = tmp_path / "new.delta.safetensors"
    words = ("rewrite", model, "--layer", "b16.conv1", "--samples", 8, "-o", out)
    regions = ("--copy", "3:16,16,24,24", "--context", f"{tmp_path / '2.png'}:{tmp_path}/mask.png")
    answer = studio(*words, *regions, "--context", "1:8,8,16,16", "--name", "new")
    assert (answer.status, answer.err) == (0, "")
    assert "changes b16.conv1" in answer.out
    delta = ss.open_delta(out)
    assert (delta.name, [*delta.tensors]) == ("new", ["b16.conv1.weight"])
    picture = tmp_path / "x.png"
    assert studio("render", model, "--delta", out, "-o", picture).status == 0
    plain = ss.render(ss.open_model(model), ss.Recipe.from_seed(0, ss.open_model(model)))
    assert (pixels(picture) != plain).any()
    for wrong, sentence in [
        (("--copy", "3:16,16,24,99", "--context", "1:8,8,16,16"), "no box of 32 x 32 pixels"),
        (("--copy", "3", "--context", "1:8,8,16,16"), "is not PICTURE:REGION"),
        (("--copy", "3:16,16,24,24"), "give --copy, --context"),
        (("--copy", "3:0,0,8,8", "--context", "none.png:0,0,8,8"), "none.png is neither a file"),
    ]:
        answer = studio(*words, *wrong)
        assert answer.status != 0
        assert sentence in answer.err
