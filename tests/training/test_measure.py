"""Measuring a taught generator: the figures tell a faithful one from one that is broken."""

import dataclasses

import pytest
import torch
from one_thread import one_thread  # noqa: F401 - a fixture
from torch import nn

from stylestudio.cli.bars import BARS
from stylestudio.cli.measures import print_measures, print_report
from stylestudio.networks.stylegan2 import Generator, StyleGAN2Config
from stylestudio.training.drawing import coverage, pixel_centres
from stylestudio.training.embedding import Embedding
from stylestudio.training.evaluate import evaluate
from stylestudio.training.horizons import Horizons
from stylestudio.training.mapping_fit import Teacher, fit_mapping
from stylestudio.training.measure import measure
from stylestudio.training.path_length import slerp
from stylestudio.training.regressors import (
    Regressors,
    RegressorsError,
    RegressorSettings,
    RegressorTrainer,
    load_regressors,
    save_regressors,
)
from stylestudio.training.runs import load_state, save_state
from stylestudio.training.scene import AttributeSpace

SEED = 3
SIDE = 32
CONFIG = StyleGAN2Config(
    img_resolution=SIDE,
    channels=(4, 4, 4, 4),
    z_dim=16,
    w_dim=16,
    mapping_layers=3,
    mapping_features=256,
    mapping_lr_multiplier=1.0,
)
SETTINGS = RegressorSettings(config=CONFIG, side=SIDE, steps=500, repeats=2, bfloat16=False)


class Disc:
    """A disc in front of bands, with grain."""

    name = "Disc"
    noise_layers = frozenset({"b32.conv1"})
    space = AttributeSpace(
        coarse=("across", "down"), middle=("radius", "bands"), fine=("red", "blue")
    )

    def render(self, attributes, noises, resolution):
        a = self.space.named(attributes)
        x, y = pixel_centres(resolution, attributes)
        away = torch.hypot(x - 0.5 - 0.12 * a["across"], y - 0.5 - 0.12 * a["down"])
        disc = coverage(0.2 + 0.05 * a["radius"] - away, resolution, 0.1)
        bands = 0.5 + 0.2 * torch.sin(2 * torch.pi * (2 + 0.5 * a["bands"]) * y).expand_as(disc)
        red, blue = 0.5 + 0.25 * a["red"], 0.5 + 0.25 * a["blue"]
        colours = [red * disc + bands * (1 - disc), bands, blue * disc + bands * (1 - disc)]
        grain = 0.04 * noises.get("b32.conv1", torch.zeros(1))
        return 2 * (torch.stack(colours, 1) + grain) - 1


class PaintedSynthesis(nn.Module):
    """A synthesis network that does exactly what it should: it asks the scene."""

    rows = {"coarse": 0, "middle": 3, "fine": 7}

    def __init__(self, generator, embedding):
        super().__init__()
        self.steps = generator.synthesis.steps
        self.embedding = embedding

    def forward(self, ws, noises):
        space = Disc.space
        read = self.embedding.to_attributes(ws)
        parts = [read[:, row, space.indices(group)] for group, row in self.rows.items()]
        maps = zip(self.steps, noises, strict=True)
        named = {step.name: noise for step, noise in maps if noise is not None}
        return Disc().render(self.bend(torch.cat(parts, 1), named), named, SIDE)

    def bend(self, attributes, noises):
        return attributes


class Crossed(PaintedSynthesis):
    """Coarse rows decide what the middle ones should, and the other way round."""

    rows = {"coarse": 3, "middle": 0, "fine": 7}


class Restless(PaintedSynthesis):
    """Noise moves the disc."""

    def bend(self, attributes, noises):
        attributes = attributes.clone()
        if noises:
            attributes[:, 1] += noises["b8.conv0"].mean((1, 2, 3)) * 4
        return attributes


class Wobbly(PaintedSynthesis):
    """Attributes tremble on their way."""

    def bend(self, attributes, noises):
        return attributes + 0.05 * torch.sin(100 * attributes)


class Blind(PaintedSynthesis):
    """All pictures are of the average attributes."""

    def bend(self, attributes, noises):
        return torch.zeros_like(attributes)


class Rimmed(PaintedSynthesis):
    """A rim runs around the pictures, whose grain is too faint."""

    def forward(self, ws, noises):
        calm = super().forward(ws, [None for _ in noises])
        picture = calm + 0.5 * (super().forward(ws, noises) - calm)
        picture[:, :, :, :2] -= 0.2
        return picture


class Stubborn(Generator):
    """Truncation has no effect."""

    def map(self, z, c=None, truncation_psi=1.0, truncation_cutoff=None):
        return super().map(z, c)


@pytest.fixture(scope="module")
def regressors():
    trainer = RegressorTrainer(Disc(), SETTINGS)
    while not trainer.finished:
        trainer.advance()
    return trainer.regressors


def painting(synthesis, family=Generator):
    """A generator whose pictures `synthesis` makes."""
    generator = family(CONFIG).eval()
    embedding = Embedding(Disc.space, CONFIG.w_dim, SEED)
    fit_mapping(generator.mapping, Teacher(embedding, CONFIG.z_dim, SEED), SEED)
    generator.synthesis = synthesis(generator, embedding)
    return generator


@pytest.fixture(scope="module")
def measured(regressors):
    def call(synthesis=PaintedSynthesis, family=Generator):
        return measure(painting(synthesis, family), Disc(), SEED, regressors, pictures=64)

    return call


@pytest.fixture(scope="module")
def faithful(measured):
    return measured()


def missed(measures, capsys):
    """The lines of the table whose bar was missed."""
    print_measures(measures, BARS["Portraits"])
    return [line for line in capsys.readouterr().out.splitlines() if "missed" in line]


def reported(synthesis, capsys):
    """The comparison with the painter, and the names of the bars that were missed."""
    report = evaluate(painting(synthesis), Disc(), SEED, batches=2)
    print_report(report, BARS["Portraits"])
    lines = capsys.readouterr().out.splitlines()
    return report, [line.split()[0] for line in lines if "missed" in line]


def test_pictures_like_the_painter_s_reach_every_bar_of_the_comparison(capsys):
    report, missed_bars = reported(PaintedSynthesis, capsys)
    assert report.finest == pytest.approx(1)
    assert not missed_bars


def test_a_rim_and_faint_detail_are_found(capsys):
    report, missed_bars = reported(Rimmed, capsys)
    assert report.border > 2
    assert report.finest < 0.8
    assert missed_bars == ["PSNR", "Energy", "Error"]


def test_regressors_read_every_attribute(faithful):
    assert min(faithful.regressors.each.values()) > 0.95


def test_a_generator_that_paints_as_the_scene_reaches_every_bar(faithful, capsys):
    assert not missed(faithful, capsys)
    assert min(faithful.from_z.each.values()) > 0.95
    assert faithful.mixing.ratio("coarse") == pytest.approx(
        faithful.painted_mixing.ratio("coarse"), rel=0.1
    )
    assert faithful.noise.with_noise.roughness > 1.5 * faithful.noise.without.roughness
    assert faithful.truncation.variances["fine"][2] == pytest.approx(0.25, abs=0.05)
    for length in faithful.path_lengths.values():
        assert length.generated == pytest.approx(length.painted, rel=0.02)


def test_rows_that_decide_another_group_are_found(measured, capsys):
    measures = measured(Crossed)
    assert measures.mixing.ratio("coarse") < 0.3
    assert measures.mixing.ratio("middle") < 0.3
    assert measures.mixing.ratio("fine") > 5
    assert [line.split()[0] for line in missed(measures, capsys)] == ["coarse", "middle"]
    assert measures.from_z.groups["coarse"] > 0.95  # seen in nothing but mixing


def test_noise_that_moves_an_attribute_is_found(measured, capsys):
    measures = measured(Restless)
    assert measures.noise.generated.worst == "down"
    assert measures.noise.generated.mean["down"] > 0.1
    assert measures.noise.painted.mean["down"] < 0.02
    assert any("worst: down" in line for line in missed(measures, capsys))


def test_truncation_without_effect_is_found(measured, capsys):
    measures = measured(family=Stubborn)
    assert not measures.truncation.monotone
    assert measures.truncation.average_error > 0.1
    assert len(missed(measures, capsys)) == 2


def test_a_generator_that_trembles_has_long_paths(measured):
    for length in measured(Wobbly).path_lengths.values():
        assert length.generated > 5 * length.painted


def test_a_generator_that_paints_something_else_has_no_agreement(measured, capsys):
    measures = measured(Blind)
    assert max(measures.from_z.groups.values()) < 0.1
    assert min(measures.regressors.groups.values()) > 0.95
    assert any("from z" in line for line in missed(measures, capsys))


def test_resumed_regressors_end_with_exactly_the_same_weights(tmp_path):
    settings = dataclasses.replace(SETTINGS, steps=6)
    whole, begun, resumed = (RegressorTrainer(Disc(), settings) for _ in range(3))
    while not whole.finished:
        whole.advance()
    for _ in range(3):
        begun.advance()
    save_state(begun, tmp_path / "state.pt")
    load_state(resumed, tmp_path / "state.pt")
    while not resumed.finished:
        resumed.advance()
    after = zip(whole.regressors.parameters(), resumed.regressors.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in after)


def test_saved_regressors_read_the_same_and_only_their_own_scene(regressors, tmp_path):
    path = tmp_path / "regressors.safetensors"
    with pytest.raises(RegressorsError, match="does not exist"):
        load_regressors(Disc(), path)
    save_regressors(regressors, Disc(), path)
    pictures = torch.rand(2, 3, SIDE, SIDE)
    assert torch.equal(load_regressors(Disc(), path)(pictures), regressors(pictures))
    with pytest.raises(RegressorsError, match="another scene than Horizons"):
        load_regressors(Horizons(), path)
    path.write_text("hello")
    with pytest.raises(RegressorsError, match="holds no regressors"):
        load_regressors(Disc(), path)


def test_larger_pictures_are_averaged_down_and_others_refused(regressors):
    pictures = torch.rand(2, 3, SIDE, SIDE)
    twice = pictures.repeat_interleave(2, 2).repeat_interleave(2, 3)
    assert torch.allclose(regressors(twice), regressors(pictures), atol=1e-5)
    with pytest.raises(ValueError, match="multiple of 32"):
        regressors(torch.rand(2, 3, 48, 48))
    with pytest.raises(ValueError, match="multiple of 16"):
        Regressors(2, side=40)


def test_paths_on_the_sphere_keep_its_radius_and_an_even_pace():
    a, b = torch.randn(2, 5, 16)
    at = [slerp(a, b, torch.full((5, 1), t)) for t in (0.0, 0.25, 0.5, 1.0)]
    assert torch.allclose(at[0], a / a.norm(dim=1, keepdim=True), atol=1e-5)
    assert torch.allclose(at[3], b / b.norm(dim=1, keepdim=True), atol=1e-5)
    assert torch.allclose(at[2].norm(dim=1), torch.ones(5), atol=1e-5)
    pace = [(at[i + 1] - at[i]).norm(dim=1) for i in range(2)]
    assert torch.allclose(pace[0], pace[1], atol=1e-4)
