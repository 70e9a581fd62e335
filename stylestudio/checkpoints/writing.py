"""Model files are written all or nothing, and a failure is one sentence."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import safetensors

from stylestudio.checkpoints.errors import CheckpointError
from stylestudio.files import replacing, unwritable

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
    except OSError as error:
        raise CheckpointError(unwritable(path, error)) from error
    except (RuntimeError, safetensors.SafetensorError) as error:
        # safetensors says in four parts that the disk is full
        reason = "the disk is full" if "No space left" in str(error) else error
        raise CheckpointError(f"{path.name} cannot be written: {reason}.") from error
