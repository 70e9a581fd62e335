"""`stylestudio train`: the models that ship with the studio, from nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from stylestudio.cli.bars import BARS
from stylestudio.cli.measures import print_measures, print_report
from stylestudio.cli.numbers import Decimal
from stylestudio.cli.paths import FILE, out_option, work_dir_option
from stylestudio.cli.regressors import judge_for, regressors_for, state_of
from stylestudio.cli.train_directions import directions
from stylestudio.cli.train_enlarger import enlarger
from stylestudio.cli.train_folder import folder
from stylestudio.cli.train_lexicon import lexicon
from stylestudio.cli.train_loss_network import loss_network
from stylestudio.cli.train_on_samples import cropper, encoder
from stylestudio.cli.train_strokes import strokes
from stylestudio.cli.train_style import style
from stylestudio.cli.train_styles import styles
from stylestudio.cli.train_tokens import tokens
from stylestudio.cli.train_translator import translator
from stylestudio.cli.training_run import (
    SHEET_COLUMNS,
    begin,
    check_folder_of,
    device_option,
    drive,
    prepare,
    resume_option,
    threads_option,
)

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from stylestudio.networks.stylegan2 import Generator
    from stylestudio.training.regressors import RegressorSettings
    from stylestudio.training.scene import Scene
    from stylestudio.training.trainer import Trainer, TrainingSettings


@click.group("train")
def command() -> None:
    """Train the built-in models, or one on your own pictures."""


command.add_command(folder)
command.add_command(directions)
command.add_command(encoder)
command.add_command(cropper)
command.add_command(enlarger)
command.add_command(lexicon)
command.add_command(loss_network)
command.add_command(strokes)
command.add_command(style)
command.add_command(styles)
command.add_command(tokens)
command.add_command(translator)


SHEET_BATCHES, SHEET_PSI = 8, 0.7
SCENES = {
    "portraits": "Portraits, people under soft light.",
    "portraits-512": "Portraits 512, these people with twice the detail: the window opens on them.",
    "pigments": "Pigments, flowing colour on paper.",
    "horizons": "Horizons, landscapes in layers.",
}


def _scene_command(name: str, description: str) -> click.Command:
    """The subcommand that trains one built-in model."""
    title = description.split(",")[0]

    @click.command(
        name,
        help=f"Train {description}\n\nCtrl-C stops after the current step; the same command "
        "with --resume continues from there.",
        short_help=f"Train {description}",
    )
    @out_option(f"{name}.safetensors", "The model file to write.")
    @work_dir_option(name)
    @click.option(
        "--scale",
        type=Decimal(0, 10, min_open=True),
        default=1.0,
        show_default=True,
        help="Share of the full training: 0.01 is a quick look.",
    )
    @click.option(
        "--init",
        type=FILE,
        help=f"Start from this {title} model instead of from nothing.",
    )
    @click.option(
        "--skip",
        type=click.IntRange(0),
        default=0,
        show_default=True,
        metavar="STAGES",
        help="Skip this many first stages, which the --init model has already been through.",
    )
    @resume_option
    @device_option
    @threads_option()
    @click.option(
        "--evaluate",
        "evaluated",
        type=FILE,
        help=f"Do not train; measure this {title} model against its scene. The first time, "
        "regressors that read its pictures are trained and kept in the working folder.",
    )
    def train_scene(
        out: Path,
        work_dir: Path,
        scale: float,
        init: Path | None,
        skip: int,
        resume: bool,
        device: torch.device,
        threads: int,
        evaluated: Path | None,
    ) -> int:
        from stylestudio.render.precision import multiplies_bfloat16
        from stylestudio.training.finish import write_model
        from stylestudio.training.runs import check_state
        from stylestudio.training.worlds import world

        prepare(threads)
        scene, settings = world(name)
        settings = replace(settings, bfloat16=multiplies_bfloat16(device))
        if evaluated:
            _evaluate(evaluated, scene, settings, work_dir, device)
            return 0
        check_folder_of(out)
        if skip >= len(settings.stages):
            raise click.UsageError(f"--skip {skip} leaves none of {len(settings.stages)} stages.")
        settings = settings.after(skip)
        state = work_dir / "state.pt"
        if resume and not state.exists() and _has_begun_to_read(settings, scale, work_dir):
            resume = False  # it was stopped before the model's own first step
        elif resume:
            check_state(state)  # before a reader is trained for nothing
        trainer = _trainer(scene, settings, scale, init, work_dir, device)
        begin(trainer, state, resume)
        return drive(
            trainer,
            state,
            out,
            total_steps=trainer.settings.total_steps,
            label=lambda progress: f"{progress.stage}, loss {progress.loss:.3f}",
            write=lambda path: write_model(trainer, path),
        )

    return train_scene


for _name, _description in SCENES.items():
    command.add_command(_scene_command(_name, _description))


def _trainer(
    scene: Scene,
    settings: TrainingSettings,
    scale: float,
    init: Path | None,
    work_dir: Path,
    device: torch.device,
) -> Trainer:
    """At its first step, beside the reader that it needs, for a share of the full training."""
    from stylestudio.training.trainer import Trainer

    settings = settings.scaled(scale)
    start = _network(init, scene, settings) if init else None
    reader = None
    if settings.reads:
        reading, path = _reading(settings, scale, work_dir)
        reader = regressors_for(scene, reading, path, device)
    return Trainer(scene, settings, init=start, reader=reader, device=device)


def _reading(
    settings: TrainingSettings, scale: float, work_dir: Path
) -> tuple[RegressorSettings, Path]:
    """How the reader is trained, and where it is kept."""
    from stylestudio.training.regressors import reader_settings

    reading = reader_settings(settings.config, scale, bfloat16=settings.bfloat16)
    # A full training must not learn from what a quick look has left in the same folder.
    return reading, work_dir / f"reader-{reading.steps}.safetensors"


def _has_begun_to_read(settings: TrainingSettings, scale: float, work_dir: Path) -> bool:
    """Whether such a training has left its reader in the folder, or a part of it."""
    _, path = _reading(settings, scale, work_dir)
    return settings.reads and (path.exists() or state_of(path).exists())


def _network(path: Path, scene: Scene, settings: TrainingSettings) -> Generator:
    """The generator in a model file of this scene."""
    from stylestudio.checkpoints import read_checkpoint
    from stylestudio.render import name_of

    network = read_checkpoint(path).network
    if network.config != settings.config:
        command = name_of(scene.name)
        raise click.ClickException(
            f"{path} is not a {scene.name} model: its architecture differs; "
            f"name a file that `stylestudio train {command}` has written."
        )
    return network


def _evaluate(
    path: Path, scene: Scene, settings: TrainingSettings, work_dir: Path, device: torch.device
) -> None:
    """Print how a model compares with its scene, and what its controls move."""
    from stylestudio.training.evaluate import evaluate, side_by_side
    from stylestudio.training.measure import measure
    from stylestudio.training.sheets import save_sheet

    network = _network(path, scene, settings).to(device)
    work_dir.mkdir(parents=True, exist_ok=True)
    sheets = side_by_side(network, scene, settings.seed, SHEET_BATCHES, SHEET_PSI)
    for maker, pictures in zip(("model", "scene"), sheets, strict=True):
        sheet = work_dir / f"{maker}.png"
        save_sheet(pictures, SHEET_COLUMNS, sheet)
        click.echo(f"Wrote {sheet}: {len(pictures)} pictures at psi {SHEET_PSI}")
    bars = BARS[scene.name]
    print_report(evaluate(network, scene, settings.seed), bars)
    click.echo("")
    regressors = judge_for(scene, settings.config, work_dir, device)
    print_measures(measure(network, scene, settings.seed, regressors.to(device)), bars)
