"""Lets files be found whatever the case of their names, as on most disks of Windows and Macs."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def no_case(monkeypatch):
    """A file is there under its name in any case; `exists`, `samefile` and the like say so."""
    for name in ("stat", "lstat"):
        monkeypatch.setattr(os, name, _whatever_the_case(getattr(os, name)))


def _whatever_the_case(function):
    def found(path, **options):
        try:
            return function(path, **options)
        except FileNotFoundError:
            wanted = Path(path)
            for other in wanted.parent.iterdir():
                if other.name.casefold() == wanted.name.casefold():
                    return function(other, **options)
            raise

    return found
