"""The work of style tasks, as plain functions: learn a style, paint a still, rank styles."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from stylestudio.app.core.learned_styles import Learned, add_to_bank
from stylestudio.app.core.recipes import ModelRecipe, render_in_full
from stylestudio.files import unwritable
from stylestudio.progress import Progress
from stylestudio.recipe import save_png
from stylestudio.render import StyleError
from stylestudio.transfer.contents import MODEL_PICTURES, Contents, model_pictures
from stylestudio.transfer.learning import WEAK, learn_style, read_bank, style_left
from stylestudio.transfer.loss_network import default_loss_network
from stylestudio.transfer.optimisation import paint_by_optimisation
from stylestudio.transfer.paintings import read_painting
from stylestudio.transfer.pictures import read_picture, shortest_side
from stylestudio.transfer.textures import COMPARED_SIDE, rank_styles

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from torch import Tensor

    from stylestudio.checkpoints.style_networks import StyleBank
    from stylestudio.progress import Cancel
    from stylestudio.render import Assets, StyleModel
    from stylestudio.render.pixels import Pixels

    Report = Callable[[Progress], None]

LEARNING_STEPS = 400
PAINTING_STEPS = 150
SHOW_EVERY = 10  # steps of learning
SHOW_SECONDS = 0.3  # of painting


@dataclass(frozen=True)
class Ranking:
    """Styles of a bank, those most like a picture first."""

    picture: str
    bank: str  # sha256
    names: tuple[str, ...]


def learn(
    pair: ModelRecipe,
    assets: Assets,
    places: Sequence[str],
    painting: Path,
    folder: Path,
    report: Report,
    cancel: Cancel,
) -> Learned:
    """Learn the style of a painting and write a bank, with it, into a folder.

    That is the first of the banks at `places` to which styles can be added. It practises on the
    picture on show, which is also what `report` is given, and on those of the built-in models.
    Raises StyleError or CheckpointError where that cannot be, OSError where it cannot be written.
    """
    (place, base), example = _base(places), read_painting(painting)
    pictures = [_as_tensor(_rendered(pair, assets, painted=False))[0]]
    looking = Progress(0, LEARNING_STEPS, "Looking at pictures")
    report(looking)
    for picture in model_pictures(MODEL_PICTURES):
        cancel.check()
        report(looking)
        pictures.append(picture)
    contents, loss_network = Contents(pictures), default_loss_network()
    steps = learn_style(
        base,
        example,
        contents,
        loss_network,
        steps=LEARNING_STEPS,
        show_every=SHOW_EVERY,
    )
    with contextlib.closing(steps):
        for step in steps:
            cancel.check()
            stage, loss = ("Learning", step.loss) if step.done else (step.stage, None)
            shown = None if step.picture is None else step.picture.astype(np.uint8, copy=False)
            report(Progress(step.done, step.total, stage, loss, shown))
            if step.done and cancel.is_finishing:
                break
    name, path = add_to_bank(base, painting.stem, step.row, folder)
    is_weak = style_left(base, step.row, example, contents, loss_network) > WEAK
    return Learned(name, path, place, is_weak)


def paint_still(
    pair: ModelRecipe,
    assets: Assets,
    painting: Path,
    path: Path,
    report: Report,
    cancel: Cancel,
) -> Path:
    """Paint the picture on show after a painting, step by step, and save it with its recipe.

    Raises StyleError for what is too small or no picture, OSError where it cannot be written.
    """
    if not path.absolute().parent.is_dir():  # better known now than when all is painted
        raise FileNotFoundError(unwritable(path, FileNotFoundError()))
    example = read_painting(painting)[None]
    report(Progress(0, PAINTING_STEPS, "Preparing"))
    frame = _rendered(pair, assets, painted=True)
    pixels, shown_at = frame, 0.0
    for step in paint_by_optimisation(
        _as_tensor(frame), example, default_loss_network(), PAINTING_STEPS
    ):
        cancel.check()
        pixels, shown = _as_pixels(step.painted), None
        if time.monotonic() - shown_at > SHOW_SECONDS:
            shown, shown_at = pixels, time.monotonic()
        report(Progress(step.done, step.total, "Painting", step.loss, shown))
        if cancel.is_finishing:
            break
    pixels = np.concatenate([pixels, frame[..., 3:]], axis=2)
    try:
        save_png(path, pixels, pair.recipe)
    except OSError as error:
        raise OSError(unwritable(path, error)) from error
    return path


def rank(bank: StyleModel, picture: Path, report: Report, cancel: Cancel) -> Ranking:
    """Rank the styles of a bank by how little each changes a picture when it paints it.

    Raises StyleError for what is not a picture.
    """
    compared = read_picture(picture, shortest_side(COMPARED_SIDE))
    painted = {}
    for number, name in enumerate(bank.names):
        cancel.check()
        report(Progress(number, len(bank.names), f"Comparing with {name}"))
        painted[name] = bank.stylize(compared, {name: 1.0})
    report(Progress(len(bank.names), len(bank.names), "Ranking"))
    names = tuple(likeness.name for likeness in rank_styles(compared, painted))
    return Ranking(picture.name, bank.sha256, names)


def _base(places: Sequence[str]) -> tuple[str, StyleBank]:
    """The first bank to which styles can be added, and its place. Raises as for the last one."""
    for place in places[:-1]:
        with contextlib.suppress(StyleError):
            return place, read_bank(place)
    return places[-1], read_bank(places[-1])


def _rendered(pair: ModelRecipe, assets: Assets, *, painted: bool) -> Pixels:
    recipe = pair.recipe if painted else pair.recipe.replace(style=None)
    return render_in_full(ModelRecipe(pair.model, recipe), assets)


def _as_tensor(pixels: Pixels) -> Tensor:
    """The colours of [H, W, 3 or 4] as [1, 3, H, W] in 0..1."""
    return torch.from_numpy(pixels[..., :3]).permute(2, 0, 1)[None].float() / 255


def _as_pixels(picture: Tensor) -> Pixels:
    """[1, 3, H, W] in 0..1 as uint8 [H, W, 3]."""
    rounded = (picture[0].detach().clamp(0, 1) * 255).round().to(torch.uint8)
    return rounded.permute(1, 2, 0).contiguous().cpu().numpy()
