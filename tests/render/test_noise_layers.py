"""The strength of noise in each layer, for models whose last row convolves, too."""

import numpy as np
import pytest
import torch

from stylestudio.checkpoints import write_safetensors
from stylestudio.networks.stylegan1 import Generator, StyleGAN1Config
from stylestudio.recipe import Recipe
from stylestudio.render import Renderer, open_model


@pytest.fixture
def model(tmp_path):
    torch.manual_seed(0)
    config = StyleGAN1Config(img_resolution=8, channels=(8, 8), z_dim=8, w_dim=8, mapping_layers=1)
    network = Generator(config)
    for name, value in network.state_dict().items():
        if name.endswith("noise_strength"):
            value.fill_(1.0)
    write_safetensors(tmp_path / "model.safetensors", network.eval(), name="tiny")
    return open_model(tmp_path / "model.safetensors", device="cpu")


def test_the_last_convolution_of_a_first_stylegan_goes_with_the_row_before(model):
    def picture(*layers):
        return Renderer(model).render(Recipe.from_seed(1, model, noise_layers=layers)).pixels

    ones = (1.0,) * (model.num_ws - 2)
    plain = Renderer(model).render(Recipe.from_seed(1, model)).pixels
    assert np.array_equal(picture(*ones, 1.0), plain)
    assert not np.array_equal(picture(*ones, 0.0), plain)
    off = Renderer(model).render(Recipe.from_seed(1, model, noise_mode="none")).pixels
    assert np.array_equal(picture(*[0.0] * (model.num_ws - 1)), off)
