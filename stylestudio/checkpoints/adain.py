"""Recognises the two halves of AdaIN by the names and shapes of their weights."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import torch

from stylestudio.checkpoints.errors import Unreadable
from stylestudio.checkpoints.style_networks import Decoder, Predictor, put
from stylestudio.networks.adain import AdaINChannels, AdaINDecoder, AdaINEncoder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stylestudio.checkpoints.torch_tensors import Array

_NUMBERED = re.compile(r"(\d+)\.(weight|bias)")
_DEEPEST = 29  # number of the encoder's last convolution; published files go on to relu5_4


def recognise_adain(arrays: Mapping[str, Array]) -> Predictor | Decoder | None:
    """The half that these weights are, or None where they have nothing to do with AdaIN.

    Raises Unreadable for a half that is not whole, and for a VGG that is not the normalised one.
    """
    if any(name.startswith("features.0.") for name in arrays):
        raise Unreadable(
            "is a VGG as torchvision saves it; AdaIN needs the normalised VGG that was published "
            "with its decoder"
        )
    if not arrays or not all(_NUMBERED.fullmatch(name) for name in arrays):
        return None
    if "0.weight" not in arrays:
        with torch.device("meta"):
            decoder = AdaINDecoder(_decoder_channels(arrays))
        return Decoder(put(decoder, arrays, "decoder of AdaIN"), "adain")
    used = {name: a for name, a in arrays.items() if int(name.split(".")[0]) <= _DEEPEST}
    with torch.device("meta"):
        encoder = AdaINEncoder(_encoder_channels(arrays))
    return Predictor(put(encoder, used, "normalised VGG of AdaIN"), "adain")


def _encoder_channels(arrays: Mapping[str, Array]) -> AdaINChannels:
    a, b, c, d = (_size(arrays, number, axis=0) for number in (2, 9, 16, 29))
    return a, b, c, d


def _decoder_channels(arrays: Mapping[str, Array]) -> AdaINChannels:
    a, b, c = (_size(arrays, number, axis=0) for number in (21, 14, 1))
    return a, b, c, _size(arrays, 1, axis=1)


def _size(arrays: Mapping[str, Array], number: int, axis: int) -> int:
    name = f"{number}.weight"
    if name not in arrays:
        raise Unreadable(f"is an incomplete half of AdaIN: {name} is missing")
    shape = arrays[name].shape
    if len(shape) != 4 or 0 in shape:
        raise Unreadable(f"is inconsistent: {name} has the shape {shape}")
    return int(shape[axis])
