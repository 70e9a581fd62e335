"""The regressors that `stylestudio train ... --evaluate` reads pictures with: kept, or trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stylestudio.cli.training_run import with_bar

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.networks.stylegan2 import StyleGAN2Config
    from stylestudio.training.regressors import Regressors
    from stylestudio.training.scene import Scene


def regressors_for(scene: Scene, config: StyleGAN2Config, work_dir: Path) -> Regressors:
    """Those kept in the working folder, or new ones, trained with a bar and kept there.

    Raises ClickException where a kept file or state cannot be used, and Abort after Ctrl-C; the
    same call goes on from there.
    """
    from stylestudio.training.regressors import (
        RegressorsError,
        RegressorSettings,
        RegressorTrainer,
        load_regressors,
        save_regressors,
    )
    from stylestudio.training.runs import RunError, load_state

    path, state = work_dir / "regressors.safetensors", work_dir / "regressors-state.pt"
    try:
        if path.exists():
            return load_regressors(scene, path)
        trainer = RegressorTrainer(scene, RegressorSettings(config=config))
        if state.exists():
            load_state(trainer, state)
    except (RegressorsError, RunError) as error:
        raise click.ClickException(str(error)) from error
    for _ in with_bar(
        trainer,
        state,
        total_steps=trainer.settings.steps,
        label=lambda progress: f"Learning to read, error {progress.error:.3f}",
    ):
        pass
    if not trainer.finished:
        raise click.Abort
    save_regressors(trainer.regressors, scene, path)
    state.unlink()
    return trainer.regressors
