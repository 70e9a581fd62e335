"""Measures what the built-in styles cost on top of a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.bench.figures import Figure, alternate, at_most
from stylestudio.recipe import Recipe, SeedSource, Style
from stylestudio.render import Renderer, builtin_styles, open_styles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stylestudio.render import Model


def measure_painting(model: Model, rounds: int) -> Iterator[Figure]:
    """Time painted frames beside unpainted ones, and frames in which only the blend changed."""
    renderer, seeds = Renderer(model), iter(range(300, 10**6))
    base = Recipe.from_seed(7, model, truncation_psi=0.7)
    banks = {name: open_styles(name) for name in builtin_styles()}
    layers: dict[str, int] = {}

    def styled(name: str) -> Style:
        first, second = banks[name].names[:2]
        return Style.of(banks[name], {first: 1.0, second: 1.0 - next(seeds) / 1e5})

    def paint(name: str) -> None:
        source = SeedSource(next(seeds))
        renderer.render(base.replace(source=source, style=styled(name)))

    def blend(name: str) -> None:
        renderer.render(base.replace(style=styled(name)))
        layers[name] = len(renderer.steps_run)

    works: dict[str, Callable[[], object]] = {
        "plain": lambda: renderer.render(base.replace(source=SeedSource(next(seeds))))
    }
    for name in banks:
        works[f"{name} painted"] = lambda name=name: paint(name)  # type: ignore[misc]
        works[f"{name} before"] = lambda: renderer.render(base)
        works[f"{name} blended"] = lambda name=name: blend(name)  # type: ignore[misc]
    seconds = alternate(works, rounds)
    for name in banks:
        label, plain = banks[name].label.removesuffix(".safetensors"), seconds["plain"]
        cost = seconds[f"{name} painted"] - plain
        yield Figure(model.name, f"painting by {label}", cost * 1000, "ms")
        yield Figure(model.name, f"painting by {label}, of a full frame", cost / plain, "x")
        blended = seconds[f"{name} blended"] / plain
        yield Figure(model.name, f"new weights of {label}, of a full frame", blended, "x")
        ran = layers[name]
        yield Figure(model.name, f"layers run for new weights of {label}", ran, "", at_most(0))
