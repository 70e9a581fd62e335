"""Renames the weights of our generators as other programs name them."""

from __future__ import annotations

import re

import torch

from stylestudio.checkpoints import write_rosinality

SQUARE = {"z_dim": 10, "w_dim": 10}  # most programs know one size for both


def rosinality(network, folder) -> dict:
    """What torch.load would give for a network in rosinality's layout: g_ema and latent_avg."""
    write_rosinality(folder / "rosinality.pt", network)
    return torch.load(folder / "rosinality.pt", weights_only=True)


def basicsr(weights: dict) -> dict:
    """Rosinality's weights as BasicSR names them, whose files keep no filters."""
    renamed = {}
    for name, value in weights.items():
        if name.endswith(".kernel"):
            continue
        new = re.sub(r"^style\.", "style_mlp.", name)
        new = re.sub(r"^input\.input$", "constant_input.weight", new)
        new = re.sub(r"^noises\.noise_", "noises.noise", new)
        new = re.sub(r"^(conv1|convs\.)", r"style_\1", new)
        new = new.replace(".conv.", ".modulated_conv.").replace(".noise.weight", ".weight")
        renamed[new] = value
    return renamed


def genforce(network) -> dict:
    """The weights of a StyleGAN2 as genforce names and stores them."""
    kernel = torch.outer(*[torch.tensor([1.0, 3.0, 3.0, 1.0])] * 2)[None, None] / 16
    weights = {"truncation.w_avg": network.mapping.w_avg, "synthesis.upsample.kernel": kernel}
    for name, value in network.state_dict().items():
        if found := re.fullmatch(r"mapping\.fc(\d+)\.(\w+)", name):
            weights[f"mapping.dense{found[1]}.{found[2]}"] = value
        elif name == "synthesis.b4.const":
            weights["synthesis.early_layer.const"] = value[None]
        elif found := re.fullmatch(r"synthesis\.b(\d+)\.(\w+)\.(.+)", name):
            octave, layer, inner = int(found[1]).bit_length() - 3, found[2], found[3]
            place = f"output{octave}" if layer == "torgb" else f"layer{2 * octave}"
            if layer == "conv0":
                place = f"layer{2 * octave - 1}"
                weights[f"synthesis.{place}.filter.kernel"] = kernel
                value = value.flip(2, 3) if inner == "weight" else value
            if inner == "noise_const":
                inner, value = "noise", value[None, None]
            elif inner == "affine.bias":
                value = value - 1
            weights[f"synthesis.{place}.{inner.replace('affine', 'style')}"] = value
    return weights


def flat(prefix: str, weights: dict) -> dict:
    return {f"{prefix}{name}": value for name, value in weights.items()}


def layouts(network, folder) -> dict[str, dict]:
    """The weights of a network under the names of every program."""
    weights = rosinality(network, folder)["g_ema"]
    return {
        "bare": dict(network.state_dict()),
        "rosinality": weights,
        "basicsr": basicsr(weights),
        "genforce": genforce(network),
    }


def same_synthesis(found, expected) -> None:
    """The same pictures for the same ws; an average w may have been computed."""
    ws = torch.randn(2, expected.config.num_ws, expected.config.w_dim)
    torch.testing.assert_close(found.synthesize(ws), expected.synthesize(ws), rtol=0, atol=1e-5)
