"""The `stylestudio` command, and `python -m stylestudio`."""

from __future__ import annotations

import sys

from stylestudio.cli.main import run


def main() -> None:
    """Run the command line and leave with its exit status."""
    sys.exit(run())


if __name__ == "__main__":
    main()
