"""The regressors that a training, or its judge, reads pictures with: kept, or trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stylestudio.cli.training_run import with_bar
from stylestudio.files import discard

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from stylestudio.networks.stylegan2 import StyleGAN2Config
    from stylestudio.training.regressors import Regressors, RegressorSettings
    from stylestudio.training.scene import Scene


def judge_for(
    scene: Scene, config: StyleGAN2Config, work_dir: Path, device: torch.device
) -> Regressors:
    """The regressors that measure what a generator of `config` shows of `scene`.

    Kept in `work_dir`; raises as `regressors_for` does.
    """
    from stylestudio.render.precision import multiplies_bfloat16
    from stylestudio.training.regressors import judge_settings

    settings = judge_settings(scene, config, bfloat16=multiplies_bfloat16(device))
    return regressors_for(scene, settings, work_dir / "regressors.safetensors", device)


def state_of(path: Path) -> Path:
    """Where the state lies of regressors that are trained to be kept at `path`."""
    return path.with_name(f"{path.stem}-state.pt")


def regressors_for(
    scene: Scene, settings: RegressorSettings, path: Path, device: torch.device
) -> Regressors:
    """Those kept at `path`, or new ones, trained on `device` with a bar and kept there.

    They lie on the CPU.

    Raises RegressorsError or RunError where a kept file or state cannot be used, and Abort after
    Ctrl-C; the same call goes on from there.
    """
    from stylestudio.training.regressors import (
        RegressorTrainer,
        load_regressors,
        save_regressors,
    )
    from stylestudio.training.runs import load_state

    state = state_of(path)
    if path.exists():
        return load_regressors(scene, path)
    trainer = RegressorTrainer(scene, settings, device)
    if state.exists():
        load_state(trainer, state)
    for _ in with_bar(
        trainer,
        state,
        total_steps=trainer.settings.steps,
        label=lambda progress: f"{progress.stage}, error {progress.loss:.3f}",
        log=False,
    ):
        pass
    if not trainer.finished:
        click.echo(
            f"Stopped at step {trainer.step} of {settings.steps} of learning to read pictures; "
            "the same command continues.",
            err=True,
        )
        raise click.Abort
    save_regressors(trainer.regressors, scene, path)
    discard(state)
    return trainer.regressors.cpu()
