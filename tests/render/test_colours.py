"""Colours kept under another picture's light."""

import torch

from stylestudio.render.colours import keep_colours


def test_kept_colours_have_the_new_light_and_the_old_hue():
    random = torch.Generator().manual_seed(3)
    picture, painted = (torch.rand(2, 3, 20, 20, generator=random) for _ in range(2))
    kept = keep_colours(painted, picture)
    luma = torch.tensor([0.299, 0.587, 0.114])[:, None, None]
    light = [(x * luma).sum(1, keepdim=True) for x in (kept, painted, picture)]
    torch.testing.assert_close(light[0], light[1], rtol=0, atol=1e-5)
    chroma, wanted = kept - light[0], picture - light[2]
    directions = torch.nn.functional.cosine_similarity(chroma, wanted, dim=1)
    assert (directions[chroma.norm(dim=1) > 0.01] > 0.999).all()
    torch.testing.assert_close(keep_colours(picture, picture), picture, rtol=0, atol=1e-5)
