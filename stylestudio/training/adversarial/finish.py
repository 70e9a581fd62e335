"""From an adversarial training to a model file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.checkpoints import write_safetensors

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.training.adversarial.trainer import AdversarialTrainer

INHERITED = ("license", "author")  # what a model says of itself that its offspring has to repeat


def write_model(trainer: AdversarialTrainer, path: Path) -> None:
    """Write the averaged generator so far, under its file's name; it says how it came about.

    Raises CheckpointError where the file cannot be written.
    """
    settings = trainer.settings
    metadata = {
        "training": "StyleGAN2 with adaptive discriminator augmentation",
        "pictures": str(len(trainer.pictures)),
        "kimg": f"{trainer.step * settings.batch / 1000:g}",
        "seed": str(settings.seed),
    }
    if trainer.init is not None:
        metadata |= {"started_from": trainer.init.name, "started_from_sha256": trainer.init.sha256}
        for key in INHERITED:
            if key in trainer.init.metadata:
                metadata[f"started_from_{key}"] = trainer.init.metadata[key]
    write_safetensors(path, trainer.average, name=path.stem, metadata=metadata)
