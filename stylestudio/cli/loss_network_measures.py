"""The table of `stylestudio train loss-network --evaluate`."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stylestudio.cli.notes import say_note, say_skipped
from stylestudio.cli.train_styles import EVALUATION_SIDE, RANDOM_FILTERS, open_features

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from stylestudio.networks.feature_nets import Features

    Evaluator = Callable[[Tensor], Features]

PHOTOS = 4  # at most
STEPS, LEARNING_STEPS = 150, 400  # as by default


def print_measures(
    ours: str, other: str, evaluator: str, paintings: Sequence[Path], photo_folders: Sequence[Path]
) -> None:
    """Paint with the help of two loss networks, and print how near an evaluator says they came.

    By optimisation the first photo is painted; of a style learned for Atelier, up to four are. The
    loss networks are named as in `--features`; the evaluator is "random" or the folder of a style
    predictor.
    """
    import torch

    from stylestudio.transfer.contents import MODEL_PICTURES, Contents, model_pictures
    from stylestudio.transfer.learning import learn_style, read_bank
    from stylestudio.transfer.losses import statistics, style_loss
    from stylestudio.transfer.optimisation import paint_by_optimisation
    from stylestudio.transfer.paintings import find_pictures, read_painting, read_photos

    paths = [path for folder in photo_folders for path in find_pictures(folder)]
    readable = islice(read_photos(paths, skip=say_skipped), PHOTOS)
    photos = Contents(photo for _, photo in readable)
    squares = photos.middles(len(photos), EVALUATION_SIDE)
    photo = next(read_photos(paths, EVALUATION_SIDE))[1][None]
    contents = Contents(model_pictures(MODEL_PICTURES))
    looks, bank = _evaluator(evaluator), read_bank("atelier")
    networks = [open_features(name) for name in (ours, other)]

    @torch.no_grad()
    def loss(painted: Tensor, painting: Tensor) -> float:
        wanted = statistics(looks(painting[None]).style)
        everyone = torch.zeros(len(painted), dtype=torch.long)
        return style_loss(statistics(looks(painted).style), wanted[everyone]).mean().item()

    shown = [Path(name).name for name in (evaluator, ours, other)]
    click.echo("Style loss by {}: with {}, and with the other, {}".format(*shown))
    click.echo(
        f"  {'':<28}{'gatys':>8}{'other':>8}{'ratio':>7}{'learned':>10}{'other':>8}{'ratio':>7}"
    )
    for path in paintings:
        painting = read_painting(path, note=say_note)
        found = []
        for network in networks:
            for progress in paint_by_optimisation(photo, painting[None], network, STEPS):
                painted = progress.painted
            for step in learn_style(bank, painting, contents, network, steps=LEARNING_STEPS):
                rows = step.row.expand(len(squares), -1)
            with torch.no_grad():
                repainted = bank.network.transformer(squares, rows)
            found.append((loss(painted, painting), loss(repainted, painting)))
        (a, b), (c, d) = zip(*found, strict=True)
        click.echo(
            f"  {path.stem[:27]:<28}{a:8.3f}{b:8.3f}{a / b:7.2f}{c:10.3f}{d:8.3f}{c / d:7.2f}"
        )


def _evaluator(name: str) -> Evaluator:
    from stylestudio.checkpoints import read_style_part
    from stylestudio.checkpoints.style_networks import Predictor
    from stylestudio.networks.feature_nets import MultiscaleFilters
    from stylestudio.networks.predictors import WhatsyourfacePredictor

    if name == RANDOM_FILTERS:
        return MultiscaleFilters(seed=1)  # not those that a style may be learned from
    part = read_style_part(Path(name))
    if not (isinstance(part, Predictor) and isinstance(part.network, WhatsyourfacePredictor)):
        raise click.UsageError(f"--evaluator {name} holds no style predictor; name its folder.")
    return part.network.maps
