"""Training on a user's own pictures: each part by itself, and a small training that improves."""

import pytest
import torch
from one_thread import one_thread  # noqa: F401 - a fixture
from PIL import Image

import stylestudio as ss
from stylestudio.cli.main import run
from stylestudio.networks.stylegan2 import StyleGAN2Config
from stylestudio.training.adversarial.adaptive import AdaptiveAugmentation
from stylestudio.training.adversarial.augment import augment
from stylestudio.training.adversarial.losses import path_lengths, r1_penalty
from stylestudio.training.adversarial.pictures import (
    Pictures,
    PicturesError,
    ShuffledPictures,
    find_files,
    read_pictures,
)
from stylestudio.training.adversarial.settings import AdversarialSettings
from stylestudio.training.adversarial.trainer import AdversarialTrainer
from stylestudio.training.runs import RunError, load_state, save_state

SIDE = 16
CONFIG = StyleGAN2Config(
    img_resolution=SIDE, channels=(16, 16, 8), z_dim=8, w_dim=16, mapping_layers=2
)


def draws(seed=0):
    return torch.Generator().manual_seed(seed)


def discs(count=64, seed=0):
    """Orange discs on blue [count, 3, SIDE, SIDE], uint8."""
    at = (torch.arange(SIDE) + 0.5) / SIDE
    place = 0.35 + 0.3 * torch.rand(count, 2, 1, 1, generator=draws(seed))
    away = torch.hypot(at[None, None, :] - place[:, 0], at[None, :, None] - place[:, 1])
    inside = ((0.22 - away) * SIDE + 0.5).clamp(0, 1)[:, None]
    orange, blue = (torch.tensor(c)[:, None, None] for c in ((0.9, 0.5, 0.1), (0.1, 0.3, 0.7)))
    return ((blue + (orange - blue) * inside) * 255).round().byte()


def trainer(**changes):
    settings = {"config": CONFIG, "kimg": 0.08, "batch": 8, "seed": 3} | changes
    return AdversarialTrainer(Pictures(discs()), AdversarialSettings(**settings))


def test_states_of_the_first_version_can_be_resumed():
    """They are recognised by the trainer's identity, which therefore keeps its wording."""
    identity = trainer().identity
    assert identity.startswith("(Settings(config=StyleGAN2Config(img_resolution=16, ")
    assert "kimg=0.0, batch=8, generator_rate=0.0025, discriminator_rate=0.0025" in identity
    assert set(trainer().state_dict()) >= {"step", "usual_length", "strength", "average"}


def test_without_augmentation_pictures_stay_as_they_are():
    pictures = torch.rand(4, 3, SIDE, SIDE) * 2 - 1
    assert torch.equal(augment(pictures, 0.0, draws()), pictures)


def test_augmentation_changes_all_pictures_repeatably_and_can_be_derived_twice():
    pictures = (torch.rand(16, 3, SIDE, SIDE, generator=draws()) * 2 - 1).requires_grad_()
    changed = augment(pictures, 1.0, draws(1))
    assert changed.shape == pictures.shape
    assert torch.equal(changed, augment(pictures, 1.0, draws(1)))
    assert ((changed - pictures).abs().amax((1, 2, 3)) > 0.05).all()
    penalty = r1_penalty(changed.square().sum((1, 2, 3)), pictures)
    penalty.backward()
    assert pictures.grad.isfinite().all()
    assert pictures.grad.abs().max() > 0


def test_moving_a_plain_picture_leaves_it_plain():
    """Nothing comes in from beyond the border, which is mirrored."""
    changed = augment(torch.full((32, 3, SIDE, SIDE), 0.5), 1.0, draws(2))
    assert changed.std((2, 3)).max() < 1e-3


def test_augmentation_follows_the_discriminators_confidence():
    augmentation = AdaptiveAugmentation(target=0.6, pictures_to_full=1000)
    for _ in range(20):
        augmentation.observe(torch.ones(16, 1))
    assert augmentation.p == pytest.approx(0.32)
    assert augmentation.r_t == 1
    for _ in range(40):
        augmentation.observe(torch.tensor([[1.0], [-1.0]]).repeat(8, 1))
    assert augmentation.p == 0


def test_r1_is_half_the_squared_slope():
    pictures = torch.randn(3, 2, 4, 4, generator=draws()).requires_grad_()
    slope = torch.randn(2, 4, 4, generator=draws(1))
    logits = (pictures * slope).sum((1, 2, 3))[:, None]
    assert r1_penalty(logits, pictures).item() == pytest.approx(slope.square().sum().item() / 2)


def test_path_lengths_are_those_of_a_linear_generator():
    matrix = torch.randn(6, 3 * 4 * 4, generator=draws())
    ws = torch.randn(2, 1, 6, generator=draws(1)).requires_grad_()
    pictures = (ws[:, 0] @ matrix).view(2, 3, 4, 4)
    direction = torch.randn(pictures.shape, generator=draws(2)) / 4
    expected = (direction.flatten(1) @ matrix.T).norm(dim=1)
    assert torch.allclose(path_lengths(pictures, ws, draws(2)), expected, rtol=1e-4)


def test_the_deck_deals_every_picture_once_a_round_also_mirrored():
    shuffled = ShuffledPictures(Pictures(discs(6)), seed=1, mirror=True)
    round_ = shuffled.take(0, 12)
    assert len({tuple(picture.flatten().tolist()) for picture in round_}) == 12
    assert torch.equal(shuffled.take(5, 9)[:7], round_[5:])


def test_a_resumed_training_ends_with_exactly_the_same_weights(tmp_path):
    whole, first = trainer(), trainer()
    while not whole.finished:
        whole.advance()
    for _ in range(5):
        first.advance()
    save_state(first, tmp_path / "state.pt")
    resumed = trainer()
    load_state(resumed, tmp_path / "state.pt")
    while not resumed.finished:
        resumed.advance()
    for name, value in whole.average.state_dict().items():
        assert torch.equal(value, resumed.average.state_dict()[name]), name
    with pytest.raises(RunError, match="other settings"):
        load_state(trainer(seed=4), tmp_path / "state.pt")


def test_a_short_training_comes_closer_to_its_pictures():
    real = discs(seed=9).float() / 127.5 - 1

    def distance(trained):
        z = torch.randn(64, CONFIG.z_dim, generator=draws(5))
        with torch.no_grad():
            made = trained.average.synthesize(trained.average.map(z))
        return _sliced_distance(made, real)

    trained = trainer(kimg=2.0, batch=16)
    before = distance(trained)
    while not trained.finished:
        trained.advance()
    assert distance(trained) < 0.5 * before


def test_bfloat16_trains_and_keeps_weights_exact():
    settings = AdversarialSettings(config=CONFIG, kimg=0.6, batch=16, seed=3)
    exact, quick = (
        AdversarialTrainer(Pictures(discs()), settings, bfloat16=each) for each in (False, True)
    )
    first, other = exact.advance(), quick.advance()
    assert other.loss != first.loss
    assert other.loss == pytest.approx(first.loss, rel=0.02)
    assert other.real_score == pytest.approx(first.real_score, abs=0.02)
    real = discs(seed=9)[:24].float() / 127.5 - 1
    before = _sliced_distance(quick.fakes(range(24)), real)
    while not quick.finished:
        quick.advance()
    assert _sliced_distance(quick.fakes(range(24)), real) < 0.8 * before
    assert {each.dtype for each in quick.average.state_dict().values()} == {torch.float32}


def _sliced_distance(one, other):
    """Sliced Wasserstein distance of two sets of pictures of the same number."""
    axes = torch.nn.functional.normalize(torch.randn(3 * SIDE**2, 128, generator=draws(7)), dim=0)
    shadows = [(pictures.flatten(1) @ axes).sort(0).values for pictures in (one, other)]
    return float((shadows[0] - shadows[1]).abs().mean())


@pytest.fixture
def folder(tmp_path):
    """A folder of twelve pictures, one of them turned by EXIF, and two files that are none."""
    place = tmp_path / "pictures"
    place.mkdir()
    for i, pixels in enumerate(discs(12)):
        image = Image.fromarray(pixels.permute(1, 2, 0).numpy())
        image.resize((40, 24)).save(place / f"{i:02}.png")
    (place / "notes.txt").write_text("nothing to see")
    (place / "cut.png").write_bytes((place / "00.png").read_bytes()[:60])
    return place


def test_pictures_are_made_square_and_files_that_are_none_are_named(folder):
    pictures = read_pictures(folder, find_files(folder), SIDE)
    assert pictures.pixels.shape == (12, 3, SIDE, SIDE)
    assert set(pictures.skipped) == {"notes.txt", "cut.png"}


def test_transparency_lies_over_white_and_exif_turns(tmp_path):
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    turned = Image.new("RGB", (8, 8), "black")
    turned.paste((255, 255, 255), (0, 0, 8, 4))  # white above
    exif = Image.Exif()
    exif[0x0112] = 3  # to be turned by 180 degrees
    turned.save(tmp_path / "turned.png", exif=exif)
    clear, upright = read_pictures(tmp_path, find_files(tmp_path), 8).pixels
    assert (clear == 255).all()
    assert upright[:, 6:].float().mean() > 250


@pytest.mark.parametrize("files", [{}, {"notes.txt": "nothing"}])
def test_a_folder_without_pictures_is_refused_in_one_sentence(tmp_path, files):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(PicturesError, match=r"put .* (into it|PNG or JPEG)"):
        read_pictures(tmp_path, find_files(tmp_path), 8)


def test_the_command_stops_on_ctrl_c_goes_on_and_writes_a_model(folder, tmp_path, ctrl_c, capsys):
    out = tmp_path / "mine.safetensors"

    def train(*more):
        size = ["--resolution", "16", "--kimg", "0.012", "--batch", "4"]
        places = ["--out", str(out), "--work-dir", str(tmp_path / "work")]
        return run(["train", "folder", str(folder), *size, *places, *more])

    with ctrl_c(AdversarialTrainer):
        assert train() == 130
    said = capsys.readouterr().err
    assert "--resume continues" in said
    assert "notes.txt" in said
    assert train("--resume") == 0
    model = ss.open_model(out)
    assert model.resolution == 16
    assert ss.render(model, ss.Recipe.from_seed(1, model)).shape == (16, 16, 3)

    further = tmp_path / "further.safetensors"
    init = ["--init", str(out), "--out", str(further), "--kimg", "0.004", "--batch", "4"]
    assert run(["train", "folder", str(folder), *init, "--work-dir", str(tmp_path / "w2")]) == 0
    assert further.exists()
