"""Directions by name, in files of ours and of others, and what edits become of them."""

import json

import msgspec
import numpy as np
import pytest
import safetensors.numpy
import torch

import stylestudio as ss
from stylestudio.editing import (
    Directions,
    directions_of,
    holds_directions,
    open_directions,
    without,
)
from stylestudio.recipe import ModelRef
from stylestudio.render import compose_ws


def named(model, rows=1, layers=None, names=("smile", "hair length", "Age")) -> Directions:
    vectors = np.random.RandomState(0).randn(len(names), rows, model.w_dim).astype(np.float32)
    return Directions(names, vectors, layers, ModelRef.of(model), "somebody")


def of_middle(model) -> Directions:
    layers = np.zeros((3, model.num_ws), dtype=np.float32)
    layers[:, 3:7] = 1.0
    return named(model, layers=layers)


def test_an_edit_moves_ws_by_its_vector(model):
    directions = of_middle(model)
    assert directions.vectors.shape == (3, model.num_ws, model.w_dim)
    recipe = ss.Recipe.from_seed(7, model, truncation_psi=0.7)
    edit = directions.edit("smile", amount=1.5)
    assert (edit.rows, edit.layers) == (1, tuple(float(3 <= i < 7) for i in range(model.num_ws)))
    plain, moved = compose_ws(model, recipe), compose_ws(model, recipe.replace(edits=(edit,)))
    expected = plain.numpy() + np.float32(1.5) * directions.vectors[0]
    assert moved.numpy().tobytes() == expected.tobytes()


def test_layers_narrow_what_a_direction_moves(model):
    directions, count = of_middle(model), model.num_ws
    assert directions.edit("smile", 1, layers="3-4,7").layers == tuple(
        float(i in (3, 4)) for i in range(count)
    )
    shares = np.linspace(0, 1, count)
    expected = tuple(np.float32(shares) * directions.layers[0])
    assert directions.edit("smile", 1, layers=shares).layers == pytest.approx(expected)
    assert named(model).edit("smile", 1, layers=[0, 2]).layers == tuple(
        float(i in (0, 2)) for i in range(count)
    )
    assert named(model).edit("smile", 1).layers is None
    with pytest.raises(ss.DirectionError, match="'smile' acts on the layers 3, 4, 5, 6"):
        directions.edit("smile", 1, layers="0-2")


@pytest.mark.parametrize("typed", ["Smile", "smile ", "HAIR LENGTH", "hair length", "age"])
def test_names_may_be_typed_loosely(model, typed):
    assert named(model).edit(typed).name.casefold() == typed.strip().casefold()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("smlie", "no direction 'smlie' of tiny; did you mean 'smile'?"),
        ("hair", "did you mean 'hair length'?"),
        ("qqq", "there are smile, hair length, Age."),
    ],
)
def test_an_unknown_name_is_said(model, typed, said):
    with pytest.raises(ss.DirectionError) as caught:
        named(model).edit(typed)
    assert said in str(caught.value)


@pytest.mark.parametrize("make", [named, of_middle])
def test_directions_come_back_from_their_file(model, make, tmp_path):
    path = tmp_path / "mine.safetensors"
    make(model).save(path)
    assert holds_directions(path)
    again = open_directions(path, model)
    assert (again.names, again.author, again.model) == _facts(make(model))
    assert again.vectors.tobytes() == make(model).vectors.tobytes()
    assert again.only(["Age"]).edit("age", 2.0) == make(model).edit("age", 2.0)
    with pytest.raises(ss.DirectionError, match=r"must end in \.safetensors"):
        make(model).save(tmp_path / "mine.npy")


def _facts(directions):
    return directions.names, directions.author, directions.model


def test_directions_of_another_model_are_said(model, make_model, tmp_path):
    path = tmp_path / "mine.safetensors"
    named(model).save(path)
    sibling = make_model(seed=5, name="sibling")
    assert "found in tiny" in open_directions(path, sibling).note_for(ModelRef.of(sibling))
    assert open_directions(path).note_for(ModelRef.of(model)) == ""
    wider = make_model(name="wider", w_dim=12)
    with pytest.raises(ss.DirectionError, match="1 x 8 numbers each, for another model; wider"):
        open_directions(path, wider)


def test_damaged_files_get_a_sentence(model, tmp_path):
    path = tmp_path / "mine.safetensors"
    of_middle(model).save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    with pytest.raises(ss.DirectionError, match=r"mine\.safetensors holds no directions"):
        open_directions(path)
    about = {"names": ["a"], "author": "", "model": msgspec.to_builtins(ModelRef.of(model))}
    for rows, said in ((np.zeros((1, 1, 5)), "damaged"), (np.full((1, 1, 8), np.nan), "'a' holds")):
        content = {"stylestudio.directions": json.dumps(about)}
        path.write_bytes(safetensors.numpy.save({"rows": rows.astype(np.float32)}, content))
        with pytest.raises(ss.DirectionError, match=said) as caught:
            open_directions(path)
        assert "mine.safetensors" in str(caught.value)


def test_what_is_neither_file_nor_model_is_said():
    with pytest.raises(ss.DirectionError, match="neither a file nor a model with directions: port"):
        open_directions("portrait")
    with pytest.raises(ss.DirectionError, match="the number 7 was given where"):
        open_directions(7)


def test_directions_of_other_tools_are_made_one_sigma_long(model, tmp_path):
    unit = np.eye(model.w_dim, dtype=np.float32) * 5
    np.save(tmp_path / "age_boundary.npy", unit[:1])
    np.savez(tmp_path / "factors.npz", lat_comp=unit[:5])
    torch.save({"smile_direction": torch.from_numpy(unit[0])}, tmp_path / "some.pt")
    z = np.random.RandomState(0).randn(1000, model.z_dim)
    sigma = model.map(z)[:, 0].numpy().std(0)
    for file, count in (("age_boundary.npy", 1), ("factors.npz", 5), ("some.pt", 1)):
        found = open_directions(tmp_path / file, model)
        assert len(found) == count
        np.testing.assert_allclose(found.rows[0, 0], unit[0] / 5 * sigma[0], rtol=1e-3, atol=1e-7)
        assert open_directions(tmp_path / file).rows[0, 0, 0] == 5
    assert open_directions(tmp_path / "some.pt").names == ("smile_direction",)


def test_a_direction_in_w_plus_needs_no_name_that_says_so(model, tmp_path):
    rows = np.random.RandomState(3).randn(model.num_ws, model.w_dim).astype(np.float32)
    np.save(tmp_path / "smile.npy", rows)
    found = open_directions(tmp_path / "smile.npy", model)
    assert found.names == ("smile",)
    scales = found.rows[0] / rows
    np.testing.assert_allclose(scales, np.full_like(rows, scales[0, 0]), rtol=1e-4)
    np.save(tmp_path / "photos.npy", {"a.jpg": rows}, allow_pickle=True)
    with pytest.raises(ss.DirectionError, match="holds latents, but no directions"):
        open_directions(tmp_path / "photos.npy", model)


@pytest.mark.parametrize("few", [True, False], ids=["fewer than rows of W+", "as many"])
def test_rows_of_length_1_are_a_direction_each(model, tmp_path, few):
    count = 6 if few else model.num_ws
    rows = np.random.RandomState(3).randn(count, model.w_dim).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    np.save(tmp_path / "directions.npy", rows)
    found = open_directions(tmp_path / "directions.npy", model)
    assert found.names == tuple(f"directions {i}" for i in range(count))
    lengths = np.linalg.norm(found.rows[:, 0], axis=1, keepdims=True)
    np.testing.assert_allclose(found.rows[:, 0] / lengths, rows, rtol=1e-3, atol=1e-6)


def test_rows_of_length_1_are_one_direction_where_they_are_the_same_or_a_name_says_so(
    model, tmp_path
):
    rows = np.random.RandomState(3).randn(model.num_ws, model.w_dim).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    np.save(tmp_path / "age_direction.npy", np.broadcast_to(rows[0], rows.shape))
    np.save(tmp_path / "age_direction_w_plus.npy", rows)
    for name in ("age_direction", "age_direction_w_plus"):
        found = open_directions(tmp_path / f"{name}.npy", model)
        assert (found.names, found.rows.shape[1]) == ((name,), model.num_ws)


def test_foreign_files_that_will_not_do_are_said(model, tmp_path):
    np.save(tmp_path / "long_boundary.npy", np.ones((1, 12)))
    with pytest.raises(ss.DirectionError, match="12 numbers each, for another model"):
        open_directions(tmp_path / "long_boundary.npy", model)
    np.save(tmp_path / "zero_boundary.npy", np.zeros((1, 8)))
    with pytest.raises(ss.DirectionError, match="all zeros"):
        open_directions(tmp_path / "zero_boundary.npy", model)
    np.save(tmp_path / "w.npy", np.ones((1, 8)) * 3)
    with pytest.raises(ss.DirectionError, match="holds latents, but no directions"):
        open_directions(tmp_path / "w.npy", model)
    np.save(tmp_path / "nan_boundary.npy", np.full((1, 8), np.nan))
    with pytest.raises(ss.CheckpointError, match="not finite"):
        open_directions(tmp_path / "nan_boundary.npy", model)


def test_what_is_removed_is_no_longer_in_a_direction(model):
    directions = named(model)
    smile, hair, age = directions
    freed = without(smile, [hair, age])
    for other in (hair, age):
        assert abs(float(freed.array()[0] @ other.array()[0])) < 1e-5
    lengths = [np.linalg.norm(each.array()) for each in (freed, smile)]
    assert lengths[0] == pytest.approx(lengths[1], rel=1e-5)
    assert (freed.name, freed.amount) == ("smile", 1.0)
    with pytest.raises(ss.DirectionError, match="nothing is left of 'smile' without 'hair length'"):
        without(smile, [hair, ss.Edit.from_array("x", smile.array() - hair.array())])
    wide = named(model, rows=model.num_ws).edit("smile")
    assert without(wide, [age]).rows == model.num_ws
    with pytest.raises(ss.DirectionError, match="several sizes"):
        without(smile, [ss.Edit.from_array("x", np.ones(5))])


def test_the_directions_of_portraits_ship():
    model = ss.open_model("portraits")
    directions = ss.open_directions("Portraits", model)
    assert directions.note_for(ModelRef.of(model)) == ""
    assert {"smile", "age", "glasses", "turn", "hair_length"} <= set(directions.names)
    recipe = ss.Recipe.from_seed(7, model, truncation_psi=0.7)
    assert directions.edit("yaw") == directions.edit("turn")  # as it was called
    smiling = recipe.edit("Smile", 2.0)
    assert smiling.edits[0] == directions.edit("smile", 2.0)
    assert recipe.edit("smile", 1.0, "3-4").edits[0].layers[3:6] == (1.0, 1.0, 0.0)
    with pytest.raises(ss.DirectionError, match="acts on the layers 3, 4, 5, 6"):
        recipe.edit("smile", 1.0, "fine")
    assert smiling.edit("hair length", 1.0).edits[1].name == "hair_length"
    renderer = ss.Renderer(model)
    renderer.render(recipe)
    renderer.render(smiling)
    assert renderer.steps_run[0] == "b8.torgb"  # the first that row 3 drives


@pytest.mark.parametrize("name", ss.builtin_models())
def test_what_ships_was_found_in_the_models_that_ship(name):
    model = ss.open_model(name)
    note = ss.open_directions(name, model).note_for(ModelRef.of(model))
    assert note == "", f"stylestudio train directions {name} --out resources/directions/{name}..."


def test_a_model_without_directions_is_said(model):
    with pytest.raises(ss.DirectionError, match="no directions ship for tiny"):
        ss.Recipe.from_seed(7, model).edit("smile", 1.0)
    with pytest.raises(ss.DirectionError, match="find_directions"):
        directions_of(ModelRef.of(model))
