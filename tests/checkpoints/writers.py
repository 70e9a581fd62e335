"""Writes checkpoints as the training programs do, so that the tests need no download."""

from __future__ import annotations

import contextlib
import io
import pickle
import sys
import types
from collections import OrderedDict

import numpy as np
import torch

from stylestudio.networks import stylegan2

SOURCE = (
    "raise RuntimeError('the source text in a checkpoint was executed')\n" + "# padding\n" * 200
)
PUBLISHED_NAMES = {
    "FullyConnected": "FullyConnectedLayer",
    "ToRGB": "ToRGBLayer",
    "SkipConv": "Conv2dLayer",
}
PERSONAL_PATH = "/home/someone/private/pictures.zip"


def _forged(module: str, name: str, value):
    """A function or class that pickles under a foreign name."""
    value.__module__, value.__qualname__, value.__name__ = module, name, name
    return value


def _reconstruct(meta):
    raise AssertionError("only ever pickled")


_reconstruct = _forged("torch_utils.persistence", "_reconstruct_persistent_obj", _reconstruct)
EasyDict = _forged("dnnlib.util", "EasyDict", type("EasyDict", (dict,), {}))
TfNetwork = _forged("dnnlib.tflib.network", "Network", type("Network", (), {}))
FORGED = (_reconstruct, EasyDict, TfNetwork)


@contextlib.contextmanager
def forged_names():
    """The foreign names importable, as pickle demands while it writes."""
    before = dict(sys.modules)
    for value in FORGED:
        parts = value.__module__.split(".")
        for i in range(1, len(parts) + 1):
            name = ".".join(parts[:i])
            sys.modules[name] = sys.modules.get(name) or types.ModuleType(name)
        setattr(sys.modules[value.__module__], value.__name__, value)
    try:
        yield
    finally:
        for name in set(sys.modules) - set(before):
            if name.split(".")[0] in {"torch_utils", "dnnlib", "training"}:
                del sys.modules[name]


def dumps(value, protocol: int = 4) -> bytes:
    with forged_names():
        return pickle.dumps(value, protocol=protocol)


class Persistent:
    """Pickles the way a class under NVIDIA's persistence decorator does."""

    def __init__(self, class_name: str, state: dict, source: str = SOURCE):
        self.meta = {
            "type": "class",
            "version": 6,
            "module_src": source,
            "class_name": class_name,
            "state": state,
        }

    def __reduce__(self):
        return _reconstruct, (self.meta,)


def small_generator(seed: int = 0, **changes):
    """A generator with weights that are all different from their initial values."""
    settings = {
        "img_resolution": 16,
        "channels": (8, 6, 4),
        "z_dim": 12,
        "w_dim": 10,
        "mapping_layers": 2,
        **changes,
    }
    network = stylegan2.Generator(stylegan2.StyleGAN2Config(**settings))
    return randomize(network, seed)


def randomize(network, seed: int = 0):
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            noise = torch.randn(tensor.shape, generator=random)
            if name.endswith(("bias", "noise_strength", "w_avg")):
                tensor.copy_(noise * 0.3 + tensor)
            else:
                tensor.copy_(noise * tensor.std().nan_to_num(1.0).clamp(min=0.1))
    return network.eval().requires_grad_(False)


def pickled_tree(module, *, kwargs: dict, top: dict, half_blocks: bool = False):
    """The nest of persistent layers that NVIDIA's tools would pickle for this network."""

    def layer(module, path: str):
        state = {"training": False, "_parameters": OrderedDict(module._parameters)}
        state["_buffers"] = OrderedDict(module._buffers)
        state["_non_persistent_buffers_set"] = set()
        state["_backward_hooks"] = OrderedDict()
        state["_is_full_backward_hook"] = None
        state["_modules"] = OrderedDict(
            (name, layer(child, f"{path}.{name}")) for name, child in module._modules.items()
        )
        for name in ("activation", "conv_clamp", "resolution", "use_noise", "bias_gain"):
            if name in vars(module):
                state[name] = getattr(module, name)
        if "weight_gain" in vars(module):
            state["weight_gain"] = np.float64(module.weight_gain)
        if path == "G":
            state |= top | {"_init_args": (), "_init_kwargs": EasyDict(kwargs)}
        if type(module).__name__ == "SynthesisBlock":
            state |= {"use_fp16": half_blocks, "architecture": module_architecture}
        return Persistent(PUBLISHED_NAMES.get(type(module).__name__, type(module).__name__), state)

    module_architecture = module.config.architecture
    return layer(module, "G")


def nvidia_tree(network, *, nested: bool = True, extra: dict | None = None):
    config = network.config
    top = {
        name: getattr(config, name)
        for name in ("z_dim", "c_dim", "w_dim", "img_resolution", "img_channels", "num_ws")
    }
    synthesis = {"channel_base": 64, "channel_max": 8, "num_fp16_res": 1}
    synthesis |= {"conv_clamp": config.conv_clamp} | (extra or {})
    kwargs = {**top, "mapping_kwargs": EasyDict(num_layers=config.mapping_layers)}
    kwargs |= {"synthesis_kwargs": EasyDict(synthesis)} if nested else synthesis
    return pickled_tree(network, kwargs=kwargs, top=top, half_blocks=True)


def nvidia_pickle(network, *, protocol: int = 4, nested: bool = True, **others) -> bytes:
    """A whole training pickle: the raw G differs from G_ema, the settings name a local path."""
    raw = small_generator(seed=99, img_resolution=8, channels=(4, 4))
    top = {
        "training_set_kwargs": EasyDict(
            class_name="training.dataset.ImageFolderDataset",
            path=PERSONAL_PATH,
            resolution=network.config.img_resolution,
        ),
        "G": nvidia_tree(raw),
        "D": Persistent("Discriminator", {"_parameters": {}, "_modules": {}}),
        "G_ema": nvidia_tree(network, nested=nested),
        "augment_pipe": None,
    }
    return dumps(top | others, protocol)


def legacy_torch(value) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer, _use_new_zipfile_serialization=False)
    return buffer.getvalue()


def zip_torch(value) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()
