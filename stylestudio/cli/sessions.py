"""Session files on the command line: their looks, clips and models."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

import click

from stylestudio.recipe.session import is_session_file, sha256_of

if TYPE_CHECKING:
    from stylestudio.recipe import ModelRef, Recipe
    from stylestudio.render import Assets, Model
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
    return found.recipe, found


def model_for(wanted: ModelRef, found: SessionFile | None, folder: Path, how: str) -> Model:
    """The model that a session was made with: a built-in one, or where the session file says.

    `folder` is the one that the file lies in. Raises ClickException where it is nowhere, with
    `how` to say where it is.
    """
    from stylestudio.render import builtin_models, open_model

    for name in builtin_models():
        opened = open_model(name)
        if opened.sha256 == wanted.sha256:
            return opened
    refs = () if found is None else found.files
    for ref in refs:
        if ref.sha256 == wanted.sha256 and ref.path:
            file = PureWindowsPath(ref.path).name  # which takes the separators of any system
            for path in (Path(ref.path), folder / file):
                if path.is_file() and sha256_of(path) == wanted.sha256:
                    return open_model(path)
    raise click.ClickException(
        f"It was made with {wanted.name}, which is not built in and was not found; {how}."
    )
