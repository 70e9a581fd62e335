"""The bench compares with the right thing and says what it is asked to say."""

import json
import platform
import sys

import pytest
import torch
from click.testing import CliRunner

from stylestudio.automation import history_cost
from stylestudio.bench import separate_process
from stylestudio.bench.figures import Figure, alternate, at_least, at_most, percentile
from stylestudio.bench.frames import (
    measure_changes,
    measure_draft,
    measure_frames,
    measure_quality,
)
from stylestudio.bench.live import measure_lag, measure_walk
from stylestudio.bench.painting import measure_painting
from stylestudio.bench.published import PublishedError, published_synthesis
from stylestudio.bench.reference import plain_synthesis
from stylestudio.bench.subjects import multiplications
from stylestudio.bench.tuned import measure_crossfade, measure_tuned_mixing
from stylestudio.cli import bench, edit_measures
from stylestudio.cli import clip_measures as clips
from stylestudio.cli.bench_export import measure_export
from stylestudio.networks.stylegan2 import choose_noises
from stylestudio.recipe.history import History
from stylestudio.render import builtin_styles, open_model


@pytest.mark.parametrize("config", [{}, {"conv_clamp": 0.5}, {"img_channels": 1}])
@pytest.mark.parametrize("mode", ["const", "none", "random"])
def test_the_plain_path_gives_the_networks_pictures(make_network, config, mode):
    network = make_network(**config)
    ws = network.map(torch.randn(2, 8))
    noises = choose_noises(network.synthesis, 2, mode)
    expected = network.synthesis(ws, noises)
    found = plain_synthesis(network.synthesis, ws, noises)
    assert (found - expected).abs().max() < 1e-5 * expected.std()


def test_the_plain_path_in_a_short_type_gives_nearly_the_same(make_network):
    network = make_network()
    ws = network.map(torch.randn(1, 8))
    noises = choose_noises(network.synthesis, 1, "const")
    expected = plain_synthesis(network.synthesis, ws, noises)
    found = plain_synthesis(network.synthesis, ws, noises, torch.bfloat16)
    assert found.dtype == torch.float32
    assert 0 < (found - expected).std() < 0.05 * expected.std()


def test_lag_and_a_walk_need_no_window(make_model):
    model = make_model()
    lags = {figure.name: figure.value for figure in measure_lag(model, 0.0)}
    assert lags["event on all layers to the full picture"] > 0
    assert "event on fine layers to the full picture, 95 %" in lags
    walk = {figure.name: figure for figure in measure_walk(model, 0.5)}
    assert [name.startswith("walk") for name in walk] == [True] * len(walk)
    if sys.platform == "linux":
        assert walk["walk, of the memory half-way"].goal == at_most(1.05)


def test_without_a_window_nothing_of_qt_is_imported(monkeypatch):
    monkeypatch.setitem(sys.modules, "PySide6", None)
    monkeypatch.setitem(sys.modules, "stylestudio.automation.measuring", None)
    figures = bench._headless(quick=True, walk=0.0)
    assert "to the CPU's float32" in next(figures).name


def test_works_are_timed_in_turn():
    ran = []
    seconds = alternate({"a": lambda: ran.append("a"), "b": lambda: ran.append("b")}, 3)
    assert ran == ["a", "b"] * 4
    assert set(seconds) == {"a", "b"}


def test_percentiles_are_values():
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([float(i) for i in range(100)], 0.95) == 94.0
    assert percentile([1.0], 0.99) == 1.0


def test_multiplications_are_counted(make_model):
    model = make_model(resolution=8)
    layers = dict(model.network.synthesis.named_modules())
    expected = (
        layers["b4.conv1"].weight.numel() * 16
        + layers["b4.torgb"].weight.numel() * 16
        + layers["b8.conv0"].weight.numel() * 16
        + layers["b8.conv1"].weight.numel() * 64
        + layers["b8.torgb"].weight.numel() * 64
    )
    assert multiplications(model) == expected


def test_every_part_of_the_renderer_gets_its_figures(make_model):
    model, ran = make_model(resolution=64), []
    others = {"other": lambda: ran.append(1)}
    figures = [
        *measure_frames(model, model, others, rounds=1),
        measure_quality(model, model),
        *measure_changes(model, rounds=1),
        *measure_draft(model, rounds=1),
    ]
    names = [figure.name for figure in figures]
    assert len(set(names)) == len(names) >= 11
    assert len(ran) == 2
    assert "change at b32.conv0, of a full frame" in names
    assert all(figure.value > 0 for figure in figures)


def test_painting_is_measured_with_every_built_in_bank(make_model):
    figures = list(measure_painting(make_model(), rounds=1))
    assert len(figures) == 4 * len(builtin_styles())
    layers = [figure for figure in figures if figure.name.startswith("layers run")]
    assert [figure.value for figure in layers] == [0] * len(builtin_styles())


def test_export_is_compared_with_rendering_and_encoding(make_model):
    figures = {each.name: each for each in measure_export(make_model(), 3, 2)}
    rate, alone, encoding, in_turn = figures.values()
    assert rate.value > 0
    assert in_turn.value == pytest.approx(alone.value * (1 + encoding.value / 100))
    assert alone.goal is None  # on a processor, which both need
    assert in_turn.goal == at_least(85)


def test_what_is_decoded_of_clips_is_measured(make_model, monkeypatch):
    for name in ("LOOPS", "WITH_FULL_COLOUR"):
        monkeypatch.setattr(clips, name, ("h264",))
    figures = {figure.name: figure for figure in clips.measure_clips(make_model(), frames=24)}
    seam = figures.pop("h264: step over the seam, of the median step")
    assert (seam.unit, seam.goal) == ("x", at_most(1.5))
    assert 0 < seam.value < 10
    planes = ("RGB", "Cb", "Cr")
    assert [*figures] == [f"h264: 4:4:4 against 4:2:0 in {plane}" for plane in planes]
    assert all(figure.goal.is_met(figure.value) for figure in figures.values())


def test_a_folder_without_the_published_code_is_refused(tmp_path):
    with pytest.raises(PublishedError, match="not a checkout"):
        published_synthesis(tmp_path, 256, torch.zeros(1, 14, 512))


CHECKOUT = """
from distutils.util import strtobool

import pkg_resources
import requests

assert pkg_resources.parse_version("2.13.0+cpu") >= pkg_resources.parse_version("1.11.0a")


class SynthesisNetwork:
    def __init__(self, **sizes):
        pass

    def eval(self):
        return self

    def requires_grad_(self, _needed):
        return self

    def __call__(self, ws, noise_mode):
        return ws.sum()
"""


def test_a_checkout_runs_without_what_its_generator_does_not_use(tmp_path, monkeypatch):
    folder = tmp_path / "training"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "networks_stylegan2.py").write_text(CHECKOUT)
    missing = ("requests", "pkg_resources", "distutils", "distutils.util")
    for name in missing:
        monkeypatch.setitem(sys.modules, name, None)  # as if it were not installed
    for name in ("training", "training.networks_stylegan2"):
        monkeypatch.setitem(sys.modules, name, None)  # so that it is as before after the test
        del sys.modules[name]
    assert published_synthesis(tmp_path, 256, torch.ones(1, 14, 2))() == 28


def test_a_checkout_that_does_not_run_is_said_before_anything_is_measured(tmp_path):
    with pytest.raises(PublishedError, match="not a checkout"):
        next(bench._measure(quick=True, published=tmp_path))


@pytest.fixture
def two_figures(monkeypatch):
    figures = [
        Figure("machine", "speed", 123.4, "GFLOP/s"),
        Figure("a model", "likeness", 50.0, "dB", at_least(42)),
        Figure("a model", "lag", 30.0, "ms", at_most(16)),
    ]
    monkeypatch.setattr(bench, "_measure", lambda quick, published: iter(figures))


def test_the_table_says_which_goals_are_met(two_figures):
    said = CliRunner().invoke(bench.command, []).output.splitlines()
    assert said[0].endswith(f"device: cpu ({platform.machine()})")
    assert said[1] == "machine"
    assert said[2].split() == ["speed", "123", "GFLOP/s"]
    assert said[4].endswith("at least 42     met")
    assert said[5].endswith("at most 16      missed")


def test_json_holds_the_machine_and_every_figure(two_figures):
    found = json.loads(CliRunner().invoke(bench.command, ["--json"]).output)
    assert found["machine"]["threads"] >= 1
    assert [figure["name"] for figure in found["figures"]] == ["speed", "likeness", "lag"]
    assert found["figures"][2]["goal"] == {"side": "at most", "bound": 16}
    assert found["figures"][2]["met"] is False


@pytest.mark.parametrize("measure", [measure_tuned_mixing, measure_crossfade])
def test_other_weights_cost_a_ratio_for_each_group(make_model, measure):
    figures = list(measure(make_model(resolution=64), rounds=1))
    groups = [figure.name.split()[1] for figure in figures]
    assert groups == ["coarse", "middle", "fine", "all"]
    assert all(figure.unit == "x" and figure.goal == at_most(1.3) for figure in figures)


def test_the_plain_path_can_keep_its_memory(monkeypatch):
    """The process that it runs in is told so."""
    started = []

    class Started:
        def __init__(self, words, **_):
            started.append(words)

    monkeypatch.setattr(separate_process.subprocess, "Popen", Started)
    separate_process.SeparateProcess("256")
    separate_process.SeparateProcess("256", keeps_memory=True)
    assert [separate_process.KEEP_MEMORY in words for words in started] == [False, True]


def test_what_edits_cost_is_measured(make_model):
    model = make_model(resolution=64)
    finding = {figure.name: figure for figure in edit_measures.measure_finding(model)}
    assert set(finding) == {
        "directions by PCA",
        "directions by PCA once more",
        "directions by SeFa",
        "directions by SeFa once more",
    }
    assert all(figure.goal is not None for figure in finding.values())
    coarse, fine = edit_measures.measure_edited(model, 1)
    assert "coarse" in coarse.name
    assert "fine" in fine.name
    brush = edit_measures.measure_brush(open_model("portraits"), 1)
    assert brush.goal == at_most(3.0)


def test_what_a_long_history_costs_is_the_median_of_starts_side_by_side(monkeypatch):
    opened = []

    def pretend(folder):
        opened.append(folder.name)
        steps, late = len(History.open(folder / "history").nodes), float(len(opened) == 4)
        return history_cost._Cost(1.0 + steps / 100 + late, 0.5, (1 + steps) * history_cost.MIB)

    monkeypatch.setattr(history_cost, "_opened", pretend)
    figures = list(history_cost.measure_history(rounds=3, steps=10))
    assert opened == ["without", "with", "without-1", "with", "without-2", "with"]
    assert [round(figure.value, 3) for figure in figures] == [100.0, 0.0, 10.0]
    assert [figure.goal for figure in figures] == [at_most(300), at_most(300), at_most(100)]
