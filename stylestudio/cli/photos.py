"""Photos named on the command line, folders of them, and what is written for each."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from stylestudio.files import folded
from stylestudio.pictures import pictures_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


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


def photo_targets(
    photos: Sequence[Path], output: Path, suffixes: tuple[str, ...], *, many: bool
) -> dict[Path, Path]:
    """The file to write for each photo: `output`, or with `many` a PNG in that folder.

    Photos whose names differ in their ending alone keep it. Raises UsageError where that is not to
    be done.
    """
    if not output.absolute().parent.is_dir():
        raise click.UsageError(f"the folder {output.absolute().parent} does not exist.")
    if many or output.is_dir():
        if output.exists() and not output.is_dir():
            raise click.UsageError(f"{output} is a file; several photos need a folder.")
        stems = Counter(folded(photo.stem) for photo in photos)
        names = [photo.stem if stems[folded(photo.stem)] == 1 else photo.name for photo in photos]
        targets = [output / f"{name}.png" for name in names]
    elif output.suffix.lower() in suffixes:
        targets = [output]
    else:
        raise click.UsageError(f"{output.name} must end in {', '.join(suffixes)}.")
    written = Counter(folded(target.name) for target in targets)
    for photo, target in zip(photos, targets, strict=True):
        if written[folded(target.name)] > 1:
            raise click.UsageError(f"two photos would be written to {target}; rename one of them.")
        if target.exists() and any(target.samefile(other) for other in photos):
            raise click.UsageError(f"{target} is a photo of yours; choose another place to write.")
        if target.is_dir():
            raise click.UsageError(f"{target} is a folder, where {photo.name} would be written.")
    return dict(zip(photos, targets, strict=True))
