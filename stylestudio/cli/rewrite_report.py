"""How well rewriting Portraits does, where the model itself shows what is wanted."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stylestudio.editing.rewriting import Rewriting
    from stylestudio.render import Delta, Model

    Pixels = NDArray[np.float64]

ATTRIBUTES = ("glasses", "mouth_open", "brow_weight")  # that have an edit of the same name
LESS, MORE = -2.0, 2.5  # sigmas: pictures without it, and with it
COPIED, CONTEXTS, UNSEEN = 3, (5, 6, 8, 9, 10, 11), range(2000, 2020)  # seeds
BLUR, PATCH = 9, 4  # pixels
FAINT = 0.25  # of the largest change of a picture: what changes less is not painted
REACHED = 0.5  # of the way from without to with
QUIET = 3.0  # levels of 8 bits


def print_report(model: Model, layer: str | None, rank: int, samples: int) -> None:
    """Rewrite what lacks an attribute into what has it, and look at pictures not seen before.

    Regions are painted where the model's own edit of the attribute changes a picture. A picture is
    reached where it has gone half of the way there, in small patches; elsewhere is all else. Usual
    features are learned anew, once.
    """
    from stylestudio.editing import Painted, named_edit
    from stylestudio.editing.rewriting import LEARNING, REWRITING, RewriteSettings, Rewriting
    from stylestudio.recipe import Recipe
    from stylestudio.render import Assets, Renderer

    plain, total, quiet = Renderer(model), 0, 0.0
    seconds = {LEARNING: 0.0, REWRITING: 0.0}  # of processors, at most
    folder = tempfile.TemporaryDirectory()  # where nothing is known yet
    settings = RewriteSettings(layer=layer, rank=rank, samples=samples)
    for attribute in ATTRIBUTES:

        def look(seed: int, amount: float, name: str = attribute) -> Recipe:
            recipe = Recipe.from_seed(seed, model, truncation_psi=0.7)
            return recipe.edit(named_edit(model, name, amount, None, []))

        def seen(recipe: Recipe, renderer: Renderer = plain) -> Pixels:
            return renderer.render(recipe).pixels.astype(np.float64)

        def region(seed: int) -> Pixels:
            return _painted(seen(look(seed, MORE)) - seen(look(seed, LESS)))

        context = [Painted(look(seed, LESS), region(seed)) for seed in CONTEXTS]
        copied = Painted(look(COPIED, MORE), region(COPIED))
        rewriting = Rewriting(model, copied, context, settings=settings, folder=Path(folder.name))
        delta, taken = _timed(rewriting)
        seconds = {stage: max(most, taken.get(stage, 0.0)) for stage, most in seconds.items()}
        rewritten, reached, elsewhere = Renderer(model, assets=Assets([delta])), 0, []
        for seed in UNSEEN:
            recipe, mask = look(seed, LESS), region(seed)
            before, wanted = seen(recipe), seen(look(seed, MORE))
            after = seen(recipe.delta(delta), rewritten)
            reached += _way(wanted - before, after - before, mask) >= REACHED
            elsewhere.append(np.abs(after - before).mean(2)[mask == 0].mean())
        total += reached
        quiet = max(quiet, float(np.mean(elsewhere)))
        click.echo(
            f"{attribute:12} reached in {reached} of {len(UNSEEN)} pictures, elsewhere "
            f"{np.mean(elsewhere):.2f} levels"
        )
    share = total / len(ATTRIBUTES) / len(UNSEEN)
    click.echo(
        f"Reached in {share:.0%} of pictures not seen before; elsewhere at most {quiet:.2f} levels "
        f"of 255 change (below {QUIET:g} is wanted)."
    )
    click.echo(
        f"Processor seconds: {seconds[LEARNING]:.1f} to learn usual features, once for the layer; "
        f"{seconds[REWRITING]:.1f} to rewrite; {sum(seconds.values()):.1f} the first time."
    )


def _timed(rewriting: Rewriting) -> tuple[Delta, dict[str, float]]:
    """What it finds, and the processor seconds of its stages, all threads together."""
    seconds: dict[str, float] = {}
    while not rewriting.finished:
        began = time.process_time()
        stage = rewriting.advance().stage
        seconds[stage] = seconds.get(stage, 0.0) + time.process_time() - began
    return rewriting.result().delta, seconds


def _painted(difference: Pixels) -> Pixels:
    """Where a difference [H, W, 3] is to be seen, [H, W] of 0 and 1."""
    import torch
    from torch.nn import functional as F

    size = torch.from_numpy(np.abs(difference).mean(2))[None, None]
    smooth = F.avg_pool2d(size, BLUR, 1, BLUR // 2)[0, 0].numpy()
    mask: Pixels = (smooth > FAINT * np.quantile(smooth, 0.995)).astype(np.float64)
    return mask


def _way(wanted: Pixels, got: Pixels, mask: Pixels) -> float:
    """How far of the way to a wanted difference another has gone, inside a mask."""
    both = [_patches(each * mask[..., None]) for each in (wanted, got)]
    return float((both[0] * both[1]).sum() / np.square(both[0]).sum())


def _patches(x: Pixels) -> Pixels:
    """The means of small squares of [H, W, 3]."""
    height, width = (side // PATCH * PATCH for side in x.shape[:2])
    squares = x[:height, :width].reshape(height // PATCH, PATCH, width // PATCH, PATCH, -1)
    means: Pixels = squares.mean((1, 3))
    return means
