"""Styles as they are named on the command line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from stylestudio.cli.paths import EXISTING
from stylestudio.recipe import Style
from stylestudio.recipe.style import match_style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stylestudio.render import StyleModel


style_files_option = click.option(
    "--styles",
    "style_files",
    type=EXISTING,
    multiple=True,
    metavar="PATH",
    help="Styles beside the built-in ones: a bank, a .pth, a TensorFlow.js folder.",
)


def parse_style(text: str) -> dict[str, float]:
    """Read NAME:WEIGHT,NAME:WEIGHT,... as shares of 1; a name without a weight weighs 1."""
    weights: dict[str, float] = {}
    for part in text.split(","):
        name, colon, number = part.strip().rpartition(":")
        if not colon:
            name, number = number, "1"
        try:
            weight = float(number)
        except ValueError:
            weight = math.nan
        if not name or not math.isfinite(weight):
            raise click.BadParameter(f"{part.strip()!r} is not NAME:WEIGHT, such as wave:0.5.")
        if match_style(name, [*weights]):
            raise click.BadParameter(f"{name} is named twice.")
        weights[name] = weight
    total = sum(weights.values())
    if not 0 < total < math.inf:
        raise click.BadParameter(
            f"the weights add up to {total:g}; that must be above 0 and finite."
        )
    return {name: weight / total for name, weight in weights.items()}


def styled(
    given: Style | None,
    weights: dict[str, float] | None,
    strength: float | None,
    colours: float | None,
    opened: Sequence[StyleModel],
) -> Style | None:
    """The style of a recipe, changed by what the options say.

    Names are looked for in the banks that were opened, then in the built-in ones.
    Raises StyleError where no bank has them all, UsageError for a change to no style.
    """
    if weights:
        bank = bank_with(tuple(weights), opened)
        kept = (given.strength, given.colours) if given else (1.0, 0.0)
        given = Style.of(bank, weights, *kept)
    changes = {"strength": strength, "colours": colours}
    for name, value in changes.items():
        if value is None:
            continue
        if given is None:
            raise click.UsageError(f"--style-{name} needs a --style, or a recipe with one.")
        given = replace(given, **{name: value})
    return given


def spelled(weights: dict[str, float] | None, bank: StyleModel) -> dict[str, float] | None:
    """Weights by the names as the bank spells them; upper and lower case are alike."""
    if weights is None:
        return None
    return {match_style(name, bank.names) or name: weight for name, weight in weights.items()}


def bank_with(names: tuple[str, ...], opened: Sequence[StyleModel]) -> StyleModel:
    """The first bank that has all these styles: of those opened, then of the built-in ones.

    Raises StyleError where none has them.
    """
    from stylestudio.render import StyleError, builtin_styles, open_styles

    banks = [*opened, *(open_styles(name) for name in builtin_styles())]
    for bank in banks:
        if all(match_style(name, bank.names) for name in names):
            return bank
    known = [name for bank in banks for name in bank.names]
    if not known:
        raise StyleError("there are no styles here; open a style file.")
    unknown = [name for name in names if not match_style(name, known)]
    problem = "these styles belong to several banks"
    if unknown:
        problem = f"{unknown[0]!r} is not a style"
    kinds = dict.fromkeys(", ".join(bank.names) for bank in banks)  # banks may know the same ones
    raise StyleError(f"{problem}; there are {'; '.join(kinds)}.")
