"""Files and folders on the command line, and the options about them that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

Command = TypeVar("Command", bound="Callable[..., Any]")

EXISTING = click.Path(exists=True, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
NEW = click.Path(path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
NEW_FOLDER = click.Path(file_okay=False, path_type=Path)


def parse_safetensors(text: str) -> Path:
    """Find out before any work whether this .safetensors can be written."""
    path = Path(text)
    if not path.name.lower().endswith(".safetensors") or path.is_dir():
        raise click.BadParameter(f"{path.name} must end in .safetensors, and be no folder.")
    if not path.absolute().parent.is_dir():
        raise click.BadParameter(f"the folder {path.absolute().parent} does not exist.")
    return path


def keep_what_is_read(out: Path, *read: Path) -> None:
    """Raise UsageError where a command would write over a file that it reads."""
    if any(same_file(out, path) for path in read):
        raise click.UsageError(f"{out} would be written over; choose another place to write.")


def same_file(one: Path, other: Path) -> bool:
    """Whether two paths, of which either may be no file, lead to the same one."""
    return one.exists() and other.exists() and one.samefile(other)


photos_argument = click.argument("photos", metavar="PHOTO...", nargs=-1, type=EXISTING)


def output_option(help_: str) -> Callable[[Command], Command]:
    """Where results go: a file, or a folder of them."""
    return click.option("-o", "--output", "--out", "output", type=NEW, metavar="OUT", help=help_)


def out_option(default: str, help_: str) -> Callable[[Command], Command]:
    """The one file that a training writes."""
    return click.option(
        "--out", type=NEW_FILE, default=Path(default), show_default=True, help=help_
    )


def work_dir_option(
    name: str, help_: str = "Where the resumable state and the sample sheets go."
) -> Callable[[Command], Command]:
    """Where a training keeps what it goes on from."""
    return click.option(
        "--work-dir",
        type=NEW_FOLDER,
        default=Path("runs") / name,
        show_default=True,
        help=help_,
    )
