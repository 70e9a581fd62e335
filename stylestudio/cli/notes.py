"""What a command says beside its results."""

from __future__ import annotations

import click


def say_note(sentence: str) -> None:
    """Print what the user should know of a file that was used all the same."""
    click.echo(f"Note: {sentence}", err=True)
