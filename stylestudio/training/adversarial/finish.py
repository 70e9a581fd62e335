"""From an adversarial training to a model file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from stylestudio.checkpoints import write_safetensors
from stylestudio.networks.stylegan2 import Generator
from stylestudio.render.device import one_at_a_time
from stylestudio.training.adversarial.trainer import config_of
from stylestudio.training.runs import RunError

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.training.adversarial.trainer import AdversarialTrainer


def write_model(
    trainer: AdversarialTrainer, path: Path, more: dict[str, str] | None = None
) -> None:
    """Write the averaged generator so far, under its file's name; it says how it came about.

    `more` is said there, too. Raises CheckpointError where the file cannot be written.
    """
    with one_at_a_time(trainer.device):
        write_safetensors(
            path, trainer.average, name=path.stem, metadata=trainer.metadata | (more or {})
        )


def write_model_of_state(state: Path, folder: Path, name: str) -> Path:
    """Write the averaged generator of a training that rests, from its state on disk.

    The file is called by `name` and the step, so that none takes the place of an earlier one.
    Raises RunError where the state cannot be read, and CheckpointError.
    """
    try:
        kept: dict[str, Any] = torch.load(state, map_location="cpu", weights_only=True)
        network = Generator(config_of(kept))
        network.load_state_dict(kept["average"])
        path = folder / f"{name}-{kept['step']:06d}.safetensors"
    except Exception as error:  # torch raises anything
        raise RunError(f"{state} is not the state of a training; start it anew.") from error
    write_safetensors(path, network.eval(), name=path.stem, metadata=kept["metadata"])
    return path
