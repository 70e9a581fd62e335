"""The measures of a taught model, as a table with the threshold for each figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stylestudio.cli.bars import Bars
    from stylestudio.training.evaluate import Report
    from stylestudio.training.measure import Agreement, Measures, Mixing, Reseed

GROUPS = ("coarse", "middle", "fine")
READ_THRESHOLD = 0.9  # R^2 of the regressors on the scene's own pictures
AVERAGE_THRESHOLD = 1e-3  # largest difference of a pixel, of 2 from black to white
HARDEST = 3  # attributes that are named


def print_report(report: Report, bars: Bars) -> None:
    """Write how close a model comes to its painter to standard output."""
    click.echo(f"Against the painter, {report.pictures} held-out pictures")
    click.echo("")
    for line in _compared(report, bars):
        click.echo(line)


def _compared(report: Report, bars: Bars) -> Iterator[str]:
    low, high = bars.finest
    yield _row(
        "PSNR (dB), attributes given in W",
        f"{report.psnr:.2f}",
        threshold=f"at least {bars.psnr:g}",
        reached=report.psnr >= bars.psnr,
    )
    yield _row("  through the mapping network", f"{report.psnr_from_z:.2f}")
    yield _row(
        "Energy in finest octave",
        f"{report.finest:.1%}",
        threshold=f"{low:.0%} to {high:.0%}",
        reached=low <= report.finest <= high,
    )
    yield _row(
        "Error in the outer 4 px : inside",
        f"{report.border:.2f}",
        threshold=f"at most {bars.border:g}",
        reached=report.border <= bars.border,
    )
    yield _row("Fine detail left without noise", f"{report.detail_without_noise:.1%}")
    yield _row("Moved by a reseed", "detail", "layout")
    yield _row("", f"{report.reseed_detail:.1%}", f"{report.reseed_layout:.1%}")
    yield _row("Rows from another picture (dB)", "mixed", "unmixed")
    for swap in report.swaps:
        figures = (swap.to_intended, swap.to_original)
        yield _row(f"  {swap.group}", *(f"{figure:.2f}" for figure in figures))


def print_measures(measures: Measures, bars: Bars) -> None:
    """Write the table to standard output."""
    click.echo(f"Attributes read from {measures.pictures} held-out pictures")
    for part in (_read, _mixed, _noise, _truncated, _smooth):
        click.echo("")
        for line in part(measures, bars):
            click.echo(line)


def _read(measures: Measures, bars: Bars) -> Iterator[str]:
    yield _row("R² of attributes", *GROUPS)
    thresholds = dict.fromkeys(GROUPS, READ_THRESHOLD)
    yield _agreement("from the scene's pictures", measures.regressors, thresholds)
    yield _agreement("from z through the model", measures.from_z, bars.from_z)
    from_z = measures.from_z.each
    for name in sorted(from_z, key=lambda name: from_z[name])[:HARDEST]:
        scene = measures.regressors.each[name]
        yield f"    hardest: {name}, {from_z[name]:.2f} (from the scene's pictures {scene:.2f})"


def _agreement(title: str, agreement: Agreement, thresholds: Mapping[str, float]) -> str:
    figures = [agreement.groups[group] for group in GROUPS]
    wanted = [thresholds[group] for group in GROUPS]
    reached = all(f >= w for f, w in zip(figures, wanted, strict=True))
    same = len(set(wanted)) == 1
    threshold = "at least " + (f"{wanted[0]:g}" if same else ", ".join(f"{w:g}" for w in wanted))
    return _row("  " + title, *(f"{f:.3f}" for f in figures), threshold=threshold, reached=reached)


def _mixed(measures: Measures, bars: Bars) -> Iterator[str]:
    yield _row("Moved by mixing (sd)", *GROUPS, "own : others")
    for group in GROUPS:
        yield _mixing(f"  {group} rows of the model", measures.mixing, group, bars.mixing)
    for group in GROUPS:
        yield _mixing(f"  {group} in the scene", measures.painted_mixing, group)


def _mixing(title: str, mixing: Mixing, group: str, wanted: float = 0.0) -> str:
    figures = [f"{mixing.moved[group][other]:.3f}" for other in GROUPS]
    ratio = mixing.ratio(group)
    threshold = f"at least {wanted:g}" if wanted else ""
    return _row(title, *figures, f"{ratio:.1f}", threshold=threshold, reached=ratio >= wanted)


def _noise(measures: Measures, bars: Bars) -> Iterator[str]:
    noise = measures.noise
    yield _row("Noise", "on", "off", "on : off")
    on, off = noise.with_noise, noise.without
    ratio = f"{on.roughness / off.roughness:.2f}"
    yield _row("  difference of neighbours", f"{on.roughness:.4f}", f"{off.roughness:.4f}", ratio)
    ratio = f"{on.finest / off.finest:.2f}"
    yield _row("  energy in finest octave", f"{on.finest:.2%}", f"{off.finest:.2%}", ratio)
    yield _row("  detail moved by a reseed", f"{noise.detail_moved:.1%}")
    yield _row("Share of range moved by a reseed", "mean", "95th %")
    yield from _reseed("the model", noise.generated, bars.noise)
    yield from _reseed("the scene", noise.painted)


def _reseed(title: str, reseed: Reseed, most: float = 0.0) -> Iterator[str]:
    means = [sum(values.values()) / len(values) for values in (reseed.mean, reseed.high)]
    yield _row(f"  {title}, all", *(f"{share:.2%}" for share in means))
    share = reseed.mean[reseed.worst]
    yield _row(
        f"  {title}, worst: {reseed.worst}",
        f"{share:.2%}",
        f"{reseed.high[reseed.worst]:.2%}",
        threshold=f"mean at most {most:.0%}" if most else "",
        reached=share <= most,
    )


def _truncated(measures: Measures, _bars: Bars) -> Iterator[str]:
    from stylestudio.training.measure import PSIS

    truncation = measures.truncation
    yield _row("Variance read at psi", *GROUPS)
    for i, psi in enumerate(PSIS):
        figures = [f"{truncation.variances[group][i]:.3f}" for group in GROUPS]
        last = i == len(PSIS) - 1
        threshold = "rises at every step" if last else ""
        yield _row(f"  {psi:g}", *figures, threshold=threshold, reached=truncation.monotone)
    error = truncation.average_error
    threshold, reached = f"at most {AVERAGE_THRESHOLD:g}", error <= AVERAGE_THRESHOLD
    yield _row(
        "  psi 0 against w_avg's picture", f"{error:.1e}", threshold=threshold, reached=reached
    )


def _smooth(measures: Measures, _bars: Bars) -> Iterator[str]:
    from stylestudio.training.path_length import EPSILON

    yield _row("Perceptual path length", "model", "scene", "model : scene")
    for name, length in measures.path_lengths.items():
        ratio = length.generated / length.painted
        figures = (f"{length.generated:.3g}", f"{length.painted:.3g}", f"{ratio:.2f}")
        yield _row(f"  {name}", *figures)
    yield f"    (features of the regressors, at unit length over channels; eps {EPSILON:g})"


def _row(title: str, *cells: str, threshold: str = "", reached: bool = True) -> str:
    text = f"{title:<36}" + "".join(f"{cell:>9}" for cell in cells[:3])
    text += f"{cells[3] if len(cells) > 3 else '':>15}"
    if not threshold:
        return text.rstrip()
    verdict = click.style("reached", fg="green") if reached else click.style("missed", fg="red")
    return f"{text}   {threshold}: {verdict}"
