"""A scene's attributes as directions: one moves each, and what they move is measured."""

from types import SimpleNamespace

import pytest
import torch

import stylestudio as ss
from stylestudio.cli.main import run
from stylestudio.training.directions import (
    STEPS,
    attribute_directions,
    attribute_layers,
    attribute_of,
    direction_name,
    measure_directions,
)
from stylestudio.training.embedding import GAIN, Embedding
from stylestudio.training.measure import spread
from stylestudio.training.portraits import SETTINGS, Portraits
from stylestudio.training.scene import AttributeSpace

SPACE = AttributeSpace(coarse=("turn",), middle=("smile", "age"), fine=("sky",))


def test_each_direction_of_portraits_is_one_standard_deviation_of_its_attribute():
    model, scene = ss.open_model("portraits"), Portraits()
    found = attribute_directions(model, scene, SETTINGS.seed)
    axes = Embedding(scene.space, model.w_dim, SETTINGS.seed).axes.T * GAIN * spread()
    assert found.shape == axes.shape
    errors = (found - axes).norm(dim=1) / axes.norm(dim=1)
    assert errors.max() < 0.05
    shipped = ss.open_directions("portraits")
    assert shipped.names == tuple(map(direction_name, scene.space.names))
    assert attribute_of("turn", scene) == "yaw"
    torch.testing.assert_close(torch.from_numpy(shipped.rows[:, 0].copy()), found)


def test_a_direction_is_for_the_layers_of_its_group():
    layers = attribute_layers(SimpleNamespace(space=SPACE), 9)
    assert layers.tolist() == [
        [1, 1, 1, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 1, 1, 1, 1, 0, 0],
        [0, 0, 0, 1, 1, 1, 1, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 1, 1],
    ]


@pytest.fixture
def measured():
    """Measure directions on a model whose pictures are their ws, [rows, attributes]."""
    model = SimpleNamespace(
        z_dim=4,
        map=lambda z, truncation_psi: truncation_psi * z[:, None].repeat(1, 9, 1),
        synthesize=lambda ws: ws,
    )
    scene = SimpleNamespace(space=SPACE)

    def measure(move, name="smile"):
        rows = torch.zeros(9, 4)
        rows[3:7] = torch.tensor(move) * spread()
        (result,) = measure_directions(model, scene, {name: rows}, lambda ws: ws[:, 4], 8)
        return result

    return measure


def test_what_a_direction_moves_is_told_in_standard_deviations(measured):
    good = measured([0.1, 1.0, 0.3, 0.0])
    assert good.group == "middle"
    assert good.steps == pytest.approx(STEPS, abs=1e-5)
    assert good.others == pytest.approx({"coarse": 0.15, "fine": 0.0}, abs=1e-5)
    assert good.monotone
    assert good.reached


@pytest.mark.parametrize(
    "move",
    [[0.0, 0.7, 0.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.2, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.2]],
)
def test_one_that_moves_too_little_backwards_or_others_is_missed(measured, move):
    assert not measured(move).reached


@pytest.mark.parametrize("part", ["words", "units"])
def test_what_needs_no_regressors_trains_none(monkeypatch, part):
    told = []
    monkeypatch.setattr("stylestudio.cli.word_report.print_words", lambda *_: told.append("words"))
    monkeypatch.setattr("stylestudio.cli.unit_report.print_units", lambda *_: told.append("units"))
    monkeypatch.setattr(
        "stylestudio.cli.train_directions.judge_for", lambda *_: told.append("regressors")
    )
    assert run(["train", "directions", "portraits", "--evaluate", "--part", part]) == 0
    assert told == [part]
