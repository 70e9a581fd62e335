"""Networks after the picture, as recipes have them."""

import msgspec
import pytest

import stylestudio as ss
from stylestudio.recipe import MixRow, SeedSource
from stylestudio.recipe.changes import changed, changes
from stylestudio.recipe.parameters import find_parameter
from stylestudio.recipe.words import describe_recipe


class Network:
    def __init__(self, name, digit, attributes=(), scale=1):
        self.name, self.sha256, self.attributes = name, digit * 64, attributes
        self.scale = scale


TO_PAINT = Network("to-paint", "a")
FACES = Network("200000-G", "b", ("blond hair", "male"))
LARGE = Network("x4", "c")


@pytest.fixture
def plain(model):
    return ss.Recipe.from_seed(7, model)


def names(recipe):
    return [stage.name for stage in recipe.stages]


def test_stages_come_in_order_and_are_changed_by_name(plain):
    recipe = plain.stage(TO_PAINT, 0.5).stage(FACES, attributes={"male": 1}).stage(TO_PAINT)
    assert names(recipe) == ["to-paint", "200000-G", "to-paint 2"]
    assert recipe.stages[1].attributes == (("blond hair", 0.0), ("male", 1.0))
    softer = recipe.stage("200000-G", 0.25, {"blond hair": 0.5})
    assert names(softer) == names(recipe)
    assert softer.stages[1].strength == 0.25
    assert dict(softer.stages[1].attributes) == {"blond hair": 0.5, "male": 1.0}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda r: r.stage("x4"), "has no stage 'x4'; it has none"),
        (lambda r: r.stage(FACES, 1.5), "strength of stage '200000-G' is 1.5"),
        (lambda r: r.stage(FACES, attributes={"smile": 1}), "no attribute 'smile'; it has: blond"),
        (lambda r: r.stage(FACES, attributes={"male": 2}), "'male' of stage '200000-G' is 2"),
        (lambda r: r.stage(TO_PAINT, attributes={"male": 1}), "no attribute 'male'; it has none"),
        (lambda r: r.stage(7), "the number 7 is not a network"),
        (lambda r: r.replace(stages=[ss.Stage.of(LARGE)] * 2), "names 'x4' twice"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(plain, change, sentence):
    with pytest.raises((ss.RecipeError, ss.StageError), match=sentence):
        change(plain)


def test_files_keep_them(plain):
    stage = ss.Stage.of(LARGE, 0.5, softer=Network("psnr", "d"), sharpness=0.25)
    recipe = plain.stage(FACES, 0.5, {"male": 0.5}).stage(
        msgspec.structs.replace(stage, muted=True)
    )
    assert ss.Recipe.from_json(recipe.to_json()) == recipe
    assert changed(plain, changes(plain, recipe)) == recipe
    newer = recipe.to_json().replace('"strength": 0.5,', '"strength": 0.5, "blur": 2,', 1)
    assert ss.Recipe.from_json(newer).unread == ("stages.0.blur",)
    stranger = recipe.to_json().replace('"type": "network"', '"type": "grain"', 1)
    read = ss.Recipe.from_json(stranger)
    assert read.unread == ("stages.0 (grain)",)
    assert len(read.stage(TO_PAINT).stages) == 3


def test_words_tell_of_them(plain):
    recipe = plain.stage(FACES, 0.5, {"male": 1})
    (line,) = [text for name, text in describe_recipe(recipe) if name == "stage"]
    assert line == "200000-G, strength 0.5, male 1: 200000-G (sha256 bbbbbbbbbbbb...)"
    assert "stage 200000-G, strength 0.5, male 1" in repr(recipe)


def test_every_amount_is_a_parameter(plain):
    recipe = plain.stage(TO_PAINT).stage(FACES)
    path = "stages.200000-G.attributes.male"
    assert recipe.set(path, 0.5).stages[1].attributes[1] == ("male", 0.5)
    assert find_parameter(None, recipe, "stages.to-paint.strength").set(recipe, 0).get(path) == 0
    moved = recipe.replace(stages=recipe.stages[::-1])  # a parameter stays with its stage
    assert find_parameter(None, recipe, path).set(moved, 1).stages[0].attributes[1] == ("male", 1)
    with pytest.raises(ss.RecipeError, match="no stages"):
        plain.get("stages.x4.strength")
    with pytest.raises(ss.RecipeError):
        recipe.get("stages.to-paint.sharpness")
    blend = plain.replace(stages=[ss.Stage.of(LARGE, softer=TO_PAINT)])
    assert blend.set("stages.x4.sharpness", 0.5).stages[0].sharpness == 0.5


def test_strength_fades_between_recipes(plain):
    start, end = plain.stage(TO_PAINT, 0.2), plain.stage(TO_PAINT, 0.6).stage(FACES, 0.8)
    middle = start.blend(end, 0.25)
    assert [(s.name, round(s.strength, 6)) for s in middle.stages] == [
        ("to-paint", 0.3),
        ("200000-G", 0.2),
    ]
    assert start.blend(end, 0) == start
    assert start.blend(end, 1) == end
    turned = end.replace(stages=end.stages[::-1])
    assert names(end.blend(turned, 0.4)) == names(end)
    assert names(end.blend(turned, 0.6)) == names(turned)
    faces = plain.stage(FACES, attributes={"male": 1})
    between = faces.blend(plain.stage(FACES, attributes={"blond hair": 1}), 0.5)
    assert between.stages[0].attributes == (("blond hair", 0.5), ("male", 0.5))


def test_a_muted_stage_fades_in_from_nothing(plain):
    loud = plain.stage(TO_PAINT, 0.8)
    muted = loud.replace(stages=[msgspec.structs.replace(loud.stages[0], muted=True)])
    (stage,) = muted.blend(loud, 0.25).stages
    assert (stage.acting, stage.muted) == (0.2, False)


def test_another_network_of_the_same_name_is_another_stage(plain):
    other = Network("to-paint", "e")
    middle = plain.stage(TO_PAINT).blend(plain.stage(other), 0.25)
    assert [(s.name, s.strength) for s in middle.stages] == [
        ("to-paint", 0.75),
        ("to-paint 2", 0.25),
    ]


def test_another_model_keeps_them(plain, make_model):
    recipe = plain.stage(FACES, 0.5).replace(mixing=[MixRow(SeedSource(1), (1.0,) * 8)])
    adapted, _ = ss.adapt(recipe, make_model(1, resolution=16))
    assert adapted.stages == recipe.stages


def test_two_enlargers_take_turns_so_that_no_frame_is_enlarged_twice(plain):
    sharp, soft = Network("x4", "c", scale=4), Network("psnr", "d", scale=4)
    start, end = plain.stage(TO_PAINT).stage(sharp, 0.8), plain.stage(soft)

    def strengths(t):
        return [(s.name, round(s.strength, 6)) for s in start.blend(end, t).stages]

    assert strengths(0.25) == [("to-paint", 0.75), ("x4", 0.4)]
    assert strengths(0.75) == [("psnr", 0.5), ("to-paint", 0.25)]
    assert strengths(0.5) == [("psnr", 0.0), ("to-paint", 0.5)]
    assert ss.Recipe.from_json(start.to_json()).blend(end, 0.25) == start.blend(end, 0.25)
    both = start.stage(soft, 0.5)  # one that goes on is not in the way
    assert [s.name for s in both.blend(end, 0.25).stages] == ["to-paint", "x4", "psnr"]
