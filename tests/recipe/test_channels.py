"""Edits of style channels in recipes: their form, on the way between two, and in parameters."""

import json

import pytest

import stylestudio as ss
from stylestudio.recipe import Channel, ChannelEdit, Edit, MixRow, SeedSource


def jaw(amount=1.0, **fields) -> ChannelEdit:
    return ss.ChannelEdit(
        "jaw", (Channel("b8.conv1", 3, 0.5), Channel("b16.conv0", 0, -0.25)), amount, **fields
    )


def recipe(model, *edits):
    return ss.Recipe.from_seed(7, model).replace(edits=edits)


def test_it_is_written_and_read(model):
    shares = tuple(float(i % 2) for i in range(model.num_ws))
    written = recipe(model, jaw(1.5, layers=shares, muted=True), Edit.from_array("w", [1.0] * 8))
    assert ss.Recipe.from_json(written.to_json()) == written
    first = json.loads(written.to_json())["edits"][0]
    assert first["type"] == "s"
    assert first["channels"][0] == {"layer": "b8.conv1", "channel": 3, "offset": 0.5}


def test_it_says_itself_in_words(model):
    assert "edit jaw 1 sigma: channels b8.conv1/3, b16.conv0/0" in repr(recipe(model, jaw()))


def test_what_a_later_version_adds_is_kept(model):
    tree = json.loads(recipe(model, jaw()).to_json())
    tree["edits"][0]["channels"][0]["curve"] = "soft"
    read = ss.Recipe.from_json(json.dumps(tree))
    assert any("curve" in name for name in read.unread)
    assert json.loads(read.to_json()) == tree


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: jaw(11.0), "the amount of edit 'jaw'"),
        (lambda: jaw(float("nan")), "the amount of edit 'jaw'"),
        (lambda: ss.ChannelEdit("", (Channel("a", 0, 1.0),)), "the edit's name"),
        (lambda: ss.ChannelEdit("x", ()), "at least one"),
        (lambda: ss.ChannelEdit("x", (Channel("a", 0, 1.0),) * 2), "each once"),
        (lambda: Channel("", 0, 1.0), "names no layer"),
        (lambda: Channel("a", -1, 1.0), "a channel of a"),
        (lambda: Channel("a", 0, float("inf")), "the offset of a/0"),
        (lambda: ss.ChannelEdit.of("x", [("a", "b", "c")]), "must be triples"),
    ],
)
def test_what_is_none_is_said(make, said):
    with pytest.raises(ss.RecipeError, match=said):
        make()


def test_one_that_a_side_lacks_grows_out_of_0(model):
    a, b = recipe(model), recipe(model, jaw(2.0))
    (between,) = ss.interpolate(a, b, 0.25).edits
    assert (between.amount, between.channels) == (0.5, jaw().channels)
    halves = ss.interpolate(recipe(model, jaw(-1.0)), b, 0.5).edits
    assert [edit.amount for edit in halves] == [0.5]
    other = ss.ChannelEdit.of("jaw", [("b8.conv1", 4, 0.5)], 1.0)
    names = [edit.name for edit in ss.interpolate(b, recipe(model, other), 0.5).edits]
    assert names == ["jaw", "jaw 2"]  # two directions, though of one name


def test_its_numbers_are_parameters(model):
    start = recipe(model, jaw())
    assert start.get("edits.jaw.amount") == 1.0
    moved = start.set("edits.jaw.amount", -2).set("edits.jaw.layers.1", 0.5)
    assert (moved.edits[0].amount, moved.edits[0].layers[1]) == (-2, 0.5)


def test_another_model_has_other_channels(model, make_model):
    other = make_model(seed=5, name="other")
    row = MixRow(SeedSource(1), (0.0,) * model.num_ws)
    adapted, lost = ss.adapt(recipe(model, jaw()).replace(mixing=(row,)), other)
    assert adapted.edits == ()
    assert any("moves channels of tiny" in sentence for sentence in lost)
