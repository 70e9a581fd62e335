"""Training runs on disk: a trainer is driven step by step and its state kept for resuming."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from stylestudio.files import replacing

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from stylestudio.training.trainer import Progress, Trainer

SAVE_EVERY = 200  # steps


class RunError(ValueError):
    """A run on disk cannot be resumed; the message is one sentence for the user."""


def save_state(trainer: Trainer, path: Path) -> None:
    """Write all that resuming needs; an older state is replaced only by a complete one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    state = {"recipe": _recipe(trainer), **trainer.state_dict()}
    with replacing(path) as partial:
        torch.save(state, partial)


def load_state(trainer: Trainer, path: Path) -> None:
    """Go on from a state written by `save_state`.

    Raises RunError where the file is missing, is no such state or belongs to other settings.
    """
    if not path.is_file():
        raise RunError(f"{path} does not exist; there is no training to resume.")
    try:
        state = torch.load(path, weights_only=True)
        recipe = state.pop("recipe")
    except Exception as error:
        raise RunError(f"{path} is not a training state; delete it and start anew.") from error
    if recipe != _recipe(trainer):
        raise RunError(
            f"{path} belongs to a training with other settings; repeat those or start anew."
        )
    trainer.load_state_dict(state)


def _recipe(trainer: Trainer) -> str:
    return repr((trainer.scene.name, trainer.settings))


def run(trainer: Trainer, path: Path) -> Generator[Progress]:
    """Train to the end, yielding after each step; the state is saved now and then.

    It is also saved at the end and when the caller closes the iterator between two steps, so
    nothing is lost by stopping there. A failure within a step leaves the last saved state.
    """
    try:
        while not trainer.finished:
            progress = trainer.advance()
            if trainer.step % SAVE_EVERY == 0:
                save_state(trainer, path)
            yield progress
    except GeneratorExit:
        save_state(trainer, path)
        raise
    save_state(trainer, path)
