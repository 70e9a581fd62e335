"""Convolutions laid out for the machine give what the textbook's give."""

import pytest
import torch
from torch.nn import functional as F

from stylestudio.networks.convolution import Convolution
from stylestudio.networks.winograd import Winograd, winograd_pays
from stylestudio.networks.winograd_up import WinogradUp, winograd_up_pays


def inputs(outputs, channels, height, width):
    torch.manual_seed(height)
    weight = torch.randn(outputs, channels, 3, 3) / (9 * channels) ** 0.5
    x = torch.randn(1, channels, height, width).to(memory_format=torch.channels_last)
    return weight, x, torch.rand(1, channels) + 0.5


def error(found, exact):
    return ((found.float() - exact).square().mean().sqrt() / exact.std()).item()


@pytest.mark.parametrize(("height", "width"), [(4, 4), (12, 8), (16, 16), (40, 4)])
def test_winograd_is_exact_up_to_the_borders(height, width):
    weight, x, scales = inputs(5, 3, height, width)
    exact = F.conv2d(x * scales[:, :, None, None], weight, padding=1)
    found = Winograd(weight, torch.float32)(x, scales)
    assert found.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(found, exact, atol=3e-5, rtol=0)


@pytest.mark.parametrize(("height", "width"), [(4, 4), (12, 8), (16, 16), (40, 4)])
def test_winograd_up_is_exact_up_to_the_borders(height, width):
    weight, x, scales = inputs(5, 3, height, width)
    weight = weight.transpose(0, 1)  # [I, O, 3, 3]
    exact = F.conv_transpose2d(x * scales[:, :, None, None], weight, stride=2)
    found = WinogradUp(weight)(x, scales)
    assert found.is_contiguous(memory_format=torch.channels_last)
    assert found.stride(0) == found.numel()  # else the library takes it for planes of channels
    torch.testing.assert_close(found, exact, atol=3e-5, rtol=0)


@pytest.mark.parametrize(("height", "width"), [(2, 2), (6, 4), (16, 16)])
def test_winograd_stays_close_in_bfloat16(height, width):
    weight, x, scales = inputs(64, 64, height, width)
    exact = F.conv2d(x * scales[:, :, None, None], weight, padding=1)
    found = Winograd(weight, torch.bfloat16)(x.bfloat16(), scales.bfloat16())
    assert error(found, exact) < 0.01


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("channels", "size"), [(16, 8), (256, 32)])
def test_every_layout_gives_the_same_picture_twice(dtype, channels, size):
    weight, x, scales = inputs(channels, channels, size, size)
    exact = F.conv2d(x * scales[:, :, None, None], weight, padding=1)
    convolution = Convolution(weight, size, dtype)
    found = convolution(x.to(dtype), scales.to(dtype))
    assert error(found, exact) < (1e-5 if dtype == torch.float32 else 0.01)
    assert torch.equal(found, convolution(x.to(dtype), scales.to(dtype)))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_transposed_convolution_is_exact(dtype):
    weight, x, scales = inputs(12, 8, 4, 4)
    weight = weight.transpose(0, 1)  # [I, O, 3, 3]
    exact = F.conv_transpose2d(x * scales[:, :, None, None], weight, stride=2)
    found = Convolution(weight, 4, dtype, transposed=True)(x.to(dtype), scales.to(dtype))
    assert found.shape == (1, 12, 9, 9)
    assert error(found, exact) < (1e-5 if dtype == torch.float32 else 0.01)


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_numbers_between_those_of_two_are_those_of_weights_between(dtype, transposed):
    weight, x, scales = inputs(20, 20, 8, 8)
    weights = weight, torch.randn_like(weight) / 10, weight.clone(), torch.zeros_like(weight)
    torch.lerp(*weights[:2], 0.3, out=weights[3])
    begin, end, moving, expected = (
        Convolution(w, 8, dtype, transposed=transposed) for w in weights
    )
    torch.lerp(begin.numbers(), end.numbers(), 0.3, out=moving.numbers())
    begun, found, exact = (
        each(x.to(dtype), scales.to(dtype)) for each in (begin, moving, expected)
    )
    assert error(found, exact.float()) < (1e-5 if dtype == torch.float32 else 0.01)
    assert error(begun, exact.float()) > 0.1


def test_few_channels_and_odd_sizes_are_left_to_the_library():
    many, few = torch.empty(256, 256, 3, 3), torch.empty(64, 256, 3, 3)
    assert winograd_pays(many, 32, torch.float32)
    assert not winograd_pays(many, 34, torch.float32)
    assert not winograd_pays(many, 4, torch.float32)
    assert not winograd_pays(few, 512, torch.float32)
    assert winograd_up_pays(many, 128, torch.float32)
    assert not winograd_up_pays(many, 130, torch.float32)
    assert not winograd_up_pays(many, 16, torch.float32)
    assert not winograd_up_pays(many, 128, torch.bfloat16)
