"""`stylestudio translate`: photos through a network that changes pictures."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from stylestudio.cli.numbers import Decimal
from stylestudio.cli.paths import output_option, photos_argument
from stylestudio.cli.photos import change_photos, go_to_folder, photo_files, photo_targets
from stylestudio.cli.stages import parse_attribute, parse_network

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from stylestudio.cli.photos import Advance

LARGEST = 2048  # pixels of the longer side, unless --size says otherwise, of what is not enlarged
UNLIMITED = 1 << 20  # of what is


@click.command("translate")
@photos_argument
@click.option(
    "--with",
    "network",
    type=parse_network,
    required=True,
    metavar="NETWORK",
    help="The file of CycleGAN, pix2pix, StarGAN, VQ-GAN, ESRGAN, Real-ESRGAN or Paint "
    "Transformer; or the built-in enlarger or strokes.",
)
@output_option("The picture to write; for several photos or a folder of them, the folder.")
@click.option(
    "--strength",
    type=Decimal(0, 1),
    default=1.0,
    show_default=True,
    help="0 leaves the photo unchanged, 1 applies the network fully.",
)
@click.option(
    "--attribute",
    "attributes",
    type=parse_attribute,
    multiple=True,
    metavar="NAME:AMOUNT",
    help="Of a StarGAN, from 0 to 1; may be given again.",
)
@click.option(
    "--size",
    type=click.IntRange(16, 8192),
    help="Longer side in pixels that the photo is brought to first.  [default: its own, at most "
    f"{LARGEST} unless the network enlarges]",
)
def command(
    photos: tuple[Path, ...],
    network: Path,
    output: Path | None,
    strength: float,
    attributes: tuple[tuple[str, float], ...],
    size: int | None,
) -> int:
    """Run each PHOTO (files, or folders of them) through a network and write the results.

    Transparency is kept in PNG and WebP; every picture says what it was made by.
    """
    if not photos or output is None:
        raise click.UsageError("name a PHOTO, and with -o the picture to write.")
    files = photo_files(photos)
    many = go_to_folder(photos, files, output)
    targets = photo_targets(files, output, many=many)
    from stylestudio.recipe import Stage
    from stylestudio.render import open_stage
    from stylestudio.render.device import choose_device
    from stylestudio.transfer.pictures import longest_side

    stage = open_stage(network)
    amounts = dict(Stage.of(stage, strength, dict(attributes)).attributes)
    stage.to(choose_device())

    def change(picture: Tensor, _photo: Path, advance: Advance) -> Tensor:
        changed = stage.apply(picture, amounts, strength).cpu()
        advance(1)
        return changed

    def made_by(photo: Path) -> str:
        words = ["stylestudio", "translate", photo.name, "--with", network.name]
        words += ["--strength", f"{strength:g}"] if strength != 1 else []
        for name, amount in attributes:
            words += ["--attribute", f"{name}:{amount:g}"]
        return shlex.join([*words, "--size", str(size)] if size else words)

    largest = UNLIMITED if stage.scale > 1 else LARGEST
    resized = longest_side(size or largest, enlarge=size is not None)
    if many:
        output.mkdir(exist_ok=True)
    return change_photos(targets, change, made_by, label="Translating", resized=resized)
