"""Photos named on the command line, folders of them, and what is made and written of each."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from typing import TYPE_CHECKING

import click

from stylestudio.cli.notes import say_note
from stylestudio.cli.paths import same_file
from stylestudio.cli.training_run import finishing_by_ctrl_c
from stylestudio.files import folded
from stylestudio.pictures import PictureError, pictures_in
from stylestudio.recipe.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from torch import Tensor

    from stylestudio.progress import Cancel
    from stylestudio.transfer.pictures import Size

    Advance = Callable[[int], None]

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")  # of what is written


class UnpaintableError(click.ClickException):
    """One photo can't be painted, while others may; the message is one sentence for the user."""


def photo_files(photos: Sequence[Path]) -> list[Path]:
    """The photos named, and those in the folders named; what else these hold is said."""
    files: list[Path] = []
    for photo in photos:
        if photo.is_dir():
            inside, others = pictures_in(photo)
            for path, reason in others.items():
                click.echo(f"Skipped {path.name}, which {reason}.", err=True)
            if not inside:
                raise click.UsageError(f"{photo} holds no photos.")
            files += inside
        else:
            files.append(photo)
    return files


def go_to_folder(photos: Sequence[Path], files: Sequence[Path], output: Path) -> bool:
    """Whether what is made of `files` goes to a folder: they are several, or a folder was named."""
    return len(files) > 1 or output.is_dir() or any(photo.is_dir() for photo in photos)


def photo_targets(
    photos: Sequence[Path],
    output: Path,
    suffixes: tuple[str, ...] = SUFFIXES,
    *,
    many: bool,
    ending: str = ".png",
) -> dict[Path, Path]:
    """The file to write for each photo: `output`, or with `many` one in that folder, of `ending`.

    Photos whose names differ in their ending alone keep it. Raises UsageError where that is not to
    be done.
    """
    if not output.absolute().parent.is_dir():
        raise click.UsageError(f"the folder {output.absolute().parent} does not exist.")
    if many:
        if output.exists() and not output.is_dir():
            raise click.UsageError(f"{output} is a file; several photos need a folder.")
        stems = Counter(folded(photo.stem) for photo in photos)
        names = [photo.stem if stems[folded(photo.stem)] == 1 else photo.name for photo in photos]
        targets = [output / f"{name}{ending}" for name in names]
    elif output.suffix.lower() in suffixes:
        targets = [output]
    else:
        raise click.UsageError(f"{output.name} must end in {', '.join(suffixes)}.")
    written = Counter(folded(target.name) for target in targets)
    for photo, target in zip(photos, targets, strict=True):
        if written[folded(target.name)] > 1:
            raise click.UsageError(f"two photos would be written to {target}; rename one of them.")
        # Seeds, which `strokes` takes as well, are no files.
        if any(same_file(target, each) for each in photos):
            raise click.UsageError(f"{target} is a photo of yours; choose another place to write.")
        if target.is_dir():
            raise click.UsageError(f"{target} is a folder, where {photo.name} would be written.")
    return dict(zip(photos, targets, strict=True))


def change_photos(
    targets: dict[Path, Path],
    change: Callable[[Tensor, Path, Advance], Tensor],
    made_by: Callable[[Path], str],
    *,
    label: str,
    resized: Callable[[Size], Size],
    steps: int = 1,
    cancel: Cancel | None = None,
) -> int:
    """Make a picture of each photo and write it; 1 where some could not be, 130 after Ctrl-C.

    `change` makes one of [1, 3, H, W] in 0..1, as `resized` brought it to a size, and advances by
    `steps`; `made_by` says what is written into the file. What cannot be read, or is too small or
    too large, is said and left out, unless it is the only one. With `cancel`, Ctrl-C lets the
    picture in the making end with what there is.
    """
    from stylestudio.transfer.pictures import alpha_like, read_alpha, read_picture, save_picture

    total = len(targets) * steps
    hidden = total == 1 or not sys.stderr.isatty()
    made, failed = 0, 0
    with (
        finishing_by_ctrl_c(cancel) if cancel else contextlib.nullcontext(),
        click.progressbar(length=total, label=label, file=sys.stderr, hidden=hidden) as bar,
    ):
        for photo, target in targets.items():
            try:
                picture = read_picture(photo, resized, say_note)
                alpha = read_alpha(photo, picture)
                changed = change(picture, photo, bar.update)
            except (PictureError, StageError, UnpaintableError) as error:
                if len(targets) == 1:
                    raise
                click.echo(f"Error: {_named(photo, error)}", err=True)
                failed += 1
                continue
            save_picture(target, changed, alpha_like(alpha, changed), made_by(photo))
            made += 1
            if cancel is not None and cancel.is_finishing:
                break
    only = next(iter(targets.values()))
    many = f"{made} pictures to {click.format_filename(only.parent)}"
    if made:
        click.echo(f"Wrote {many if len(targets) > 1 else click.format_filename(only)}")
    if cancel is not None and cancel.is_finishing:
        click.echo("Stopped; the last picture is painted as far as that.", err=True)
        return 130
    return 1 if failed else 0


def _named(photo: Path, error: Exception) -> str:
    """The sentence, with the photo that it is about."""
    return f"{error}" if photo.name in str(error) else f"{photo.name}: {error}"
