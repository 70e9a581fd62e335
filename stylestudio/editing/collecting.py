"""Pictures of a model out of seeds, files and folders, for directions between groups of them."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from stylestudio.checkpoints import CheckpointError, holds_latents
from stylestudio.editing.errors import DirectionError
from stylestudio.recipe import Recipe, RecipeError, fits, read_recipe
from stylestudio.recipe.numbers import parse_seeds
from stylestudio.render import read_latents, shared_assets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stylestudio.render import Model

OF_LATENTS = {".npy", ".npz", ".pt"}
READ = OF_LATENTS | {".png", ".json"}  # of what lies in folders


def recipes_of(words: Iterable[str], model: Model) -> list[Recipe]:
    """The pictures that words name: seeds ("0-3,7"), files and folders as for `recipes_in`.

    Raises DirectionError, RecipeError and CheckpointError, one sentence each.
    """
    found = []
    for word in words:
        if re.fullmatch(r"[0-9,\s-]+", word) and not Path(word).exists():
            found += [Recipe.from_seed(seed, model) for seed in parse_seeds(word)]
        else:
            found += recipes_in(Path(word), model)
    return found


def recipes_in(path: Path, model: Model) -> list[Recipe]:
    """The pictures of this model in a file: a recipe, a picture that carries one, latents.

    Of a folder, those of all its files; others in it, such as photos, are passed over. Folders
    that `stylestudio invert` filled are such folders.
    Raises DirectionError where there is none, or for another model's, RecipeError and
    CheckpointError for files that can't be read.
    """
    if not path.exists():
        raise DirectionError(f"{path.name} is neither a file nor a folder, nor seeds such as 0-3.")
    if not path.is_dir():
        return _in_file(path, model)
    found = []
    for file in sorted(path.iterdir()):
        if file.suffix.lower() in READ:
            with contextlib.suppress(DirectionError, RecipeError, CheckpointError):
                found += _in_file(file, model)
    if not found:
        raise DirectionError(f"the folder {path.name} holds no pictures made with {model.name}.")
    return found


def _in_file(path: Path, model: Model) -> list[Recipe]:
    if path.suffix.lower() in OF_LATENTS and holds_latents(path):
        plain = Recipe.from_seed(0, model)
        return [plain.replace(source=source) for source in read_latents(path, model)]
    recipe = read_recipe(path)
    if not fits(recipe, model):
        raise DirectionError(
            f"{path.name} was made with {recipe.model.name}, another model than {model.name}."
        )
    shared_assets().adopt(recipe, path.absolute().parent)
    return [recipe]
