"""Codes for pictures, and the transformer that writes them: each against its plain definition."""

import pytest
import torch

from stylestudio.networks.picture_codes import PictureCodes, PictureCodesConfig
from stylestudio.networks.token_transformer import (
    Sampling,
    TokenTransformer,
    TokenTransformerConfig,
    write_codes,
)


@pytest.fixture(scope="module")
def writer():
    torch.manual_seed(0)
    config = TokenTransformerConfig(
        5, codes=9, grid=3, width=8, layers=2, heads=2, hidden=12, text_width=6, text_hidden=6
    )
    network = TokenTransformer(config)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return network.eval()


def greedily(writer, said, guidance):
    """Each code the likeliest, with the whole network run anew for every one."""
    codes = torch.zeros(len(said), writer.config.length, dtype=torch.int64)
    for place in range(writer.config.length):
        told, untold = writer(said, codes), writer(torch.zeros_like(said), codes)
        codes[:, place] = (untold + guidance * (told - untold))[:, place].argmax(1)
    return codes


@torch.no_grad()
@pytest.mark.parametrize("guidance", [0.0, 1.0, 3.0])
def test_what_is_kept_of_earlier_codes_changes_nothing(writer, guidance):
    said = torch.randn(4, 6, generator=torch.Generator().manual_seed(1))
    sampling = Sampling(guidance, temperature=1e-4)
    *_, written = write_codes(writer, said, sampling, torch.Generator())
    assert torch.equal(written, greedily(writer, said, guidance))


@torch.no_grad()
def test_a_code_knows_only_the_caption_and_those_before_it(writer):
    said = torch.randn(1, 6, generator=torch.Generator().manual_seed(1))
    codes = torch.zeros(1, 9, dtype=torch.int64)
    changed = codes.clone()
    changed[0, 4] = 3
    one, other = writer(said, codes)[0], writer(said, changed)[0]
    assert torch.equal(one[:5], other[:5])
    assert (one[5:] - other[5:]).abs().amax(1).min() > 1e-4
    assert (writer(2 * said, codes)[0] - one).abs().amax(1).min() > 1e-4


@torch.no_grad()
def test_guidance_leads_to_no_code_that_is_unlikely_for_the_caption(writer):
    said = torch.randn(4, 6, generator=torch.Generator().manual_seed(1))
    sampling = Sampling(guidance=100.0, top_k=2)
    first, *_ = write_codes(writer, said, sampling, torch.Generator().manual_seed(0))
    likeliest = writer.start(said)[0].topk(2, 1).indices
    assert (first == likeliest).any(1).all()
    led = greedily(writer, said, 100.0)[:, :1]
    assert not (led == likeliest).any(1).all()  # it would lead elsewhere


@torch.no_grad()
def test_only_so_many_of_the_likeliest_codes_are_drawn(writer):
    said = torch.zeros(400, 6)
    first, *_ = write_codes(writer, said, Sampling(top_k=3), torch.Generator().manual_seed(0))
    logits, _ = writer.start(said[:1])
    assert set(first[:, 0].tolist()) == set(logits[0].topk(3).indices.tolist())


@torch.no_grad()
def test_pictures_become_the_codes_nearest_to_what_is_seen():
    torch.manual_seed(0)
    network = PictureCodes(PictureCodesConfig(side=16, widths=(8, 8), codes=12, dim=4)).eval()
    pictures = torch.rand(2, 3, 16, 16) * 2 - 1
    codes, seen = network.encode(pictures), network.look(pictures)
    assert codes.shape == (2, network.config.length) == (2, 16)
    apart = (seen[:, :, None] - network.codebook).norm(dim=3)
    assert torch.equal(codes, apart.argmin(2))
    assert network.decode(codes).shape == pictures.shape
    # a code is where its cell is
    shifted = codes.clone()
    shifted[:, 0] = (codes[:, 0] + 1) % 12
    changed = (network.decode(shifted) - network.decode(codes)).abs().sum((0, 1))
    assert changed[:4, :4].sum() > changed[-4:, -4:].sum()
