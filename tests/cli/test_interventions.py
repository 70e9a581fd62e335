"""`stylestudio render --intervene` and `--paint`."""

import numpy as np
import pytest
from PIL import Image

import stylestudio as ss
from stylestudio.recipe import interventions_of


@pytest.fixture
def rendered(studio, model, tmp_path):
    """Render the tiny model with these words; return the recipe in the picture, and its pixels."""

    def call(*words):
        path = tmp_path / "out.png"
        answer = studio("render", model, "-o", path, *words)
        assert answer.status == 0, answer.err
        with Image.open(path) as image:
            return ss.read_recipe(path), np.asarray(image)

    return call


@pytest.fixture
def left(tmp_path):
    path = tmp_path / "left.png"
    values = np.zeros((16, 16), np.uint8)
    values[:, :8] = 255
    Image.fromarray(values).save(path)
    return path


def test_options_say_what_python_says(rendered, model, left):
    words = "b8.conv1:shift:0,25:-0.5:units=3,0-1:share=0.5:seed=9:amount=0.75"
    recipe, pixels = rendered("--intervene", f"{words}:mask={left}", "--intervene", "2:invert")
    assert [*interventions_of(recipe.interventions)] == ["shift", "invert"]
    opened = ss.open_model(model)
    made = ss.Intervention.of(
        "shift",
        [step.name for step in opened.synthesis.steps].index("b8.conv1"),
        "shift",
        0.25,
        -0.5,
        units=(3, 0, 1),
        share=0.5,
        share_seed=9,
        amount=0.75,
        mask=np.repeat([[1.0, 0.0]], 16, axis=0).repeat(8, axis=1),
    )
    assert recipe.interventions[0] == made
    assert (ss.render(opened, recipe) == pixels).all()
    assert (ss.render(opened, recipe.replace(interventions=())) != pixels).any()


def test_a_seed_is_painted_where_a_picture_is_white(rendered, left):
    for steps, first, last in (("", 0, None), (":steps=4-", 4, None), (":steps=4-6", 4, 6)):
        recipe, _ = rendered("--paint", f"12{steps}:feather=0.1:name=two:mask={left}")
        (region,) = recipe.interventions
        assert (region.name, region.source) == ("two", ss.SeedSource(12))
        assert (region.first, region.last, region.feather) == (first, last, 0.1)
    (one,) = rendered("--paint", f"12:steps=b8.torgb:mask={left}")[0].interventions
    assert one.first == one.last > 0


def test_numbers_are_set_afterwards(rendered, left):
    words = ("--intervene", "4:zoom:1.5:name=wide", "--set", "interventions.wide.factor=2")
    assert rendered(*words)[0].interventions[0].numbers == (2.0,)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--intervene", "4"), "is not STEP:OPERATION"),
        (("--intervene", "4:melt"), "one of scale, set"),
        (("--intervene", "4:zoom:x"), "'x' is not a number"),
        (("--intervene", "4:zoom:colour=3"), "'colour' is none of name, amount"),
        (("--intervene", "4:zoom:mask=nowhere.png"), "nowhere.png does not exist"),
        (("--intervene", "4:zoom:mask="), "mask= names no file"),
        (("--intervene", "4:zoom:99"), "factor of intervention 'zoom' is 99"),
        (("--intervene", "b999:zoom"), "the step 'b999' is not in"),
        (("--intervene", "99:zoom"), "acts after step 99"),
        (("--intervene", "4:zoom:units=4000"), "acts on unit 4000"),
        (("--intervene", "4:zoom:units=a"), "the units 'a' mean nothing"),
        (("--intervene", "4:zoom:seed=-1"), "seed is '-1'"),
        (("--paint", "12"), "is not SEED[:FIELD=VALUE...]:mask=FILE"),
        (("--paint", "x:mask=nowhere.png"), "nowhere.png does not exist"),
    ],
)
def test_mistakes_are_one_sentence(studio, model, tmp_path, words, sentence):
    answer = studio("render", model, "-o", tmp_path / "out.png", *words)
    assert answer.status != 0
    assert sentence in " ".join(answer.err.split())
    assert not (tmp_path / "out.png").exists()
