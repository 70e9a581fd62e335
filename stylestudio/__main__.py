"""The `stylestudio` command, and `python -m stylestudio`."""

from __future__ import annotations

import os
import sys

from stylestudio.cli.main import run


def main() -> None:
    """Run the command line and leave with its exit status."""
    # Waiting OpenMP threads must not spin: when any other program wants a core, a spinning thread
    # takes it from the one that has work, and frames take a hundred times longer.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    sys.exit(run())


if __name__ == "__main__":
    main()
