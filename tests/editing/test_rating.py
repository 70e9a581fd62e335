"""A direction is learned from answers, pairs and groups."""

import numpy as np
import pytest

import stylestudio as ss
from stylestudio.editing import Rating, direction_between
from stylestudio.editing.logistic import fit
from stylestudio.recipe import LatentSource
from stylestudio.render import WrongModelError, compose_ws


@pytest.fixture
def rating(model, tmp_path):
    return Rating(model, layers="0-2", seed=3, folder=tmp_path)


def teach(rating, model, row, count, wrong=()):
    """Answer by what one number of a row of ws does in the pictures."""
    usual = compose_ws(model, rating.recipe)[row, 0]
    for i in range(count):
        more = bool(compose_ws(model, rating.question)[row, 0] > usual)
        rating.answer("more" if more != (i in wrong) else "less")


def test_answers_point_to_what_they_were_given_for(rating, model):
    teach(rating, model, 1, 30, wrong=(4, 11, 20))
    taught = rating.directions("first number")
    assert taught.vectors.shape == (1, model.num_ws, model.w_dim)
    z = np.random.RandomState(0).randn(5000, model.z_dim)
    w = model.map(z)[:, 0].numpy()
    covariance = np.cov(w.T)
    meant = covariance[0]  # moves the first number most for its length in sigmas
    vector = taught.rows[0, 0]
    inverse = np.linalg.pinv(covariance)
    lengths = [np.sqrt(v @ inverse @ v) for v in (vector, meant)]
    assert lengths[0] == pytest.approx(1, abs=0.05)
    assert vector @ inverse @ meant / (lengths[0] * lengths[1]) > 0.85
    assert rating.accuracy > 0.5
    edit = taught.edit("first number", 2.0)
    assert edit.layers == (1, 1, 1, *(0,) * (model.num_ws - 3))


def test_pictures_differ_in_the_chosen_layers_alone(rating, model):
    plain, asked = compose_ws(model, rating.recipe), compose_ws(model, rating.question)
    assert (plain[:3] != asked[:3]).any()
    assert (plain[3:] == asked[3:]).all()
    assert (plain == model.w_avg).all()


def test_a_picture_of_ones_own_is_varied(model, tmp_path):
    recipe = ss.Recipe.from_seed(7, model, truncation_psi=0.7)
    rating = Rating(model, recipe, folder=tmp_path)
    assert rating.question.source == recipe.source
    assert (compose_ws(model, rating.question) != compose_ws(model, recipe)).any()


def test_an_answer_can_be_taken_back(rating, model):
    teach(rating, model, 1, 5)
    asked = rating.question
    rating.answer("skip")
    assert rating.answers[-1] == "skip"
    rating.take_back()
    assert rating.question == asked
    assert len(rating.answers) == 5
    for _ in range(6):
        rating.take_back()
    assert rating.answers == ()


def test_skips_teach_nothing(rating, model):
    teach(rating, model, 1, 8)
    before = rating.directions("a").vectors
    rating.answer("skip")
    assert rating.directions("a").vectors.tobytes() == before.tobytes()


def test_answers_that_teach_nothing_are_said(rating):
    assert rating.accuracy is None
    with pytest.raises(ss.DirectionError, match="there are no answers yet"):
        rating.directions("a")
    for _ in range(8):
        rating.answer("more")
    assert rating.accuracy is None
    with pytest.raises(ss.DirectionError, match="all answers are the same"):
        rating.directions("a")
    with pytest.raises(ss.DirectionError, match="the answer is 'maybe'"):
        rating.answer("maybe")


def test_the_same_answers_give_the_same_direction(model, tmp_path):
    made = []
    for _ in range(2):
        rating = Rating(model, seed=5, folder=tmp_path)
        teach(rating, model, 0, 6)
        made.append(rating.directions("a").vectors.tobytes())
    assert made[0] == made[1]


def test_the_fit_is_the_maximum_of_its_posterior():
    random = np.random.RandomState(0)
    x = random.randn(50, 3)
    more = x[:, 0] + random.randn(50) > 0.2

    def score(weights, offset):
        margins = x @ weights + offset
        likelihood = -np.logaddexp(0, np.where(more, -margins, margins)).sum()
        return likelihood - (weights @ weights) / (2 * 4.0) - offset**2 / 2

    found = fit(x, more, 4.0)
    best = score(found.weights, found.offset)
    for step in np.eye(4)[:, :, None] * [0.01, -0.01]:
        for move in step.T:
            assert score(found.weights + move[:3], found.offset + move[3]) < best


def test_a_direction_leads_from_some_pictures_to_others(model):
    a, b, c = (ss.Recipe.from_seed(seed, model) for seed in (1, 2, 3))
    ws = [compose_ws(model, each).numpy() for each in (a, b, c)]
    (edit,) = direction_between(model, "that way", [a, b], [c])
    meant = (ws[0] + ws[1])[0] / 2 - ws[2][0]
    assert edit.rows == 1
    cosine = edit.array()[0] @ meant / np.linalg.norm(meant) / np.linalg.norm(edit.array()[0])
    assert cosine == pytest.approx(1, abs=1e-5)
    wide = a.replace(
        source=LatentSource.from_array(np.random.RandomState(0).randn(model.num_ws, model.w_dim))
    )
    found = direction_between(model, "w+", [wide], [a], layers="0-1")
    assert found.rows.shape == (1, model.num_ws, model.w_dim)
    assert not found.vectors[0, 2:].any()


def test_sides_that_will_not_do_are_said(model, make_model):
    a = ss.Recipe.from_seed(1, model)
    with pytest.raises(ss.DirectionError, match="one side is empty"):
        direction_between(model, "x", [], [a])
    with pytest.raises(ss.DirectionError, match="hold the same pictures"):
        direction_between(model, "x", [a], [a])
    with pytest.raises(WrongModelError):
        direction_between(make_model(seed=3), "x", [a], [a])
