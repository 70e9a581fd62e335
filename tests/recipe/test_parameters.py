"""Every number of a recipe is in the table, and everything that the table promises holds."""

from itertools import product

import msgspec
import numpy as np
import pytest
from paper_model import PaperModel
from v1_recipes import clip, everything, plain

import stylestudio as ss
from stylestudio.cli.numbers import parse_setting
from stylestudio.recipe import (
    Edit,
    Intervention,
    MixRow,
    NetworkRef,
    PlaneSource,
    Recipe,
    RecipeError,
    Region,
    SeedSource,
    Stage,
    find_parameter,
    interpolate,
    parameters,
    parse_number,
)
from stylestudio.recipe.capabilities import Capabilities
from stylestudio.recipe.interventions import OPERATIONS
from stylestudio.recipe.numbers import NUMBERS
from stylestudio.recipe.parts import Unknown
from stylestudio.recipe.words import describe_recipe, shown


def played() -> Recipe:
    """A recipe with a seed and a point of the plane, which `everything` has in blends alone."""
    rows = (MixRow(PlaneSource(1.5, 2.0), (0.1,) * 8), MixRow(SeedSource(4), (0.5, 0.25) * 4))
    edits = (
        Edit.from_array("smile", [1, 2, 3, 4], 1.0, (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.1, 0.2)),
        Edit.from_array("a = b.c", np.ones((8, 4)), -2.0),
    )
    return everything().replace(source=SeedSource(3), mixing=rows, edits=edits)


def with_stages() -> Recipe:
    """Two networks, one with attributes and one blended with another."""
    faces, sharp, soft = (
        NetworkRef(name, digit * 64) for name, digit in zip("abc", "def", strict=True)
    )
    stages = (
        Stage("faces", faces, 0.5, (("blond hair", 0.25), ("male", 0.0))),
        Stage("x4", sharp, 0.75, (), soft, 0.25),
    )
    return plain().replace(stages=stages)


def bent() -> Recipe:
    """Every operation, and regions of a seed and of a point of the plane."""
    operations = tuple(Intervention.of(name, 2, name, amount=0.75) for name in OPERATIONS)
    regions = (
        Region.of("left", 3, np.eye(4)),
        Region.of("right", PlaneSource(0.5, 0.25), np.eye(4), 2, 5),
    )
    return plain().replace(interventions=(*operations, *regions))


RECIPES = {
    "everything": everything(),
    "played": played(),
    "plain": plain(),
    "stages": with_stages(),
    "bent": bent(),
}


MODEL = PaperModel()
walk = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)


def elsewhere(recipe, each) -> float:
    """A value in the range that is neither the present one nor the default."""
    low, high = each.travel
    taken = (each.get(recipe), each.default)
    values = [low, high, 3.0] if each.whole else [low + (high - low) * f for f in (0.375, 0.625, 1)]
    return next(x for x in values if x not in taken and low <= x <= high)


@walk
def test_each_is_read_as_it_was_set_and_survives_files(recipe):
    known = parameters(MODEL, recipe)
    for each in known:
        x = elsewhere(recipe, each)
        changed = each.set(recipe, x)
        assert each.get(changed) == pytest.approx(x), each.path
        assert changed != recipe, each.path
        assert Recipe.from_json(changed.to_json()) == changed, each.path
        hash(changed)
        moved = {other.path for other in known if other.get(changed) != other.get(recipe)}
        head, _, last = each.path.rpartition(".")
        siblings = {path for path in moved if head and path.rpartition(".")[0] == head}
        assert each.path in moved
        assert moved <= siblings | {each.path}, each.path
        if not head.endswith(("amounts", "layers")):
            assert moved == {each.path}
        elif last.isdigit():  # and the group that it belongs to
            assert len(moved) <= 2, each.path


@walk
def test_each_moves_between_two_recipes(recipe):
    for each in parameters(MODEL, recipe):
        a, b = each.get(recipe), elsewhere(recipe, each)
        other = each.set(recipe, b)
        before, after = (interpolate(recipe, other, t) for t in (0.25, 0.75))
        if each.kind == "linear":
            assert each.get(before) == pytest.approx(a + (b - a) * 0.25), each.path
            assert each.get(after) == pytest.approx(a + (b - a) * 0.75), each.path
        elif each.kind == "switch":
            assert (each.get(before), each.get(after)) == (a, b), each.path
        else:
            assert before not in (recipe, other), each.path
            assert "blend" in before.to_json(), each.path


@walk
def test_each_goes_back_to_its_default(recipe):
    for each in parameters(MODEL, recipe):
        back = each.set(each.set(recipe, elsewhere(recipe, each)), each.default)
        assert each.get(back) == each.default, each.path


@walk
def test_each_is_described(recipe):
    for each in parameters(MODEL, recipe):
        changed = each.set(recipe, elsewhere(recipe, each))
        new = set(describe_recipe(changed)) - set(describe_recipe(recipe))
        value = shown(each.get(changed))
        assert any(value in text for _, text in new), each.path


@walk
def test_each_is_set_by_the_command_line(recipe):
    for each in parameters(MODEL, recipe):
        x = elsewhere(recipe, each)
        setting = parse_setting(f"{each.path}={str(x).replace('.', ',')}")
        assert setting.apply(MODEL, recipe) == each.set(recipe, x), each.path


@walk
def test_each_keeps_to_its_range(recipe):
    for each in parameters(MODEL, recipe):
        low, high = each.range
        for x in (low, high):
            assert each.get(each.set(recipe, x)) == pytest.approx(x), each.path
        for x in (low - 1, high + 1, float("nan"), None):
            with pytest.raises(RecipeError, match=each.path):
                each.set(recipe, x)
        if each.whole:
            with pytest.raises(RecipeError, match="whole"):
                each.set(recipe, low + 0.5)


def test_a_fresh_recipe_is_at_every_default():
    fresh = Recipe.from_seed(0, MODEL)
    for each in parameters(MODEL, fresh):
        assert each.get(fresh) == each.default, each.path


def test_every_number_of_a_recipe_is_in_the_table():
    """One that is added to a part of recipes, but not to the table, shows up here."""
    not_by_hand = {"version", "rows", "num_ws", "w_dim", "c_dim", "channel", "offset"}
    not_by_hand |= {"step", "first", "last", "units", "values", "width", "height"}
    not_by_hand |= {"numbers"}  # of operations, which have names for them in the table
    not_by_hand |= {"scale"}  # of networks, which is what they are
    not_by_hand |= {"weights", "bias"}  # of locators, which are learned; those of styles are below
    entries = {path.rpartition(".")[2] for path in NUMBERS if path.count(".") < 2}
    found = set()

    def visit(info):
        if isinstance(info, msgspec.inspect.StructType) and info.cls is not Unknown:
            for field in info.fields:
                if _is_numeric(field.type):
                    found.add(field.name)
                visit(field.type)
        for inner in getattr(info, "types", ()) or getattr(info, "item_types", ()):
            visit(inner)
        if hasattr(info, "item_type"):
            visit(info.item_type)

    visit(msgspec.inspect.type_info(Recipe))
    # Weights of styles and attributes of stages stand beside their names.
    assert found - not_by_hand == entries - {"weights", "attributes"}


def _is_numeric(info) -> bool:
    numeric = msgspec.inspect.IntType | msgspec.inspect.FloatType
    inner = getattr(info, "types", (info,))  # of a union
    return any(isinstance(getattr(each, "item_type", each), numeric) for each in inner)


def test_paths_and_groups():
    paths = {each.path: each for each in parameters(MODEL, played())}
    for path in (
        "source.seed",
        "source.label.1",
        "mixing.0.source.x",
        "mixing.1.amounts.coarse",
        "mixing.1.amounts.fine",
        "mixing.1.amounts.7",
        "noise_layers.middle",
        "noise_layers.6",
        "style.weights.dawn",
        "style.strength",
    ):
        assert path in paths
    assert "noise_layers.7" not in paths  # the last row of ws drives colour alone
    assert "noise_layers.fine" not in paths
    assert paths["mixing.1.amounts.coarse"].get(played()) == pytest.approx((0.5 + 0.25 + 0.5) / 3)
    whole = paths["mixing.1.amounts.coarse"].set(played(), 1.0)
    assert whole.mixing[1].amounts == (1.0, 1.0, 1.0, 0.25, 0.5, 0.25, 0.5, 0.25)
    without_model = {each.path for each in parameters(None, played())}
    assert set(paths) - without_model == {
        f"{head}.{group}"
        for head, group in [
            *product(("mixing.0.amounts", "mixing.1.amounts"), ("coarse", "middle", "fine")),
            *product(("edits.smile.layers", "edits.a = b.c.layers"), ("coarse", "middle", "fine")),
            ("noise_layers", "coarse"),
            ("noise_layers", "middle"),
        ]
    }


def test_all_of_a_kind_stand_in_recipes_as_they_do_from_panels():
    recipe = Recipe.from_seed(0, MODEL)
    cutoff, layer, label = (
        find_parameter(MODEL, recipe, path)
        for path in ("truncation_cutoff", "noise_layers.2", "source.label.1")
    )
    assert cutoff.get(recipe) == 8
    assert cutoff.set(cutoff.set(recipe, 3), 8) == recipe
    assert layer.set(layer.set(recipe, 0.5), 1.0) == recipe
    assert label.set(recipe, 0.5).source == SeedSource(0, (1.0, 0.5))
    assert label.set(label.set(recipe, 0.5), 0.0) == recipe


def test_one_stays_good_for_other_recipes_of_the_model():
    amount = find_parameter(MODEL, played(), "mixing.1.amounts.3")
    assert amount.get(amount.set(everything(), 0.75)) == 0.75
    for use in (lambda: amount.get(plain()), lambda: amount.set(plain(), 0.5)):
        with pytest.raises(RecipeError, match=r"mixing\.1\.amounts\.3 is not in this recipe"):
            use()
    dusk = find_parameter(MODEL, played(), "style.weights.dusk")
    with pytest.raises(RecipeError, match="dusk is not in this recipe"):
        dusk.set(plain(), 0.5)


def test_numpys_numbers_will_do():
    psi, seed = (find_parameter(MODEL, plain(), path) for path in ("truncation_psi", "source.seed"))
    assert psi.set(plain(), np.float64(0.25)).to_json() == psi.set(plain(), 0.25).to_json()
    assert seed.set(plain(), np.int64(5)).to_json() == seed.set(plain(), 5.0).to_json()


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("psi", "truncation_psi"),
        ("trunction_psi", "truncation_psi"),
        ("translatex", "translate_x"),
        ("mixing.0.amounts.corse", "mixing.0.amounts.coarse"),
        ("colours", "style.colours"),
        ("style.weights.dawm", "style.weights.dawn"),
    ],
)
def test_a_path_that_is_none_gets_a_sentence(path, hint):
    with pytest.raises(RecipeError, match=rf"'{path}' is not a parameter.*did you mean {hint}\?"):
        find_parameter(MODEL, played(), path)


def test_what_it_lacks_is_said():
    with pytest.raises(RecipeError, match="the recipe has no style"):
        find_parameter(MODEL, plain(), "style.strength")
    with pytest.raises(RecipeError, match=r"'qqqq' is not a parameter of this recipe\.$"):
        find_parameter(MODEL, plain(), "qqqq")


def test_paths_may_be_typed_loosely():
    for typed in ("Truncation-Psi", "truncation psi"):
        assert find_parameter(MODEL, plain(), typed).path == "truncation_psi"


def test_what_a_model_cannot_do_has_a_reason():
    able, unable = PaperModel(), PaperModel(capabilities=Capabilities(False, False))
    paths = ("rotate", "noise_layers.0", "truncation_psi", "source.label.0", "source.seed")
    known = {each.path: each for each in parameters(able, Recipe.from_seed(0, able))}
    assert [known[path].available(able) for path in paths] == [""] * 5
    said = [known[path].available(unable) for path in paths]
    for sentence, word in zip(said, ("StyleGAN3", "noise", "W", "classes", ""), strict=True):
        assert word in sentence
    assert said[-1] == ""


def test_the_public_name_works_on_a_real_model(model):
    recipe = ss.Recipe.from_seed(3, model)
    known = {each.path: each for each in ss.parameters(model, recipe)}
    assert known["truncation_psi"].set(recipe, 0.5) == recipe.replace(truncation_psi=0.5)
    assert known["noise_strength"].available(model) == ""
    assert "StyleGAN3" in known["rotate"].available(model)
    other = recipe.replace(model=msgspec.structs.replace(recipe.model, sha256="e" * 64))
    with pytest.raises(RecipeError, match="was made for"):
        ss.parameters(model, other)


def test_movements_over_a_clip_keep_to_the_table():
    low, high = NUMBERS["truncation_psi"].range
    sweep = clip().psi
    assert msgspec.structs.replace(sweep, start=low, end=high).end == high
    with pytest.raises(RecipeError, match="psi end"):
        msgspec.structs.replace(sweep, end=high + 0.1)


@pytest.mark.parametrize(
    ("text", "number"),
    [("0.7", 0.7), ("0,7", 0.7), (" -,5", -0.5), ("+1", 1.0), ("1e-3", 0.001), ("1,5E2", 150.0)],
)
def test_numbers_are_read_with_both_separators(text, number):
    assert parse_number(text) == number


@pytest.mark.parametrize("text", ["", "1,000.5", "1.000,5", "nan", "inf", "1_000", "0x1", "--1"])
def test_what_is_no_number_is_said(text):
    with pytest.raises(RecipeError, match="is not a number"):
        parse_number(text)


def test_psi_starts_at_another_value_than_its_default():
    for each in parameters(None, plain()):
        assert each.start == (0.7 if each.path == "truncation_psi" else each.default)
        assert each.path != "truncation_psi" or each.default == 1.0
