"""Makes the figure of docs/water-drops.md, in docs/pictures: two small networks learn one picture.

python docs/make_water_drops.py                 # takes a minute on one core

They differ in one thing: how the maps are brought to unit strength. Prints how large the largest
values of the last maps are beside the others, and the same for the built-in models.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click
import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

import stylestudio as ss
from stylestudio.networks.chain import StepInput, run_steps

if TYPE_CHECKING:
    from stylestudio.networks.chain import State
    from stylestudio.networks.stylegan2 import Step

OUT = Path(__file__).parent / "pictures"
SIDE, FIRST, CHANNELS, LAYERS = 64, 8, 24, 4
STEPS, RATE, SLOWING = 1000, 0.01, 500
TILE, GAP = 192, 4

Way = Literal["instance normalisation", "demodulation"]


class Network(nn.Module):
    """A learned constant and four convolutions; the maps of the last are the picture."""

    def __init__(self, way: Way) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.way = way
        outs = [*[CHANNELS] * (LAYERS - 1), 3]
        self.constant = nn.Parameter(torch.randn(1, CHANNELS, FIRST, FIRST))
        self.weights = nn.ParameterList(torch.randn(out, CHANNELS, 3, 3) for out in outs)
        self.biases = nn.ParameterList(torch.zeros(out, 1, 1) for out in outs)

    def forward(self) -> tuple[Tensor, Tensor]:
        """The picture [3, R, R], and the last maps before their biases, likewise."""
        x = self.constant
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            if layer:
                x = F.leaky_relu(F.interpolate(x, scale_factor=2, mode="bilinear"), 0.2) * 2**0.5
            maps = self._normalised(x, weight)
            x = maps + bias
        return x[0], maps[0]

    def _normalised(self, x: Tensor, weight: Tensor) -> Tensor:
        if self.way == "demodulation":  # by what the weights say: StyleGAN2, section 2.2
            weight = weight * (weight.square().sum((1, 2, 3), keepdim=True) + 1e-8).rsqrt()
            return F.conv2d(x, weight, padding=1)
        x = F.conv2d(x, weight, padding=1)  # by what the maps hold: StyleGAN, section 2
        x = x - x.mean((2, 3), keepdim=True)
        return x * (x.square().mean((2, 3), keepdim=True) + 1e-8).rsqrt()


@click.command()
def main() -> None:
    """Teach both networks, and write what they draw and how large the values of their maps are."""
    model = ss.open_model("portraits")
    frame = ss.render(model, ss.Recipe.from_seed(7, model, truncation_psi=0.7))
    wanted = ss.to_pil(frame).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    target = torch.from_numpy(np.array(wanted)).permute(2, 0, 1).float() / 127.5 - 1
    tiles = [np.asarray(wanted)]
    ways: tuple[Way, ...] = ("instance normalisation", "demodulation")
    for way in ways:
        picture, maps = _taught(way, target)
        error, longest = float((picture - target).abs().mean()), _longest(maps[None])
        click.echo(f"{way}: error {error:.3f}, longest {longest:.1f}")
        pixels = ((picture.clamp(-1, 1) + 1) * 127.5).byte().permute(1, 2, 0).numpy()
        size = maps.abs().amax(0)
        grey = (size / size.max() * 255).byte().numpy()
        tiles += [pixels, np.repeat(grey[:, :, None], 3, axis=2)]
    for name in ss.builtin_models():
        click.echo(f"{name}: longest {_longest_in(ss.open_model(name)):.1f} in all layers")
    figure = Image.new("RGB", (len(tiles) * (TILE + GAP) - GAP, TILE), "white")
    for index, tile in enumerate(tiles):
        large = Image.fromarray(tile).resize((TILE, TILE), Image.Resampling.BICUBIC)
        figure.paste(large, (index * (TILE + GAP), 0))
    path = OUT / "water-drops.webp"
    figure.save(path, quality=88, method=6)
    click.echo(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


def _taught(way: Way, target: Tensor) -> tuple[Tensor, Tensor]:
    """What a network draws, and its last maps, after it has learned by absolute errors."""
    network = Network(way)
    optimizer = torch.optim.Adam(network.parameters(), RATE, betas=(0.0, 0.99))
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = RATE * min(1, (STEPS - step) / SLOWING)
        picture, _ = network()
        optimizer.zero_grad()
        (picture - target).abs().mean().backward()
        optimizer.step()
    with torch.no_grad():
        return network()


def _longest(maps: Tensor) -> float:
    """How many mean lengths the longest vector of a place of maps [N, C, H, W] has.

    A drop is a place at which values are far larger than elsewhere.
    """
    lengths = maps.float().norm(dim=1).flatten(1)
    return float((lengths.amax(1) / lengths.mean(1)).max())


@torch.no_grad()
def _longest_in(model: ss.Model, seeds: int = 4) -> float:
    """The same over all layers of a model, on a few of its pictures."""
    chain = model.network.synthesis
    z = np.stack([np.random.RandomState(seed).randn(model.z_dim) for seed in range(seeds)])
    ws = model.map(z, truncation_psi=0.7)

    def given(step: Step, state: State) -> StepInput:
        noise = chain.noise_const(step) if step.has_noise else None
        return StepInput(chain, step, state, ws[:, step.ws_index], noise)

    steps = run_steps(chain.steps, chain.initial_state(seeds), given)
    return max(_longest(state.x) for step, state in steps if step.has_noise)


if __name__ == "__main__":
    main()
