"""A corpus of frames: recipes and what they looked like, to find out whether a change moved a bit.

Bytes hold for one machine, one version of PyTorch and one number of threads, so a record says
where it was made. Everything is drawn from one seed and goes through the public interface alone.
"""

from __future__ import annotations

import base64
import hashlib
import json
import platform
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch

from stylestudio.bench.corpus_recipes import TUNINGS, draw_recipe, tuned_weights
from stylestudio.checkpoints import CheckpointError
from stylestudio.errors import StyleStudioError
from stylestudio.files import replacing
from stylestudio.recipe import Recipe
from stylestudio.render import (
    Assets,
    ModelError,
    Renderer,
    Thumbnailer,
    builtin_models,
    open_model,
    render,
)
from stylestudio.render.model_opening import QUICK_MODEL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from stylestudio.render import Model
    from stylestudio.render.model import Precision
    from stylestudio.render.pixels import Pixels

Way = Literal["fresh", "live", "thumbnail"]

FORMAT = 1
COUNT = 200  # recipes
SHARE = 0.6  # of them for the built-in models, where there are others, too
THUMBNAIL = 96  # pixels
PROBES = 2048  # bytes of a picture that are kept, spread evenly over it
SUFFIXES = (".pkl", ".pt", ".pth", ".safetensors")
PRECISIONS: tuple[Precision, ...] = ("auto", "float32")


class CorpusError(StyleStudioError, ValueError):
    """A record cannot be made or compared with; one sentence for the user."""


@dataclass(frozen=True)
class Case:
    """One recipe rendered one way in one precision."""

    model: str  # a built-in name, or a file name in the folder of models
    precision: Precision
    way: Way
    recipe: int  # which of the record's recipes


@dataclass(frozen=True)
class Difference:
    """A case whose bytes are others than on record."""

    case: Case
    largest: int  # of the differences at the places on record, in steps of 0..255
    decibels: float  # the likeness over the same places


def record(path: Path, models: Path | None = None, count: int = COUNT, seed: int = 0) -> int:
    """Render a corpus and write down what came out; returns the number of pictures.

    `models` is a folder of model files that take part beside the built-in ones; those that cannot
    be opened are left out. Raises OSError where the file cannot be written.
    """
    names = _all_models(models)
    recipes = _draw(names, models, count, seed)
    cases, pictures = [], []
    for case, pixels in _render_all(recipes, models):
        cases.append(case)
        pictures.append(
            {"sha256": _digest(pixels), "shape": pixels.shape, "probes": _probes(pixels)}
        )
    content = {
        "format": FORMAT,
        "machine": machine(),
        "recipes": [{"model": name, "recipe": json.loads(text)} for name, text in recipes],
        "pictures": [
            {**asdict(case), **facts} for case, facts in zip(cases, pictures, strict=True)
        ],
    }
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(content), "utf-8")
    return len(cases)


def compare(path: Path, models: Path | None = None) -> Iterator[Difference | Case]:
    """Render what is on record again: yields a Case whose bytes are the same, else a Difference.

    Raises CorpusError where a model or the record cannot be had.
    """
    content = _read(path)
    recipes = [(each["model"], json.dumps(each["recipe"])) for each in content["recipes"]]
    known = {
        Case(each["model"], each["precision"], each["way"], each["recipe"]): each
        for each in content["pictures"]
    }
    for case, pixels in _render_all(recipes, models):
        facts = known[case]
        if facts["sha256"] == _digest(pixels) and tuple(facts["shape"]) == pixels.shape:
            yield case
        else:
            yield _difference(case, facts, pixels)


def machine_of(path: Path) -> dict[str, str]:
    """Say where a record was made. Raises CorpusError where the file is none."""
    return dict(_read(path)["machine"])


def machine() -> dict[str, str]:
    """What the bytes of a frame depend on beside its recipe."""
    model = open_model(QUICK_MODEL)
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": torch.backends.cpu.get_cpu_capability(),
        "torch": torch.__version__,
        "threads": str(torch.get_num_threads()),
        "device": str(model.device),
        "type": str(model.dtype).removeprefix("torch."),
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
        if content["format"] == FORMAT:
            return content  # type: ignore[no-any-return]
    except (ValueError, KeyError, TypeError):
        pass
    raise CorpusError(f"{path.name} is not a corpus record; `stylestudio corpus record` makes one.")


def _open(name: str, folder: Path | None, precision: Precision = "auto") -> Model:
    if name in builtin_models():
        return open_model(name, precision=precision)
    if folder is None or not (folder / name).is_file():
        raise CorpusError(f"The record needs {name}; say with --models which folder it lies in.")
    return open_model(folder / name, precision=precision)


def _all_models(folder: Path | None) -> list[str]:
    """Built-in names, then the files of the folder that can be opened."""
    found = []
    for path in sorted(folder.iterdir()) if folder else ():
        if path.suffix in SUFFIXES and path.name not in builtin_models():
            try:
                open_model(path)
            except (CheckpointError, ModelError):
                continue
            found.append(path.name)
    return [*builtin_models(), *found]


def _draw(names: list[str], folder: Path | None, count: int, seed: int) -> list[tuple[str, str]]:
    """Names of models and recipes for them, as JSON."""
    own = len(builtin_models())
    builtin = SHARE if own < len(names) else 1.0
    foreign = 1 - SHARE if own else 1.0
    recipes = []
    for index, name in enumerate(names):
        group, place = (own, index) if index < own else (len(names) - own, index - own)
        total = round(count * (builtin if index < own else foreign))
        number = total * (place + 1) // group - total * place // group
        model, random = _open(name, folder), np.random.RandomState((seed + 7919 * index) % 2**32)
        recipes += [(name, draw_recipe(model, random, i).to_json()) for i in range(number)]
    return recipes


def _render_all(
    recipes: list[tuple[str, str]], folder: Path | None
) -> Iterator[tuple[Case, Pixels]]:
    """Render every recipe every way, by model and precision."""
    for name in dict.fromkeys(name for name, _ in recipes):
        own = {index: text for index, (owner, text) in enumerate(recipes) if owner == name}
        for precision in PRECISIONS:
            model = _open(name, folder, precision)
            for index, way, pixels in _render_on(model, own):
                yield Case(name, precision, way, index), pixels


def _render_on(model: Model, recipes: dict[int, str]) -> Iterator[tuple[int, Way, Pixels]]:
    """Live and in thumbnails, recipes follow each other, as the hand that moves makes them."""
    assets = Assets()
    for which in range(TUNINGS):
        assets.remember(tuned_weights(model, which))
    live, thumbnails = Renderer(model, assets=assets), Thumbnailer(THUMBNAIL, assets)
    for index, text in recipes.items():
        recipe = Recipe.from_json(text)
        yield index, "fresh", render(model, recipe, assets=assets)
        yield index, "live", live.render(recipe).pixels
        yield index, "thumbnail", thumbnails.render(model, recipe)


def _digest(pixels: Pixels) -> str:
    return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()


def _at(pixels: Pixels) -> NDArray[np.uint8]:
    """A few bytes of a picture, spread evenly over it."""
    flat = pixels.reshape(-1)
    places = np.linspace(0, len(flat) - 1, min(PROBES, len(flat))).astype(int)
    return np.take(flat, places)


def _probes(pixels: Pixels) -> str:
    return base64.b64encode(_at(pixels).tobytes()).decode()


def _difference(case: Case, facts: dict[str, Any], pixels: Pixels) -> Difference:
    if tuple(facts["shape"]) != pixels.shape:
        return Difference(case, 255, 0.0)
    before = np.frombuffer(base64.b64decode(facts["probes"]), np.uint8).astype(float)
    apart = before - _at(pixels)
    noise = max(float(np.square(apart).mean()), 1e-9)
    return Difference(case, int(np.abs(apart).max()), 10 * float(np.log10(255**2 / noise)))
