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

from stylestudio.networks import stylegan2, stylegan3

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
                tensor.copy_(noise * tensor.std(correction=0).clamp(min=0.1))
    return network.eval().requires_grad_(False)


def pickled_tree(module, *, kwargs: dict, top: dict, half_blocks: bool = False):
    """The nest of persistent layers that NVIDIA's tools would pickle for this network."""

    def layer(module, path: str):
        state = {"training": False, "_parameters": OrderedDict(module._parameters)}
        # The pixels of StyleGAN3's input are a buffer of ours alone.
        buffers = [(name, value) for name, value in module._buffers.items() if name != "centres"]
        state["_buffers"] = OrderedDict(buffers)
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
    with forged_names():
        torch.save(value, buffer, _use_new_zipfile_serialization=False)
    return buffer.getvalue()


def zip_torch(value) -> bytes:
    buffer = io.BytesIO()
    with forged_names():
        torch.save(value, buffer)
    return buffer.getvalue()


def tensorflow_network(network, *, name: str = "Gs", version: int = 4, **settings) -> TfNetwork:
    """The generator as TensorFlow's StyleGAN2 pickles it, variables in its layouts."""
    weights = {key: value.numpy() for key, value in network.state_dict().items()}
    config = network.config
    mapping, synthesis = [], []
    for key, value in weights.items():
        if key.startswith("mapping.") and key != "mapping.w_avg":
            _, layer, kind = key.split(".")
            layer = "LabelEmbed" if layer == "embed" else f"Dense{layer.removeprefix('fc')}"
            mapping.append((f"{layer}/{kind}", np.ascontiguousarray(value.T)))
        elif key.startswith("synthesis."):
            synthesis.append(_tensorflow_variable(key, value))
    settings = {
        "latent_size": config.z_dim,
        "label_size": config.c_dim,
        "resolution": config.img_resolution,
        "architecture": config.architecture,
        "conv_clamp": config.conv_clamp,
        **settings,
    }
    components = {
        "synthesis": _tf_state("G_synthesis", version, settings, {}, synthesis),
        "mapping": _tf_state("G_mapping", version, settings, {}, mapping),
    }
    own = [("lod", np.float32(0)), ("dlatent_avg", weights["mapping.w_avg"])]
    return _tf_state(name, version, EasyDict(settings), components, own)


def _tf_state(name, version, settings, components, variables) -> TfNetwork:
    result = TfNetwork()
    vars(result).update(
        version=version,
        name=name,
        static_kwargs=settings,
        components=components,
        build_module_src=SOURCE,
        build_func_name="G_main",
        variables=variables,
    )
    return result


def _tensorflow_variable(key: str, value):
    _, block, layer, *rest = key.split(".")
    side = int(block.removeprefix("b"))
    if layer == "const":
        return "4x4/Const/const", value[None]
    kind = ".".join(rest)
    if kind == "noise_const":
        index = 2 * side.bit_length() - 6 - (layer == "conv0")
        return f"noise{index}", value[None, None]
    name = {"conv0": "Conv0_up", "torgb": "ToRGB", "skip": "Skip"}.get(layer, "Conv1")
    name = "Conv" if side == 4 and layer == "conv1" else name
    if kind == "weight":
        value = value.transpose(2, 3, 1, 0)
        value = value[::-1, ::-1] if layer in ("conv0", "skip") else value
    elif kind == "affine.weight":
        value = value.T
    elif kind == "affine.bias":
        value = value - 1
    kind = kind.replace("affine.", "mod_")
    return f"{side}x{side}/{name}/{kind}", np.array(value, order="C")


def tensorflow_pickle(network, protocol: int = 4, **settings) -> bytes:
    raw = small_generator(seed=99, img_resolution=8, channels=(4, 4))
    critic = _tf_state("D", 4, {"resolution": 8}, {}, [("8x8/FromRGB/weight", np.zeros((1, 1)))])
    networks = (
        tensorflow_network(raw, name="G"),
        critic,
        tensorflow_network(network, **settings),
    )
    return dumps(networks, protocol)


def small_stylegan3(seed: int = 0, kernel: int = 3, **changes):
    """A StyleGAN3 of 16 x 16 pixels with random filters that have sum 1."""
    sizes = [(36, 36, 2, 2), (36, 36, 2, 2), (36, 16, 2, 2), (16, 16, 1, 1)]
    widths = [6, 6, 5, 4, 3]
    layers = tuple(
        stylegan3.LayerConfig(
            in_channels=widths[i],
            out_channels=widths[i + 1],
            in_size=in_size,
            out_size=out_size,
            kernel=kernel if up > 1 else 1,
            up=up,
            down=down,
            up_taps=6 * up if up > 1 else 1,
            down_taps=6 * down if down > 1 else 1,
            radial=kernel == 1 and i < 2,
        )
        for i, (in_size, out_size, up, down) in enumerate(sizes)
    )
    settings = {"z_dim": 8, "w_dim": 8, **changes}
    network = stylegan3.Generator(stylegan3.StyleGAN3Config(layers=layers, **settings))
    randomize(network, seed)
    for name, tensor in network.named_buffers():
        if name.endswith("_filter"):
            tensor.abs_().div_(tensor.sum())
        elif name.endswith("magnitude_ema"):
            tensor.fill_(0.7)
        elif name.endswith("transform"):
            tensor.copy_(torch.eye(3))
    return network


def stylegan3_tree(network):
    config = network.config
    top = {
        name: getattr(config, name)
        for name in ("z_dim", "c_dim", "w_dim", "img_resolution", "img_channels", "num_ws")
    }
    kwargs = {**top, "channel_base": 64, "magnitude_ema_beta": 0.99}
    tree = pickled_tree(network, kwargs=kwargs, top=top)
    synthesis = tree.meta["state"]["_modules"]["synthesis"].meta["state"]
    synthesis["output_scale"] = config.output_scale
    for index, layer in enumerate(config.layers):
        name = f"L{index}_{layer.out_size}_{layer.out_channels}"
        lo, hi = layer.padding
        synthesis["_modules"][name].meta["state"] |= {
            "in_size": np.array([layer.in_size] * 2),
            "out_size": np.array([layer.out_size] * 2),
            "up_factor": layer.up,
            "down_factor": layer.down,
            "padding": [lo, hi, lo, hi],
            "use_fp16": np.bool_(True),
        }
    return tree


class PlainModule:
    """Pickles like an undecorated torch module of a fork: its class, then its state."""

    def __init__(self, tree: Persistent):
        self.meta = tree.meta

    def __reduce__(self):
        children = self.meta["state"]["_modules"]
        children = {name: PlainModule(child) for name, child in children.items()}
        kind = _forged_class(self.meta["class_name"])
        return kind, (), {**self.meta["state"], "_modules": children}


def _forged_class(name: str):
    kind = _forged("training.networks", name, type(name, (), {}))
    sys.modules.setdefault("training", types.ModuleType("training"))
    module = sys.modules.setdefault("training.networks", types.ModuleType("training.networks"))
    return vars(module).setdefault(name, kind)
