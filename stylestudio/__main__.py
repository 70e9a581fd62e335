"""The `stylestudio` command, and `python -m stylestudio`."""

from __future__ import annotations

import os
import sys

from stylestudio.cli.main import run


def main() -> None:
    """Run the command line and leave with its exit status."""
    # Waiting OpenMP threads must not spin long: when any other program wants a core, a spinning
    # thread takes it from the one that has work, and frames take a hundred times longer. A tenth of
    # a millisecond is most often enough for the next piece of work to come; a thread that sleeps
    # before it has to be woken, perhaps on the other's core. Only GNU's OpenMP can be told so.
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
        os.environ.setdefault("GOMP_SPINCOUNT", "10000")
    sys.exit(run())


if __name__ == "__main__":
    main()
