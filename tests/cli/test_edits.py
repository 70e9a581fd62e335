"""`render --edit` and `find-directions`: by name, and one sentence for each mistake."""

from __future__ import annotations

import json

import numpy as np
import pytest
from msgspec.structs import replace

import stylestudio as ss


@pytest.fixture
def directions(model, tmp_path):
    opened = ss.open_model(model)
    vectors = np.random.RandomState(0).randn(2, 1, opened.w_dim).astype(np.float32)
    path = tmp_path / "mine.safetensors"
    ss.Directions(
        ("smile", "hair length"), vectors, None, ss.Recipe.from_seed(0, opened).model
    ).save(path)
    return path


def test_a_picture_is_edited_by_name(studio, model, directions, tmp_path):
    out = tmp_path / "a.png"
    words = ("--directions", directions, "--edit", "Smile:1,5", "--edit", "hair length:-2:0-1")
    answer = studio("render", model, "-o", out, *words, "--set", "edits.smile.layers.7=0.5")
    assert (answer.status, answer.err) == (0, "")
    recipe = ss.read_recipe(out)
    assert [(edit.name, edit.amount) for edit in recipe.edits] == [
        ("smile", 1.5),
        ("hair length", -2),
    ]
    assert recipe.edits[0].layers == (1.0,) * 7 + (0.5,)
    assert recipe.edits[1].layers == (1.0, 1.0, *(0.0,) * 6)
    told = " ".join(studio("info", out).out.split())
    assert "edit hair length -2 sigmas: layers 0-1 at 1" in told


def test_an_edit_of_the_recipe_is_changed_without_its_file(studio, model, directions, tmp_path):
    first, again = tmp_path / "a.png", tmp_path / "b.png"
    studio("render", model, "-o", first, "--directions", directions, "--edit", "smile:1")
    assert studio("render", model, "-o", again, "--recipe", first, "--edit", "smile:2").status == 0
    (edit,) = ss.read_recipe(again).edits
    assert (edit.amount, edit.vector) == (2.0, ss.read_recipe(first).edits[0].vector)


def test_a_muted_edit_of_the_recipe_acts_once_it_is_named(studio, model, directions, tmp_path):
    first, muted, again = tmp_path / "a.png", tmp_path / "muted.json", tmp_path / "b.png"
    studio("render", model, "-o", first, "--directions", directions, "--edit", "smile:2")
    recipe = ss.read_recipe(first)
    silent = recipe.replace(edits=[replace(recipe.edits[0], muted=True)])
    muted.write_text(silent.to_json(), encoding="utf-8")
    assert studio("render", model, "-o", again, "--recipe", muted, "--edit", "smile:2").status == 0
    assert ss.read_recipe(again).edits == recipe.edits
    assert again.read_bytes() == first.read_bytes()


def test_components_go_by_their_number(studio, model, tmp_path):
    out = tmp_path / "a.png"
    words = ("--edit", "pca 2:1", "--edit", "SeFa middle 1:-1")
    assert studio("render", model, "-o", out, *words).status == 0
    assert [edit.name for edit in ss.read_recipe(out).edits] == ["PCA 2", "SeFa middle 1"]


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("smile", 2, "'smile' is not NAME:AMOUNT[:LAYERS]"),
        ("smile:1:0:1", 2, "is not NAME:AMOUNT[:LAYERS]"),
        ("smile:lots", 2, "the amount 'lots' is not a number from -10 to 10"),
        ("smile:11", 2, "the amount '11' is not a number from -10 to 10"),
        ("smlie:1", 1, "did you mean 'smile'?"),
        ("smile:1:broad", 1, "the layers 'broad' aren't known"),
        ("PCA 99:1", 1, "no direction 'PCA 99' of tiny"),
    ],
)
def test_what_cannot_be_meant_is_said(refused, model, directions, tmp_path, text, status, said):
    out = tmp_path / "a.png"
    words = ("render", model, "-o", out, "--directions", directions, "--edit", text)
    assert said in refused(*words, status=status)
    assert not out.exists()


def test_a_model_without_directions_of_its_own_is_said(refused, model, tmp_path):
    said = refused("render", model, "-o", tmp_path / "a.png", "--edit", "smile:1", status=1)
    assert "none ship for tiny" in said


def test_directions_of_another_model_come_with_a_note(studio, classes_model, directions, tmp_path):
    words = ("--directions", directions, "--edit", "smile:1")
    answer = studio("render", classes_model, "-o", tmp_path / "a.png", *words)
    assert answer.status == 0
    assert answer.err.startswith("Note: The directions were found in tiny")


def test_what_was_found_is_written_and_told(studio, model, tmp_path):
    out = tmp_path / "found.safetensors"
    answer = studio("find-directions", model, "--method", "sefa", "--count", 3, "-o", out)
    assert (answer.status, answer.out) == (0, f"Wrote {out}: 3 directions\n")
    facts = json.loads(studio("info", "--json", out).out)
    assert (facts["kind"], facts["names"][0]) == ("directions", "SeFa 1")
    assert "SeFa 1, SeFa 2, SeFa 3" in studio("info", out).out
    assert ss.open_directions(out, ss.open_model(model)).vectors.shape == (3, 1, 8)


@pytest.mark.parametrize("out", ["found.npy", "none/found.safetensors"])
@pytest.mark.parametrize(
    "words",
    [
        ("find-directions", "model", "-o"),
        ("words", "move", "model", "a smile", "-o"),
        ("train", "directions", "portraits", "--model", "model", "--out"),
    ],
    ids=["find-directions", "words move", "train directions"],
)
def test_files_that_cannot_be_written_are_refused_before_any_work(studio, tmp_path, words, out):
    model = tmp_path / "model"
    model.write_bytes(b"which isn't even read")
    given = [model if word == "model" else word for word in words]
    answer = studio(*given, tmp_path / out)
    said = "found.npy must end in .safetensors" if out == "found.npy" else "none does not exist"
    assert (answer.status, said in answer.err) == (2, True)


def test_a_direction_between_groups_of_seeds_files_and_folders(studio, model, tmp_path):
    opened, folder, out = ss.open_model(model), tmp_path / "photos", tmp_path / "d.safetensors"
    folder.mkdir()
    a, b, c = (ss.Recipe.from_seed(seed, opened) for seed in (1, 2, 3))
    ss.save_png(folder / "a.png", ss.render(opened, a), a)
    ss.save_latent(folder / "b.npz", opened, b)
    (folder / "c.png").write_bytes(b"no picture")
    answer = studio(
        "find-directions", model, "--more", folder, "--less", "3", "--name", "way", "-o", out
    )
    assert answer.status == 0, answer.err
    found = ss.open_directions(out)
    meant = ss.editing.direction_between(opened, "way", [a, b], [c])
    assert found.names == ("way",)
    np.testing.assert_allclose(found.vectors[0, 0], meant.vectors[0, 0], rtol=1e-4, atol=1e-5)


def test_directions_are_freed_of_others(studio, model, tmp_path):
    out = tmp_path / "d.safetensors"
    words = ("--names", "SeFa 1,SeFa 2", "--without", "PCA 1,PCA 2", "-o", out)
    assert studio("find-directions", model, *words).status == 0
    found, opened = ss.open_directions(out), ss.open_model(model)
    others = ss.find_directions(opened, "pca", 2)
    assert found.names == ("SeFa 1", "SeFa 2")
    products = found.vectors[:, 0] @ others.vectors[:, 0].T
    assert np.abs(products).max() < 1e-4


def test_named_directions_are_kept_to_layers(studio, model, tmp_path):
    out = tmp_path / "d.safetensors"
    words = ("--names", "SeFa 1", "--layers", "0-1,6", "-o", out)
    assert studio("find-directions", model, *words).status == 0
    assert ss.open_directions(out).layers.tolist() == [[1, 1, 0, 0, 0, 0, 1, 0]]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--names", "PCA 1", "--count", "3"), 2, "--count is for directions that are found"),
        (("--more", "1", "--less", "2", "--method", "pca"), 2, "--method is for directions"),
        (("--more", "1"), 2, "--more and --less go together"),
        (("--more", "1", "--less", "2", "--names", "PCA 1"), 2, "two ways"),
        (("--more", "1", "--less", "nowhere"), 1, "nowhere is neither a file nor a folder"),
        (("--more", "1", "--less", "1"), 1, "both sides hold the same pictures"),
        (("--more", "{empty}", "--less", "1"), 1, "holds no pictures made with tiny"),
        (("--names", "PCA 1", "--without", "PCA 1"), 1, "nothing is left of 'PCA 1'"),
    ],
)
def test_groups_that_will_not_do_are_said(refused, model, tmp_path, words, status, said):
    (tmp_path / "empty").mkdir()
    words = [word.format(empty=tmp_path / "empty") for word in words]
    assert said in refused("find-directions", model, *words, status=status)


def test_a_style_channel_goes_by_its_place(studio, refused, model, tmp_path):
    out, found = tmp_path / "a.png", tmp_path / "channels.safetensors"
    assert studio("render", model, "-o", out, "--edit", "b16.conv1/3:1,5").status == 0
    (edit,) = ss.read_recipe(out).edits
    assert (edit.name, edit.amount) == ("b16.conv1/3", 1.5)
    assert studio("find-directions", model, "--method", "channels", "-o", found).status == 0
    name = ss.open_directions(found).names[0]
    words = ("--directions", found, "--edit", f"{name}:2")
    assert studio("render", model, "-o", out, *words).status == 0
    assert ss.read_recipe(out).edits[0].name == name
    said = refused("render", model, "-o", out, "--edit", "b16.conv1/99:1", status=1)
    assert "no style channel 99" in said
