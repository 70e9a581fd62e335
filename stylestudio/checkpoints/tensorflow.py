"""The TensorFlow pickles of StyleGAN2 and StyleGAN2-ADA, read without TensorFlow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from stylestudio.checkpoints import progan, stylegan1, stylegan2
from stylestudio.checkpoints.checkpoint import RAW, Contents, public
from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.inert import as_array, as_mapping, as_plain
from stylestudio.checkpoints.pickle_values import Call, text_items
from stylestudio.checkpoints.rosinality import convolution

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stylestudio.checkpoints.checkpoint import Generator
    from stylestudio.checkpoints.torch_tensors import Array, Budget

MAX_DEPTH = 4
_USED = {"architecture", "nonlinearity", "mapping_nonlinearity", "mapping_lrmul", "resample_kernel"}
_KNOWN = _USED | {
    "latent_size", "label_size", "dlatent_size", "resolution", "num_channels", "mapping_layers",
    "label_fmaps", "mapping_fmaps", "w_avg_beta", "fmap_base", "fmap_max", "fmap_min", "fmap_decay",
    "num_fp16_res", "conv_clamp", "use_noise", "randomize_noise", "truncation_psi",
    "truncation_cutoff", "style_mixing_prob", "structure", "conditioning", "fused_modconv",
    "dlatent_avg_beta", "normalize_latents", "dtype",
}  # fmt: skip


def find_generator(root: Any) -> Any:
    """The averaged generator among pickled TensorFlow networks; None if there are none.

    Raises Unreadable where there are networks, but not that one.
    """
    if _state(root) is not None:
        return root
    nodes = root if isinstance(root, (tuple, list)) else (as_mapping(root) or {}).values()
    networks = [node for node in nodes if _state(node)]
    networks.sort(key=lambda node: (_state(node) or {}).get("name") == "Gs")
    if not networks:
        return None
    generators = [node for node in networks if "components" in (_state(node) or {})]
    for node in reversed(networks):  # (G, D, Gs): the averaged one comes last
        if "synthesis" in (as_mapping((_state(node) or {}).get("components")) or {}):
            return node
    return generators[-1] if generators else networks[-1]


def _state(node: Any) -> dict[Any, Any] | None:
    state = as_mapping(node.state) if isinstance(node, Call) else None
    return state if state is not None and {"static_kwargs", "variables"} <= set(state) else None


def read(node: Any, root: Any, budget: Budget) -> Contents:
    """The generator that `find_generator` found in `root`.

    Raises Unreadable where it cannot be converted.
    """
    state = _state(node) or {}
    # Of the three networks in a file the last is the averaged one, whatever it is called.
    is_raw = state.get("name") == "G" and not (isinstance(root, (tuple, list)) and len(root) == 3)
    version = state.get("version")
    settings = text_items(as_mapping(state.get("static_kwargs")) or {})
    variables = dict(_variables(node, "", 0, budget))
    if "4x4/Dense/weight" in variables:
        arrays = progan.from_tensorflow(variables, as_plain(settings.get("label_size")))
        return _contents(*progan.build(arrays, progan.Hints()), "ProGAN", state, is_raw)
    if "mapping/Dense0/weight" not in variables:
        if any("ToRGB_lod" in name for name in variables):
            raise Unreadable(
                "is a progressive generator (config A to D), which cannot be converted"
            )
        raise Unreadable("holds TensorFlow networks, but no StyleGAN2 generator among them")
    _check_square(settings, variables)
    if "synthesis/4x4/Const/StyleMod/weight" in variables:
        return _read_stylegan1(variables, settings, state, is_raw)
    if (type(version) is int and version < 4) or "synthesis/4x4/Const/const" not in variables:
        raise Unreadable("is an older network than StyleGAN2, of a kind that cannot be converted")
    if any("ToRGB_lod" in name for name in variables):
        raise Unreadable("is a progressive generator (config A to D), which cannot be converted")
    if "mapping/LabelConcat/weight" in variables:
        raise Unreadable("mixes in its classes in a way only TensorFlow's StyleGAN2 knows")
    arrays = {}
    unknown_layers = []
    for name in list(variables):
        converted = _converted(name, variables.pop(name))
        if converted is not None:
            arrays[converted[0]] = converted[1]
        elif not _NOT_NEEDED.fullmatch(name):
            unknown_layers.append(_layer(name))
    _refuse(unknown_layers)
    hints = _hints(settings)
    unknown = sorted(set(settings) - _KNOWN)
    remarks = [f"The unknown setting {shown(name, 40)} was ignored." for name in unknown[:5]]
    network, notes = stylegan2.build(arrays, hints)
    return _contents(network, [*remarks, *notes], "StyleGAN2", state, is_raw)


def _read_stylegan1(
    variables: dict[str, Array],
    settings: dict[str, Any],
    state: dict[Any, Any],
    is_raw: bool,
) -> Contents:
    if "mapping/LabelConcat/weight" in variables:
        raise Unreadable("is a StyleGAN with classes, which StyleStudio cannot run")
    fused = as_plain(settings.get("fused_scale", "auto"))
    arrays = stylegan1.from_tensorflow(variables, fused)
    hints = stylegan1.Hints(
        mapping_lr_multiplier=as_plain(settings.get("mapping_lrmul", 0.01)),
        z_dim=as_plain(settings.get("latent_size")),
    )
    return _contents(*stylegan1.build(arrays, hints), "StyleGAN", state, is_raw)


def _contents(
    network: Generator, notes: list[str], family: str, state: dict[Any, Any], is_raw: bool
) -> Contents:
    """What the file held; `is_raw` where it is not the averaged copy."""
    name = state.get("name")
    return Contents(
        network,
        f"{family}, TensorFlow pickle",
        metadata=public({"tensorflow_name": name}),
        notes=(*notes, *([RAW] if is_raw else [])),
    )


def _variables(node: Any, prefix: str, depth: int, budget: Budget) -> Iterator[tuple[str, Array]]:
    """The variables of a network and of its parts, under names like "synthesis/4x4/Conv/weight"."""
    state = _state(node)
    if state is None or depth > MAX_DEPTH:
        raise Unreadable("is damaged: a part of its network is missing")
    budget.work(1000)
    for name, value in state["variables"]:
        array = as_array(value)
        if array is None:
            array = np.array(as_plain(value), np.float32)
        budget.count(array)
        yield prefix + name, array
    for key, part in text_items(as_mapping(state.get("components")) or {}).items():
        yield from _variables(part, f"{prefix}{key}/", depth + 1, budget)


def _layer(name: str) -> str:
    """What a message calls the place of an unknown variable: its layer, unless that is known."""
    parts = name.split("/")
    return name if len(parts) < 4 or parts[2] in _LAYERS else "/".join(parts[:3])


def _refuse(layers: list[str]) -> None:
    """Raise Unreadable if there are layers that StyleGAN2 does not have."""
    names = list(dict.fromkeys(layers))
    if names:
        listed = ", ".join(shown(name) for name in names[:3])
        more = f" and {len(names) - 3} more" if names[3:] else ""
        raise Unreadable(
            f"is a modified StyleGAN2 that StyleStudio cannot run: it also has {listed}{more}"
        )


def _check_square(settings: dict[str, Any], names: Iterable[str]) -> None:
    """Raise Unreadable where pictures are wider or higher than they should be."""
    width, height = (as_plain(settings.get(f"resolution_{side}")) for side in "wh")
    sides = [found for name in names if (found := _SCOPE.match(name))]
    if width == height and sides:
        last = max(sides, key=lambda found: int(found[1]))
        height, width = last[1], last[2]
    if width != height:
        raise Unreadable(
            f"makes pictures of {shown(width)} x {shown(height)} pixels; only square ones are "
            "supported"
        )


def _hints(settings: dict[str, Any]) -> stylegan2.Hints:
    def setting(name: str, default: Any) -> Any:
        value = settings.get(name)
        return default if value is None else as_plain(value)

    taps = setting("resample_kernel", stylegan2.Hints.resample_filter)
    return stylegan2.Hints(
        activation=setting("nonlinearity", "lrelu"),
        mapping_activation=setting("mapping_nonlinearity", "lrelu"),
        mapping_lr_multiplier=setting("mapping_lrmul", 0.01),
        conv_clamp=setting("conv_clamp", None),
        resample_filter=taps,
        z_dim=setting("latent_size", None),
        c_dim=setting("label_size", 0),
    )


_SCOPE = re.compile(r"synthesis/(\d{1,5})x(\d{1,5})/")
_NOT_NEEDED = re.compile(r"(mapping/|synthesis/)?lod")  # how far the growing of old versions was
_LAYERS = {"Conv": "conv1", "Conv0_up": "conv0", "Conv1": "conv1", "ToRGB": "torgb", "Skip": "skip"}
_WEIGHTS = {
    "weight": "weight",
    "bias": "bias",
    "mod_weight": "affine.weight",
    "mod_bias": "affine.bias",
    "noise_strength": "noise_strength",
}


def _converted(name: str, array: Array) -> tuple[str, Array] | None:
    """NVIDIA's PyTorch name and layout for one TensorFlow variable; None for what is not needed.

    TensorFlow keeps convolutions as [k, k, in, out] and dense layers as [in, out].
    """
    if name == "dlatent_avg":
        return "mapping.w_avg", array
    if name == "synthesis/4x4/Const/const":
        return "synthesis.b4.const", array[0]
    if found := re.fullmatch(r"mapping/(LabelEmbed|Dense(\d{1,2}))/(weight|bias)", name):
        layer = "embed" if found[2] is None else f"fc{int(found[2])}"
        return f"mapping.{layer}.{found[3]}", array.T
    if found := re.fullmatch(r"synthesis/noise(\d{1,2})", name):
        return f"{convolution(int(found[1]))}.noise_const", array[0, 0]
    found = re.fullmatch(r"synthesis/(\d{1,5})x\1/(\w+)/(\w+)", name)
    if found is None or found[2] not in _LAYERS or found[3] not in _WEIGHTS:
        return None
    if found[3] == "mod_weight":
        array = array.T
    elif found[3] == "mod_bias":
        array = array + array.dtype.type(1)  # PyTorch's files have it added
    elif found[3] == "weight":
        if found[2] in ("Conv0_up", "Skip"):
            array = array[::-1, ::-1]
        array = array.transpose(3, 2, 0, 1)
    return f"synthesis.b{found[1]}.{_LAYERS[found[2]]}.{_WEIGHTS[found[3]]}", array
