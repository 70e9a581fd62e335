"""From a file, or the name of a built-in, to a Model."""

from __future__ import annotations

import difflib
import os
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from stylestudio.checkpoints import CheckpointError, read_checkpoint
from stylestudio.recipe import Recipe
from stylestudio.recipe.naming import described
from stylestudio.recipe.session import sha256_of
from stylestudio.render.model import Model, ModelError
from stylestudio.resources import resource_path

if TYPE_CHECKING:
    from stylestudio.render.model import Precision

FIRST_MODEL = "portraits-512"  # what the window opens on the first time
QUICK_MODEL = "portraits"  # the same people at half the size; what `bench` measures


def builtin_models() -> tuple[str, ...]:
    """Names of the models that ship with the program; the one that the window opens on first.

    >>> import stylestudio as ss
    >>> ss.builtin_models()
    ('portraits-512', 'portraits', 'horizons', 'pigments')
    """
    names = (path.stem for path in resource_path("models").glob("*.safetensors"))
    return tuple(sorted(names, key=lambda name: (name != FIRST_MODEL, name != QUICK_MODEL, name)))


def builtin_of(sha256: str) -> str:
    """The name of the built-in model of this content, "" where there is none."""
    return _builtin_names().get(sha256, "")


@cache
def _builtin_names() -> dict[str, str]:
    """Names by content. The files are read, a tenth of a second, only once one is asked for."""
    files = {name: resource_path("models", f"{name}.safetensors") for name in builtin_models()}
    return {sha256_of(file): name for name, file in files.items()}


def title_of(name: str) -> str:
    """What people call the built-in model of a name: "Portraits 512" for "portraits-512"."""
    return name.replace("-", " ").capitalize()


def name_of(title: str) -> str:
    """The name by which a built-in model of this title opens: "portraits-512"."""
    return title.lower().replace(" ", "-")


def open_model(
    path: str | os.PathLike[str], *, device: str = "auto", precision: Precision = "auto"
) -> Model:
    """Open a model file of any supported format, or a built-in model by name.

    Nothing in the file is executed. Raises CheckpointError for a file that cannot be read and
    ModelError for a device that this machine does not have; both messages are for the user.

    >>> import stylestudio as ss
    >>> ss.open_model("portraits", device="cpu", precision="float32")
    <Model Portraits: 256 x 256, 14 layers, float32 on cpu>
    """
    if precision not in ("auto", "float32"):
        raise ModelError(f'precision is {precision!r}; use "auto" or "float32".')
    if isinstance(path, Model):
        raise ModelError(f"{path.name} is already open; give a path or a name.")
    if not isinstance(path, str | os.PathLike):
        raise ModelError(f"{described(path)} is not the path of a model.")
    place = model_path(path)
    checkpoint = read_checkpoint(place)
    name = os.fspath(path).lower() if place != Path(path) else str(place.absolute())
    return Model(checkpoint, device, precision, name)


def opened_as(path: Path) -> str:
    """By what a model's file is opened: a built-in one by its name, any other by its path."""
    is_built_in = path.resolve().parent == resource_path("models").resolve()
    return path.stem if is_built_in else str(path)


def model_path(path: str | os.PathLike[str]) -> Path:
    """The file of a model: of a built-in one by its name, otherwise the path itself.

    A file of that name in the working folder comes first; a folder of that name is ignored.
    Raises CheckpointError for a bare word that is neither, naming those that there are.
    """
    given = Path(path)
    name = os.fspath(path)
    if name.lower() in builtin_models() and not given.is_file():
        return resource_path("models", f"{name.lower()}.safetensors")
    if given.exists():
        return given
    if given.name == name and not given.suffix:
        raise CheckpointError(f"{name} is neither a file nor a built-in model{_listed(name)}")
    return given


def _listed(name: str) -> str:
    known = builtin_models()
    near = difflib.get_close_matches(name.lower(), known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}."


@lru_cache(maxsize=4)
def _builtin(name: str) -> Model:
    return open_model(name)


def builtin_model(name: str) -> Model:
    """The built-in model of this name, kept open. Raises ModelError where there is none."""
    if name.lower() not in builtin_models():
        raise ModelError(
            f"{name!r} is not a built-in model{_listed(name)} ss.open_model opens a file."
        )
    return _builtin(name.lower())


def as_model(model: Model | str) -> Model:
    """The model itself, or the built-in one of this name.

    Raises ModelError for what is neither.
    """
    if isinstance(model, str):
        return builtin_model(model)
    if isinstance(model, Recipe):
        raise ModelError("A recipe was given where a model is expected; the model comes first.")
    if not isinstance(model, Model):
        raise ModelError(f"{described(model)} is not a model; ss.open_model opens one.")
    return model
