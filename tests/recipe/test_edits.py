"""Edits in a recipe: checked, written, interpolated, carried to other models, said in words."""

import json

import msgspec
import numpy as np
import pytest
from paper_model import PaperModel
from v1_recipes import MODEL, plain

from stylestudio.recipe import (
    Edit,
    Recipe,
    RecipeError,
    Unknown,
    adapt,
    at_rest,
    find_parameter,
    free_name,
    interpolate,
    parameters,
)
from stylestudio.recipe.edit_lists import with_another_edit
from stylestudio.recipe.words import describe_recipe, summary

LAYERS = (0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.5)


def smile(amount=1.5, layers=LAYERS, scale=0.5) -> Edit:
    return Edit.from_array("smile", np.arange(4) * scale, amount, layers)


def age(amount=-2.0) -> Edit:
    return Edit.from_array("age", np.arange(32).reshape(8, 4) / 7, amount)


def edited(*edits) -> Recipe:
    return plain().replace(edits=edits)


def test_edits_come_back_from_files():
    recipe = edited(smile(), age())
    again = Recipe.from_json(recipe.to_json())
    assert again == recipe
    assert hash(again) == hash(recipe)
    assert again.unread == ()
    np.testing.assert_array_equal(
        again.edits[1].array(), np.float32(np.arange(32)).reshape(8, 4) / 7
    )
    tree = json.loads(recipe.to_json())["edits"]
    assert tree[0]["type"] == "w"
    assert tree[1]["layers"] is None


def test_another_edit_is_added_once_and_turned_up_where_it_shows_nothing():
    kept = with_another_edit(edited(age()).edits, smile())
    assert kept == (age(), smile())
    assert with_another_edit(kept, smile(2.0)) == kept
    for silent in (smile(0.0), msgspec.structs.replace(smile(), muted=True)):
        assert with_another_edit((silent, age()), smile(2.0)) == (smile(2.0), age())
    assert [edit.name for edit in with_another_edit(kept, smile(scale=0.7))][-1] == "smile 2"


def test_what_a_newer_program_wrote_in_an_edit_is_kept():
    tree = json.loads(edited(smile()).to_json())
    tree["edits"][0]["mask"] = [1]
    tree["edits"].append({"type": "styles", "channel": 3})
    recipe = Recipe.from_json(json.dumps(tree))
    assert recipe.unread == ("edits.0.mask", "edits.1 (styles)")
    assert json.loads(recipe.edit("smile", 2.0).to_json())["edits"][1]["mask"] == [1]
    assert json.loads(recipe.to_json()) == tree


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Edit.from_array("smile", [0, np.nan, 0, 0]), "'smile' holds values"),
        (lambda: Edit.from_array("smile", np.zeros((2, 2, 2))), r"shape \[2, 2, 2\]"),
        (lambda: Edit.from_array("smile", ["a", "b"]), "not an array of numbers"),
        (lambda: Edit.from_array("smile", []), "holds 0 bytes"),
        (lambda: Edit.from_array(" ", [1.0]), "1 to 80 letters"),
        (lambda: Edit.from_array("x" * 81, [1.0]), "1 to 80 letters"),
        (lambda: smile(10.5), "amount of edit 'smile' is 10.5"),
        (lambda: smile(float("nan")), "amount of edit 'smile' is nan"),
        (lambda: smile(layers=(np.inf,) * 8), r"layers\[0\] of edit 'smile'"),
        (lambda: edited(smile(layers=(1.0,) * 7)), "layers of edit 'smile' has 7 entries"),
        (lambda: edited(Edit.from_array("smile", np.zeros(5))), "1 x 5 numbers, for another model"),
        (lambda: edited(Edit.from_array("smile", np.zeros((3, 4)))), "needs 1 or 8 rows of 4"),
        (lambda: edited(smile(), smile()), "names 'smile' twice"),
    ],
)
def test_what_is_no_edit_of_the_model_is_said(make, said):
    with pytest.raises(RecipeError, match=said) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_a_damaged_vector_in_a_file_is_said():
    tree = json.loads(edited(smile()).to_json())
    tree["edits"][0]["vector"] = "AAA="
    with pytest.raises(RecipeError, match="vector of edit 'smile' holds 2 bytes"):
        Recipe.from_json(json.dumps(tree))


def test_an_edit_that_one_side_lacks_fades_in():
    a, b = edited(age()), edited(smile(), age(2.0))
    for t, amounts in ((0.25, {"age": -1.0, "smile": 0.375}), (0.75, {"age": 1.0, "smile": 1.125})):
        between = interpolate(a, b, t)
        assert {edit.name: edit.amount for edit in between.edits} == amounts
        assert interpolate(b, a, 1 - t).edits[0].amount == pytest.approx(amounts["smile"])
    assert interpolate(a, b, 0) == a
    assert interpolate(a, b, 1) == b


def test_layers_move_and_all_of_them_stand_for_1():
    between = interpolate(edited(smile(layers=None)), edited(smile()), 0.5)
    assert between.edits[0].layers == (0.5, 0.5, 0.5, 1.0, 1.0, 1.0, 1.0, 0.75)


def test_two_directions_of_one_name_pass_into_each_other():
    between = interpolate(edited(smile()), edited(smile(2.0, scale=0.25)), 0.5)
    assert [(edit.name, edit.amount) for edit in between.edits] == [("smile", 0.75), ("smile 2", 1)]


def test_a_muted_edit_counts_as_0_and_keeps_its_amount():
    muted = msgspec.structs.replace(smile(), muted=True)
    assert (muted.acting, smile().acting) == (0.0, 1.5)
    between = interpolate(edited(muted), edited(smile()), 0.5).edits[0]
    assert (between.amount, between.muted) == (0.75, False)
    both = interpolate(edited(muted), edited(msgspec.structs.replace(muted, amount=0.5)), 0.5)
    assert (both.edits[0].amount, both.edits[0].muted) == (1.0, True)


def test_what_cannot_be_read_stays_with_the_nearer_side():
    later = Unknown("styles", "{}")
    a, b = edited(smile()), edited(later)
    assert interpolate(a, b, 0.25).edits == (smile(1.125),)
    assert interpolate(a, b, 0.75).edits == (smile(0.375), later)


def test_edits_come_along_to_a_model_of_the_same_width():
    wider = msgspec.structs.replace(MODEL, name="wider", sha256="c" * 64, num_ws=10)
    recipe, lost = adapt(edited(smile(), age()), wider)
    assert [edit.name for edit in recipe.edits] == ["smile", "age"]
    assert recipe.edits[0].layers == (*LAYERS, 0.5, 0.5)
    np.testing.assert_array_equal(recipe.edits[1].array()[:8], age().array())
    np.testing.assert_array_equal(recipe.edits[1].array()[8:], age().array()[[7, 7]])
    assert any("'smile' was found in tiny" in sentence for sentence in lost)
    assert any("10" in sentence and "coarse end" in sentence for sentence in lost)


def test_edits_of_another_width_are_left_out_with_a_word():
    other = msgspec.structs.replace(MODEL, name="other", sha256="c" * 64, w_dim=6)
    recipe, lost = adapt(edited(smile(), Unknown("styles", "{}")), other)
    assert recipe.edits == (Unknown("styles", "{}"),)
    assert lost == (
        "The edit 'smile' has 4 numbers a layer and other needs 6, so it was left out.",
    )


def test_edits_are_parameters_by_name_in_whatever_order():
    recipe = edited(smile(), age())
    swapped = edited(age(), smile())
    amount = find_parameter(PaperModel(), recipe, "edits.smile.amount")
    assert (amount.get(swapped), amount.unit, amount.default) == (1.5, "sigmas", 0.0)
    assert (amount.range, amount.travel) == ((-10.0, 10.0), (-3.0, 3.0))
    assert [edit.amount for edit in amount.set(swapped, 3).edits] == [-2.0, 3.0]
    with pytest.raises(RecipeError, match=r"edits\.smile\.amount is not in this recipe"):
        amount.get(plain())
    middle = find_parameter(PaperModel(), recipe, "edits.smile.layers.middle")
    assert middle.get(recipe) == 1.0
    assert middle.set(recipe, 0.25).edits[0].layers == (0, 0, 0, 0.25, 0.25, 0.25, 0.25, 0.5)
    paths = {each.path for each in parameters(None, recipe)}
    assert "edits.smile.layers.7" in paths
    assert "edits.smile.layers.middle" not in paths


def test_all_layers_at_1_stand_as_none():
    layer = find_parameter(PaperModel(), edited(age()), "edits.age.layers.2")
    assert layer.set(layer.set(edited(age()), 0.5), 1.0) == edited(age())


def test_a_path_to_no_edit_is_said():
    with pytest.raises(RecipeError, match="the recipe has no edits"):
        find_parameter(PaperModel(), plain(), "edits.smile.amount")
    with pytest.raises(RecipeError, match=r"did you mean edits\.smile\.amount"):
        find_parameter(PaperModel(), edited(smile()), "edits.smlie.amount")


def test_edits_in_words():
    muted = msgspec.structs.replace(age(1.0), muted=True)
    lines = describe_recipe(edited(smile(), muted))
    assert ("edit", "smile 1.5 sigmas: layers 3-6 at 1; layers 7 at 0.5") in lines
    assert ("edit", "age 1 sigma: all layers, muted") in lines
    assert "edit smile 1.5 sigmas" in summary(edited(smile()))


def test_an_edit_replaces_the_one_of_its_name():
    recipe = plain().edit(smile()).edit(age()).edit(smile(0.5))
    assert [(edit.name, edit.amount) for edit in recipe.edits] == [("age", -2.0), ("smile", 0.5)]
    moved = recipe.edit("smile", 2, "0-1")
    assert moved.edits[1].layers == (1.0, 1.0, *(0.0,) * 6)
    assert moved.edits[1].amount == 2.0
    assert [edit.amount for edit in at_rest(recipe.edits)] == [0.0, 0.0]


def test_numbers_of_numpy_will_do():
    given = Edit.from_array("smile", np.arange(4), np.float32(1.5), np.array(LAYERS))
    assert edited(given).to_json() == edited(smile(scale=1)).to_json()


def test_names_make_way():
    assert free_name("smile", ()) == "smile"
    assert free_name("smile", ("smile", "smile 2")) == "smile 3"
    assert len(free_name("x" * 80, ("x" * 80,))) == 80
