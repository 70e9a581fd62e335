"""The tables of `stylestudio train styles --evaluate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from stylestudio.checkpoints.style_networks import StyleBank
    from stylestudio.networks.feature_nets import FeatureNetwork
    from stylestudio.transfer.measure import BlendReport, StyleReport


def print_measures(
    bank: StyleBank,
    paintings: Mapping[str, Tensor],
    photos: Tensor,
    others: Tensor,
    features: FeatureNetwork,
    alone: StyleBank | None,
) -> None:
    """Measure a bank on pictures that it was not trained on, and print what came out.

    Blends are judged on photos [N, 3, H, W] and on `others` [M, 3, H, W], the rest on photos.
    """
    import torch

    from stylestudio.networks.feature_nets import MultiscaleFilters
    from stylestudio.transfer.measure import (
        frame_costs,
        measure_blends,
        measure_styles,
        one_hot_error,
    )

    _print_styles(measure_styles(bank, paintings, photos, features, alone), len(photos))
    # Other filters than those that may have trained the bank.
    loss_network = MultiscaleFilters(seed=1)
    _print_blends(measure_blends(bank, paintings, torch.cat([photos, others]), loss_network))
    click.echo(f"A weight of 1 against the style itself: off by {one_hot_error(bank, photos):g}")
    repaint, generate = frame_costs(bank)
    click.echo(
        f"A picture of the first built-in model: {repaint:.0f} ms to repaint, "
        f"{generate:.0f} ms to generate ({repaint / generate:.2f} of it)"
    )


def _print_styles(reports: Sequence[StyleReport], photos: int) -> None:
    click.echo(f"Style loss on {photos} held-out photos")
    click.echo(f"  {'':<28}{'photo':>8}{'bank':>8}{'alone':>8}{'ratio':>8}{'reduction':>11}")
    for report in sorted(reports, key=lambda report: report.bank):
        line = f"  {report.name:<28}{report.photo:8.2f}{report.bank:8.3f}"
        if report.alone is not None:
            line += f"{report.alone:8.3f}{report.ratio:8.2f}{report.reduction:11.0%}"
        click.echo(line)
    if reports:
        worst = max(reports, key=lambda report: report.bank)
        click.echo(f"  worst: {worst.name}")
    compared = [report for report in reports if report.ratio is not None]
    if compared:
        worst = max(compared, key=lambda report: report.ratio or 0)
        click.echo(f"  worst against a network of its own: {worst.name}, {worst.ratio:.2f}")


def _print_blends(reports: Sequence[BlendReport]) -> None:
    steady = sum(report.steady for report in reports)
    click.echo(f"Blends in nine steps, by other filters: {steady} of {len(reports)} steady")
    for report in reports:
        if not report.steady:
            click.echo(f"  not steady: {report.first} to {report.second}")
            for losses in (report.to_first, report.to_second):
                click.echo("    " + " ".join(f"{loss:.2f}" for loss in losses))
