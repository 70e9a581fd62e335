"""`stylestudio doctor`: what works on this machine, and what to do about what does not."""

from __future__ import annotations

import click

from stylestudio.cli.answers import json_option, say_json
from stylestudio.cli.checks import Check, all_checks

_COLORS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command("doctor")
@json_option()
def command(as_json: bool) -> int:
    """Check what works on this machine, and how to fix what doesn't.

    Exit status 0 where the studio's window can open, 1 where something stands in its way.
    """
    checks: list[Check] = []
    for check in all_checks():
        checks.append(check)
        if not as_json:
            _say(check)
    can_open = all(check.status != "fail" for check in checks)
    if as_json:
        found = {"can_open": can_open, "checks": [check._asdict() for check in checks]}
        say_json(found)
    else:
        click.echo("The studio can open." if can_open else "The studio's window cannot open here.")
    return 0 if can_open else 1


def _say(check: Check) -> None:
    status = click.style(f"{check.status:<4}", fg=_COLORS[check.status])
    click.echo(f"{status}  {check.name:<16} {check.found}")
    if check.remedy:
        click.echo(f"{'':<24}-> {check.remedy}")
