"""Teaching a painter of strokes: it learns, goes on exactly, and its file opens as a stage."""

from itertools import permutations

import numpy as np
import pytest
import torch
from one_thread import one_thread  # noqa: F401 - a fixture

import stylestudio as ss
from stylestudio.networks.stroke_painter import PATCH, StrokePainterConfig
from stylestudio.render.strokes import Strokes
from stylestudio.training.matching import match
from stylestudio.training.runs import load_state, save_state
from stylestudio.training.stroke_lessons import alphas, colours_under, draw_lesson, painted
from stylestudio.training.stroke_report import pixel_error, search_strokes
from stylestudio.training.strokes import (
    StrokeSettings,
    StrokeTrainer,
    matched_loss,
    save_painter,
)

SMALL = StrokePainterConfig(16, 4, 8, 1, 1, 32)
SETTINGS = StrokeSettings(steps=80, batch=16, rate=3e-3)


def test_sets_are_matched_at_the_least_cost():
    costs = torch.rand(30, 5, 5, generator=torch.Generator().manual_seed(0))
    pairs = match(costs)
    assert (pairs.sort(1).values == torch.arange(5)).all()
    least = [min(sum(c[i, p[i]] for i in range(5)) for p in permutations(range(5))) for c in costs]
    torch.testing.assert_close(costs.gather(2, pairs[..., None]).sum((1, 2)), torch.stack(least))
    with pytest.raises(ValueError, match="11 members are too many"):
        match(torch.rand(1, 11, 11))


def test_lessons_paint_strokes_as_files_and_the_window_do():
    numbers = torch.tensor([[[0.4, 0.5, 0.6, 0.2, 0.2], [0.6, 0.3, 0.3, 0.5, 0.9]]])
    colours = torch.tensor([[[1.0, 0.5, 0.0], [0.0, 0.2, 0.9]]])
    picture = painted(torch.ones(1, 3, PATCH, PATCH), alphas(numbers), colours)
    rows = torch.cat([numbers[0, :, :4] * PATCH, numbers[0, :, 4:] * np.pi, colours[0]], 1)
    expected = Strokes(rows.numpy(), (PATCH, PATCH)).picture()
    assert np.abs(picture[0].permute(1, 2, 0).numpy() - expected).max() < 0.01


def test_the_strokes_of_a_lesson_explain_its_picture():
    lesson = draw_lesson(64, 8, torch.Generator().manual_seed(0))
    assert 0.3 < lesson.is_there.float().mean() < 0.8
    covers = alphas(lesson.numbers) * lesson.is_there[..., None, None]
    found = painted(lesson.canvas, covers, colours_under(lesson.picture, covers))
    before, after = ((x - lesson.picture).abs().mean() for x in (lesson.canvas, found))
    assert after < before / 2


def test_strokes_that_look_alike_are_no_error():
    """In another order, by half a turn more, or with sides and turn exchanged."""
    wanted = torch.rand(3, 4, 5, generator=torch.Generator().manual_seed(0))
    is_there = torch.tensor([True, True, True, False]).expand(3, -1)
    certain = is_there.float() * 40 - 20
    turned = wanted.clone()
    turned[:, 0, 4] += 1
    turned[:, 1] = wanted[:, 1][:, [0, 1, 3, 2, 4]] + torch.tensor([0, 0, 0, 0, 0.5])
    order = [2, 0, 3, 1]
    assert matched_loss(turned[:, order], certain[:, order], wanted, is_there) < 1e-4
    assert matched_loss(turned[:, order], -certain[:, order], wanted, is_there) > 10


def test_it_learns_and_what_it_writes_opens_as_a_stage(one_thread, tmp_path):  # noqa: F811
    trainer = StrokeTrainer(SETTINGS, config=SMALL)
    losses = [trainer.advance().loss for _ in range(SETTINGS.steps)]
    assert trainer.finished
    assert np.mean(losses[-8:]) < 0.8 * np.mean(losses[:8])
    assert trainer.samples(2).shape == (6, 3, PATCH, PATCH)
    save_painter(trainer.network, tmp_path / "strokes.safetensors")
    stage = ss.open_stage(tmp_path / "strokes.safetensors")
    assert stage.kind == "strokes"
    x = torch.rand(2, 3, PATCH, PATCH)
    trainer.network.eval()
    for mine, written in zip(trainer.network(x, 1 - x), stage.network(x, 1 - x), strict=True):
        torch.testing.assert_close(mine, written, atol=0.02, rtol=0)


def test_a_resumed_training_ends_as_an_unbroken_one(one_thread, tmp_path):  # noqa: F811
    whole = StrokeTrainer(SETTINGS, config=SMALL)
    for _ in range(3):
        whole.advance()
    save_state(whole, tmp_path / "state.pt")
    again = StrokeTrainer(SETTINGS, config=SMALL)
    load_state(again, tmp_path / "state.pt")
    assert whole.advance().loss == again.advance().loss
    for one, other in zip(whole.network.parameters(), again.network.parameters(), strict=True):
        assert torch.equal(one, other)


def test_the_search_comes_nearer_with_every_stroke():
    target = np.full((48, 64, 3), 0.9, np.float32)
    target[10:30, 20:50] = (0.8, 0.1, 0.2)
    errors = [pixel_error(search_strokes(target, n).picture(), target) for n in (0, 5, 40)]
    assert errors[0] == pytest.approx(np.abs(1 - target).mean() * 255)
    assert errors[0] > errors[1] > errors[2]
