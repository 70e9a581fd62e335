"""Options for latents in files: those of other tools, and for other tools."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from stylestudio.cli.notes import say_note

if TYPE_CHECKING:
    from stylestudio.recipe import LatentSource
    from stylestudio.render import Model

FORMATS = (".npy", ".npz")


class LatentChoice(NamedTuple):
    """One latent of a file."""

    path: Path
    number: int | None  # from 0; None is the first

    def source(self, model: Model) -> LatentSource:
        """The latent for the model. Raises CheckpointError, or UsageError for an index too high."""
        from stylestudio.render import read_latents

        sources = read_latents(self.path, model)
        if self.number is None and len(sources) > 1:
            say_note(
                f"{self.path.name} holds {len(sources)} latents; the first is shown, "
                f"{self.path.name}:1 is the second."
            )
        if (self.number or 0) >= len(sources):
            raise click.UsageError(
                f"{self.path.name} holds {len(sources)} latents; the last is "
                f"{self.path.name}:{len(sources) - 1}."
            )
        return sources[self.number or 0]


def parse_latent(text: str) -> LatentChoice:
    """Read FILE or FILE:INDEX; a file whose name ends so is taken as it is."""
    match = re.fullmatch("(.+):([0-9]{1,9})", text)
    if match and not Path(text).exists():
        choice = LatentChoice(Path(match[1]), int(match[2]))
    else:
        choice = LatentChoice(Path(text), None)
    if not choice.path.is_file():
        raise click.BadParameter(f"{choice.path} does not exist or is not a file.")
    return choice


def parse_latent_output(text: str) -> Path:
    """Find out before any work whether a latent can be written there."""
    path = Path(text)
    if path.suffix.lower() not in FORMATS:
        raise click.BadParameter(f"{path} does not end in {' or '.join(FORMATS)}.")
    folder = path.absolute().parent
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise click.BadParameter(
            f"{path} cannot be written: its folder is missing or not writable."
        )
    return path
