"""Published networks' outputs, recorded with the graphs that their authors published."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import stylestudio as ss

pytestmark = pytest.mark.shared


@pytest.mark.parametrize("name", ["angular", "impressionism"])
def test_magentas_transformer(name, pretrained):
    folder = pretrained("magenta_transformer_separable")
    golden = np.load(folder / "golden.npz")
    model = ss.open_styles(folder)
    assert len(model.names) == 5
    found = model.stylize(golden["content"], {name: 1}, padding="zeros").numpy()
    assert np.abs(found - golden[name]).max() <= 1e-4


def test_the_whatsyourface_pair(pretrained):
    folder = pretrained("whatsyourface_transfer")
    golden = np.load(folder / "golden.npz")
    model = ss.open_styles(folder, pretrained("whatsyourface_style"))
    assert len(model.names) == 8
    embedding = model.embed(golden["style"].astype(np.float32) / 255).numpy()
    assert np.abs(embedding - golden["embedding"][0]).max() <= 1e-5
    content = golden["content"] / 255
    for given in (golden["embedding"], embedding):
        found = model.stylize(content, embedding=given, padding="zeros").numpy() * 255
        assert np.abs(found - golden["stylised"]).max() <= 0.01


def test_padding_decides_about_the_frame(pretrained):
    folder = pretrained("magenta_transformer_separable")
    content = np.load(folder / "golden.npz")["content"]
    model = ss.open_styles(folder)
    reflect = model.stylize(content, {"angular": 1})
    difference = (reflect - model.stylize(content, {"angular": 1}, padding="zeros")).abs()
    inside = difference[..., 32:-32, 32:-32].mean()
    frame = torch.cat([difference[..., :4, :], difference[..., -4:, :]]).mean()
    assert frame > 2 * inside
