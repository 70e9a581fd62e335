"""From a taught synthesis network to a model file."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch

from stylestudio.checkpoints import write_safetensors
from stylestudio.networks.stylegan2 import Generator
from stylestudio.training.embedding import Embedding
from stylestudio.training.mapping_fit import Teacher, fit_mapping

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.training.trainer import Trainer


def finished_generator(trainer: Trainer) -> Generator:
    """The smoothed weights so far, with a mapping network fitted to the trainer's attributes."""
    settings = trainer.settings
    torch.manual_seed(settings.seed)
    generator = Generator(settings.config)
    generator.synthesis = copy.deepcopy(trainer.average).to(
        "cpu", memory_format=torch.contiguous_format
    )  # type: ignore[call-overload]
    embedding = Embedding(trainer.scene.space, settings.config.w_dim, settings.seed)
    teacher = Teacher(embedding, settings.config.z_dim, settings.seed)
    fit_mapping(generator.mapping, teacher, settings.seed)
    return generator.eval()


def write_model(trainer: Trainer, path: Path) -> None:
    """Write the generator so far in half precision; the file says how it came about."""
    metadata = {
        "license": "Apache-2.0",
        "author": "The StyleStudio authors",
        "training": f"taught by StyleStudio's own procedural scene {trainer.scene.name!r}, "
        "without any external data or weights",
        "seed": str(trainer.settings.seed),
        "steps": str(trainer.step),
    }
    write_safetensors(
        path, finished_generator(trainer), name=trainer.scene.name, metadata=metadata, half=True
    )
