"""Where words are seen in pictures: masks as a brush would paint them."""

import numpy as np
import pytest
import torch

import stylestudio as ss
from stylestudio.checkpoints import write_safetensors
from stylestudio.editing.features import FeatureReader
from stylestudio.editing.segments import see, segments
from stylestudio.text.probing import FILLS, changed
from stylestudio.training.embedding import Embedding
from stylestudio.training.mapping_fit import Teacher
from stylestudio.training.portraits.parts import part_masks
from stylestudio.training.worlds import world
from stylestudio.video.frames import over_white

WITH, WITHOUT = 3, 2  # seeds of Portraits, by glasses


@pytest.fixture(scope="module")
def portraits():
    return ss.open_model("portraits", device="cpu")


@pytest.fixture(scope="module")
def painted():
    """What the painter of Portraits knows of a seed's picture: masks by part."""
    scene, settings = world("portraits")
    teacher = Teacher(Embedding(scene.space, 128, settings.seed), 128, settings.seed)

    def masks(seed):
        z = torch.from_numpy(np.random.RandomState(seed).randn(1, 128)).float()
        return part_masks(scene.space.named(teacher.attributes(z)), 256)

    return masks


def overlap(mask, truth):
    a, b = torch.from_numpy(mask) > 0.5, truth[0] > 0.5
    return float((a & b).sum() / (a | b).sum())


def test_words_are_found_where_the_painter_put_them(portraits, painted):
    told = []
    ((recipe, mask),) = ss.regions_by_words(
        portraits, "mouth", recipes=[WITH], on_progress=told.append
    )
    assert recipe == ss.Recipe.from_seed(WITH, portraits)
    assert (mask.shape, mask.dtype) == ((256, 256), np.float32)
    assert (mask.min(), mask.max()) == (0, 1)
    assert overlap(mask, painted(WITH)["mouth"]) > 0.5
    assert {each.stage for each in told} == {"Looking for the words", "Looking more closely"}


def test_pictures_that_do_not_show_it_are_left_out(portraits, painted):
    # Of one picture alone, places hang on roundings: with others it is told what they share.
    found = ss.regions_by_words(portraits, "glasses", recipes=[0, WITHOUT, WITH, 7])
    assert [recipe.source.seed for recipe, _ in found] == [0, WITH, 7]
    mask, truth = torch.from_numpy(found[1][1]) > 0.5, painted(WITH)["glasses"][0] > 0.5
    assert float(truth[mask].float().mean()) > 0.3  # the frames are a hundredth of the picture
    with pytest.raises(ss.TextModelError, match='sees no "glasses" in pictures of Portraits'):
        ss.regions_by_words(portraits, "glasses", recipes=[WITHOUT])


def test_what_is_seen_nowhere_is_said(portraits):
    with pytest.raises(ss.TextModelError, match='sees no "mountains"') as caught:
        ss.regions_by_words(portraits, "mountains", recipes=[WITH])
    assert len(str(caught.value)) <= 160


def test_samples_are_those_that_fit_best(portraits, monkeypatch):
    monkeypatch.setattr("stylestudio.text.regions.LOOKED", 8)
    found = ss.regions_by_words(portraits, "glasses", samples=1)
    assert [recipe.source.seed for recipe, _ in found] == [WITH]


def test_what_cannot_be_looked_for_is_said_before_the_work(portraits, model, monkeypatch):
    monkeypatch.setattr("stylestudio.text.regions.see", pytest.fail)
    monkeypatch.setattr("stylestudio.text.regions.embed_ws", pytest.fail)
    with pytest.raises(ss.TextModelError, match='doesn\'t know the word "hat"'):
        ss.regions_by_words(portraits, "hat")
    with pytest.raises(ss.TextModelError, match="no words to read"):
        ss.regions_by_words(portraits, "  ")
    with pytest.raises(ss.TextModelError, match="knows only StyleStudio's own worlds"):
        ss.regions_by_words(model, "hair")
    for how in ({"samples": 0}, {"samples": 11}, {"recipes": []}):
        with pytest.raises(ss.DirectionError, match="choose 1 to 10"):
            ss.regions_by_words(portraits, "hair", **how)


def test_looking_can_be_cancelled(portraits):
    cancel = ss.Cancel()
    with pytest.raises(ss.Cancelled):
        ss.regions_by_words(
            portraits, "hair", recipes=[WITH], on_progress=lambda _: cancel.cancel(), cancel=cancel
        )


def test_pictures_and_maps_are_those_of_the_model(model):
    recipes = [ss.Recipe.from_seed(seed, model) for seed in (3, 4)]
    seen = see(FeatureReader(model), recipes, 32)
    frame = torch.from_numpy(np.array(ss.render(model, recipes[1]))).permute(2, 0, 1) / 255
    torch.testing.assert_close(seen.pictures[1], frame, rtol=0, atol=0.02)
    assert [tuple(each.shape[2:]) for each in seen.maps] == [(16, 16), (32, 32)]
    alone = ss.editing.feature_maps(model, recipes[1], "b16.conv1")
    torch.testing.assert_close(seen.maps[0][1], alone, rtol=0.01, atol=0.01)
    other = seen.only(torch.tensor([False, True]))
    assert torch.equal(other.pictures[0], seen.pictures[1])
    assert torch.equal(other.maps[1][0], seen.maps[1][1])


def test_transparent_pictures_are_seen_over_white(make_network, tmp_path):
    network = make_network(seed=2, img_channels=4)
    for name, value in network.synthesis.named_parameters():
        if ".torgb." in name and "affine" not in name:
            value.mul_(0.1)  # most colours stay within black and white, as trained models' do
    write_safetensors(tmp_path / "clear.safetensors", network, name="clear")
    clear = ss.open_model(tmp_path / "clear.safetensors", device="cpu")
    recipe = ss.Recipe.from_seed(3, clear)
    (seen,) = see(FeatureReader(clear), [recipe], 32).pictures
    frame = over_white(np.array(ss.render(clear, recipe)))
    shown = torch.from_numpy(frame).permute(2, 0, 1) / 255
    assert (seen - shown).abs().mean() < 0.01


def test_segments_are_places_that_are_alike_in_all_pictures():
    maps = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 0.01
    maps[0, 0, :, :4] += 5
    maps[1, 0, 4:] += 5
    found = segments([maps], 8, 2)
    assert found[0, 0, 0] != found[0, 0, 7]
    assert (found[0, :, :4] == found[1, 4:].T).all()
    assert (found[0, :, 4:] == found[1, :4].T).all()
    inside = torch.zeros(2, 8, 8, dtype=torch.bool)
    inside[:, 2:6, 2:6] = True
    part = segments([maps], 8, 2, inside)
    assert (part[~inside] == -1).all()
    assert set(part[inside].tolist()) == {0, 1}


def test_a_place_is_recoloured_and_painted_over_and_the_rest_stays():
    picture = torch.full((3, 32, 32), 0.5)
    picture[:, 12:20, 12:20] = 0.1
    mask = torch.zeros(32, 32)
    mask[12:20, 12:20] = 1
    pictures = changed(picture, mask)
    outside = mask == 0
    assert all(torch.equal(each[:, outside], picture[:, outside]) for each in pictures)
    for filled in pictures[-FILLS:]:
        torch.testing.assert_close(filled, torch.full_like(filled, 0.5), rtol=0, atol=0.02)
    means = {tuple((each[:, 15, 15] * 100).round().int().tolist()) for each in pictures[:-FILLS]}
    assert len(means) >= 6  # colours that differ
