"""rosinality's style-based network, written plainly under the names of its files."""

import math

import torch
from torch import nn
from torch.nn import functional as F

WIDTH, Z = 6, 6


class Equal(nn.Module):
    """A layer whose weight is scaled when it runs."""

    def __init__(self, name, layer):
        super().__init__()
        weight = layer.weight.data
        del layer._parameters["weight"]
        layer.weight_orig = nn.Parameter(torch.randn_like(weight))
        setattr(self, name, layer)
        self.layer = [layer]

    def weight(self):
        weight = self.layer[0].weight_orig
        return weight * math.sqrt(2 / (weight.shape[1] * weight[0][0].numel()))

    def forward(self, x):
        bias = self.layer[0].bias
        if isinstance(self.layer[0], nn.Linear):
            return F.linear(x, self.weight(), bias)
        return F.conv2d(x, self.weight(), bias, padding=self.layer[0].kernel_size[0] // 2)


class Noise(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight_orig = nn.Parameter(torch.randn(1, WIDTH, 1, 1))

    def forward(self, x, noise):
        return x + self.weight_orig * math.sqrt(2 / WIDTH) * noise


class AdaIn(nn.Module):
    def __init__(self):
        super().__init__()
        self.style = Equal("linear", nn.Linear(Z, 2 * WIDTH))

    def forward(self, x, w):
        scale, shift = self.style(w)[:, :, None, None].chunk(2, 1)
        return scale * F.instance_norm(x, eps=1e-5) + shift


class Blur(nn.Module):
    def __init__(self):
        super().__init__()
        taps = torch.tensor([1.0, 2, 1])
        kernel = (torch.outer(taps, taps) / 16).expand(WIDTH, 1, 3, 3).contiguous()
        self.register_buffer("weight", kernel)
        self.register_buffer("weight_flip", kernel.flip(2, 3).contiguous())

    def forward(self, x):
        return F.conv2d(x, self.weight, padding=1, groups=WIDTH)


class Fused(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(WIDTH, WIDTH, 3, 3))
        self.bias = nn.Parameter(torch.randn(WIDTH))

    def forward(self, x):
        k = F.pad(self.weight * math.sqrt(2 / (WIDTH * 9)), [1, 1, 1, 1])
        k = (k[:, :, 1:, 1:] + k[:, :, :-1, 1:] + k[:, :, 1:, :-1] + k[:, :, :-1, :-1]) / 4
        return F.conv_transpose2d(x, k, self.bias, stride=2, padding=1)


class Constant(nn.Module):
    def __init__(self):
        super().__init__()
        self.input = nn.Parameter(torch.randn(1, WIDTH, 4, 4))

    def forward(self, x):
        return self.input.repeat(len(x), 1, 1, 1)


class Block(nn.Module):
    def __init__(self, index):
        super().__init__()
        conv = lambda: Equal("conv", nn.Conv2d(WIDTH, WIDTH, 3, padding=1))  # noqa: E731
        if index == 0:
            self.conv1 = Constant()
        elif index >= 5:
            self.conv1 = nn.Sequential(Fused(), Blur())
        else:
            self.conv1 = nn.Sequential(nn.Upsample(scale_factor=2), conv(), Blur())
        self.conv2 = conv()
        self.noise1, self.noise2 = Noise(), Noise()
        self.adain1, self.adain2 = AdaIn(), AdaIn()

    def forward(self, x, w, noises):
        x = self.adain1(F.leaky_relu(self.noise1(self.conv1(x), noises[0]), 0.2), w)
        return self.adain2(F.leaky_relu(self.noise2(self.conv2(x), noises[1]), 0.2), w)


class StyledGenerator(nn.Module):
    """With blocks for every size up to `blocks`, of which `trained` are."""

    def __init__(self, blocks, trained):
        super().__init__()
        layers = [nn.Identity()]
        for _ in range(3):
            layers += [Equal("linear", nn.Linear(Z, Z)), nn.LeakyReLU(0.2)]
        self.style = nn.Sequential(*layers)
        self.generator = nn.Module()
        self.generator.progression = nn.ModuleList(Block(i) for i in range(blocks))
        self.generator.to_rgb = nn.ModuleList(
            Equal("conv", nn.Conv2d(WIDTH, 3, 1)) for _ in range(blocks)
        )
        for block in self.generator.progression[trained:]:
            block.noise1.weight_orig.data.zero_()
            block.noise2.weight_orig.data.zero_()
        self.trained = trained

    def ws(self, z):
        x = z / torch.sqrt((z * z).mean(1, keepdim=True) + 1e-8)
        return self.style(x)

    def forward(self, w, noises):
        x = w
        for index, block in enumerate(self.generator.progression[: self.trained]):
            x = block(x, w, noises[2 * index :])
        return self.generator.to_rgb[self.trained - 1](x)
