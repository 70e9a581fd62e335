"""`stylestudio train styles`: a bank of styles from paintings."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stylestudio.cli.notes import say_note, say_skipped
from stylestudio.cli.numbers import Decimal
from stylestudio.cli.paths import FILE, FOLDER, keep_what_is_read, out_option, work_dir_option
from stylestudio.cli.training_run import (
    begin,
    check_folder_of,
    drive,
    photos_option,
    prepare,
    resume_option,
    seed_option,
    threads_option,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from torch import Tensor

    from stylestudio.networks.feature_nets import ClassifierFeatures, FeatureNetwork
    from stylestudio.transfer.contents import Contents
    from stylestudio.transfer.trainer import StyleTrainingProgress

DEFAULT_FEATURES = "default"
RANDOM_FILTERS = "random"
EVALUATION_PHOTOS, EVALUATION_SIDE = 8, 256  # photos at most, and their size
HELD_OUT_SEED = 1000  # a seed whose pictures no training looks at

# What `train style` asks for, too.
contents_option = photos_option(
    "Photos to train on, beside pictures of the built-in models; may be repeated."
)
features_option = click.option(
    "--features",
    multiple=True,
    default=(DEFAULT_FEATURES,),
    show_default=True,
    metavar="default|random|FILE",
    help="The loss network: StyleStudio's own, random filters, or a classifier (VGG-16). "
    "Repeated, all give the style loss, the first the content loss.",
)
content_weight_option = click.option(
    "--content-weight",
    type=Decimal(0),
    default=0.35,
    show_default=True,
    help="Weight of the photo's content against the style.",
)


@click.command("styles")
@click.argument(
    "paintings",
    type=FOLDER,
    metavar="[STYLE_FOLDER]",
    required=False,
)
@click.option("--manners", is_flag=True, help="Also learn StyleStudio's procedural styles.")
@contents_option
@features_option
@out_option("styles.safetensors", "The style bank to write.")
@work_dir_option("styles")
@click.option(
    "--steps",
    type=click.IntRange(1),
    default=20_000,
    show_default=True,
    help="How long to train; may change when resuming.",
)
@click.option(
    "--width",
    type=click.Choice(("0.25", "0.5", "1")),
    default="0.5",
    show_default=True,
    help="Share of the paper's channels: less is faster and coarser.",
)
@click.option(
    "--base",
    "base_name",
    metavar="BANK",
    help="Keep the network of this bank, a file or a built-in one, and train its styles further.",
)
@click.option("--whole", is_flag=True, help="With --base: train its network further, too.")
@click.option("--batch", type=click.IntRange(1), default=2, show_default=True)
@click.option(
    "--side",
    type=click.IntRange(64),
    default=128,
    show_default=True,
    help="Side of the training squares in pixels; may change when resuming.",
)
@content_weight_option
@click.option("--bfloat16", is_flag=True, help="Convolve in bfloat16; faster on recent CPUs.")
@resume_option
@seed_option
@threads_option()
@click.option(
    "--evaluate",
    "evaluated",
    type=FILE,
    metavar="BANK",
    help="Do not train; measure this bank on the photos of --content, which it should not know.",
)
@click.option(
    "--against",
    type=FILE,
    metavar="BANK",
    help="With --evaluate: compare it with this one, such as one of a single style.",
)
def styles(
    paintings: Path | None,
    manners: bool,
    photos: tuple[Path, ...],
    features: tuple[str, ...],
    out: Path,
    work_dir: Path,
    steps: int,
    width: str,
    base_name: str | None,
    whole: bool,
    batch: int,
    side: int,
    content_weight: float,
    bfloat16: bool,
    resume: bool,
    seed: int,
    threads: int,
    evaluated: Path | None,
    against: Path | None,
) -> int:
    """Train a bank of styles from the paintings in STYLE_FOLDER, named by their files.

    One network learns all of them at once, by conditional instance normalisation. Ctrl-C stops
    after the current step; the same command with --resume continues from there.
    """
    import torch

    from stylestudio.checkpoints import write_styles
    from stylestudio.transfer.learning import read_bank
    from stylestudio.transfer.losses import LossWeights
    from stylestudio.transfer.trainer import StyleTrainer, StyleTrainingSettings

    if whole and not base_name:
        raise click.UsageError("--whole trains a bank further: name it with --base.")
    if not paintings and not manners:
        raise click.UsageError("nothing to learn: name a STYLE_FOLDER, or add --manners.")
    if evaluated:
        torch.set_num_threads(threads)
        _evaluate(evaluated, against, read_styles(paintings, manners), photos, features)
        return 0
    check_folder_of(out)
    if base_name:
        keep_what_is_read(out, Path(base_name))
    prepare(threads)
    settings = StyleTrainingSettings(
        steps=steps,
        width=float(width),
        batch=batch,
        side=side,
        weights=LossWeights(content=content_weight),
        bfloat16=bfloat16,
        seed=seed,
    )
    base = read_bank(base_name) if base_name else None
    trainer = StyleTrainer(
        read_styles(paintings, manners),
        read_contents(photos),
        open_features(*features),
        settings,
        base,
        whole=whole,
    )
    state = work_dir / "state.pt"
    begin(trainer, state, resume, trainer.migrate_identity)
    return drive(
        trainer,
        state,
        out,
        total_steps=steps,
        label=_label,
        write=lambda path: write_styles(path, trainer.network, trainer.names, half=True),
    )


def _label(progress: StyleTrainingProgress) -> str:
    return f"style {progress.loss:.2f}, content {progress.content_loss:.2f}"


def _evaluate(
    path: Path,
    against: Path | None,
    paintings: dict[str, Tensor],
    photo_folders: tuple[Path, ...],
    features: tuple[str, ...],
) -> None:
    from stylestudio.cli.style_measures import print_measures
    from stylestudio.transfer.contents import Contents, model_pictures
    from stylestudio.transfer.learning import read_bank
    from stylestudio.transfer.paintings import find_pictures, read_photos

    if not photo_folders:
        raise click.UsageError("--evaluate needs photos that the bank does not know: --content.")
    paths = [path for folder in photo_folders for path in find_pictures(folder)]
    readable = islice(read_photos(paths, skip=say_skipped), EVALUATION_PHOTOS)
    known = Contents(photo for _, photo in readable)
    photos = known.middles(len(known), EVALUATION_SIDE)
    generated = Contents(model_pictures(1, seed=HELD_OUT_SEED))
    others = generated.middles(len(generated), EVALUATION_SIDE)
    bank = read_bank(path)
    other = read_bank(against) if against else None
    print_measures(bank, paintings, photos, others, open_features(*features), other)


def read_styles(folder: Path | None, manners: bool) -> dict[str, Tensor]:
    """The paintings by the names of their styles."""
    from stylestudio.transfer.paintings import PAINTING_SIDE, find_pictures, read_painting
    from stylestudio.transfer.procedural import PROCEDURAL_STYLES, paint_procedural

    procedural = tuple(PROCEDURAL_STYLES) if manners else ()
    read: dict[str, Tensor] = {}
    for path in find_pictures(folder) if folder else []:
        name = new_name(path.stem, (*read, *procedural))
        read[name] = read_painting(path, note=say_note)
    return read | {name: paint_procedural(name, PAINTING_SIDE) for name in procedural}


def new_name(asked: str, used: Iterable[str]) -> str:
    """What a style is called that a bank with the names `used` gets; it is said where it differs.

    Settled before anything is learned: no bank could be written with a name that won't do.
    """
    from stylestudio.transfer.learning import plain_name, unused_name

    name = unused_name(plain_name(asked), used)
    if name != asked:
        say_note(f"the style of {asked} is called {name}.")
    return name


def read_contents(folders: tuple[Path, ...]) -> Contents:
    """Photos of folders, and pictures of the built-in models."""
    from stylestudio.transfer.contents import MODEL_PICTURES, Contents, model_pictures
    from stylestudio.transfer.paintings import find_pictures, read_photos

    paths = [path for folder in folders for path in find_pictures(folder)]

    def pictures() -> Iterator[Tensor]:
        yield from model_pictures(MODEL_PICTURES)
        with click.progressbar(paths, label="Reading photos", file=sys.stderr) as bar:
            yield from (photo for _, photo in read_photos(bar, skip=say_skipped))

    return Contents(pictures())


def open_features(*names: str) -> FeatureNetwork:
    """The loss network, or several as one. Raises ClickException for a name of none."""
    from stylestudio.checkpoints import read_features
    from stylestudio.networks.feature_nets import JoinedFeatures, MultiscaleFilters
    from stylestudio.transfer.loss_network import default_loss_network

    def opened_one(name: str) -> MultiscaleFilters | ClassifierFeatures:
        if name == DEFAULT_FEATURES:
            return default_loss_network()
        if name == RANDOM_FILTERS:
            return MultiscaleFilters()
        if not Path(name).exists():
            raise click.ClickException(
                f"no loss network {name}; give {DEFAULT_FEATURES}, {RANDOM_FILTERS} or a file."
            )
        return read_features(Path(name))

    opened = [opened_one(name) for name in names]
    return JoinedFeatures(opened) if opened[1:] else opened[0]
