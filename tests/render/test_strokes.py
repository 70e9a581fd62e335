"""Strokes as data, and the network that predicts them."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

import stylestudio as ss
from stylestudio.networks.stroke_painter import PATCH, StrokePainter, StrokePainterConfig
from stylestudio.render.painting_strokes import levels_of, paint_strokes, passes_of
from stylestudio.render.strokes import Strokes

SHARED = Path(__file__).resolve().parents[3] / "shared" / "fixtures"
RED = (1.0, 0.0, 0.0)


def one(x, y, width, height, angle=0.0, size=(64, 48)):
    return Strokes(np.array([[x, y, width, height, angle, *RED]], np.float32), size, (0, 0, 0))


def test_a_stroke_covers_its_area_at_any_size():
    """A rectangle with round ends: its area is that of a shorter one and a disc."""
    strokes = one(30, 20, 40, 10)
    area = 30 * 10 + math.pi * 25
    for scale in (1, 2.5):
        picture = strokes.picture(scale)
        assert picture.shape == (round(48 * scale), round(64 * scale), 3)
        assert picture[..., 0].sum() == pytest.approx(area * scale**2, rel=0.01)
        assert picture[..., 1:].max() == 0


def test_strokes_turn_clockwise():
    picture = one(32, 24, 40, 6, math.radians(45)).picture()
    assert picture[24 + 10, 32 + 10, 0] == 1
    assert picture[24 - 10, 32 + 10, 0] == 0


def test_strokes_beyond_the_border_are_cut():
    assert one(-5, -5, 30, 30).picture()[0, 0, 0] == 1
    assert one(200, 200, 10, 10).picture().max() == 0


def test_a_painting_grows_stroke_by_stroke():
    numbers = np.array(
        [[10, 10, 8, 8, 0, 1, 0, 0], [30, 10, 8, 8, 0, 0, 1, 0], [30, 30, 8, 8, 0, 0, 0, 1]],
        np.float32,
    )
    strokes = Strokes(numbers, (48, 48))
    frames = list(strokes.pictures())
    assert len(frames) == 3
    assert np.array_equal(frames[0], strokes.first(1).picture())
    assert np.array_equal(frames[-1], strokes.picture())
    assert len(list(strokes.pictures(every=2))) == 2


def test_svg_holds_every_stroke():
    text = one(32, 24, 40, 6, math.radians(45)).svg()
    assert text.count("<rect") == 2  # the ground and the stroke
    assert 'fill="#ff0000"' in text
    assert "rotate(45.00 32.00 24.00)" in text


class Dots(StrokePainter):
    """Paints the middle of every patch."""

    def forward(self, img, canvas):
        numbers = torch.tensor([0.5, 0.5, 0.6, 0.6, 0.0]).expand(len(img), 2, 5)
        decided = torch.tensor([1.0, -1.0])[None, :, None].expand(len(img), -1, -1)
        return numbers, decided


def small_painter(kind=StrokePainter):
    torch.manual_seed(0)
    config = StrokePainterConfig(16, 4, 8, 1, 1, 32)
    return kind(config).eval().requires_grad_(False)


def test_strokes_lie_where_patches_are_and_take_their_colours():
    picture = torch.zeros(3, 64, 96)
    picture[0, :, 48:] = 1  # black on the left, red on the right
    painter = small_painter(Dots)
    assert levels_of(64, 96) == 3
    *_, strokes = paint_strokes(painter, picture)
    painted = strokes.picture()
    for y, x in ((16, 16), (48, 16), (16, 80), (48, 80)):  # the middles of the finest patches
        assert painted[y, x].tolist() == ([1, 0, 0] if x > 48 else [0, 0, 0])
    first = next(iter(paint_strokes(painter, picture)))
    assert len(first) == 1  # the whole picture is one patch at first
    assert first.numbers[0, :2] == pytest.approx([48, 48], abs=1)
    fewer = list(paint_strokes(painter, picture, levels=1))
    assert len(fewer) == 2


def test_painting_is_a_stage(tmp_path):
    torch.save(small_painter().state_dict(), tmp_path / "model.pth")
    stage = ss.open_stage(tmp_path / "model.pth")
    assert (stage.kind, stage.scale) == ("strokes", 1)
    x = torch.rand(1, 3, 40, 70)
    painted = stage.apply(x)
    assert painted.shape == x.shape
    *_, strokes = stage.strokes(x[0])
    expected = torch.from_numpy(strokes.picture()).permute(2, 0, 1)
    assert torch.equal(painted[0], expected)
    half = stage.apply(x, strength=0.5)
    torch.testing.assert_close(half, (x + painted) / 2, atol=1e-6, rtol=0)
    with pytest.raises(ss.StageError, match=r"paints a picture as float \[3, H, W\]"):
        stage.strokes(x)


@pytest.mark.shared
def test_paint_transformer_predicts_the_published_strokes():
    path = SHARED / "paint_transformer.pth"
    if not path.exists():
        pytest.skip("the reference painter is not here")
    known = np.load(path.with_suffix(".npz"))
    network = ss.open_stage(path).network
    img, canvas = (torch.from_numpy(known[name]) for name in ("img", "canvas"))
    assert img.shape[-1] == PATCH
    numbers, decisions = network(img, canvas)
    assert np.abs(numbers.numpy() - known["param"]).max() < 1e-4
    assert np.abs(decisions.numpy() - known["decision"]).max() < 1e-4


def test_no_stroke_brings_the_painting_further_from_the_picture():
    picture = torch.zeros(3, 64, 96)
    picture[0, :, 40:] = 1  # dots over the border between two colours mix them
    *_, strokes = paint_strokes(small_painter(Dots), picture)
    target = picture.permute(1, 2, 0).numpy()
    errors = [np.square(painted - target).sum() for painted in strokes.pictures()]
    assert len(strokes) > 4
    assert (np.diff(errors) < 0).all()


def test_counted_strokes_are_spent_where_they_help_most():
    picture = torch.ones(3, 128, 128)
    picture[:, :64, :64] = 0.9
    picture[:, 64:, 64:] = 0
    target = picture.permute(1, 2, 0).numpy()
    painter = small_painter(Dots)
    *_, whole = paint_strokes(painter, picture)
    *_, few = paint_strokes(painter, picture, count=8)
    assert len(whole) > len(few) == 8
    errors = [np.square(s.picture() - target).sum() for s in (whole.first(8), few)]
    assert errors[1] < 0.8 * errors[0]


@pytest.mark.parametrize(
    ("levels", "count"), [(None, None), (2, None), (None, 1000), (2, 1000), (None, 5)]
)
def test_how_many_passes_a_painting_takes_at_most_is_known_beforehand(levels, count):
    picture = torch.zeros(3, 64, 96)
    picture[0, :, 40:] = 1
    made = list(paint_strokes(small_painter(Dots), picture, levels, count))
    most = passes_of(64, 96, levels, count)
    assert len(made) == most or len(made[-1]) == count
    assert len(made) <= most


@pytest.mark.parametrize(("brush", "share"), [("flat", 1), ("oval", math.pi / 4)])
def test_brushes_cover_their_area(brush, share):
    numbers = np.array([[30, 20, 40, 10, 0.4, *RED]], np.float32)
    picture = Strokes(numbers, (64, 48), (0, 0, 0), brush).picture(2)
    assert picture[..., 0].sum() == pytest.approx(4 * 400 * share, rel=0.01)


def test_an_svg_file_is_written_whole(tmp_path):
    strokes = one(32, 24, 40, 6)
    strokes.save_svg(tmp_path / "painting.svg")
    assert (tmp_path / "painting.svg").read_text() == strokes.svg()
    assert list(tmp_path.iterdir()) == [tmp_path / "painting.svg"]
