"""The loss network of our own: what it learns from, its training, its file, and what it sees."""

import json
from dataclasses import replace

import pytest
import safetensors.torch
import torch
from click.testing import CliRunner
from PIL import Image

from stylestudio.checkpoints import (
    CheckpointError,
    read_checkpoint,
    read_features,
    write_features,
)
from stylestudio.cli import loss_network_measures
from stylestudio.cli.main import studio
from stylestudio.networks.feature_nets import ClassifierFeatures, MultiscaleFilters
from stylestudio.render import StyleError, builtin_models
from stylestudio.transfer import contents as contents_module
from stylestudio.transfer import specimens as specimens_module
from stylestudio.transfer.loss_network import (
    LAYOUT,
    Classifier,
    LossNetworkSettings,
    LossNetworkTrainer,
    default_loss_network,
)
from stylestudio.transfer.losses import painting_statistics, statistics, style_loss
from stylestudio.transfer.pictures import to_pixels
from stylestudio.transfer.procedural import paint_procedural
from stylestudio.transfer.specimens import Specimens, make_specimens
from stylestudio.transfer.spoiling import SPOILT, recolour, spoil

MAKES = ("Woodcut", "Watercolour", "Halftone")
SETTINGS = LossNetworkSettings(steps=40, batch=12, side=32)


def draw(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def specimens():
    return Specimens({name: [paint_procedural(name, 96, seed=1)] for name in MAKES})


@pytest.fixture(scope="module")
def trained(specimens):
    trainer = LossNetworkTrainer(specimens, SETTINGS)
    losses = [trainer.advance().loss for _ in range(SETTINGS.steps)]
    return trainer, losses


def test_it_learns_to_tell_what_made_a_picture(trained, specimens):
    trainer, losses = trained
    assert trainer.finished
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])
    squares, makes = specimens.cut(60, 32, draw(99))
    trainer.network.eval()
    with torch.no_grad():
        deepest = trainer.network(squares)[0][-1][:, : len(MAKES)]
    assert (deepest.argmax(1) == makes).float().mean() > 0.6


def test_a_teachers_maps_come_to_be_predicted(trained, specimens, tmp_path):
    """What is written sees in its first channels what the teacher sees, as strong as there."""
    teacher = trained[0].features()
    for part in teacher.convs[3].parameters():
        part *= 7
    teacher.convs[4].weight /= 7
    trainer = LossNetworkTrainer(specimens, SETTINGS, teacher=teacher)
    untaught = trainer.features()
    losses = [trainer.advance().loss for _ in range(SETTINGS.steps)]
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])
    write_features(tmp_path / "taught.safetensors", trainer.features(), {})
    network = read_features(tmp_path / "taught.safetensors")
    squares, _ = specimens.cut(30, 32, draw(99))
    for before, after, wanted in zip(
        *(each(squares).style[1:] for each in (untaught, network, teacher)), strict=True
    ):
        count = wanted.shape[1]
        off = [(each[:, :count] - wanted).square().mean() for each in (before, after)]
        assert off[1] < 0.6 * off[0]
        strengths = [each[:, :count].square().mean().sqrt() for each in (after, wanted)]
        assert strengths[0] / strengths[1] == pytest.approx(1, abs=0.4)
    with torch.no_grad():
        trained = trainer.network.eval()(squares)[1]
    for written, inside in zip(network(squares).style, trained, strict=True):
        torch.testing.assert_close(written, inside, rtol=0.02, atol=0.02 * inside.std().item())
    resumed = LossNetworkTrainer(specimens, SETTINGS, teacher=teacher)
    resumed.load_state_dict(trainer.state_dict())
    assert resumed.identity == trainer.identity != LossNetworkTrainer(specimens, SETTINGS).identity
    for name, value in resumed.features().state_dict().items():
        assert torch.equal(value, trainer.features().state_dict()[name]), name


def test_a_teacher_whose_maps_do_not_fit_is_refused(specimens):
    for change in ({"channels": (16, 64, 24, 128, 24, 128, 32, 999)}, {"style": frozenset((0, 1))}):
        teacher = ClassifierFeatures(replace(LAYOUT, **change))
        with pytest.raises(StyleError, match="give a Tiny Darknet"):
            LossNetworkTrainer(specimens, SETTINGS, teacher=teacher)


def test_a_resumed_training_ends_as_an_unbroken_one(specimens):
    settings = LossNetworkSettings(steps=4, batch=4, side=32)
    whole, first, second = (LossNetworkTrainer(specimens, settings) for _ in range(3))
    for _ in range(4):
        whole.advance()
    first.advance()
    first.advance()
    torch.manual_seed(99)
    second.load_state_dict(first.state_dict())
    second.advance()
    second.advance()
    assert second.finished
    assert first.identity == second.identity
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, second.network.state_dict()[name]), name


def test_the_loss_network_sees_what_the_classifier_saw(trained, tmp_path):
    trainer, _ = trained
    path = tmp_path / "own.safetensors"
    write_features(path, trainer.features(), {"license": "CC0-1.0"})
    network = read_features(path)
    picture = paint_procedural("Mosaic", 64)[None]
    found = network(picture)
    assert [maps.shape[1:] for maps in found.style] == [
        (24, 64, 64),
        (48, 32, 32),
        (144, 16, 16),
        (144, 16, 16),
        (272, 8, 8),
    ]
    torch.testing.assert_close(found.content, found.style[3])
    seen = []
    for norm in trainer.network.norms:
        norm.register_forward_hook(lambda _m, _i, out: seen.append(out))
    with torch.no_grad():
        trainer.network.eval()(picture)
    inside = torch.nn.functional.leaky_relu(seen[0], 0.1)[..., 1:-1, 1:-1]  # padding differs
    torch.testing.assert_close(found.style[0][..., 1:-1, 1:-1], inside, rtol=0, atol=0.02)


def test_files_that_do_not_fit_are_said_in_a_sentence(trained, tmp_path):
    path, trainer = tmp_path / "own.safetensors", trained[0]
    write_features(path, trainer.features(), {})
    with pytest.raises(CheckpointError, match="loss network for style transfer, not a model"):
        read_checkpoint(path)
    data = path.read_bytes()
    (tmp_path / "short.safetensors").write_bytes(data[:-100])
    with pytest.raises(CheckpointError, match="truncated"):
        read_features(tmp_path / "short.safetensors")
    state = safetensors.torch.load(data)
    for change in ({"style": [0, 99]}, {"family": "cin"}, {"content": "x"}, {"std": None}):
        config = {
            "family": "features",
            "pooled": [],
            "style": [0],
            "content": 0,
            "slope": 0.1,
            "pooling": "average",
            "mean": [0, 0, 0],
            "std": [1, 1, 1],
        }
        metadata = {"stylestudio.config": json.dumps(config | change)}
        safetensors.torch.save_file(state, path, metadata)
        with pytest.raises(CheckpointError, match=r"own\.safetensors"):
            read_features(path)


def test_squares_are_the_same_for_the_same_draw_and_of_all_makes(specimens):
    squares, makes = specimens.cut(40, 24, draw(3))
    again, _ = specimens.cut(40, 24, draw(3))
    assert squares.shape == (40, 3, 24, 24)
    assert torch.equal(squares, again)
    assert 0 <= squares.min() <= squares.max() <= 1
    assert makes.unique().tolist() == [0, 1, 2]


def test_scrambled_pictures_keep_their_waves_and_lose_their_places():
    pictures = paint_procedural("Stained Glass", 64)[None].repeat(64, 1, 1, 1)
    spoilt, kinds = spoil(pictures, draw(1))
    assert kinds.unique().tolist() == list(range(len(SPOILT)))
    same = (spoilt == pictures).flatten(1).all(1)
    assert torch.equal(same, kinds == 0)
    scrambled = spoilt[kinds == SPOILT.index("scrambled")]
    assert (scrambled.mean((2, 3)) - pictures[0].mean((1, 2))).abs().max() < 0.05
    assert (scrambled - pictures[0]).abs().mean() > 0.1
    foggy = spoilt[kinds == SPOILT.index("foggy")]
    assert foggy.diff(dim=3).abs().mean() < pictures.diff(dim=3).abs().mean()


def test_recoloured_pictures_keep_what_is_where():
    pictures = paint_procedural("Mosaic", 64)[None].repeat(16, 1, 1, 1)
    changed = recolour(pictures, draw(2))
    assert 0 <= changed.min() <= changed.max() <= 1
    assert (changed.mean((2, 3)) - pictures.mean((2, 3))).abs().mean() > 0.05
    # Flat places stay flat, whatever their colour has become.
    flat = torch.full((4, 3, 8, 8), 0.4)
    assert recolour(flat, draw(3)).diff(dim=3).abs().max() < 1e-6


def test_it_learns_from_pictures_that_the_program_makes(monkeypatch):
    for name in ("OF_MODELS", "OF_STYLES", "OF_PROCEDURES"):
        monkeypatch.setattr(specimens_module, name, 1)
    monkeypatch.setattr(specimens_module, "SHEET", 48)
    monkeypatch.setattr(specimens_module, "BANK", "sketchbook")
    photo = torch.rand(3, 40, 60, generator=draw())
    made = dict(make_specimens([photo]))
    assert len(made) == 25 + 14 + len(builtin_models()) + 1
    assert {"sketchbook: Woodcut", "procedural: Woodcut", "portraits"} < made.keys()
    assert all(picture.shape[0] == 3 for some in made.values() for picture in some)
    assert any(picture.shape == photo.shape for picture in made["sketchbook: Woodcut"])
    assert list(dict(make_specimens([photo]))) == list(made)


def test_the_default_network_minds_noise_that_random_filters_let_pass():
    """Strokes scrambled into noise of the same colours are farther from the painting."""
    sheets = torch.stack([paint_procedural(name, 128) for name in MAKES])
    spoilt, kinds = spoil(sheets.repeat(8, 1, 1, 1), draw(5))
    minded = []
    for network in (default_loss_network(), MultiscaleFilters()):
        losses = []
        for index in (kinds == SPOILT.index("scrambled")).nonzero()[:, 0].tolist():
            wanted = painting_statistics(network, sheets[index % len(MAKES)])
            found = statistics(network(spoilt[index : index + 1]).style)
            another = paint_procedural(MAKES[index % len(MAKES)], 128, seed=7)[None]
            same = statistics(network(another).style)
            losses.append((style_loss(found, wanted) / style_loss(same, wanted)).item())
        minded.append(sum(losses) / len(losses))
    assert minded[0] > minded[1]


def test_the_command_trains_resumes_and_writes_one(specimens, tmp_path, monkeypatch):
    monkeypatch.setattr(
        specimens_module,
        "make_specimens",
        lambda _photos: iter({name: [torch.rand(3, 90, 90)] for name in MAKES}.items()),
    )
    monkeypatch.chdir(tmp_path)
    threads = torch.get_num_threads()
    command = ["train", "loss-network", "--steps", "2", "--out", "mine.safetensors"]
    done = CliRunner().invoke(studio, command)
    assert done.exit_code == 0, done.output
    assert "Wrote mine.safetensors" in done.output
    assert len(read_features("mine.safetensors")(torch.rand(1, 3, 64, 64)).style) == 5
    again = CliRunner().invoke(studio, command)
    assert again.exit_code != 0
    assert "--resume" in again.output
    assert CliRunner().invoke(studio, [*command, "--resume"]).exit_code == 0
    torch.set_num_threads(threads)


def test_two_loss_networks_are_compared_by_an_evaluator(trained, tmp_path, monkeypatch):
    """By optimisation and by a learned style, with the file given and with random filters."""
    monkeypatch.setattr(contents_module, "MODEL_PICTURES", 1)
    monkeypatch.setattr(loss_network_measures, "STEPS", 2)
    monkeypatch.setattr(loss_network_measures, "LEARNING_STEPS", 1)
    monkeypatch.setattr("stylestudio.transfer.learning.COMPARED", 1)
    write_features(tmp_path / "own.safetensors", trained[0].features(), {})
    (tmp_path / "photos").mkdir()
    for name, seed in (("photos/a.png", 3), ("mosaic.png", 4)):
        pixels = to_pixels(paint_procedural("Mosaic", 96, seed=seed))
        Image.fromarray(pixels).save(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    command = ["train", "loss-network", "--evaluate", "own.safetensors", "--content", "photos"]
    assert "needs photos" in CliRunner().invoke(studio, command).output
    threads = torch.get_num_threads()
    done = CliRunner().invoke(studio, [*command, "--painting", "mosaic.png"])
    torch.set_num_threads(threads)
    assert done.exit_code == 0, done.output
    name, *figures = done.output.splitlines()[-1].split()
    assert name == "mosaic"
    gatys, other, ratio, *learned = map(float, figures)
    assert ratio == pytest.approx(gatys / other, abs=0.02)
    assert len(learned) == 3
    wrong = CliRunner().invoke(studio, [*command, "--painting", "mosaic.png", "--evaluator", "."])
    assert wrong.exit_code != 0
    assert not (tmp_path / "loss-network.safetensors").exists()


def test_a_classifier_has_a_head_for_each_map_that_tells_the_style():
    logits, maps = Classifier(7).eval()(torch.rand(2, 3, 32, 32))
    assert [one.shape for one in logits] == [(2, 7)] * 5
    assert len(maps) == 5
