"""Measures what other weights cost while the hand mixes them or crossfades."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stylestudio.bench.figures import Figure, alternate, at_most
from stylestudio.bench.subjects import other_weights, sibling_of
from stylestudio.recipe import DeltaUse, LatentSource, MixRow, Recipe
from stylestudio.render import Assets, Delta, Renderer, compose_ws

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stylestudio.render import Model


def measure_tuned_mixing(model: Model, rounds: int) -> Iterator[Figure]:
    """Time mixing ticks with a source that brings tuned weights, as multiples of plain ones.

    Every weight of the synthesis is tuned; a tick changes the amounts of one group of layers.
    """
    delta, assets = _changes(model), Assets()
    assets.hold(delta)
    base, amounts = Recipe.from_seed(7, model, truncation_psi=0.7), iter(range(1, 10**6))
    w = compose_ws(model, Recipe.from_seed(9, model)).cpu().numpy()

    def tick(renderer: Renderer, layers: list[int], sha256: str) -> None:
        amount = 0.5 + next(amounts) / 1e5
        row = tuple(amount if i in layers else 0.0 for i in range(model.num_ws))
        source = LatentSource.from_array(w, delta=sha256)
        renderer.render(base.replace(mixing=(MixRow(source, row),)))

    for group in ("coarse", "middle", "fine", "all"):
        layers = [layer.index for layer in model.layers if group in ("all", layer.group)]
        plain, tuned = Renderer(model, assets=assets), Renderer(model, assets=assets)
        seconds = alternate(
            {
                "plain": partial(tick, plain, layers, ""),
                "tuned": partial(tick, tuned, layers, delta.sha256),
            },
            rounds,
        )
        name = f"mixing {group} layers, tuned, of a plain tick"
        yield Figure(model.name, name, seconds["tuned"] / seconds["plain"], "x", at_most(1.3))


def measure_crossfade(model: Model, rounds: int) -> Iterator[Figure]:
    """Time ticks of a crossfade, as multiples of full frames of the model alone.

    The sibling has other weights throughout; a tick changes the amount for one group of layers.
    """
    sibling, amounts = sibling_of(model), iter(range(1, 10**6))
    base = Recipe.from_seed(7, model, truncation_psi=0.7)

    def tick(renderer: Renderer, group: str) -> None:
        amount = 0.5 + next(amounts) / 1e5
        if not group:
            renderer.render(base.replace(truncation_psi=amount))
            return
        layers = tuple(float(group in ("all", layer.group)) for layer in model.layers)
        renderer.render(base.replace(deltas=(DeltaUse.of(sibling, amount, layers),)))

    works = {
        group: partial(tick, Renderer(model, assets=Assets([sibling])), group)
        for group in ("", "coarse", "middle", "fine", "all")
    }
    seconds = alternate(works, rounds)
    for group in [*works][1:]:
        name = f"crossfading {group} layers, of a frame"
        yield Figure(model.name, name, seconds[group] / seconds[""], "x", at_most(1.3))


def _changes(model: Model) -> Delta:
    changes = {name: change.half() for name, change in other_weights(model).items()}
    return Delta(changes, model.sha256)
