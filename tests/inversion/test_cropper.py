"""Croppers: what they learn from, and the search for the square of a photo by their votes."""

import copy
import math

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw, ImageFilter

import stylestudio as ss
from stylestudio.inversion import Crop, inversion_context, load_photo
from stylestudio.inversion import cropper_lessons as lessons
from stylestudio.inversion.crop_votes import _Voting, crop_by_votes
from stylestudio.inversion.cropper import CROPPERS, SIDE, Cropper, Guess, back, moved
from stylestudio.inversion.cropper_training import CropperSettings, CropperTrainer
from stylestudio.inversion.encoder import ENCODERS, EncoderError, find_encoder
from stylestudio.inversion.photo import Cutter, Photo
from stylestudio.render import Assets

WHOLE = torch.tensor([[0.0, 0.0, 1.0, 0.0]])


class SeesRed(torch.nn.Module):
    """Takes a red disc for what the model paints: a third of its square, in the middle.

    Of a dark one it is in doubt.
    """

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, crops):
        red = ((crops[:, 0] > 0.5) & (crops[:, 1] < 0)).float()
        at = (torch.arange(SIDE) + 0.5) / SIDE - 0.5
        area = red.mean((1, 2))
        right = (red * at).mean((1, 2)) / area.clamp(min=1e-6)
        down = (red * at[:, None]).mean((1, 2)) / area.clamp(min=1e-6)
        size = (3 * (4 * area / math.pi).sqrt()).clamp(min=1e-3).log()
        border = red[:, [0, -1]].sum((1, 2)) + red[:, :, [0, -1]].sum((1, 2))
        bright = (red * crops[:, 0]).sum((1, 2)) > 0.7 * red.sum((1, 2))
        there = torch.where(bright, 5.0, 0.0)
        there = torch.where((area > 0.005) & (border == 0), there, -20.0)
        moves = torch.stack([right, down, size, torch.zeros_like(size)], 1)
        return Guess(moves, torch.full_like(moves, 0.05), there)


def discs(*places, dark=()):
    """A photo of 480 x 320 with discs at (x, y, radius) in pixels."""
    image = Image.new("RGB", (480, 320), (30, 90, 60))
    draw = ImageDraw.Draw(image)
    for red, discs in ((230, places), (205, dark)):
        for x, y, radius in discs:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(red, 20, 20))
    return load_photo(image)


def square_of(x, y, radius):
    """The square around a disc, in the photo's shorter sides."""
    return Crop((x - 240) / 320, (y - 160) / 320, 6 * radius / 320)


def searched(photo, first, cropper=None):
    *work, crop = crop_by_votes(cropper or SeesRed(), photo, first)
    assert work == [None] * len(work)
    return crop


def near(crop, wanted):
    aside = math.hypot(crop.x - wanted.x, crop.y - wanted.y) / wanted.side
    return aside < 0.05 and abs(math.log(crop.side / wanted.side)) < 0.1 and abs(crop.angle) < 3


def test_a_crop_that_nobody_has_set_is_looked_for_in_the_whole_photo():
    assert near(searched(discs((100, 90, 20)), Crop()), square_of(100, 90, 20))
    assert near(searched(discs((400, 250, 12)), Crop()), square_of(400, 250, 12))


def test_a_crop_that_was_set_finds_what_is_nearest_to_it():
    photo = discs((100, 90, 20), (390, 220, 20))
    for disc in ((100, 90, 20), (390, 220, 20)):
        wanted = square_of(*disc)
        first = Crop(wanted.x + 0.08, wanted.y - 0.05, wanted.side * 1.3)
        assert near(searched(photo, first), wanted)


def test_a_crop_that_was_set_counts_beside_how_clear_something_is():
    near_by, clear = (100, 90, 20), (215, 90, 20)
    photo, wanted = discs(clear, dark=[near_by]), square_of(*near_by)
    assert near(searched(photo, Crop(wanted.x + 0.05, wanted.y, wanted.side)), wanted)
    assert near(searched(photo, Crop()), square_of(*clear))


def test_where_nothing_is_found_the_crop_stays():
    for first in (Crop(), Crop(0.1, -0.2, 0.5, 10.0)):
        assert searched(discs(), first) == first


def test_votes_for_what_lies_far_outside_the_photo_count_for_nothing():
    class SeesFar(SeesRed):
        def forward(self, crops):
            guess = super().forward(crops)
            return guess._replace(moves=torch.full_like(guess.moves, 40.0))

    assert searched(discs((100, 90, 20)), Crop(), SeesFar()) == Crop()


def test_a_long_strip_is_searched_with_larger_crops():
    """Crops of a tenth of its height would be thousands."""
    photo = Photo(torch.zeros(3, 8, 2048))
    assert len([*crop_by_votes(SeesRed(), photo, Crop())]) < 150


def test_a_far_disc_does_not_draw_a_crop_that_was_set():
    first = square_of(100, 90, 20)
    assert searched(discs((390, 220, 20)), first) == first


def test_a_crop_and_its_mirror_image_vote_alike():
    crop = torch.tensor([[(100 - 240) / 320 + 0.05, (90 - 160) / 320, 0.4, 15.0]])
    squares = _Voting(SeesRed(), discs((100, 90, 20)))(crop).squares
    wanted = square_of(100, 90, 20)
    for square in squares.tolist():
        assert square == pytest.approx([*wanted[:3], 15.0], abs=0.02)


def test_moves_lead_where_crops_are_cut():
    """Cut from the middle of what was cut, a square is the one that `moved` says."""
    crop = torch.tensor([[0.08, -0.1, 0.5, 20.0]])
    moves = torch.tensor([[0.1, 0.2, math.log(0.5), 0.3]])
    photo = discs((280, 100, 60), (200, 200, 30))
    once = Cutter(photo, SIDE)(moved(crop, moves))
    large = (Cutter(photo, 8 * SIDE)(crop)[0] + 1) * 127.5
    again = load_photo(Image.fromarray(large.byte().permute(1, 2, 0).numpy()))
    twice = Cutter(again, SIDE)(moved(WHOLE, moves))
    assert (once - twice).abs().mean() < 0.03


def test_moves_lead_back():
    moves = torch.tensor([[0.3, -0.2, 0.4, 0.5], [-0.1, 0.3, -0.6, -0.2]])
    there = moved(WHOLE.expand(2, 4), moves)
    torch.testing.assert_close(moved(there, back(moves)), WHOLE.expand(2, 4), atol=1e-5, rtol=0)


@pytest.fixture
def plainly(monkeypatch):
    """Lessons without clutter, textures, light and grain."""
    monkeypatch.setattr(lessons, "retextured", lambda pictures, _: pictures)
    monkeypatch.setattr(lessons, "photographed", lambda pictures, _: pictures)
    monkeypatch.setattr(lessons, "_relit", lambda pictures, _: pictures)
    monkeypatch.setattr(
        lessons, "_part", lambda pictures, _: torch.zeros_like(pictures[..., ::2, ::2])
    )
    monkeypatch.setattr(lessons, "IN_FRONT", 0.0)
    monkeypatch.setattr(lessons, "WHOLE", 0.0)


def test_a_lesson_says_where_the_sample_lies(plainly):
    """By a disc in the middle of each sample, and a smaller one above it."""
    image = Image.new("RGB", (128, 128), (128, 128, 128))
    draw = ImageDraw.Draw(image)
    draw.ellipse((54, 54, 74, 74), fill=(255, 0, 0))
    draw.ellipse((58, 36, 70, 48), fill=(0, 0, 255))
    sample = torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 127.5 - 1
    samples = sample.expand(64, -1, -1, -1)
    found = lessons.lesson(samples, torch.zeros_like(samples), torch.Generator().manual_seed(1))
    at = (torch.arange(SIDE) + 0.5) / SIDE - 0.5
    seen = 0
    for crop, moves, there in zip(*found, strict=True):
        red, blue = (crop[0] - crop[2]).clamp(min=0), (crop[2] - crop[0]).clamp(min=0)
        if not there:
            assert red.sum() + blue.sum() == 0
            continue
        if (
            red[[0, -1]].sum()
            + red[:, [0, -1]].sum()
            + blue[[0, -1]].sum()
            + blue[:, [0, -1]].sum()
        ):
            continue  # at an edge
        seen += 1
        middle, above = (
            torch.stack([(part * at).sum(), (part * at[:, None]).sum()]) / part.sum()
            for part in (red, blue)
        )
        assert (middle - moves[:2]).norm() < 0.03
        up = moves.new_tensor([math.sin(moves[3]), -math.cos(moves[3])])
        wanted = moves[:2] + up * moves[2].exp() * 22 / 128
        assert (above - wanted).norm() < 0.03
    assert seen > 20


def test_lessons_repeat_by_their_generator_alone():
    samples = torch.rand(6, 3, 64, 64) * 2 - 1
    one, two, other = (
        lessons.lesson(samples, samples.flip(2), torch.Generator().manual_seed(seed))
        for seed in (3, 3, 4)
    )
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))
    assert not torch.equal(one.crops, other.crops)
    assert one.crops.isfinite().all()


def test_a_cropper_learns_and_goes_on_as_if_never_interrupted(model):
    settings = CropperSettings(steps=16, batch=8, repeats=4, learning_rate=1e-2)
    trainer, again = CropperTrainer(model, settings), CropperTrainer(model, settings)
    losses = [trainer.advance().loss for _ in range(8)]
    again.load_state_dict(copy.deepcopy(trainer.state_dict()))
    losses += [trainer.advance().loss for _ in range(8)]
    assert sum(losses[-4:]) < sum(losses[:4])
    for _ in range(8):
        again.advance()
    crops = torch.rand(2, 3, SIDE, SIDE)
    with torch.no_grad():
        torch.testing.assert_close(again.network(crops), trainer.network(crops))


def test_a_cropper_serves_its_model_alone(model, make_model, tmp_path, monkeypatch):
    monkeypatch.setattr("stylestudio.inversion.stored.network_folder", lambda _: tmp_path)
    path = CROPPERS.own_path(model)
    CROPPERS.save(Cropper(), model, path)
    assert isinstance(inversion_context(model, Assets()).cropper, Cropper)
    assert CROPPERS.find(make_model(seed=1), Assets()) is None
    path.rename(ENCODERS.own_path(model))
    with pytest.raises(EncoderError, match="holds no encoder"):
        ENCODERS.load(ENCODERS.own_path(model), model)
    assert find_encoder(model, Assets()) is None


def test_the_search_of_an_inversion_asks_the_cropper(model, monkeypatch):
    context = inversion_context(model, Assets())
    context.cropper = SeesRed()
    monkeypatch.setattr("stylestudio.inversion.inverting.inversion_context", lambda *_: context)
    image = Image.fromarray(
        ((discs((100, 90, 20)).pixels + 1) * 127.5).byte().permute(1, 2, 0).numpy()
    )
    found = ss.invert(model, image, steps=1, search=True)
    assert near(found.history[0].crop, square_of(100, 90, 20))


@pytest.mark.parametrize("name", ["portraits", "portraits-512"])
def test_the_croppers_that_ship_find_people_in_landscapes(name):
    model, side = ss.open_model(name), 120
    cropper = CROPPERS.find(model, Assets())
    fading = Image.new("L", (side, side))
    ImageDraw.Draw(fading).ellipse((12, 6, side - 12, side + 30), fill=255)
    fading = fading.filter(ImageFilter.GaussianBlur(5))
    for seed, x, y in ((1, 40, 100), (2, 230, 60)):
        image = ss.to_pil(ss.render("horizons", ss.Recipe.from_seed(seed, "horizons")))
        image = image.resize((384, 256))
        recipe = ss.Recipe.from_seed(seed, model, truncation_psi=0.7)
        person = ss.to_pil(ss.render(model, recipe)).resize((side, side))
        image.paste(person, (x, y), fading)
        wanted = Crop((x + side / 2 - 192) / 256, (y + side / 2 - 128) / 256, side / 256)
        found = searched(load_photo(image), Crop(), cropper)
        assert math.hypot(found.x - wanted.x, found.y - wanted.y) < 0.1 * wanted.side
        assert abs(math.log(found.side / wanted.side)) < 0.15
        assert abs(found.angle) < 12
