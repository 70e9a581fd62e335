"""Interventions and regions as recipes have them."""

import msgspec
import numpy as np
import pytest

import stylestudio as ss
from stylestudio.recipe import (
    PlaneSource,
    Unknown,
    interventions_at_rest,
    interventions_of,
)
from stylestudio.recipe.changes import changed, changes
from stylestudio.recipe.interventions import MOST_REGIONS
from stylestudio.recipe.masks import LONGEST_SIDE, between_masks
from stylestudio.recipe.parameters import find_parameter
from stylestudio.recipe.words import describe_recipe

LEFT = np.array([[1.0, 0.0], [1.0, 0.0]])


@pytest.fixture
def plain(model):
    return ss.Recipe.from_seed(7, model)


def of(operation="scale", *numbers, step=4, name="a", **fields):
    return ss.Intervention.of(name, step, operation, *numbers, **fields)


def region(name="r", source=12, mask=LEFT, **fields):
    return ss.Region.of(name, source, mask, **fields)


def only(recipe):
    (each,) = recipe.interventions
    return each


def test_they_come_in_order_and_are_changed_by_name(plain):
    recipe = plain.intervene(of()).intervene(region()).intervene(of("flip", name="b"))
    assert [*interventions_of(recipe.interventions)] == ["a", "r", "b"]
    fainter = recipe.intervene("r", 0.25)
    assert [*interventions_of(fainter.interventions)] == ["a", "r", "b"]
    assert fainter.interventions[1].amount == 0.25
    assert recipe.intervene(of("blur", 3.0)).interventions[0].operation == "blur"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: ss.Locator(()), "a locator has 0 weights"),
        (lambda: ss.Locator((float("nan"),)), "a weight of a locator is nan"),
        (lambda: of("melt"), "is 'melt'; the operations are scale, set"),
        (lambda: of("shift", 0.1), "has 1 numbers; shift takes 2: right, down"),
        (lambda: of("invert", 1.0), "has 1 numbers; invert takes 0"),
        (lambda: of("scale", 11.0), "factor of intervention 'a' is 11"),
        (lambda: of("scale", float("nan")), "factor of intervention 'a' is nan"),
        (lambda: of("flip", 1.5), "axes of intervention 'a' is 1.5; it must be a whole number"),
        (lambda: of(step=-1), "the step of intervention 'a' is -1"),
        (lambda: of(step=1.5), "needs whole numbers for step and units"),
        (lambda: of(units=[]), "needs units, at least one, and each once"),
        (lambda: of(units=[1, 1]), "each once"),
        (lambda: of(units=[-1]), "a unit of intervention 'a' is -1"),
        (lambda: of(units=["x"]), "whole numbers for step and units"),
        (lambda: of("set", 1, units=[1, 2], values=[1]), "has 1 values; only set and add"),
        (lambda: of("set", 1, values=[1]), "one for each of the units listed"),
        (lambda: of("set", 1, units=[1], values=[float("inf")]), "a value of intervention 'a' is"),
        (lambda: of(amount=1.5), "the amount of intervention 'a' is 1.5"),
        (lambda: of(share=2), "the share of intervention 'a' is 2"),
        (lambda: of(name=" "), "the intervention's name is ' '"),
        (lambda: of(mask=[[2.0]]), "a mask needs numbers from 0 to 1"),
        (lambda: of(mask=[[float("nan")]]), "a mask needs numbers from 0 to 1"),
        (lambda: of(mask=[]), "a mask needs"),
        (lambda: of(mask="left"), "'left' is no mask"),
        (lambda: ss.Mask(8, 8, b"nothing"), "a mask is damaged"),
        (lambda: ss.Mask(300, 1, b""), "a mask is 300 x 1; its sides must be 1 to 256"),
        (lambda: region(mask=None), "region 'r' needs a mask"),
        (lambda: region(source="x"), "region 'r' needs a seed or a source"),
        (lambda: region(source=-1), "seed is -1"),
        (lambda: region(first=5, last=4), "goes from step 5 to 4"),
        (lambda: region(feather=0.7), "feather of region 'r' is 0.7"),
        (lambda: region(amount=-1), "amount of region 'r' is -1"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(make, sentence):
    with pytest.raises(ss.RecipeError, match=sentence) as caught:
        make()
    assert len(str(caught.value)) <= 160


def test_what_does_not_fit_the_recipe_is_said(plain):
    with pytest.raises(ss.RecipeError, match="interventions names 'a' twice"):
        plain.replace(interventions=(of(), region("a")))
    with pytest.raises(ss.RecipeError, match="no intervention 'b'; it has: a"):
        plain.intervene(of()).intervene("b")
    with pytest.raises(ss.RecipeError, match="no intervention 'b'; it has none"):
        plain.intervene("b")
    with pytest.raises(ss.RecipeError, match=r"region 'r': source\.label has 2 entries"):
        plain.intervene(region(source=ss.SeedSource(1, (0.5, 0.5))))
    latent = ss.LatentSource.from_array(np.zeros(5))
    with pytest.raises(ss.RecipeError, match="region 'r': source is a latent of 1 x 5"):
        plain.intervene(region(source=latent))


def test_masks_keep_8_bits_and_their_shape(plain):
    values = np.random.RandomState(0).randint(0, 256, (24, 40)).astype(np.uint8)
    mask = ss.Mask.from_array(values)
    assert (np.rint(mask.array() * 255) == values).all()
    assert mask == ss.Mask.from_array(values / 255.0)
    assert not mask.array().flags.writeable
    large = np.zeros((600, 1200))
    large[:300] = 1.0
    small = ss.Mask.from_array(large)
    assert (small.height, small.width) == (LONGEST_SIDE, LONGEST_SIDE)
    assert (small.array()[:128] == 1).all()
    assert not small.array()[128:].any()
    assert ss.Mask.from_array(np.zeros((3, 3))).is_empty


def test_twenty_masks_painted_on_a_photo_leave_a_recipe_small(plain):
    y, x = np.ogrid[:3000, :4000]
    away = np.hypot(x - 2000, y - 1500)  # pixels from the middle of a soft stroke
    painted = (255 * np.clip(1.5 - away / 1000, 0, 1)).astype(np.uint8)
    recipe = plain
    for number in range(MOST_REGIONS):
        recipe = recipe.intervene(ss.Region.of(f"r{number}", number, painted))
    assert max(recipe.interventions[0].mask.array().shape) == LONGEST_SIDE
    assert len(recipe.to_json()) < 500_000


def test_large_masks_become_the_means_of_what_each_place_covers():
    values = np.random.RandomState(0).randint(0, 256, (300, 10)).astype(np.uint8)
    means = np.repeat(values, LONGEST_SIDE, axis=0).reshape(LONGEST_SIDE, 300, 10).mean(1)
    mask = ss.Mask.from_array(values)
    assert np.abs(mask.array() * 255 - means).max() <= 0.5001
    assert mask == ss.Mask.from_array(values / 255.0)


def test_files_keep_them(plain):
    recipe = plain.replace(
        interventions=(
            of("shift", 0.25, -0.5, units=[3, 1], mask=LEFT, share=0.5, share_seed=9),
            of("set", 0.5, units=[2], values=[1.25], name="b"),
            region(source=PlaneSource(0.5, 2.0), first=2, last=5),
        )
    )
    assert ss.Recipe.from_json(recipe.to_json()) == recipe
    assert changed(plain, changes(plain, recipe)) == recipe
    assert "interventions" in changes(plain, recipe)


def test_a_locator_goes_through_files_and_tells_interventions_apart(plain):
    found = of(locator=ss.Locator((0.5, -2.0), 1.0))
    recipe = plain.intervene(found)
    assert ss.Recipe.from_json(recipe.to_json()) == recipe
    assert "of all units where it is found after step 4" in str(describe_recipe(recipe))
    other = plain.intervene(of(locator=ss.Locator((0.5, 2.0), 1.0)))
    between = ss.interpolate(recipe, other, 0.5).interventions
    assert [each.amount for each in between] == [0.5, 0.5]  # two things, each fading


def test_what_a_newer_one_wrote_stays(plain):
    tree = msgspec.json.decode(plain.intervene(of()).to_json())
    newer = {"type": "sculpt", "name": "clay"}
    tree["interventions"].append(newer)
    tree["interventions"][0]["curve"] = [1, 2]
    recipe = ss.Recipe.from_json(msgspec.json.encode(tree))
    assert recipe.unread == ("interventions.0.curve", "interventions.1 (sculpt)")
    assert msgspec.json.decode(recipe.to_json()) == tree
    assert isinstance(recipe.intervene("a", 0.5).interventions[1], Unknown)


def test_numbers_move_between_two_recipes(plain):
    a = plain.intervene(of("scale", 1.0, mask=LEFT, amount=0.5))
    b = plain.intervene(of("scale", 3.0, amount=1.0))
    between = only(ss.interpolate(a, b, 0.25))
    assert between.numbers == (1.5,)
    assert between.amount == 0.625
    assert np.allclose(between.mask.array()[0], [1.0, 0.25], atol=1 / 255)
    near, far = of("flip", 1), of("flip", 2)
    halves = [ss.interpolate(plain.intervene(near), plain.intervene(far), t) for t in (0.4, 0.6)]
    assert [only(each).numbers for each in halves] == [(1.0,), (2.0,)]


def test_one_that_a_side_lacks_fades_in(plain):
    a, b = plain.intervene(of()), plain.intervene(region())
    for t in (0.25, 0.75):
        amounts = {e.name: e.amount for e in ss.interpolate(a, b, t).interventions}
        assert amounts == {"a": 1 - t, "r": t}
    other = plain.intervene(of("blur", 2.0))  # of the same name, another operation
    both = ss.interpolate(a, other, 0.25).interventions
    assert [(e.name, e.operation, e.amount) for e in both] == [
        ("a", "scale", 0.75),
        ("a 2", "blur", 0.25),
    ]
    muted = plain.intervene(msgspec.structs.replace(of(), muted=True))
    assert only(ss.interpolate(muted, plain.intervene(of()), 0.5)).amount == 0.5
    assert only(ss.interpolate(muted, plain, 0.5)).muted


def test_at_rest_they_show_nothing_and_stay_at_hand(model, plain):
    recipe = plain.intervene(of("invert")).intervene(region())
    still = plain.replace(interventions=interventions_at_rest(recipe.interventions))
    assert (ss.render(model, still) == ss.render(model, plain)).all()
    assert still.intervene("a", 1).intervene("r", 1) == recipe


def test_regions_move_between_two_recipes(plain):
    a = plain.intervene(region(source=3, feather=0.1))
    b = plain.intervene(msgspec.structs.replace(region(source=5, feather=0.2), right=0.5))
    between = only(ss.interpolate(a, b, 0.5))
    assert between.right == 0.25
    assert between.feather == pytest.approx(0.15)
    assert [part.weight for part in between.source.parts] == [0.5, 0.5]
    crowded = [
        plain.replace(interventions=tuple(region(f"{side}{i}") for i in range(15))) for side in "ab"
    ]
    assert len(ss.interpolate(*crowded, 0.5).interventions) == 20


def test_masks_of_two_sizes_change_half_way():
    a, b = ss.Mask.from_array(np.ones((2, 2))), ss.Mask.from_array(np.zeros((3, 3)))
    assert between_masks(a, b, 0.4) == a
    assert between_masks(a, b, 0.6) == b
    assert between_masks(None, None, 0.5) is None


def test_paths_name_them(model, plain):
    recipe = plain.intervene(of("shift", 0.1, 0.2)).intervene(region())
    assert recipe.get("interventions.a.down") == 0.2
    moved = recipe.set("interventions.a.down", -0.5).set("interventions.r.source.seed", 3)
    assert moved.interventions[0].numbers == (0.1, -0.5)
    assert moved.interventions[1].source == ss.SeedSource(3)
    assert find_parameter(model, recipe, "interventions.r.feather").travel == (0, 0.2)
    with pytest.raises(ss.RecipeError, match="the recipe has no interventions"):
        plain.get("interventions.a.amount")


def test_words_say_what_they_do(plain):
    recipe = plain.intervene(of("zoom", 1.5, units=[3, 4])).intervene(region(first=6))
    lines = [text for head, text in describe_recipe(recipe) if head == "intervention"]
    assert lines == [
        "a 1: zoom factor 1.5 of 2 units after step 4",
        "r 1: seed 12 painted from step 6 on, feather 0.05",
    ]
    assert repr(only(plain.intervene(of("invert")))) == (
        "<Intervention 'a': invert of all units, after step 4, amount 1>"
    )


def test_a_sibling_takes_them_over_and_another_build_does_not(make_model, plain):
    recipe = plain.intervene(of(units=[3])).intervene(region())
    sibling, larger = make_model(seed=5, name="sibling"), make_model(resolution=64, name="larger")
    adapted, lost = ss.adapt(recipe, sibling)
    assert adapted.interventions == recipe.interventions
    assert lost == ()
    adapted, lost = ss.adapt(recipe, larger)
    assert adapted.interventions == ()
    assert [text for text in lost if "left out" in text] == [
        "The intervention 'a' acts between steps of tiny, so it was left out.",
        "The region 'r' acts between steps of tiny, so it was left out.",
    ]
