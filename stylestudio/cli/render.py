"""`stylestudio render`: a picture from a model, without a window."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from stylestudio.cli.deltas import (
    DeltaChoice,
    crossfades_option,
    deltas_option,
    hold_siblings,
    mappers_option,
    read_look,
    siblings_option,
    with_deltas,
)
from stylestudio.cli.edits import EditChoice, open_all, parse_edit
from stylestudio.cli.interventions import (
    InterventionChoice,
    RegionChoice,
    bent,
    interventions_option,
    regions_option,
)
from stylestudio.cli.latents import LatentChoice, parse_latent, parse_latent_output
from stylestudio.cli.layers import Mix, parse_mix
from stylestudio.cli.many_seeds import parse_folder, parse_seeds, render_seeds
from stylestudio.cli.numbers import Decimal, Setting, parse_setting
from stylestudio.cli.paths import FILE
from stylestudio.cli.sessions import holds_session, look_in, model_for
from stylestudio.cli.stages import (
    StageChoice,
    hold_networks,
    networks_option,
    staged,
    stages_option,
)
from stylestudio.cli.styles import parse_style, style_files_option, styled
from stylestudio.recipe import (
    PSI_RANGE,
    BlendSource,
    PlaneSource,
    Recipe,
    RecipeError,
    SeedSource,
    Source,
    ZSource,
    adapt,
    label_of,
    save_png,
    unread_note,
)
from stylestudio.recipe.mixing import laid_over
from stylestudio.recipe.numbers import MAX_SEED

if TYPE_CHECKING:
    from stylestudio.render import Assets, Model


def _parse_noise(text: str) -> dict[str, Any]:
    """Read `const`, `none` or a seed as fields of a recipe."""
    if text in ("const", "none"):
        return {"noise_mode": text}
    if not re.fullmatch("[0-9]+", text) or int(text) > MAX_SEED:
        raise click.BadParameter(
            f"{text!r} is neither const, none nor a seed from 0 to {MAX_SEED}."
        )
    return {"noise_mode": "seeded", "noise_seed": int(text)}


def parse_output(text: str) -> Path:
    """Find out before any work whether this .png can be written."""
    path = Path(text)
    if path.suffix.lower() != ".png":
        raise click.BadParameter(f"{path} does not end in .png, the one format that is written.")
    if path.is_dir():
        raise click.BadParameter(f"{path} is a folder.")
    folder = path.absolute().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise click.BadParameter(f"the folder {folder} does not exist or cannot be written to.")
    return path


@click.command("render")
@click.argument("model", metavar="MODEL")
@click.option(
    "-o",
    "--output",
    type=parse_output,
    metavar="OUT.png",
    help="The .png to write.",
)
@click.option("--seed", type=click.IntRange(0, MAX_SEED), help="The seed of z.  [default: 0]")
@click.option(
    "--seeds",
    type=parse_seeds,
    metavar="SEEDS",
    help="Render each of these seeds: 0-49,77; with --outdir.",
)
@click.option(
    "--outdir",
    type=parse_folder,
    metavar="DIR",
    help="The folder to write seed0000.png and so on to; made where it is missing.",
)
@click.option("--grid", is_flag=True, help="Also write all pictures into one file: grid.png.")
@click.option(
    "--latent",
    type=parse_latent,
    metavar="FILE[:INDEX]",
    help="Start from a latent that another tool saved (.npy, .npz, .pt); INDEX counts from 0.",
)
@click.option("--psi", type=Decimal(*PSI_RANGE), help="Truncation.  [default: 1]")
@click.option(
    "--cutoff", type=click.IntRange(0), help="How many layers are truncated.  [default: all]"
)
@click.option(
    "--mix",
    "mixes",
    type=parse_mix,
    multiple=True,
    metavar="SEED:LAYERS[:AMOUNT]",
    help="Mix another seed into some layers, over what is mixed already: 42:coarse, 7:0-3,7:0.5; "
    "may be given again.",
)
@click.option(
    "--edit",
    "edits",
    type=parse_edit,
    multiple=True,
    metavar="NAME:AMOUNT[:LAYERS]",
    help="Move along a direction by a number of sigmas: smile:1.5, age:-2:0-3; may be given again.",
)
@click.option(
    "--directions",
    "direction_files",
    type=FILE,
    multiple=True,
    metavar="FILE",
    help="Take the directions of --edit from here; may be given again.  [default: the model's own]",
)
@interventions_option
@regions_option
@deltas_option
@mappers_option
@crossfades_option
@siblings_option
@click.option("--noise", type=_parse_noise, metavar="const|none|SEED", help="[default: const]")
@click.option("--class", "class_", type=click.IntRange(0), help="Class of a conditional model.")
@click.option(
    "--style",
    type=parse_style,
    metavar="NAME:WEIGHT,...",
    help="Repaint the picture in styles, blended by shares.",
)
@click.option(
    "--style-strength",
    type=Decimal(0, 1),
    help="0 leaves the picture unchanged, 1 repaints it fully.  [default: 1]",
)
@click.option(
    "--style-colours",
    "--style-colors",
    type=Decimal(0, 1),
    help="0 takes the style's colours, 1 keeps the picture's own.  [default: 0]",
)
@style_files_option
@stages_option
@networks_option
@click.option(
    "--set",
    "settings",
    type=parse_setting,
    multiple=True,
    metavar="PATH=VALUE",
    help="Set any number, after the other options: noise_strength=0.5; may be given again. "
    "`stylestudio parameters` lists them.",
)
@click.option(
    "--recipe",
    "recipe_file",
    type=FILE,
    help="Start from the recipe in a JSON file, an exported PNG, a session or a video.",
)
@click.option(
    "--save-latent",
    "latent_output",
    type=parse_latent_output,
    metavar="FILE",
    help="Also write the latent, as NVIDIA's tools read it: a .npy or .npz.",
)
def command(
    model: str,
    output: Path | None,
    seed: int | None,
    seeds: tuple[int, ...] | None,
    outdir: Path | None,
    grid: bool,
    latent: LatentChoice | None,
    psi: float | None,
    cutoff: int | None,
    mixes: tuple[Mix, ...],
    edits: tuple[EditChoice, ...],
    direction_files: tuple[Path, ...],
    interventions: tuple[InterventionChoice, ...],
    regions: tuple[RegionChoice, ...],
    deltas: tuple[DeltaChoice, ...],
    mappers: tuple[DeltaChoice, ...],
    crossfades: tuple[DeltaChoice, ...],
    siblings: tuple[str, ...],
    noise: dict[str, Any] | None,
    class_: int | None,
    style: dict[str, float] | None,
    style_strength: float | None,
    style_colours: float | None,
    style_files: tuple[Path, ...],
    stages: tuple[StageChoice, ...],
    network_files: tuple[Path, ...],
    settings: tuple[Setting, ...],
    recipe_file: Path | None,
    latent_output: Path | None,
) -> None:
    """Render one picture of MODEL (a file, or the name of a built-in model).

    A session in place of MODEL gives its look, and the model that this was made with.
    The same command gives the same bytes. The options change what --recipe says; the PNG
    carries the whole recipe and opens in the studio. With --seeds, many pictures are rendered in
    one go.
    """
    _check_where(output, seeds, outdir, grid=grid)
    if seeds and (seed is not None or latent or latent_output):
        raise click.UsageError("--seeds goes with neither --seed, --latent nor --save-latent.")
    if latent and (seed is not None or class_ is not None):
        raise click.UsageError("--latent takes the place of --seed and --class; leave them out.")
    if recipe_file and holds_session(model):
        raise click.UsageError("a session has a recipe of its own; leave out --recipe.")
    from stylestudio.render import Assets, open_styles, save_latent

    assets = Assets()
    given, opened = _given(model, recipe_file, assets)
    banks = [open_styles(path) for path in style_files]
    for bank in banks:
        assets.hold(bank)
    hold_networks(assets, network_files)
    hold_siblings(assets, siblings)
    recipe = adapted(given, opened) if given else Recipe.from_seed(0, opened)
    label = _label(class_, opened) or label_of(recipe.source)
    fields: dict[str, Any] = dict(noise or {})
    if psi is not None:
        fields["truncation_psi"] = psi
    if cutoff is not None:
        fields["truncation_cutoff"] = cutoff
    if latent:
        fields["source"] = latent.source(opened)
    elif seed is not None:
        fields["source"] = SeedSource(seed, label)
    elif class_ is not None:
        fields["source"] = _with_label(recipe.source, label)
        if label_of(fields["source"]) != label:
            raise click.UsageError("a latent has no class; leave out --class, or add --seed.")
    if mixes:
        fields["mixing"] = laid_over(recipe.mixing, [mix.row(opened, label) for mix in mixes])
    fields["style"] = styled(recipe.style, style, style_strength, style_colours, banks)
    recipe = with_deltas(recipe.replace(**fields), deltas, crossfades, mappers, assets)
    recipe = staged(recipe, stages, assets)
    given_directions = open_all(direction_files, opened)
    for edit in edits:
        recipe = edit.apply(opened, recipe, given_directions)
    recipe = bent(opened, recipe, interventions, regions)
    for setting in settings:
        recipe = setting.apply(opened, recipe)
    if seeds and outdir:
        render_seeds(opened, recipe, label, seeds, outdir, assets, grid=grid)
        return
    assert output is not None
    save_png(output, _render(opened, recipe, assets), recipe)
    assets.export(recipe, output.absolute().parent)
    click.echo(f"Wrote {click.format_filename(output)}")
    if latent_output:
        save_latent(latent_output, opened, recipe, assets=assets)
        click.echo(f"Wrote {click.format_filename(latent_output)}")


def _given(model: str, recipe_file: Path | None, assets: Assets) -> tuple[Recipe | None, Model]:
    """The recipe to start from, with all that it needs in `assets`, and the model."""
    from stylestudio.render import open_model

    if recipe_file is not None:
        return read_look(recipe_file, assets), open_model(model)
    if not holds_session(model):
        return None, open_model(model)
    file = Path(model)
    recipe, found = look_in(file, assets)
    how = f"give the model's file, and --recipe {file.name}"
    return recipe, model_for(recipe.model, found, file.absolute().parent, how)


def _check_where(
    output: Path | None, seeds: tuple[int, ...] | None, outdir: Path | None, *, grid: bool
) -> None:
    """Raise UsageError unless it is clear where the pictures go."""
    if grid and seeds is None:
        raise click.UsageError("--grid needs --seeds.")
    if (seeds is None) != (outdir is None):
        raise click.UsageError("--seeds and --outdir belong together; give both.")
    if output and outdir:
        raise click.UsageError("-o writes one picture, --outdir many; leave one of them out.")
    if output is None and outdir is None:
        raise click.UsageError("name the .png to write with -o, or give --seeds and --outdir.")


def adapted(recipe: Recipe, model: Model) -> Recipe:
    """Carry a recipe over to the model; say what another model's loses, and what can't be read."""
    fitting, lost = adapt(recipe, model)
    note = unread_note(recipe.unread)
    if recipe.model.sha256 != model.sha256:
        click.echo(
            f"Note: the recipe was made for {recipe.model.name_beside(model)}, not {model.name}.",
            err=True,
        )
    for sentence in [*lost, note] if note else lost:
        click.echo(f"Note: {sentence}", err=True)
    return fitting


def _label(class_: int | None, model: Model) -> tuple[float, ...]:
    if class_ is None:
        return ()
    if class_ >= model.c_dim:
        has = f"has the classes 0 to {model.c_dim - 1}" if model.c_dim else "has no classes"
        raise RecipeError(f"class {class_} was asked for, but {model.name} {has}.")
    return tuple(float(i == class_) for i in range(model.c_dim))


def _with_label(source: Source, label: tuple[float, ...]) -> Source:
    """Give every seed in `source` another class; explicit vectors have none."""
    if isinstance(source, BlendSource):
        parts = tuple(
            replace(part, source=_with_label(part.source, label)) for part in source.parts
        )
        return BlendSource(parts)
    if isinstance(source, SeedSource | PlaneSource):
        return replace(source, label=label)
    if isinstance(source, ZSource):
        seeds = tuple(replace(part, seed=replace(part.seed, label=label)) for part in source.parts)
        return replace(source, parts=seeds)
    return source


def _render(model: Model, recipe: Recipe, assets: Assets) -> Any:
    """Render with a bar that moves on at every step of the synthesis, and before the painting."""
    from stylestudio.render import Renderer

    steps = len(model.network.synthesis.steps) + 1
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=steps, label="Rendering", file=sys.stderr, hidden=hidden) as bar:

        def tick() -> bool:
            bar.update(1)
            return False

        return Renderer(model, cache_bytes=0, assets=assets).render(recipe, tick).pixels
