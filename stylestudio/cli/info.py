"""`stylestudio info`: what a model, a picture, a session, a recipe, directions or latents hold."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from stylestudio.cli.answers import json_option, say_json
from stylestudio.cli.sessions import is_session
from stylestudio.errors import StyleStudioError
from stylestudio.recipe import RecipeError, may_hold_recipe, read_recipe, unread_note
from stylestudio.recipe.pictures import open_header
from stylestudio.recipe.words import describe_recipe, spans
from stylestudio.video import kind_of_file, read_session

if TYPE_CHECKING:
    from stylestudio.checkpoints import FoundLatent
    from stylestudio.render import Model
    from stylestudio.video import Session

Lines = list[tuple[str, str]]
LISTED = 20  # latents of a file, at most


@click.command("info")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@json_option("Write JSON: a list for several files.")
def command(files: tuple[str, ...], as_json: bool) -> int:
    """Show what each FILE contains: a model, a session, a picture or a video with one inside, a
    recipe, a contact sheet, styles, directions, latents of another tool, or a network for pictures.

    Names of built-in models and style banks work too. A file that can't be read doesn't stop
    the others.
    """
    answers: list[dict[str, Any]] = []
    status = 0
    for file in files:
        path = Path(file)
        name = click.format_filename(path.name)
        try:
            facts, lines = _describe(path) if path.is_file() else _model_or_styles(path)
        except (StyleStudioError, OSError) as error:
            if isinstance(error, StyleStudioError):
                sentence = str(error)
            else:
                sentence = f"{name} cannot be read: {error.strerror or error}."
            click.echo(f"Error: {sentence}", err=True)
            status = 1
            continue
        answers.append({"file": name, **facts})
        if not as_json:
            click.echo(name)
            for label, value in lines:
                click.echo(f"  {_printable(label):<14} {_printable(value)}")
    if as_json and answers:
        answer = answers if len(files) > 1 else answers[0]
        say_json(answer)
    return status


def _printable(text: str) -> str:
    """Keep a stranger's file from steering the terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def _describe(path: Path) -> tuple[dict[str, Any], Lines]:
    """Describe a file by what its first bytes promise."""
    if kind_of_file(path) == "session":
        return _session_file(path) if is_session(path) else _session(read_session(path))
    if may_hold_recipe(path):
        return _sheet(path) or _recipe(path)
    from stylestudio.checkpoints import holds_latents, holds_stage
    from stylestudio.editing import holds_directions

    if holds_directions(path):
        return _directions(path)
    if holds_latents(path):
        return _latents(path)
    return _network(path) if holds_stage(path) else _model_or_styles(path)


def _model_or_styles(path: Path) -> tuple[dict[str, Any], Lines]:
    """Describe a model or styles: a file, a folder of TensorFlow.js, or a built-in name."""
    from stylestudio.checkpoints import holds_styles
    from stylestudio.render import builtin_styles

    try:
        return _model(path)
    except StyleStudioError:
        if not holds_styles(path) and str(path).lower() not in builtin_styles():
            raise
    return _styles(path)


def _styles(path: Path) -> tuple[dict[str, Any], Lines]:
    """Describe what repaints pictures."""
    from stylestudio.render import open_styles

    found = open_styles(path)
    facts = {"kind": "styles", "names": list(found.names), "sha256": found.sha256}
    lines = [("styles", str(len(found.names)))] + [("", name) for name in found.names]
    return facts, [*lines, ("sha256", found.sha256)]


def _directions(path: Path) -> tuple[dict[str, Any], Lines]:
    """Describe directions for edits."""
    from stylestudio.editing import open_directions

    found = open_directions(path)
    facts: dict[str, Any] = {
        "kind": "directions",
        "names": list(found.names),
        "shape": list(found.vectors.shape),
        "author": found.author,
        "model": None if found.model is None else msgspec.to_builtins(found.model),
    }
    lines = [("directions", str(len(found))), ("author", found.author)]
    if found.model is not None:
        lines.append(("of", f"{found.model.name} (sha256 {found.model.sha256[:12]}...)"))
    more = f" and {len(found) - LISTED} more" if len(found) > LISTED else ""
    return facts, [*lines, ("names", ", ".join(found.names[:LISTED]) + more)]


def _network(path: Path) -> tuple[dict[str, Any], Lines]:
    """Describe a network that changes finished pictures."""
    from stylestudio.render import open_stage

    found = open_stage(path)
    facts: dict[str, Any] = {
        "kind": found.kind,
        "sha256": found.sha256,
        "scale": found.scale,
        "attributes": list(found.attributes),
        "parameters": sum(each.numel() for each in found.network.parameters()),
    }
    does = {
        "translate": "translates pictures",
        "upscale": f"makes pictures {found.scale} times as large",
        "strokes": "paints pictures in strokes",
    }
    lines = [("network", does[found.kind]), ("parameters", f"{facts['parameters']:,}")]
    if found.attributes:
        lines.append(("attributes", ", ".join(found.attributes)))
    return facts, lines


def _latents(path: Path) -> tuple[dict[str, Any], Lines]:
    """Describe the latents and directions that another tool has saved."""
    from stylestudio.checkpoints import read_latent_file

    found = read_latent_file(path).found
    facts: dict[str, Any] = {
        "kind": "latents",
        "latents": [
            {"name": each.name, "kind": each.kind, "shape": list(each.array.shape)}
            for each in found
        ],
    }
    lines = [(each.kind, f"{each.name}, {_rows(each)}") for each in found[:LISTED]]
    return facts, lines + [("", f"and {len(found) - LISTED} more")] * (len(found) > LISTED)


def _rows(latent: FoundLatent) -> str:
    rows, width = latent.array.shape
    return f"{width} numbers" if rows == 1 else f"{rows} rows of {width} numbers"


def _session_file(path: Path) -> tuple[dict[str, Any], Lines]:
    """Describe a session file: the look, the clip, and all that lies beside them."""
    from stylestudio.video.session_file import look_at

    found = look_at(path)
    facts, lines = _session(found.session)
    if found.presets.slots:
        slots = sorted(found.presets.slots)
        facts["presets"] = slots
        lines.append(("presets", f"in the slots {', '.join(map(str, slots))}"))
    if found.steps:
        facts["history_steps"] = found.steps
        lines.append(("history", f"{found.steps} step{'s' * (found.steps > 1)}"))
    facts["files"] = [msgspec.to_builtins(ref) for ref in found.files]
    for ref in found.files:
        where = "packed in it" if ref.part else f"last at {ref.path}" if ref.path else "by content"
        lines.append(("needs", f"{ref.kind} {ref.name} (sha256 {ref.sha256[:12]}...), {where}"))
    return facts, lines


def _session(session: Session) -> tuple[dict[str, Any], Lines]:
    """Describe a session."""
    facts: dict[str, Any] = {"kind": "session", "session": json.loads(session.to_json())}
    timeline, shown = session.timeline, session.look
    lines = [] if shown is None else describe_recipe(shown)
    if session.unread:
        facts["unread"] = list(session.unread)
        lines.append(("note", unread_note(session.unread)))
    if timeline is not None:
        facts |= {"frames": timeline.frame_count, "seconds": timeline.seconds}
        count = len(timeline.keyframes)
        keys = "a performance" if timeline.performance else f"{count} keyframe{'s' * (count > 1)}"
        loop = ", in a loop" if timeline.loop else ""
        frames = f"{timeline.frame_count} frame{'s' * (timeline.frame_count > 1)}"
        pace = f"{timeline.seconds:g} s at {timeline.fps:g} frames/s"
        lines.append(("timeline", f"{keys}, {frames}, {pace}{loop}"))
    return facts, lines


def _sheet(path: Path) -> tuple[dict[str, Any], Lines] | None:
    """Describe a contact sheet; None for another file."""
    from stylestudio.recipe.sheets import read_sheet

    try:
        cells = read_sheet(path)
    except RecipeError:
        return None
    recipes = [json.loads(cell.recipe.to_json()) for cell in cells]
    boxes = [{"box": cell.box, "recipe": r} for cell, r in zip(cells, recipes, strict=True)]
    facts: dict[str, Any] = {"kind": "contact sheet", "cells": boxes}
    models = dict.fromkeys(cell.recipe.model.name for cell in cells)
    return facts, [("contact sheet", f"{len(cells)} pictures of {', '.join(models)}")]


def _recipe(path: Path) -> tuple[dict[str, Any], Lines]:
    """Describe a picture with a recipe inside, or a recipe by itself."""
    from PIL import UnidentifiedImageError

    recipe = read_recipe(path)
    facts: dict[str, Any] = {"kind": "recipe", "recipe": json.loads(recipe.to_json())}
    lines = describe_recipe(recipe)
    if recipe.unread:
        facts["unread"] = list(recipe.unread)
        lines.append(("note", unread_note(recipe.unread)))
    try:
        with open_header(path) as image:
            size, kind = image.size, str(image.format)
            software = image.info.get("Software")
    except UnidentifiedImageError:
        return facts, lines
    facts |= {"kind": "picture", "format": kind, "width": size[0], "height": size[1]}
    if isinstance(software, str):
        facts["software"] = str(software)
        lines.append(("made with", facts["software"]))
    return facts, [("picture", f"{kind}, {size[0]} x {size[1]}"), *lines]


def _model(path: Path) -> tuple[dict[str, Any], Lines]:
    from stylestudio.render import open_model

    model = open_model(path, device="cpu")
    facts = {
        "kind": "model",
        "name": model.name,
        "format": model.format,
        "architecture": _architecture(model),
        "resolution": model.resolution,
        "img_channels": model.img_channels,
        "parameters": sum(weights.numel() for weights in model.network.parameters()),
        "z_dim": model.z_dim,
        "w_dim": model.w_dim,
        "c_dim": model.c_dim,
        "num_ws": model.num_ws,
        "layers": [
            {"index": layer.index, "resolution": layer.resolution, "group": layer.group}
            for layer in model.layers
        ],
        "has_noise": model.has_noise,
        "sha256": model.sha256,
        "metadata": dict(model.metadata),
        "notes": list(model.notes),
    }
    return facts, _model_lines(facts, model)


def _architecture(model: Model) -> str:
    from stylestudio.checkpoints import family_of

    separator = ", configuration" if model.can_move else ","
    kind = getattr(model.network.config, "architecture", None)  # older families have one kind
    title = family_of(model.network).title
    return f"{title}{separator} {kind}" if kind else title


def _model_lines(facts: dict[str, Any], model: Model) -> Lines:
    side = model.resolution
    lines = [
        ("model", model.name),
        ("format", model.format),
        ("architecture", facts["architecture"]),
        ("picture", f"{side} x {side}, {model.img_channels} channels"),
        ("parameters", f"{facts['parameters']:,}"),
        ("z, w", f"{model.z_dim} and {model.w_dim} numbers"),
        ("classes", str(model.c_dim or "none")),
        ("layers", f"{model.num_ws} (num_ws)"),
    ]
    for group, members in groupby(model.layers, key=lambda layer: layer.group):
        layers = list(members)
        sides = ", ".join(str(side) for side in dict.fromkeys(x.resolution for x in layers))
        indices = spans(layer.index for layer in layers)
        lines.append((f"  {group}", f"{indices} at {sides} pixels"))
    lines.append(("noise", "yes" if model.has_noise else "none"))
    lines.append(("sha256", model.sha256))
    lines += sorted(model.metadata.items())
    lines += [("note", note) for note in model.notes]
    return lines
