"""Training a bank of styles, and learning one more."""

from __future__ import annotations

import pytest
import torch

from stylestudio.checkpoints import read_style_part, write_styles
from stylestudio.checkpoints.style_networks import StyleBank
from stylestudio.networks.feature_nets import MultiscaleFilters
from stylestudio.progress import Cancel, Cancelled
from stylestudio.transfer.contents import Contents, model_pictures
from stylestudio.transfer.learning import learn_style, style_left, with_style
from stylestudio.transfer.losses import LossWeights
from stylestudio.transfer.measure import (
    frame_costs,
    measure_blends,
    measure_styles,
    one_hot_error,
)
from stylestudio.transfer.procedural import PROCEDURAL_STYLES, paint_procedural
from stylestudio.transfer.trainer import StyleTrainer, StyleTrainingSettings

SETTINGS = StyleTrainingSettings(
    steps=60,
    width=0.25,
    batch=2,
    side=48,
    rate=3e-3,
    table_rate=2e-2,
    weights=LossWeights(content=0.02),
)
PAINTINGS = {name: paint_procedural(name, 96) for name in ("Blueprint", "Woodcut")}


@pytest.fixture(scope="module")
def contents():
    draw = torch.Generator().manual_seed(5)
    blocks = torch.rand(6, 3, 5, 7, generator=draw)
    pictures = torch.nn.functional.interpolate(blocks, size=(80, 112), mode="bicubic")
    return Contents(pictures.clamp(0, 1))


@pytest.fixture(scope="module")
def features():
    return MultiscaleFilters(channels=12, scales=2)


@pytest.fixture(scope="module")
def trained(contents, features):
    trainer = StyleTrainer(PAINTINGS, contents, features, SETTINGS)
    while not trainer.finished:
        trainer.advance()
    trainer.network.eval().requires_grad_(False)
    return StyleBank(trainer.network, trainer.names)


@pytest.fixture(scope="module")
def photos(contents):
    return contents.middles(3, 48)


def test_each_style_comes_to_resemble_its_painting(trained, photos, features):
    for report in measure_styles(trained, PAINTINGS, photos, features):
        assert report.bank < 0.8 * report.photo
        assert report.ratio is None
    rows = trained.network.tables.rows()
    blue, black = (trained.network.transformer(photos, row.expand(3, -1)) for row in rows)
    blueness = [(one[:, 2] - one[:, 0]).mean() for one in (blue, black)]
    assert blueness[0] > blueness[1] + 0.05


def test_a_resumed_training_ends_as_an_unbroken_one(contents, features):
    settings = StyleTrainingSettings(steps=4, width=0.25, side=32)
    whole = StyleTrainer(PAINTINGS, contents, features, settings)
    first = StyleTrainer(PAINTINGS, contents, features, settings)
    for _ in range(2):
        whole.advance()
        first.advance()
    torch.manual_seed(99)
    second = StyleTrainer(PAINTINGS, contents, features, settings)
    second.load_state_dict(first.state_dict())
    for _ in range(2):
        whole.advance()
        second.advance()
    assert second.finished
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, second.network.state_dict()[name]), name


def test_other_pictures_are_another_training(contents, features):
    settings = StyleTrainingSettings(steps=4, width=0.25, side=32)
    one = StyleTrainer(PAINTINGS, contents, features, settings)
    longer = StyleTrainer(
        PAINTINGS, contents, features, StyleTrainingSettings(steps=9, width=0.25, side=32)
    )
    other = StyleTrainer(
        PAINTINGS | {"Woodcut": paint_procedural("Neon", 96)}, contents, features, settings
    )
    assert one.identity == longer.identity != other.identity


def test_the_network_of_a_base_stays_and_its_styles_are_learned_on(trained, contents, features):
    settings = StyleTrainingSettings(steps=20, batch=2, side=48, table_rate=2e-2)
    paintings = {"Woodcut": PAINTINGS["Woodcut"], "Neon": paint_procedural("Neon", 96)}
    trainer = StyleTrainer(paintings, contents, features, settings, trained)
    rows = trained.network.tables.rows()
    assert torch.equal(trainer.network.tables.rows()[0], rows[1])
    torch.testing.assert_close(trainer.network.tables.rows()[1], rows.mean(0))
    begun = trainer.advance().loss
    while not trainer.finished:
        ended = trainer.advance().loss
    assert ended < begun
    for name, value in trainer.network.transformer.state_dict().items():
        assert torch.equal(value, trained.network.transformer.state_dict()[name]), name
    other = StyleTrainer(paintings, contents, features, settings)
    assert other.identity != trainer.identity


def test_a_whole_base_learns_on_with_its_network(trained, contents, features):
    settings = StyleTrainingSettings(steps=2, batch=2, side=48)
    trainer = StyleTrainer(PAINTINGS, contents, features, settings, trained, whole=True)
    before = trained.network.transformer.state_dict()
    for name, value in trainer.network.transformer.state_dict().items():
        assert torch.equal(value, before[name]), name
    trainer.advance()
    after = trainer.network.transformer.state_dict()
    assert all(not torch.equal(value, before[name]) for name, value in after.items())
    frozen = StyleTrainer(PAINTINGS, contents, features, settings, trained)
    assert frozen.identity != trainer.identity


def test_every_style_gets_its_turn(contents, features):
    trainer = StyleTrainer(
        {name: paint_procedural(name, 48) for name in list(PROCEDURAL_STYLES)[:5]},
        contents,
        features,
        StyleTrainingSettings(width=0.25, batch=3),
    )
    turns = torch.cat([trainer._styles(step) for step in range(5)])
    assert turns.bincount().tolist() == [3] * 5


def test_samples_show_the_contents_and_then_each_style(trained, contents, features):
    trainer = StyleTrainer(PAINTINGS, contents, features, SETTINGS)
    sheet = trainer.samples(2)
    assert sheet.shape == (6, 3, 48, 48)
    torch.testing.assert_close((sheet[:2] + 1) / 2, contents.middles(2, 48))


def test_cuts_are_squares_from_within_the_pictures():
    picture = torch.zeros(3, 40, 60)
    picture[0] = torch.linspace(0, 1, 60)
    cuts = Contents([picture]).cut(16, 32, torch.Generator().manual_seed(0))
    assert cuts.shape == (16, 3, 32, 32)
    slopes = (cuts[:, 0, 0, -2] - cuts[:, 0, 0, 1]).sign()
    assert set(slopes.tolist()) == {-1, 1}  # some of them mirrored
    assert cuts[:, 1:].abs().max() == 0


def test_a_new_style_leaves_the_others_alone(trained, contents, features, photos, tmp_path):
    painting = paint_procedural("Neon", 96)
    before = {name: value.clone() for name, value in trained.network.state_dict().items()}
    seen = list(
        learn_style(trained, painting, contents, features, steps=60, side=48, show_every=30)
    )
    assert [p.stage for p in seen[:2]] == ["Comparing with Blueprint", "Comparing with Woodcut"]
    assert [p.done for p in seen] == [0, 0, *range(1, 61)]
    assert [p.done for p in seen if p.picture is not None] == [30, 60]
    assert seen[-1].picture.shape == (96, 96, 3)
    assert seen[-1].loss < 0.8 * seen[2].loss
    for name, value in trained.network.state_dict().items():
        assert torch.equal(value, before[name]), name

    grown = with_style(trained, "neon", seen[-1].row)
    path = tmp_path / "grown.safetensors"
    write_styles(path, grown.network, grown.names, half=True)
    read = read_style_part(path)
    assert read.names == ("Blueprint", "Woodcut", "neon")
    for index in range(2):
        old = trained.network.transformer(photos, trained.network.tables.rows()[[index] * 3])
        new = read.network.transformer(photos, read.network.tables.rows()[[index] * 3])
        torch.testing.assert_close(new, old, rtol=0, atol=0.02)  # half precision
    untaught, taught = (
        measure_styles(bank, {"neon": painting}, photos, features)[0].bank
        for bank in (with_style(trained, "neon", trained.network.tables.rows()[0]), read)
    )
    assert taught < untaught


def test_learning_can_be_broken_off(trained, contents, features):
    learning = learn_style(trained, PAINTINGS["Woodcut"], contents, features, steps=50, side=32)
    first = next(progress for progress in learning if progress.done)
    learning.close()
    assert first.done == 1
    assert list(learning) == []


@pytest.mark.parametrize("at", [0, 3])
def test_learning_is_cancelled_or_ended_early(trained, contents, features, at):
    cancel, seen = Cancel(), []

    def learn(do):
        for progress in learn_style(
            trained, PAINTINGS["Woodcut"], contents, features, steps=50, side=32, cancel=cancel
        ):
            seen.append(progress.done)
            if progress.done == at:
                do()

    learn(cancel.finish)
    assert seen[-1] == max(at, 1)  # a style to begin with is none that was learned
    cancel = Cancel()
    with pytest.raises(Cancelled):
        learn(cancel.cancel)
    assert seen[-1] == at


def test_learning_begins_with_the_nearest_style(trained, contents, features):
    learning = learn_style(trained, PAINTINGS["Woodcut"], contents, features, side=48)
    first = next(progress for progress in learning if progress.done)
    rows = trained.network.tables.rows()
    distances = (rows - first.row).abs().mean(1)
    assert distances.argmin() == trained.names.index("Woodcut")


def test_a_style_of_the_same_name_is_replaced(trained):
    row = torch.zeros_like(trained.network.tables.rows()[0])
    replaced = with_style(trained, "Blueprint", row)
    assert replaced.names == trained.names
    assert torch.equal(replaced.network.tables.rows()[0], row)


def test_measuring_against_another_bank(trained, photos, features):
    (report,) = measure_styles(
        trained, {"Woodcut": PAINTINGS["Woodcut"]}, photos, features, trained
    )
    assert report.ratio == report.reduction == 1


def test_blends_go_from_one_style_to_the_other(trained, photos):
    loss_network = MultiscaleFilters(channels=12, scales=2, seed=1)
    (report,) = measure_blends(trained, PAINTINGS, photos, loss_network)
    assert len(report.to_first) == len(report.to_second) == 9
    assert report.to_first[0] < report.to_first[-1]
    assert report.to_second[0] > report.to_second[-1]
    assert one_hot_error(trained, photos) == 0


def test_costs_are_of_both(trained):
    assert min(frame_costs(trained, rounds=1)) > 0


@pytest.mark.parametrize("name", PROCEDURAL_STYLES)
def test_painted_styles_are_pictures_of_their_own(name):
    sheet = paint_procedural(name, 96)
    assert sheet.shape == (3, 96, 96)
    assert 0 <= sheet.min() < sheet.max() <= 1
    assert sheet.std() > 0.05
    assert torch.equal(sheet, paint_procedural(name, 96))
    assert not torch.equal(sheet, paint_procedural(name, 96, seed=1))


def test_contents_from_the_built_in_models():
    pictures = list(model_pictures(1, models=["horizons"]))
    assert len(pictures) == 1
    assert 0 <= pictures[0].min() < pictures[0].max() <= 1


def test_what_a_style_leaves_is_less_of_its_own_painting_than_of_another(
    trained, contents, features
):
    for row, name in zip(trained.network.tables.rows(), trained.names, strict=True):
        left = {
            painting: style_left(trained, row, picture, contents, features)
            for painting, picture in PAINTINGS.items()
        }
        assert min(left, key=left.__getitem__) == name
        assert left[name] < 0.8
