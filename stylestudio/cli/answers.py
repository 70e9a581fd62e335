"""Answers as JSON, for programs that read them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

Command = TypeVar("Command", bound="Callable[..., Any]")


def json_option(help_: str = "Write JSON.") -> Callable[[Command], Command]:
    """Whether the answer is written as JSON."""
    return click.option("--json", "as_json", is_flag=True, help=help_)


def say_json(answer: object) -> None:
    """Print an answer of plain values, as JSON in any code page that a pipe may have."""
    click.echo(json.dumps(answer, indent=2))
