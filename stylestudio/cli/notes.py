"""What a command says beside its results."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path


def say_note(sentence: str) -> None:
    """Print what the user should know of a file that was used all the same."""
    click.echo(f"Note: {sentence}", err=True)


def say_skipped(path: Path, error: Exception) -> None:
    """Print that a file is left out, and why."""
    click.echo(f"Skipped {path.name}: {error}", err=True)
