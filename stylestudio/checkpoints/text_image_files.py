"""Reads networks that compare pictures with text, and finds what lies beside them.

Known are the files of CLIP and SigLIP: OpenAI's TorchScript archives, plain dictionaries of
weights, those of open_clip, and folders of the transformers package. Nothing in them is run.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import torch

from stylestudio.checkpoints import tensor_file
from stylestudio.checkpoints.building import compare, to_tensor
from stylestudio.checkpoints.errors import CheckpointError, Unreadable, shown
from stylestudio.checkpoints.inert import as_mapping
from stylestudio.checkpoints.reading import one_sentence, read_bytes
from stylestudio.checkpoints.text_image_layouts import canonical
from stylestudio.checkpoints.tfjs import read_json
from stylestudio.checkpoints.torch_files import torch_root
from stylestudio.checkpoints.torch_script import is_script, script_tensors
from stylestudio.checkpoints.torch_tensors import Budget
from stylestudio.networks.text_image import (
    Activation,
    TextImageConfig,
    TextImageNetwork,
    TowerConfig,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from typing import IO

    from stylestudio.checkpoints.torch_tensors import Array

OPEN_CLIP, TRANSFORMERS, PREPROCESSOR = (
    "open_clip_config.json",
    "config.json",
    "preprocessor_config.json",
)
_WEIGHTS = (  # in a folder, best first
    "model.safetensors",
    "open_clip_model.safetensors",
    "pytorch_model.bin",
    "open_clip_pytorch_model.bin",
)
_CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
_CLIP_STD = (0.26862954, 0.26130258, 0.27577711)
_HALVES = (0.5, 0.5, 0.5)
_ACTIVATIONS: dict[str, Activation] = {
    "quick_gelu": "quick_gelu",
    "gelu": "gelu",
    "gelu_pytorch_tanh": "gelu_tanh",
    "gelu_new": "gelu_tanh",
}
_HEAD = 64  # numbers of one head, where no description says otherwise
MAX_LAYERS = 128
_SCALE = b"logit_scale"  # a weight that they all have, and hardly anything else
_MAX_NAMES = 64 << 20  # bytes of the names of a file's weights


@dataclass(frozen=True)
class TextImageFile:
    """What `read_text_image` finds."""

    network: TextImageNetwork
    name: str
    folder: Path  # where the file lies, and perhaps its tokenizer
    sha256: str  # of the weights' file
    mean: tuple[float, ...] = _CLIP_MEAN  # of pixels in 0..1
    std: tuple[float, ...] = _CLIP_STD
    squashes: bool = False  # brings pictures to a square without cropping
    padding: int | None = 0  # the token that fills up short texts; None where the tokenizer says
    notes: tuple[str, ...] = ()


@dataclass
class _Said:
    """What a description beside the weights says; None where it says nothing."""

    activation: Activation | None = None
    heads: tuple[int | None, int | None] = (None, None)  # of the image and the text tower
    epsilon: float | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    squashes: bool | None = None
    padding: int | None = None
    notes: list[str] = field(default_factory=list)


def read_text_image(
    path: str | os.PathLike[str], activation: Activation | None = None
) -> TextImageFile:
    """Open a CLIP or SigLIP file, or a folder that holds one, without running anything in it.

    `activation` is needed where neither the file nor a description beside it tells which one the
    network was trained with. Raises CheckpointError, one sentence for the user, for anything else.
    """
    path = Path(path)
    if activation is not None and activation not in get_args(Activation):
        known = ", ".join(get_args(Activation))
        raise CheckpointError(f"activation is {shown(activation)}, but can be: {known}.")
    with one_sentence(path):
        weights = _weights_in(path) if path.is_dir() else path
        digest = hashlib.sha256()
        data = read_bytes(weights, digest=digest)
        arrays, kind = _arrays(data)
        arrays = canonical(arrays)
        del data
        said = _described(weights.parent)
        siglip = "visual.pool.probe" in arrays
        chosen = activation or said.activation
        if chosen is None and siglip:
            chosen = "gelu_tanh"
        if chosen is None:
            if kind == "wrapped" or weights.name in _WEIGHTS:
                raise Unreadable(
                    "doesn't say which activation it uses; put its config file beside it, or give "
                    'activation="quick_gelu" (OpenAI, MetaCLIP) or "gelu" (LAION, DataComp)'
                )
            chosen = "quick_gelu"
            if kind == "bare":
                said.notes.append(
                    "The file doesn't name its activation; quick_gelu was taken, which OpenAI's "
                    "models use."
                )
        network = _build(arrays, said, chosen, siglip=siglip)
    statistics = _HALVES if siglip else None
    return TextImageFile(
        network,
        name=path.name if path.is_dir() else path.stem,
        folder=weights.parent,
        sha256=digest.hexdigest(),
        mean=said.mean or statistics or _CLIP_MEAN,
        std=said.std or statistics or _CLIP_STD,
        squashes=siglip if said.squashes is None else said.squashes,
        padding=said.padding if siglip else 0,
        notes=tuple(said.notes),
    )


def holds_text_image(path: str | os.PathLike[str]) -> bool:
    """Whether a file, or a folder, holds a text model, be it damaged; only a glance at its names.

    Raises OSError where it can't be read.
    """
    path = Path(path)
    if path.is_dir():
        return any(holds_text_image(path / name) for name in _WEIGHTS if (path / name).is_file())
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(8)
        if zipfile.is_zipfile(file):
            return _SCALE in _pickle_of(file)
        length = int.from_bytes(head, "little")
        file.seek(8)
        return 2 <= length < _MAX_NAMES and _SCALE in file.read(length)


def _pickle_of(file: IO[bytes]) -> bytes:
    """The description of the tensors in a file of torch's, b"" where there is none."""
    try:
        with zipfile.ZipFile(file) as archive:
            for entry in archive.infolist():
                if entry.filename.endswith("data.pkl") and entry.file_size < _MAX_NAMES:
                    return archive.read(entry)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error):
        pass
    return b""


def _weights_in(folder: Path) -> Path:
    for name in _WEIGHTS:
        if (folder / name).is_file():
            return folder / name
    if any(folder.glob("*.index.json")):
        raise Unreadable("holds a model in several parts; get the single-file version")
    raise Unreadable("is a folder without a text model; it needs a model.safetensors")


def _arrays(
    data: memoryview,
) -> tuple[dict[str, Array], Literal["script", "bare", "wrapped"]]:
    """The weights of a file, and whether they are OpenAI's archive, alone, or a part of more."""
    if tensor_file.is_safetensors(data):
        return tensor_file.read_tensors(data)[1], "bare"
    root = torch_root(data)
    budget = Budget(len(data))
    if is_script(root):
        return script_tensors(root, budget), "script"
    entries = as_mapping(root) or {}
    for wrapper in ("state_dict", "model"):
        if as_mapping(entries.get(wrapper)) is not None:
            return budget.tensors(entries[wrapper]), "wrapped"
    return budget.tensors(root), "bare"


def _described(folder: Path) -> _Said:
    """What the descriptions beside the weights say."""
    said = _Said()
    if (folder / OPEN_CLIP).is_file():
        _read_open_clip(_mapping(read_json(folder / OPEN_CLIP)), said)
    elif (folder / TRANSFORMERS).is_file():
        _read_transformers(_mapping(read_json(folder / TRANSFORMERS)), said)
    if (folder / PREPROCESSOR).is_file():
        settings = _mapping(read_json(folder / PREPROCESSOR))
        said.mean = _three(settings.get("image_mean")) or said.mean
        said.std = _three(settings.get("image_std")) or said.std
        if isinstance(settings.get("do_center_crop"), bool):
            said.squashes = not settings["do_center_crop"]
    return said


def _read_open_clip(config: Mapping[str, Any], said: _Said) -> None:
    model = _mapping(config.get("model_cfg"))
    image, text = _mapping(model.get("vision_cfg")), _mapping(model.get("text_cfg"))
    for part, key, what in (
        (image, "timm_model_name", "an image tower of the timm package"),
        (text, "hf_model_name", "a text tower of the transformers package"),
    ):
        if part.get(key):
            raise Unreadable(f"has {what} ({shown(part[key])}), which StyleStudio can't run")
    if text.get("no_causal_mask") or text.get("pool_type", "argmax") != "argmax":
        raise Unreadable("reads texts in a way that StyleStudio can't run; choose a CLIP or SigLIP")
    if image.get("pool_type", "tok") != "tok" or image.get("attentional_pool"):
        raise Unreadable("pools its pictures in a way that StyleStudio can't run")
    said.activation = "quick_gelu" if model.get("quick_gelu") else "gelu"
    width, head = image.get("width"), image.get("head_width", _HEAD)
    heads = width // head if type(width) is int and type(head) is int and head > 0 else None
    said.heads = (heads, _whole(text.get("heads")))
    pixels = _mapping(config.get("preprocess_cfg"))
    said.mean, said.std = _three(pixels.get("mean")), _three(pixels.get("std"))
    if "resize_mode" in pixels:
        said.squashes = pixels["resize_mode"] == "squash"


def _read_transformers(config: Mapping[str, Any], said: _Said) -> None:
    kind = config.get("model_type")
    if kind not in ("clip", "siglip", "siglip2", None):
        raise Unreadable(f"is a model of kind {shown(kind)}; StyleStudio runs CLIP and SigLIP")
    image, text = _mapping(config.get("vision_config")), _mapping(config.get("text_config"))
    default = "quick_gelu" if kind == "clip" else "gelu_pytorch_tanh"
    named = image.get("hidden_act", default)
    if named != text.get("hidden_act", default) or named not in _ACTIVATIONS:
        raise Unreadable(f"has an activation that StyleStudio can't run ({shown(named)})")
    said.activation = _ACTIVATIONS[named]
    said.heads = (
        _whole(image.get("num_attention_heads")),
        _whole(text.get("num_attention_heads")),
    )
    if type(text.get("pad_token_id")) is int:
        said.padding = text["pad_token_id"]
    epsilon = image.get("layer_norm_eps")
    said.epsilon = float(epsilon) if isinstance(epsilon, float) and 0 < epsilon < 1e-2 else None


def _build(
    arrays: dict[str, Array], said: _Said, activation: Activation, *, siglip: bool
) -> TextImageNetwork:
    """A network with these weights. Raises Unreadable where they don't fit together."""

    def shape(name: str, axes: int) -> tuple[int, ...]:
        found = arrays[name].shape if name in arrays else ()
        if len(found) != axes:
            raise Unreadable(f"is an incomplete text model: {name} is missing")
        return found

    width, _, patch, _ = shape("visual.conv1.weight", 4)
    places = shape("visual.positional_embedding", 2)[0] - (not siglip)
    grid = round(max(places, 0) ** 0.5)
    if grid**2 != places or not grid:
        raise Unreadable("takes pictures that aren't square, which StyleStudio can't run")
    vocabulary, text_width = shape("token_embedding.weight", 2)
    context, _ = shape("positional_embedding", 2)
    config = TextImageConfig(
        dim=shape("text_projection", 2)[1],
        image_size=grid * patch,
        patch=patch,
        image=_tower(arrays, "visual.transformer", width, said.heads[0]),
        text=_tower(arrays, "transformer", text_width, said.heads[1]),
        context=context,
        vocabulary=vocabulary,
        activation=activation,
        siglip=siglip,
        epsilon=said.epsilon or (1e-6 if siglip else 1e-5),
    )
    with torch.device("meta"):
        network = TextImageNetwork(config)
    expected = network.state_dict()
    compare(expected, arrays, "text model")
    state = {name: to_tensor(name, arrays.pop(name)) for name in list(expected)}
    network.load_state_dict(state, strict=True, assign=True)
    return network.eval().requires_grad_(False)


def _tower(arrays: dict[str, Array], prefix: str, width: int, heads: int | None) -> TowerConfig:
    layers = 0
    while f"{prefix}.resblocks.{layers}.ln_1.weight" in arrays and layers < MAX_LAYERS:
        layers += 1
    hidden = arrays.get(f"{prefix}.resblocks.0.mlp.c_fc.weight")
    if not layers or hidden is None or hidden.ndim != 2:
        raise Unreadable("is an incomplete text model: its transformers are missing")
    heads = heads or max(1, width // _HEAD)
    if width % heads:
        raise Unreadable(f"is inconsistent: {width} numbers can't be shared by {heads} heads")
    return TowerConfig(width, layers, heads, hidden.shape[0])


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _whole(value: Any) -> int | None:
    return value if type(value) is int and 0 < value < 1024 else None


def _three(value: Any) -> tuple[float, ...] | None:
    """Three numbers, one for each colour."""
    if not (isinstance(value, list) and len(value) == 3):
        return None
    if not all(type(each) in (int, float) and abs(each) < 100 for each in value):
        return None
    return tuple(float(each) for each in value)
