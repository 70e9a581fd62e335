"""Directions in files: our own, those that ship, and those of other tools."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import safetensors.numpy

from stylestudio.checkpoints import CheckpointError, load_tensors, read_latent_file
from stylestudio.editing.directions import Directions
from stylestudio.editing.errors import DirectionError
from stylestudio.editing.statistics import sigma_along
from stylestudio.files import replacing
from stylestudio.recipe import ChannelEdit, ModelRef, RecipeError, free_name
from stylestudio.recipe.naming import described
from stylestudio.render import as_model, builtin_models
from stylestudio.resources import resource_path

if TYPE_CHECKING:
    from stylestudio.editing.directions import FloatArray
    from stylestudio.render import Model

SUFFIX = ".safetensors"
_ABOUT = "stylestudio.directions"


def save_directions(directions: Directions, path: str | os.PathLike[str]) -> None:
    """See `Directions.save`."""
    path = Path(path)
    if path.suffix.lower() != SUFFIX:
        raise DirectionError(f"{path.name} must end in {SUFFIX}, the form that directions have.")
    tensors = {"rows": np.ascontiguousarray(directions.rows)}
    if directions.layers is not None:
        tensors["layers"] = np.ascontiguousarray(directions.layers)
    about = {
        "names": directions.names,
        "author": directions.author,
        "channels": msgspec.to_builtins(directions.channels),
        "model": None if directions.model is None else msgspec.to_builtins(directions.model),
    }
    content = safetensors.numpy.save(tensors, {_ABOUT: json.dumps(about)})
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def open_directions(path: str | os.PathLike[str], model: Model | str | None = None) -> Directions:
    """Open directions: of a built-in model by its name, a file of ours, or one of another tool.

    Read are what `Directions.save` wrote and the `.npy`, `.npz` and `.pt` of GANSpace,
    InterFaceGAN, rosinality and others. Nothing in the file is executed. With a model they have
    to fit it, and foreign ones are made one sigma long; without one those are as the file has them.
    Raises DirectionError and CheckpointError, one sentence each, for anything else.

    >>> import stylestudio as ss
    >>> ss.open_directions("portraits")
    <Directions of Portraits: turn, pitch, roll, ...>
    """
    if not isinstance(path, str | os.PathLike):
        raise DirectionError(f"{described(path)} was given where a path or a name is expected.")
    model = None if model is None else as_model(model)
    file = _place(path)
    if holds_directions(file):
        directions = read_directions(file)
        if model is not None:
            directions.note_for(ModelRef.of(model))
        return directions
    return _read_foreign(file, model)


def directions_of(model: ModelRef) -> Directions:
    """The directions that ship for a built-in model. Raises DirectionError where none do."""
    for name in builtin_directions():
        directions = read_directions(_shipped(name))
        if directions.model is not None and directions.model.sha256 == model.sha256:
            return directions
    raise DirectionError(
        f"no directions ship for {model.name}; ss.find_directions finds some for any model."
    )


def builtin_directions() -> tuple[str, ...]:
    """Names of the built-in models for which directions ship."""
    return tuple(name for name in builtin_models() if _shipped(name).is_file())


def holds_directions(path: Path) -> bool:
    """Whether `Directions.save` wrote this file. Raises OSError where it can't be read."""
    with path.open("rb") as file:
        head = file.read(8)
        length = int.from_bytes(head, "little")
        return 2 <= length < 1 << 24 and f'"{_ABOUT}"'.encode() in file.read(length)


def read_directions(path: Path) -> Directions:
    """Read what `Directions.save` wrote. Raises DirectionError, one sentence."""
    try:
        metadata, tensors = load_tensors(path)
        about = json.loads(metadata[_ABOUT])
        arrays = {name: tensor.float().numpy() for name, tensor in tensors.items()}
        model = about["model"] and msgspec.convert(about["model"], ModelRef)
        names, author = tuple(map(str, about["names"])), str(about["author"])
        rows, layers = arrays["rows"], arrays.get("layers")
        channels = msgspec.convert(about.get("channels", ()), tuple[ChannelEdit, ...])
    except (CheckpointError, RecipeError, KeyError, TypeError, ValueError) as error:
        raise DirectionError(f"{path.name} holds no directions that can be read.") from error
    _check_sizes(path.name, rows, layers, model)
    try:
        return Directions(names, rows, layers, model, author, channels)
    except DirectionError as error:
        raise DirectionError(f"{path.name} can't be used: {error}") from None


def _check_sizes(
    name: str, rows: FloatArray, layers: FloatArray | None, model: ModelRef | None
) -> None:
    """Raise DirectionError where the parts of a file do not belong together."""
    fits = rows.ndim == 3 and (layers is None or layers.ndim == 2)
    if fits and layers is not None:
        fits = len(layers) == len(rows) and rows.shape[1] in (1, layers.shape[1])
    if fits and model is not None:
        counts = {rows.shape[1], *(() if layers is None else layers.shape[1:])}
        fits = rows.shape[2] == model.w_dim and counts <= {1, model.num_ws}
    if not fits:
        raise DirectionError(f"{name} is damaged: its directions don't have their model's sizes.")


def _place(path: str | os.PathLike[str]) -> Path:
    """The file, or that of a built-in model's directions. Raises DirectionError."""
    file, name = Path(path), os.fspath(path)
    if file.is_file():
        return file
    if name.lower() in builtin_directions():
        return _shipped(name.lower())
    known = ", ".join(builtin_directions())
    raise DirectionError(f"{name} is neither a file nor a model with directions: {known}.")


def _shipped(name: str) -> Path:
    return resource_path("directions", f"{name}{SUFFIX}")


def _read_foreign(path: Path, model: Model | None) -> Directions:
    """What another tool saved. Raises DirectionError, and CheckpointError for other files."""
    file = read_latent_file(path, expected="direction")
    found = [each for each in file.found if each.kind == "direction"]
    if not found:
        raise DirectionError(f"{file.name} holds latents, but no directions.")
    sizes = {each.array.shape[1] for each in found}
    counts = {each.array.shape[0] for each in found} - {1}
    if len(sizes) > 1 or len(counts) > 1:
        raise DirectionError(f"{file.name} holds directions of several sizes; split it.")
    most = max(counts, default=1)
    rows = np.stack([np.broadcast_to(each.array, (most, *sizes)) for each in found])
    names: list[str] = []
    for each in found:
        names.append(free_name(each.name[:70] or "direction", names))
    directions = Directions(tuple(names), rows.astype(np.float32))
    if model is None:
        return directions
    ref = ModelRef.of(model)
    directions.note_for(ref)
    return Directions(tuple(names), one_sigma_long(rows, model, names), None, ref)


def one_sigma_long(rows: FloatArray, model: Model, names: list[str]) -> FloatArray:
    """Directions [K, R, w_dim] of any length, scaled to one sigma of the model's own w.

    Rows keep their proportions. Raises DirectionError for one that is all zero.
    """
    lengths = np.linalg.norm(rows, axis=2)
    scaled = np.empty_like(rows, dtype=np.float32)
    for i, vector in enumerate(rows):
        acting = lengths[i] > 0
        if not acting.any():
            raise DirectionError(f"the direction {names[i]!r} is all zeros.")
        sigmas = sigma_along(model, vector[acting] / lengths[i][acting, None])
        scaled[i] = vector * (sigmas.mean() / lengths[i][acting].mean())
    return scaled
