"""`stylestudio bench`: what the program costs on this machine."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from stylestudio.cli.answers import json_option, say_json
from stylestudio.cli.paths import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stylestudio.bench.figures import Figure
    from stylestudio.render import Model

MARKS = {True: ("met", "green"), False: ("missed", "yellow")}


@click.command("bench")
@click.option("--quick", is_flag=True, help="Fewer sizes and rounds: one or two minutes.")
@json_option()
@click.option(
    "--published",
    type=FOLDER,
    help="A checkout of NVIDIA's stylegan3 or stylegan2-ada-pytorch to compare with; "
    "the code in it is run.",
)
@click.option("--clips", is_flag=True, help="Measure decoded clips instead.")
@click.option("--edits", is_flag=True, help="Measure edits and their sliders instead.")
@click.option("--history", is_flag=True, help="Measure what a long history costs at the start.")
@click.option(
    "--headless", is_flag=True, help="Measure only what needs no window; also works on a GPU."
)
@click.option(
    "--walk",
    type=click.FloatRange(0),
    default=10.0,
    show_default=True,
    help="Seconds of each walk through random recipes, with --headless.",
)
def command(
    quick: bool,
    as_json: bool,
    published: Path | None,
    clips: bool,
    edits: bool,
    history: bool,
    headless: bool,
    walk: float,
) -> None:
    """Measure rendering, painting, mixing, export, drafts, the window, start-up and memory.

    Ratios compare medians measured alternately in one run; run nothing else
    meanwhile. The standard sizes have random weights; the quick built-in model comes with them.
    With --clips, it says instead by how much decoded loops step over their seam, and what 4:4:4
    gains over 4:2:0, the least of all qualities. With --edits, it times finding directions,
    painting to find some, and how sliders of psi and of an edit feel. With --history, it says how
    much more time and memory the program takes to open with a history of 2,000 steps. With
    --headless, it needs neither Qt nor other processes: it compares with the processor's float32,
    times frames, and the time from an event to the picture's bytes, and walks through random
    recipes for a while.
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    figures = []
    if clips:
        found = _clips()
    elif edits:
        found = _edits(quick)
    elif history:
        found = _history(quick)
    elif headless:
        found = _headless(quick, walk)
    else:
        found = _measure(quick, published)
    if not as_json:
        click.echo(", ".join(f"{name}: {fact}" for name, fact in _machine().items()))
    for figure in found:
        figures.append(figure)
        if not as_json:
            _say(figure, figures)
    if as_json:
        facts = {"machine": _machine(), "figures": [_as_json(figure) for figure in figures]}
        say_json(facts)


def _measure(quick: bool, published: Path | None) -> Iterator[Figure]:
    import torch

    from stylestudio.automation.measuring import measure_live_apart, measure_start
    from stylestudio.bench.figures import Figure
    from stylestudio.bench.frames import measure_quality
    from stylestudio.bench.machine import product_rate
    from stylestudio.bench.painting import measure_painting
    from stylestudio.bench.peak_memory import measure_memory
    from stylestudio.bench.separate_process import SeparateProcess
    from stylestudio.bench.subjects import SIZES, synthetic_model
    from stylestudio.bench.tuned import measure_crossfade, measure_tuned_mixing
    from stylestudio.cli.bench_export import measure_export

    if published is not None:
        with SeparateProcess(str(SIZES[0]), published):
            pass  # it runs here; better known now than after minutes of measuring
    from stylestudio.render import open_model
    from stylestudio.render.model_opening import QUICK_MODEL

    rounds = 1 if quick else 7
    yield from measure_start(1 if quick else 5)
    model, exact = open_model(QUICK_MODEL), open_model(QUICK_MODEL, precision="float32")
    for dtype in dict.fromkeys((torch.float32, model.dtype)):
        rate = 2e-9 * product_rate(dtype, model.device)
        yield Figure("machine", f"{dtype} matrix product".removeprefix("torch."), rate, "GFLOP/s")
    yield measure_quality(model, exact)
    yield from _frames(model, exact, QUICK_MODEL, rounds, None)
    yield from measure_painting(model, rounds)
    yield from measure_tuned_mixing(model, rounds)
    yield from measure_crossfade(model, rounds)
    yield from measure_export(model, 12 if quick else 30, 3 if quick else 7)
    for size in (256, 1024) if quick else SIZES:
        model = synthetic_model(size)
        exact = model if model.dtype == torch.float32 else synthetic_model(size, "float32")
        yield from _frames(model, exact, str(size), rounds, published)
        yield from measure_tuned_mixing(model, rounds)
        yield from measure_crossfade(model, rounds)
    memory = measure_memory(1024)
    if memory is not None:
        yield memory
    yield from measure_live_apart(1024, 2 if quick else 20)


def _clips() -> Iterator[Figure]:
    from stylestudio.cli.clip_measures import measure_clips
    from stylestudio.render import open_model
    from stylestudio.render.model_opening import QUICK_MODEL

    yield from measure_clips(open_model(QUICK_MODEL))


def _edits(quick: bool) -> Iterator[Figure]:
    from stylestudio.automation.measuring import measure_live_apart
    from stylestudio.bench.subjects import synthetic_model
    from stylestudio.cli.edit_measures import measure_brush, measure_edited, measure_finding
    from stylestudio.render import open_model
    from stylestudio.render.model_opening import QUICK_MODEL

    small, large = open_model(QUICK_MODEL), synthetic_model(256 if quick else 1024)
    yield measure_brush(small, 1 if quick else 3)
    yield from measure_finding(large)
    for model in (small, large):
        yield from measure_edited(model, 1 if quick else 7)
    for hand in ("psi", "edit"):
        yield from measure_live_apart(large.resolution, 2 if quick else 10, hand)


def _history(quick: bool) -> Iterator[Figure]:
    from stylestudio.automation.history_cost import measure_history

    yield from measure_history(1 if quick else 5)


def _headless(quick: bool, walk: float) -> Iterator[Figure]:
    from stylestudio.bench.figures import Figure
    from stylestudio.bench.frames import measure_changes, measure_frames, measure_quality
    from stylestudio.bench.live import measure_lag, measure_walk
    from stylestudio.bench.machine import product_rate
    from stylestudio.bench.reference import plain_path
    from stylestudio.bench.subjects import synthetic_model
    from stylestudio.render import builtin_models, open_model
    from stylestudio.render.model_opening import QUICK_MODEL

    for name in builtin_models():
        model, exact = open_model(name), open_model(name, precision="float32")
        true = open_model(name, device="cpu", precision="float32")
        yield measure_quality(model, true, f"likeness of {_short(model)} to the CPU's float32")
        if model.device.type != "cpu":
            yield measure_quality(exact, true, "likeness of float32 to the CPU's float32")
    small, large = open_model(QUICK_MODEL), synthetic_model(256 if quick else 1024)
    rate = 2e-12 * product_rate(small.dtype, small.device)
    yield Figure("machine", f"{_short(small)} matrix product", rate, "TFLOP/s")
    rounds = 1 if quick else 7 if small.device.type == "cpu" else 30
    for model in (small, large):
        yield from measure_frames(model, model, {"plain path": plain_path(model)}, rounds)
        yield from measure_changes(model, rounds)
        yield from measure_lag(model, 1 if quick else 6)
        yield from measure_walk(model, walk)


def _short(model: Model) -> str:
    return str(model.dtype).removeprefix("torch.")


def _frames(
    model: Model, exact: Model, name: str, rounds: int, published: Path | None
) -> Iterator[Figure]:
    from stylestudio.bench.frames import (
        SAME_MEMORY,
        measure_changes,
        measure_draft,
        measure_frames,
    )
    from stylestudio.bench.separate_process import SeparateProcess

    with ExitStack() as stack:
        others = {
            "plain path": stack.enter_context(SeparateProcess(name)),
            SAME_MEMORY: stack.enter_context(SeparateProcess(name, keeps_memory=True)),
        }
        if published is not None:
            others["published code"] = stack.enter_context(SeparateProcess(name, published))
        yield from measure_frames(model, exact, others, rounds)
    yield from measure_changes(model, rounds)
    yield from measure_draft(model, rounds)


def _machine() -> dict[str, Any]:
    import platform

    import torch

    from stylestudio.bench.machine import device_name
    from stylestudio.render.device import choose_device

    return {
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "device": device_name(choose_device()),
    }


def _as_json(figure: Figure) -> dict[str, Any]:
    facts = asdict(figure)
    if figure.goal is not None:
        facts["met"] = figure.goal.is_met(figure.value)
    return facts


def _say(figure: Figure, before: list[Figure]) -> None:
    if len(before) < 2 or before[-2].subject != figure.subject:
        click.echo(click.style(figure.subject, bold=True))
    line = f"  {figure.name:<52} {figure.value:>9.{_digits(figure.value)}f} {figure.unit:<8}"
    if figure.goal is not None:
        word, colour = MARKS[figure.goal.is_met(figure.value)]
        bound = f"{figure.goal.side} {figure.goal.bound:.4g}"
        line += f"{bound:<15} {click.style(word, fg=colour)}"
    click.echo(line.rstrip())


def _digits(value: float) -> int:
    return 0 if value >= 100 else 1 if value >= 10 else 2
