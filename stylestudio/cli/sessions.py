"""Session files on the command line: their looks, clips and models."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stylestudio.recipe.session import (
    MODELS,
    FileRef,
    find_near,
    is_file_of,
    is_session_file,
)

if TYPE_CHECKING:
    from stylestudio.recipe import ModelRef, Recipe
    from stylestudio.render import Assets, Model
    from stylestudio.render.assets import Asset
    from stylestudio.video import SessionFile


def is_session(text: str | Path) -> bool:
    """Whether this names a session file."""
    path = Path(text)
    try:
        return path.is_file() and is_session_file(path)
    except OSError:
        return False


def holds_session(text: str | Path) -> bool:
    """Whether this names a session file, the session of a script, or a video that carries one."""
    from stylestudio.video import kind_of_file, may_hold_session

    path = Path(text)
    try:
        return path.is_file() and may_hold_session(path) and kind_of_file(path) == "session"
    except OSError:
        return False


def look_in(path: Path, assets: Assets) -> tuple[Recipe, SessionFile]:
    """The look of a session, with all that it needs in `assets`, and the session.

    Raises SessionError, or ClickException where it shows no picture.
    """
    from stylestudio.video import open_session

    found = open_session(path, assets=assets)
    if found.recipe is None:
        raise click.ClickException(f"{path.name} holds no picture; show one and save it again.")
    locate_files(found, path.absolute().parent, assets)
    return found.recipe, found


def locate_files(found: SessionFile, folder: Path, assets: Assets) -> None:
    """Let the files that a session names be read once a recipe of it wants them.

    `folder` is the one that the session lies in.
    """
    for ref in found.files:
        kind = "sibling" if ref.kind == "model" else ref.kind  # a model may be both
        if not assets.has(kind, ref.sha256):
            assets.locate(ref.sha256, partial(_read, ref, folder))


def model_for(wanted: ModelRef, found: SessionFile | None, folder: Path, how: str) -> Model:
    """The model that a session was made with: a built-in one, or where the session file says.

    `folder` is the one that the file lies in. Raises ClickException where it is nowhere, with
    `how` to say where it is.
    """
    from stylestudio.render import open_model

    refs = () if found is None else found.files
    unknown = FileRef("model", wanted.sha256, wanted.name)
    place = _place(next((ref for ref in refs if ref.sha256 == wanted.sha256), unknown), folder)
    if not place:
        raise click.ClickException(
            f"It was made with {wanted.name}, which is not built in and was not found; {how}."
        )
    return open_model(place)


def _read(ref: FileRef, folder: Path) -> Asset:
    """Read a file that a session names. Raises CheckpointError, and ModelError for models."""
    from stylestudio.checkpoints import CheckpointError
    from stylestudio.render import open_model, open_stage, open_styles

    place = _place(ref, folder)
    if not place:
        raise CheckpointError(f"{ref.name} was not found.")
    if ref.kind in MODELS:
        return open_model(place)
    return open_styles(place) if ref.kind == "styles" else open_stage(place)


def _place(ref: FileRef, folder: Path) -> str:
    """Where a file is that a session names: built in, where it was then, beside the session."""
    from stylestudio.render import builtin_of

    if ref.kind in MODELS and (name := builtin_of(ref.sha256)):
        return name
    return find_near(ref, folder, _are_styles_of if ref.kind == "styles" else is_file_of)


def _are_styles_of(ref: FileRef, path: Path) -> bool:
    """Whether a file or a folder holds the styles that are wanted."""
    from stylestudio.checkpoints import CheckpointError, hash_styles

    try:
        return hash_styles(path) == ref.sha256
    except (OSError, CheckpointError):
        return False
