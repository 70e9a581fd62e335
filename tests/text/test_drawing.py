"""Words drawn in strokes: drawings come nearer to the words, stop, repeat and are written."""

import pytest
import torch
from PIL import Image

import stylestudio as ss
from stylestudio.cli.main import run
from stylestudio.progress import Cancel, Cancelled
from stylestudio.text.drawing import Drawing, DrawSettings
from stylestudio.text.prompts import wishes_of
from stylestudio.text.views import perspectives_of
from stylestudio.transfer.loss_network import default_loss_network


class Redness:
    """A text model that knows how red a picture is."""

    image_size, dim, name, sha256 = 32, 2, "Redness", "c" * 64
    device, words = torch.device("cpu"), ()

    def embed_images(self, pictures):
        red = (pictures[:, 0] - pictures[:, 1:].mean(1)).mean((1, 2)) + 0.05
        return torch.nn.functional.normalize(torch.stack([red, 0.2 + 0 * red], 1), dim=1)

    def embed_text(self, texts):
        return torch.tensor([[1.0, 0.0]]).expand(len(texts), 2)


def settings(**changes):
    return DrawSettings(**({"wishes": wishes_of("red"), "strokes": 6, "steps": 25} | changes))


def drawn(drawing, cancel=None):
    return [progress.drawn for progress in drawing.run(cancel) if progress.drawn]


def test_a_drawing_comes_nearer_to_the_words():
    drawing = Drawing(Redness(), settings())
    first, *_, last = drawn(drawing)
    assert (first.step, last.step) == (0, 25)
    assert last.likeness > first.likeness + 0.1
    before, after = first.curves.picture(), last.curves.picture()
    assert (after[0] - after[1]).mean() > (before[0] - before[1]).mean() + 0.01
    assert last.curves.colours.min() >= 0
    assert last.curves.colours.max() <= 1


def test_the_same_seed_draws_the_same_and_another_differs():
    once, again, other = (
        drawn(Drawing(Redness(), settings(steps=4, seed=seed)))[-1].curves.points
        for seed in (1, 1, 2)
    )
    assert torch.equal(once, again)
    assert not torch.equal(once, other)


def test_a_painting_changes_the_manner():
    painting = torch.zeros(3, 64, 64)
    painting[2] = torch.rand(64, 64, generator=torch.Generator().manual_seed(0))
    plain = drawn(Drawing(Redness(), settings(steps=8)))[-1].curves
    blue = drawn(
        Drawing(Redness(), settings(steps=8, manner=50), painting, default_loss_network())
    )[-1].curves
    assert blue.colours[:, 2].mean() > plain.colours[:, 2].mean()


def test_finishing_early_keeps_the_drawing_and_cancelling_raises():
    cancel = Cancel()
    steps = Drawing(Redness(), settings(steps=1000)).run(cancel)
    for progress in steps:
        if progress.done == 3:
            cancel.finish()
    assert (progress.done, progress.drawn.step) == (4, 4)
    cancel = Cancel()
    steps = Drawing(Redness(), settings(steps=1000)).run(cancel)
    next(steps)
    cancel.cancel()
    with pytest.raises(Cancelled):
        next(steps)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"strokes": 0}, "strokes is 0; it must be between 1 and 1024"),
        ({"steps": -1}, "steps is -1"),
        ({"manner": -1.0}, "manner is -1"),
    ],
)
def test_settings_out_of_range_are_said(changes, said):
    with pytest.raises(ss.TextModelError, match=said):
        settings(**changes)


def test_perspectives_show_the_picture_on_white():
    dark = torch.zeros(1, 3, 32, 32)
    views = perspectives_of(dark, 8, torch.Generator().manual_seed(0))
    assert views.shape == (8, 3, 32, 32)
    assert views.min() == 0
    assert views.max() == 1  # what lies beyond the corners
    white = perspectives_of(torch.ones(1, 3, 32, 32), 8, torch.Generator().manual_seed(0))
    assert torch.allclose(white, torch.ones(()))
    left = torch.ones(1, 3, 32, 32)
    left[..., :16] = 0
    seen = perspectives_of(left, 16, torch.Generator().manual_seed(1)).mean((0, 1, 2))
    assert seen[8] < 0.5 < seen[24]  # left stays left


def test_the_command_writes_svg_and_png(tmp_path, capsys):
    svg, png = tmp_path / "hair.svg", tmp_path / "hair.png"
    few = ["--strokes", "4", "--steps", "2", "--views", "1"]
    assert run(["words", "draw", "red hair", "-o", str(svg), *few]) == 0
    assert run(["words", "draw", "red hair", "-o", str(png), *few, "--size", "200"]) == 0
    assert svg.read_text(encoding="utf-8").count("<path") == 4
    with Image.open(png) as picture:
        assert picture.size == (200, 200)
    assert "likeness" in capsys.readouterr().out


def test_the_command_says_what_is_missing_before_it_draws(tmp_path, capsys):
    assert run(["words", "draw"]) == 2
    assert "name the WORDS to draw" in capsys.readouterr().err
    assert run(["words", "draw", "hair", "-o", str(tmp_path / "hair.jpg")]) == 2
    assert "must end in .svg or .png" in capsys.readouterr().err
