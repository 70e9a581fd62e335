"""Model files are written all or nothing, and a failure is one sentence."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import safetensors

from stylestudio.checkpoints.errors import CheckpointError
from stylestudio.files import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Yield a new file's path that takes the place of `path` once it is written completely.

    Raises CheckpointError where that fails.
    """
    try:
        with replacing(path) as temporary:
            yield temporary
    except (OSError, RuntimeError, safetensors.SafetensorError) as error:
        reason = getattr(error, "strerror", None) or error
        if "No space left" in str(error):  # safetensors says so in four parts
            reason = "the disk is full"
        raise CheckpointError(f"{path.name} cannot be written: {reason}.") from error
