"""The `stylestudio` command, and `python -m stylestudio`."""

from __future__ import annotations

import sys
from io import TextIOWrapper

from stylestudio.cli.main import run


def main() -> None:
    """Run the command line and leave with its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a pipe's code page may lack a file's name
            stream.reconfigure(errors="replace")
    sys.exit(run())


if __name__ == "__main__":
    main()
