"""One network for one painting (Johnson et al. 2016), in the layout of fast_neural_style.

The names of the weights are those of the files that PyTorch's fast_neural_style example writes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stylestudio.networks.style_layers import Channels, Conv, Padding, double, fit, instance_norm


class _Layer(nn.Module):
    """A convolution with bias, under the name it has in the files."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.conv2d = Conv(in_channels, out_channels, kernel, stride=stride, bias=True)

    def forward(self, x: Tensor, padding: Padding) -> Tensor:
        return self.conv2d(x, padding)  # type: ignore[no-any-return]


class _Norm(nn.Module):
    """Instance normalisation with a learned scale and shift."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        n = len(x)
        return instance_norm(x, self.weight.expand(n, -1), self.bias.expand(n, -1))


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1, self.in1 = _Layer(channels, channels, 3), _Norm(channels)
        self.conv2, self.in2 = _Layer(channels, channels, 3), _Norm(channels)

    def forward(self, x: Tensor, padding: Padding) -> Tensor:
        y = F.relu(self.in1(self.conv1(x, padding)))
        return torch.add(x, self.in2(self.conv2(y, padding)))


class TransformerNet(nn.Module):
    """The painting that it was trained on is in its weights; there is nothing to choose."""

    def __init__(self, channels: Channels = (32, 64, 128)) -> None:
        super().__init__()
        a, b, c = channels
        self.conv1, self.in1 = _Layer(3, a, 9), _Norm(a)
        self.conv2, self.in2 = _Layer(a, b, 3, stride=2), _Norm(b)
        self.conv3, self.in3 = _Layer(b, c, 3, stride=2), _Norm(c)
        self.res1, self.res2, self.res3 = _Residual(c), _Residual(c), _Residual(c)
        self.res4, self.res5 = _Residual(c), _Residual(c)
        self.deconv1, self.in4 = _Layer(c, b, 3), _Norm(b)
        self.deconv2, self.in5 = _Layer(b, a, 3), _Norm(a)
        self.deconv3 = _Layer(a, 3, 9)

    def forward(self, images: Tensor, padding: Padding = "reflect") -> Tensor:
        """Repaint images [N, 3, H, W] in 0..1; the result has the same shape and range."""
        height, width = images.shape[-2:]
        x = fit(images) * 255
        x = F.relu(self.in1(self.conv1(x, padding)))
        x = F.relu(self.in2(self.conv2(x, padding)))
        x = F.relu(self.in3(self.conv3(x, padding)))
        for residual in (self.res1, self.res2, self.res3, self.res4, self.res5):
            x = residual(x, padding)
        x = F.relu(self.in4(self.deconv1(double(x), padding)))
        x = F.relu(self.in5(self.deconv2(double(x), padding)))
        x = self.deconv3(x, padding)
        return torch.clamp(x / 255, 0, 1)[..., :height, :width]
