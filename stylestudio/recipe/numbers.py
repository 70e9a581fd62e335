"""The table of a recipe's numbers: what each is called, where it lies and how it moves."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from stylestudio.recipe.errors import RecipeError, check_range

Kind = Literal["linear", "switch", "blend"]
Need = Literal["", "w", "noise", "placement", "classes"]

MAX_SEED = 2**32 - 1  # numpy's RandomState takes 32 bits
MOST_SEEDS = 1_000_000  # of one list
MAX_NUM_WS = 64
FIRST_PSI = 0.7  # nearly every picture is good at this one, and still has character
PLANE_EDGE = 1e8  # the last seed lies at y = 2**32 / 100


class Number(NamedTuple):
    """What holds for a number of a recipe wherever it occurs.

    Between two recipes, "linear" numbers move evenly and "switch" numbers change half-way; for
    those of kind "blend", the two sources are blended in w.
    """

    name: str  # to read
    range: tuple[float, float]
    default: float
    unit: str = ""
    kind: Kind = "linear"
    needs: Need = ""  # what a model must be able to do for it to act
    travel: tuple[float, float] | None = None  # what a slider covers, if not the whole range
    whole: bool = False
    start: float | None = None  # what the window begins with and resets to, if not the default


# By the field of the recipe. Lists of numbers have one entry for all their items. A recipe's
# range checks, `interpolate`, `parameters` and everything that shows numbers read this table.
NUMBERS: dict[str, Number] = {
    "source.seed": Number("Seed", (0, MAX_SEED), 0, kind="blend", whole=True),
    "source.x": Number("Plane x", (-PLANE_EDGE, PLANE_EDGE), 0.0, "seeds"),
    "source.y": Number("Plane y", (-PLANE_EDGE, PLANE_EDGE), 0.0, "rows of 100 seeds"),
    "source.label": Number("Class", (0.0, 1.0), 0.0, kind="blend", needs="classes"),
    "source.weight": Number("Weight", (-100.0, 100.0), 0.0, kind="blend", travel=(-1.0, 2.0)),
    "truncation_psi": Number("Truncation psi", (-1.0, 2.0), 1.0, needs="w", start=FIRST_PSI),
    "truncation_cutoff": Number(
        "Truncation cutoff", (0, MAX_NUM_WS), MAX_NUM_WS, "layers", "switch", "w", whole=True
    ),
    "mixing.amount": Number("Amount", (0.0, 1.0), 1.0, needs="w"),  # times all of a row's amounts
    "mixing.amounts": Number("Amount", (0.0, 1.0), 0.0, needs="w"),
    "translate_x": Number("Move right", (-1.0, 1.0), 0.0, "picture widths", needs="placement"),
    "translate_y": Number("Move down", (-1.0, 1.0), 0.0, "picture heights", needs="placement"),
    "rotate": Number("Turn counter-clockwise", (-180.0, 180.0), 0.0, "degrees", needs="placement"),
    "noise_seed": Number("Noise seed", (0, MAX_SEED), 0, "", "switch", "noise", whole=True),
    "noise_strength": Number("Noise strength", (0.0, 4.0), 1.0, needs="noise"),
    "noise_layers": Number("Noise strength", (0.0, 2.0), 1.0, needs="noise"),
    # Whole turns are the same place.
    "noise_turn": Number("Noise turn", (-1e6, 1e6), 0.0, "turns", needs="noise", travel=(0, 1)),
    "noise_reach": Number("Noise reach", (0.0, 1.0), 1.0, needs="noise"),
    "noise_grain": Number("Noise grain", (1.0, 8.0), 1.0, "pixels", needs="noise"),
    "edits.amount": Number("Amount", (-10.0, 10.0), 0.0, "sigmas", needs="w", travel=(-3.0, 3.0)),
    "edits.layers": Number("Share", (-10.0, 10.0), 1.0, needs="w", travel=(0.0, 1.0)),
    "interventions.amount": Number("Amount", (0.0, 1.0), 1.0),
    "interventions.share": Number("Share of units", (0.0, 1.0), 1.0),
    "interventions.share_seed": Number(
        "Seed of the share", (0, MAX_SEED), 0, "", "switch", whole=True
    ),
    "interventions.scale.factor": Number("Factor", (-10.0, 10.0), 1.0, travel=(-1, 4), start=2.0),
    "interventions.set.level": Number("Level", (-100.0, 100.0), 0.0, travel=(-5, 5)),
    "interventions.add.level": Number("Level", (-100.0, 100.0), 0.0, travel=(-5, 5), start=1.0),
    "interventions.threshold.level": Number("Level", (-100.0, 100.0), 0.5, travel=(-2, 2)),
    "interventions.shift.right": Number("Right", (-1.0, 1.0), 0.0, "picture widths", start=0.1),
    "interventions.shift.down": Number("Down", (-1.0, 1.0), 0.0, "picture heights"),
    "interventions.rotate.degrees": Number(
        "Turn counter-clockwise", (-180.0, 180.0), 0.0, "degrees", start=15.0
    ),
    "interventions.zoom.factor": Number("Factor", (0.1, 10.0), 1.0, travel=(0.5, 2), start=1.2),
    "interventions.flip.axes": Number("Axes", (0, 3), 0, "", "switch", whole=True, start=1),
    "interventions.erode.radius": Number("Radius", (0.0, 16.0), 0.0, "pixels", start=1.0),
    "interventions.dilate.radius": Number("Radius", (0.0, 16.0), 0.0, "pixels", start=1.0),
    "interventions.blur.radius": Number("Radius", (0.0, 16.0), 0.0, "pixels", start=2.0),
    "interventions.shuffle.seed": Number("Seed", (0, MAX_SEED), 0, "", "switch", whole=True),
    "interventions.feather": Number("Feather", (0.0, 0.5), 0.05, "picture widths", travel=(0, 0.2)),
    "interventions.right": Number("Move right", (-1.0, 1.0), 0.0, "picture widths"),
    "interventions.down": Number("Move down", (-1.0, 1.0), 0.0, "picture heights"),
    "style.weights": Number("Style", (0.0, 1.0), 0.0),
    "style.strength": Number("Style strength", (0.0, 1.0), 1.0),
    "style.colours": Number("Colours kept", (0.0, 1.0), 0.0),
    "stages.strength": Number("Strength", (0.0, 1.0), 1.0),
    "stages.sharpness": Number("Sharpness", (0.0, 1.0), 1.0),
    "stages.attributes": Number("Attribute", (0.0, 1.0), 0.0),
    # Beyond the ends the change goes on, or turns into its opposite.
    "deltas.amount": Number("Amount", (-1.0, 2.0), 1.0, travel=(0.0, 1.0)),
    "deltas.layers": Number("Share", (-1.0, 2.0), 1.0, travel=(0.0, 1.0)),
    "deltas.mapping": Number("Mapping", (0.0, 1.0), 0.0, needs="w"),
}

PSI_RANGE = NUMBERS["truncation_psi"].range
TRANSLATE_RANGE = NUMBERS["translate_x"].range
ROTATE_RANGE = NUMBERS["rotate"].range
NOISE_STRENGTH_RANGE = NUMBERS["noise_strength"].range
NOISE_LAYER_RANGE = NUMBERS["noise_layers"].range
NOISE_TURN_RANGE = NUMBERS["noise_turn"].range
NOISE_REACH_RANGE = NUMBERS["noise_reach"].range
NOISE_GRAIN_RANGE = NUMBERS["noise_grain"].range


def check_number(field: str, value: float, name: str = "") -> None:
    """Raise RecipeError, naming the field, where a value lies outside the table's range."""
    check_range(name or field, value, *NUMBERS[field].range)


def parse_number(text: str) -> float:
    """Read a number as people type it: 0.7 and 0,7 are the same.

    Raises RecipeError for anything else, such as 1,000.5.
    """
    if not re.fullmatch(r"\s*[-+]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)([eE][-+]?[0-9]+)?\s*", text):
        raise RecipeError(f"{text!r} is not a number; write one such as 0.7 or 0,7.")
    return float(text.replace(",", "."))


def parse_numbers(text: str) -> tuple[float, ...]:
    """Read `-2,0,2`, or `-2;0,5` with commas in numbers. Raises RecipeError."""
    try:
        return tuple(parse_number(word) for word in text.split(";" if ";" in text else ","))
    except RecipeError as error:
        raise RecipeError(f"in {text!r}, {error}") from None


def parse_seeds(text: str) -> tuple[int, ...]:
    """Read `0-49,77`; each seed once, in the order given. Raises RecipeError."""
    seeds: dict[int, None] = {}
    for word in text.split(","):
        match = re.fullmatch(r"\s*([0-9]+)(?:-([0-9]+))?\s*", word)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if not first <= last <= MAX_SEED:
            raise RecipeError(
                f"{word.strip()!r} is neither a seed nor a range of seeds, such as 7 or 0-49; "
                "they go "
                f"from 0 to {MAX_SEED}."
            )
        if last - first + len(seeds) >= MOST_SEEDS:
            raise RecipeError(f"{text!r} are more than {MOST_SEEDS:,} seeds.")
        seeds |= dict.fromkeys(range(first, last + 1))
    return tuple(seeds)
