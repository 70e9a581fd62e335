"""Pen strokes: where they lie, what lies above, gradients, any size, SVG."""

import xml.etree.ElementTree as ET

import pytest
import torch

from stylestudio.render.curve_raster import draw_curves
from stylestudio.render.curves import Curves

SVG = "{http://www.w3.org/2000/svg}"


def line(a, b, bend=0.0):
    """Control points [4, 2] of a stroke from a to b."""
    a, b = torch.tensor(a), torch.tensor(b)
    across = torch.tensor([-(b - a)[1], (b - a)[0]]) * bend
    return torch.stack([a, a + (b - a) / 3 + across, a + (b - a) * 2 / 3 + across, b])


def white(side=32):
    return torch.ones(3, side, side)


def test_a_straight_stroke_covers_its_pixels_and_no_others():
    points = line([4.0, 10.0], [28.0, 10.0])[None]
    drawn = draw_curves(points, torch.tensor([4.0]), torch.tensor([[1.0, 0, 0, 1]]), white())
    assert torch.allclose(drawn[:, 9:11, 8:24], torch.tensor([1.0, 0, 0])[:, None, None], atol=2e-3)
    assert torch.equal(drawn[:, :7], white()[:, :7])
    assert torch.equal(drawn[:, 14:], white()[:, 14:])
    assert (1 - drawn[1]).sum() == pytest.approx(24 * 4 + torch.pi * 4, rel=0.02)  # round ends


def test_later_strokes_lie_above_by_their_opacity():
    points = torch.stack([line([0.0, 16.0], [32.0, 16.0]), line([16.0, 0.0], [16.0, 32.0])])
    colours = torch.tensor([[1.0, 0, 0, 1], [0, 0, 1.0, 0.5]])
    drawn = draw_curves(points, torch.tensor([6.0, 6.0]), colours, white())
    assert torch.allclose(drawn[:, 16, 16], torch.tensor([0.5, 0.0, 0.5]), atol=2e-3)
    assert torch.allclose(drawn[:, 16, 4], torch.tensor([1.0, 0, 0]), atol=2e-3)
    assert torch.allclose(drawn[:, 4, 16], torch.tensor([0.5, 0.5, 1.0]), atol=2e-3)


def test_all_strokes_at_once_look_as_one_after_the_other():
    chance = torch.Generator().manual_seed(1)
    points = torch.rand(12, 7, 2, generator=chance) * 40 - 4  # some beyond the borders
    widths = torch.rand(12, generator=chance) * 5 + 0.5
    colours = torch.rand(12, 4, generator=chance)
    at_once = draw_curves(points, widths, colours, white())
    assert (at_once - Curves(points, widths, colours, 32).picture()).abs().max() < 1e-6


@pytest.mark.parametrize("part", ["points", "widths", "colours"])
def test_gradients_are_those_of_small_changes(part):
    chance = torch.Generator().manual_seed(2)
    given = {
        "points": torch.stack(
            [line([4.0, 6.0], [26.0, 20.0], 0.3), line([5.0, 27.0], [25.0, 9.0])]
        ),
        "widths": torch.tensor([3.0, 5.0]),
        "colours": torch.tensor([[0.9, 0.2, 0.3, 0.7], [0.1, 0.5, 0.8, 0.6]]),
    }
    weights = torch.rand(3, 32, 32, generator=chance)

    def value(changed):
        return (
            draw_curves(**(given | {part: changed}), canvas=white(), softness=1.0) * weights
        ).sum()

    leaf = given[part].clone().requires_grad_()
    value(leaf).backward()
    way = torch.randn(leaf.shape, generator=chance)
    step = 0.01
    change = (value(given[part] + step * way) - value(given[part] - step * way)) / (2 * step)
    assert (leaf.grad * way).sum().item() == pytest.approx(change.item(), rel=0.02)


def test_soft_borders_feel_what_is_near_them():
    points = line([8.0, 16.0], [24.0, 16.0])[None].requires_grad_()
    below = torch.zeros(3, 32, 32)
    below[:, 20] = (
        1  # darkening this row is asked for: the stroke, which ends at 18, is to go there
    )
    for softness, felt in ((0.0, False), (1.0, True)):
        points.grad = None
        drawn = draw_curves(
            points, torch.tensor([3.0]), torch.tensor([[0.0, 0, 0, 1]]), white(), softness
        )
        (drawn * below).sum().backward()
        assert (points.grad[..., 1].sum().item() < 0) == felt


def test_a_larger_picture_is_the_same_drawing():
    chance = torch.Generator().manual_seed(3)
    points = 8 + torch.rand(5, 4, 2, generator=chance) * 48
    curves = Curves(points, torch.full((5,), 4.0), torch.rand(5, 4, generator=chance), 64)
    small, large = curves.picture(), curves.picture(4)
    assert large.shape == (3, 256, 256)
    reduced = torch.nn.functional.avg_pool2d(large[None], 4)[0]
    assert (reduced - small).abs().mean() < 2 / 255


def test_svg_says_the_same_strokes(tmp_path):
    points = line([4.0, 10.0], [28.0, 10.0], 0.2)[None]
    curves = Curves(points, torch.tensor([2.5]), torch.tensor([[1.0, 0.5, 0, 0.25]]), 32)
    curves.save_svg(tmp_path / "drawing.svg")
    root = ET.parse(tmp_path / "drawing.svg").getroot()
    (path,) = root.iter(f"{SVG}path")
    assert root.get("viewBox") == "0 0 32 32"
    assert (path.get("stroke"), path.get("stroke-width")) == ("#ff8000", "2.50")
    assert float(path.get("stroke-opacity")) == 0.25
    numbers = [
        float(each)
        for each in path.get("d").replace("M", "").replace(" C", " ").replace(",", " ").split()
    ]
    assert numbers == pytest.approx(points.flatten().tolist(), abs=0.005)


def test_the_first_strokes_are_the_drawing_so_far():
    points = torch.stack([line([4.0, 4.0], [20.0, 4.0]), line([4.0, 20.0], [20.0, 20.0])])
    curves = Curves(points, torch.full((2,), 3.0), torch.tensor([[0.0, 0, 0, 1]] * 2), 24)
    begun = curves.first(1)
    assert len(begun) == 1
    assert begun.picture()[:, 20].min() == 1
    assert curves.picture()[:, 20].min() < 0.1
