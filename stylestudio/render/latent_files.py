"""Latents of other tools against a model, and a model's latents for other tools."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from stylestudio.checkpoints import (
    CheckpointError,
    FoundLatent,
    LatentFile,
    read_latent_file,
)
from stylestudio.files import replacing
from stylestudio.recipe import LatentSource
from stylestudio.recipe.naming import described
from stylestudio.render.device import one_at_a_time
from stylestudio.render.frame import compose_ws
from stylestudio.render.model import ModelError
from stylestudio.render.model_opening import as_model

if TYPE_CHECKING:
    from stylestudio.recipe import Recipe
    from stylestudio.render.assets import Assets
    from stylestudio.render.model import Model

    MatchKind = Literal["w", "w+", "z", "direction", "foreign"]

FORMATS = (".npy", ".npz")


@dataclass(frozen=True)
class LatentMatch:
    """What a file of latents is to a model.

    "w" is one row for all layers, "w+" a row for each; "z" has been mapped to w. A "direction"
    is for edits, and "foreign" fits models of other sizes: both have no sources.
    """

    kind: MatchKind
    sentence: str  # for the user; names the file
    sources: tuple[LatentSource, ...] = ()
    directions: tuple[FoundLatent, ...] = ()


def match_latents(file: LatentFile, model: Model) -> LatentMatch:
    """Say what the latents of a file are to `model`, and make them its sources."""
    latents = [each for each in file.found if each.kind != "direction"]
    directions = tuple(each for each in file.found if each.kind == "direction")
    if not latents:
        return LatentMatch("direction", directions_sentence(file), directions=directions)
    sources = [source for each in latents if (source := _source(each, model)) is not None]
    first = latents[0]
    rows, width = first.array.shape
    if not sources:
        layout = f"{rows} rows of {width} numbers" if rows > 1 else f"{width} numbers"
        needed = (
            f"{model.z_dim} numbers"
            if first.kind == "z"
            else f"{model.num_ws} rows of {model.w_dim} numbers"
        )
        sentence = (
            f"{file.name} holds a latent of {layout}, for another model; "
            f"{model.name} needs {needed}."
        )
        if first.kind == "w" and rows > 1 and width == model.w_dim:
            sentence += f" If it is {rows} latents in W, save it as [{rows}, 1, {width}]."
        return LatentMatch("foreign", sentence, directions=directions)
    kind: MatchKind = "z" if first.kind == "z" else "w" if sources[0].rows == 1 else "w+"
    what = {
        "z": "in Z, mapped by the model",
        "w": "in W",
        "w+": f"in W+ of {sources[0].rows} rows",
    }[kind]
    count = "a latent" if len(sources) == 1 else f"{len(sources)} latents"
    sentence = f"{file.name} holds {count} {what}."
    if others := len(latents) - len(sources):
        sentence += f" {others} more {'is' if others == 1 else 'are'} for another model."
    if directions:
        directed = "a direction" if len(directions) == 1 else f"{len(directions)} directions"
        sentence += f" It also holds {directed}."
    return LatentMatch(kind, sentence, tuple(sources), directions)


def directions_sentence(file: LatentFile) -> str:
    """What is to be said of a file that holds directions alone."""
    count = len(file.found)
    holds = "a direction" if count == 1 else f"{count} directions"
    return (
        f"{file.name} holds {holds}, not a latent: a direction moves a latent and shows nothing "
        "by itself."
    )


def read_latents(
    path: str | os.PathLike[str], model: Model | str | None = None
) -> list[LatentSource]:
    """Read the latents that another tool has saved in a `.npy`, `.npz` or `.pt`, as sources.

    Without a model they are as the file has them, [rows, w_dim]; with one they fit it, and z is
    mapped. Nothing in the file is executed. Raises CheckpointError, one sentence, for files
    without latents, of directions alone, of z without a model, or for another model.

    >>> import stylestudio as ss
    >>> model = ss.open_model("portraits")
    >>> ss.save_latent("w.npz", model, ss.Recipe.from_seed(7, model))
    >>> ss.read_latents("w.npz", model)
    [<LatentSource 'w': 14 x 128>]
    """
    if not isinstance(path, str | os.PathLike):
        raise CheckpointError(f"{described(path)} is not a path: ss.read_latents(path, model).")
    model = None if model is None else as_model(model)
    file = read_latent_file(path)
    if model is not None:
        match = match_latents(file, model)
        if not match.sources:
            raise CheckpointError(match.sentence)
        return list(match.sources)
    latents = [each for each in file.found if each.kind != "direction"]
    if not latents:
        raise CheckpointError(directions_sentence(file))
    if any(each.kind == "z" for each in latents):
        raise CheckpointError(
            f"{file.name} holds a latent in Z, which only its model can map to w; name the model."
        )
    return [LatentSource.from_array(each.array, each.name) for each in latents]


def _source(latent: FoundLatent, model: Model) -> LatentSource | None:
    """A latent as a source of the model; None where its sizes don't fit."""
    rows, width = latent.array.shape
    if latent.kind == "z":
        if rows != 1 or width != model.z_dim:
            return None
        with one_at_a_time(model.device):
            w = model.map(latent.array)[0, 0].cpu()
        return LatentSource.from_array(w.numpy(), latent.name)
    if width != model.w_dim:
        return None
    if rows not in (1, model.num_ws):
        # A w that was repeated for each layer fits whatever number of layers.
        if (latent.array != latent.array[:1]).any():
            return None
        return LatentSource.from_array(latent.array[0], latent.name)
    return LatentSource.from_array(latent.array, latent.name)


def save_latent(
    path: str | os.PathLike[str],
    model: Model | str,
    recipe: Recipe,
    *,
    assets: Assets | None = None,
) -> None:
    """Write the ws that drive the layers, truncated and mixed, as NVIDIA's tools read them.

    float32 [1, num_ws, w_dim]: alone in a `.npy`, under the key `w` in a `.npz`. Tuned weights
    are no part of it. What the recipe names is taken from `assets`, None for the store of the whole
    program. Raises ModelError for another ending and OSError where writing fails.

    >>> import stylestudio as ss
    >>> ss.save_latent("w.npy", "portraits", ss.Recipe.from_seed(7, "portraits"))
    """
    if not isinstance(path, str | os.PathLike):
        raise ModelError(f"{described(path)} is not a path: ss.save_latent(path, model, recipe).")
    path, model = Path(path), as_model(model)
    if path.suffix.lower() not in FORMATS:
        raise ModelError(f"{path.name} must end in {' or '.join(FORMATS)}.")
    with one_at_a_time(model.device):
        ws = compose_ws(model, recipe, assets).cpu().numpy().astype("<f4")[None]
    with replacing(path) as temporary, temporary.open("wb") as file:
        if path.suffix.lower() == ".npz":
            np.savez(file, w=ws)
        else:
            np.save(file, ws)
