"""What `train directions --evaluate` prints: what directions move, are taught and are found by."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from stylestudio.editing import Rating, rank_by_region
from stylestudio.training.directions import OTHERS, OWN, STEPS, attribute_of, measure_directions
from stylestudio.training.scene import GROUPS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from stylestudio.editing import Directions
    from stylestudio.recipe import Recipe
    from stylestudio.render import Model
    from stylestudio.training.portraits.regions import Region
    from stylestudio.training.regressors import Regressors
    from stylestudio.training.scene import Scene

ANSWERS, WRONG, WANTED = 40, 0.1, 0.6  # of a simulated rating; the cosine that is wanted
TAUGHT = 10  # attributes, spread over all
FIRST = 3  # of a ranking


def print_moves(
    model: Model, scene: Scene, directions: Directions, regressors: Regressors, pictures: int
) -> None:
    """What each direction moves, by attributes read from pictures, and how many move enough."""
    import torch

    vectors = zip(directions.names, directions.vectors, strict=True)
    moves = {name: torch.from_numpy(vector.copy()) for name, vector in vectors}
    click.echo(
        f"{'':16} {'own, at':>14} {'other groups':>22}\n"
        f"{'':16} {STEPS[0]:>7g} {STEPS[-1]:>6g} {'coarse':>8} {'middle':>6} {'fine':>6}"
    )
    reached = 0
    for each in measure_directions(model, scene, moves, regressors, pictures):
        reached += each.reached
        others = [f"{each.others[g]:.2f}" if g in each.others else "-" for g in GROUPS]
        steps = "" if each.monotone else "  not monotone"
        missed = "" if each.reached else "  missed"
        click.echo(
            f"{each.name:16} {each.steps[0]:7.2f} {each.steps[-1]:6.2f} "
            f"{others[0]:>8} {others[1]:>6} {others[2]:>6}{steps}{missed}"
        )
    click.echo(
        f"{reached} of {len(moves)} directions move their attribute by {OWN:g} standard deviations "
        f"at {STEPS[-1]:g} sigmas either way, evenly over {len(STEPS)} steps,\n"
        f"and other groups by less than {OTHERS:g} ({pictures} pictures)."
    )


def print_rating(
    model: Model, scene: Scene, directions: Directions, regressors: Regressors
) -> None:
    """How close answers read from pictures, some of them wrong, come to directions that ship."""
    import numpy as np

    reached = 0
    names = directions.names[:: len(directions) // TAUGHT][:TAUGHT]
    for number, name in enumerate(names):
        attribute = attribute_of(name, scene)
        group = next(group for group in GROUPS if attribute in getattr(scene.space, group))
        column = scene.space.names.index(attribute)
        rating = Rating(model, layers=group, seed=number)
        random = np.random.RandomState(number)
        usual = _read(model, regressors, rating.recipe)[column]
        while len(rating.answers) < ANSWERS:
            more = bool(_read(model, regressors, rating.question)[column] > usual)
            rating.answer("more" if more != (random.rand() < WRONG) else "less")
        taught = rating.directions(name).rows[0, 0]
        meant = directions.only([name]).rows[0, 0]
        cosine = float(taught @ meant / np.linalg.norm(taught) / np.linalg.norm(meant))
        reached += cosine >= WANTED
        click.echo(f"{name:16} cosine {cosine:5.2f}, foretold {rating.accuracy or 0:.0%}")
    click.echo(
        f"{reached} of {len(names)} directions taught by {ANSWERS} answers, {WRONG:.0%} of them "
        f"wrong, come to a cosine of {WANTED:g} with those that ship."
    )


def print_regions(model: Model, directions: Directions, regions: Mapping[str, Region]) -> None:
    """Whether a fitting attribute is among the first that a region of the average brings up."""
    import numpy as np

    from stylestudio.recipe import Recipe

    average = Recipe.from_seed(0, model, truncation_psi=0.0)
    reached, slowest = 0, 0.0
    for name, (box, fitting) in regions.items():
        mask = np.zeros((256, 256))
        mask[box[1] : box[3], box[0] : box[2]] = 1.0
        began = time.perf_counter()
        first = [each.name for each in rank_by_region(model, average, mask, directions)[:FIRST]]
        slowest = max(slowest, time.perf_counter() - began)
        found = bool(set(first) & set(fitting))
        reached += found
        click.echo(f"{name:16} {', '.join(first)}{'' if found else '  missed'}")
    click.echo(
        f"{reached} of {len(regions)} regions bring up a fitting attribute among the first "
        f"{FIRST}, each within {slowest:.1f} s."
    )


def _read(model: Model, regressors: Regressors, recipe: Recipe) -> Tensor:
    """Attributes [K] of a recipe's picture."""
    import torch

    from stylestudio.render import compose_ws

    with torch.no_grad():
        read: Tensor = regressors(model.synthesize(compose_ws(model, recipe)[None]).cpu())[0]
    return read
