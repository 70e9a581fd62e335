"""Networks beside the model, of pictures and of words, on a pretended card."""

from pathlib import Path

import numpy as np
import pytest
import torch
from pretend_card import CARD
from torch.utils._python_dispatch import _disable_current_modes

from stylestudio.networks.inception import resized
from stylestudio.render import device as devices
from stylestudio.render import open_stage
from stylestudio.text import open_text_model

SHARED = Path(__file__).parents[2] / "shared" / "fixtures"


@pytest.mark.shared
@pytest.mark.parametrize(
    "name",
    [
        "cyclegan_net_G_A.pth",
        "pix2pix_unet.pth",
        "stargan_200000-G.ckpt",
        "esrgan_x4.pth",
        "paint_transformer.pth",
    ],
)
def test_networks_that_change_a_finished_picture(name, watch, reference):
    check_stage(reference(name, open_stage), watch)


@pytest.mark.parametrize("name", ["enlarger", "strokes"])
def test_built_in_networks_that_change_a_finished_picture(name, watch):
    with _disable_current_modes():
        stage = open_stage(name)
    check_stage(stage, watch)


def check_stage(stage, watch):
    with devices.turn:  # which whoever moves one has to take
        picture = torch.rand(1, 3, 64, 64, device="cpu")
        changed = stage.to(CARD).apply(picture, strength=0.5)
    side = 64 * stage.scale
    assert (changed.device.type, changed.shape) == (CARD, (1, 3, side, side))
    levels = watch.reads.count("aten::_to_copy")  # strokes are drawn by the processor
    assert len(watch.reads) == 1 + levels  # whether all are numbers
    assert stage.kind == "strokes" or not levels


@pytest.mark.shared
@pytest.mark.parametrize("name", ["clip_openai_state.pt", "clip_hf", "siglip_hf"])
def test_models_of_words_and_pictures(name, watch, reference):
    text = reference(name, open_text_model)
    with _disable_current_modes():
        tokens = torch.from_numpy(np.load(SHARED / f"{Path(name).stem}.npz")["tokens"])
    with devices.turn:
        text.to(CARD)
        pictures = text.embed_images(torch.rand(2, 3, 40, 50, device="cpu"))
        words = text.embed_tokens(tokens)
    assert pictures.device.type == words.device.type == CARD
    assert not watch.reads


def test_the_built_in_model_of_words_and_pictures(watch):
    with _disable_current_modes():
        text = open_text_model("lexicon")
    with devices.turn:
        text.to(CARD)
        pictures = text.embed_images(torch.rand(2, 3, 40, 50, device="cpu"))
        words = text.embed_text(["blue paint", "smile"])
    assert pictures.shape == words.shape == (2, text.dim)
    assert not watch.reads


def test_an_inception_network_resizes_pictures(watch):
    with devices.turn:
        seen = resized(torch.empty(2, 3, 40, 50, device=CARD))
    assert seen.shape == (2, 3, 299, 299)


@pytest.fixture
def reference():
    """Open one of the reference files outside the repository."""

    def opened(name, open_file):
        if not (SHARED / name).exists():
            pytest.skip(f"needs the reference file {name}")
        with _disable_current_modes():
            return open_file(SHARED / name)

    return opened
