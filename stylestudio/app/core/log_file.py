"""The log file: what went wrong inside, in full, for whoever is to mend it."""

from __future__ import annotations

import contextlib
import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import cast

import platformdirs
from filelock import FileLock

from stylestudio.errors import sentence_of

LARGEST, OLDER = 1_000_000, 3  # bytes of one file, and how many full ones are kept beside it
LOCK_SECONDS = 5


def log_path() -> Path:
    """Where the log file is."""
    return platformdirs.user_log_path("StyleStudio", appauthor=False) / "stylestudio.log"


class SharedLogHandler(RotatingFileHandler):
    """Appends to a file that other processes may write and rotate as well.

    Each line takes the lock and opens the file anew, so that a process neither writes into a file
    that another has renamed nor keeps it, which on Windows would hinder the renaming.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=LARGEST, backupCount=OLDER, encoding="utf-8", delay=True)
        self._failed = False
        self._lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=LOCK_SECONDS)

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; where that can't be, to stderr."""
        try:
            Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
            with self._lock:
                try:
                    super().emit(record)
                finally:
                    self.close_file()
        except OSError:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Write the record to stderr, the first time with the reason.

        There is no stderr where no console started the program.
        """
        if sys.stderr is None:
            return
        with contextlib.suppress(OSError):  # the console may be gone
            if not self._failed:
                self._failed = True
                reason = sentence_of(cast("Exception", sys.exception()))
                sys.stderr.write(f"The log cannot be written, so it comes here. {reason}\n")
            sys.stderr.write(f"{self.format(record)}\n")

    def close_file(self) -> None:
        """Let go of the file until the next record."""
        if self.stream is not None:
            self.stream.close()
            self.stream = None


def start_log(path: Path | None = None) -> logging.Handler:
    """Have the program's warnings and errors written to the log file; return the handler."""
    handler = SharedLogHandler(path or log_path())
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger("stylestudio").addHandler(handler)
    return handler
