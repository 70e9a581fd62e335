"""Changes of a whole model's weights, as recipes have them."""

import msgspec
import pytest

import stylestudio as ss
from stylestudio.recipe import MixRow, SeedSource, deltas_of
from stylestudio.recipe.changes import changed, changes
from stylestudio.recipe.parameters import find_parameter
from stylestudio.recipe.words import describe_recipe


class Changes:
    def __init__(self, name, digit):
        self.name, self.sha256 = name, digit * 64


class Sibling(Changes):
    num_ws = 8


SKETCH, HAT, OTHER = Changes("sketch", "a"), Changes("hat", "b"), Sibling("paintings", "c")


@pytest.fixture
def plain(model):
    return ss.Recipe.from_seed(7, model)


def names(recipe):
    return [delta.name for delta in recipe.deltas]


def test_deltas_are_added_and_changed_by_name(plain):
    recipe = plain.delta(SKETCH, 0.5).delta(OTHER, layers="middle").delta(SKETCH)
    assert names(recipe) == ["sketch", "paintings", "sketch 2"]
    assert recipe.deltas[1].shares(8) == (0.0,) * 3 + (1.0,) * 5
    assert deltas_of(recipe) == (SKETCH.sha256,)  # a model is no file of changes
    softer = recipe.delta("sketch", 0.25, [0, 1])
    assert softer.deltas[0].shares(8) == (0.25, 0.25) + (0.0,) * 6
    assert softer.deltas[1:] == recipe.deltas[1:]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda r: r.delta("hat"), "has no delta 'hat'; it has none"),
        (lambda r: r.delta(SKETCH, 2.5), "amount of delta 'sketch' is 2.5"),
        (lambda r: r.delta(7), "the number 7 is no delta"),
        (lambda r: r.replace(deltas=[ss.DeltaUse.of(HAT)] * 2), "names 'hat' twice"),
        (lambda r: r.replace(deltas=[ss.DeltaUse.of(HAT, 1, [1, 1])]), "has 2 entries"),
        (lambda r: r.replace(deltas=[ss.DeltaUse.of(OTHER, mapping=2)]), "mapping of delta"),
        (lambda r: ss.DeltaUse.of(HAT, name="x" * 81), "the delta's name"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(plain, change, sentence):
    with pytest.raises(ss.RecipeError, match=sentence):
        change(plain)


def test_files_keep_them(plain):
    use = msgspec.structs.replace(ss.DeltaUse.of(OTHER, 0.5, [0.5] * 8, mapping=0.5), muted=True)
    recipe = plain.delta(SKETCH, 0.5).delta(use)
    assert ss.Recipe.from_json(recipe.to_json()) == recipe
    assert changed(plain, changes(plain, recipe)) == recipe
    stranger = recipe.to_json().replace('"type": "weights"', '"type": "low rank"', 1)
    read = ss.Recipe.from_json(stranger)
    assert read.unread == ("deltas.0 ('low rank')",)
    assert len(read.delta(HAT).deltas) == 3


def test_words_tell_of_them(plain):
    use = ss.DeltaUse.of(OTHER, 0.5, [1.0] * 7 + [0.0], mapping=0.25)
    recipe = plain.delta(use)
    (line,) = [text for name, text in describe_recipe(recipe) if name == "delta"]
    assert line == (
        "paintings, amount 0.5, layers 7 at 0, mapping 0.25: the model paintings "
        "(sha256 cccccccccccc...)"
    )
    assert "delta paintings, amount 0.5" in repr(recipe)


def test_every_amount_is_a_parameter(plain, model):
    recipe = plain.delta(SKETCH).delta(OTHER)
    assert recipe.set("deltas.sketch.amount", 0.5).deltas[0].amount == 0.5
    halved = find_parameter(model, recipe, "deltas.paintings.layers.middle").set(recipe, 0.5)
    assert halved.deltas[1].layers == (1.0,) * 3 + (0.5,) * 5
    assert halved.set("deltas.paintings.layers.middle", 1).deltas[1].layers is None
    assert recipe.set("deltas.paintings.mapping", 1).get("deltas.paintings.mapping") == 1
    with pytest.raises(ss.RecipeError, match="no deltas"):
        plain.get("deltas.sketch.amount")
    with pytest.raises(ss.RecipeError):
        recipe.get("deltas.sketch.mapping")  # changes have none


def test_amounts_fade_between_recipes(plain):
    start, end = plain.delta(SKETCH, 0.2), plain.delta(SKETCH, 0.6, [0, 1]).delta(OTHER, 0.8)
    middle = start.blend(end, 0.25)
    assert [(d.name, round(d.amount, 6)) for d in middle.deltas] == [
        ("sketch", 0.3),
        ("paintings", 0.2),
    ]
    assert middle.deltas[0].layers == (1.0, 1.0) + (0.75,) * 6
    assert start.blend(end, 0) == start
    assert start.blend(end, 1) == end


def test_a_muted_delta_fades_in_from_nothing(plain):
    loud = plain.delta(OTHER, 0.8)
    muted = loud.replace(deltas=[msgspec.structs.replace(loud.deltas[0], muted=True)])
    (delta,) = muted.blend(loud, 0.25).deltas
    assert (delta.amount, delta.muted) == (0.2, False)


def test_other_weights_of_the_same_name_are_another_delta(plain):
    middle = plain.delta(SKETCH).blend(plain.delta(Changes("sketch", "e")), 0.25)
    assert [(d.name, d.amount) for d in middle.deltas] == [("sketch", 0.75), ("sketch 2", 0.25)]


def test_another_model_loses_them_and_says_so(plain, make_model):
    recipe = plain.delta(SKETCH).replace(mixing=[MixRow(SeedSource(1), (1.0,) * 8)])
    adapted, lost = ss.adapt(recipe, make_model(1))
    assert adapted.deltas == ()
    assert [line for line in lost if "'sketch' changes weights of" in line]
