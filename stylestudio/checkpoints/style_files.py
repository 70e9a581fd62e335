"""Opens any file or folder of style transfer, and writes StyleStudio's own."""

from __future__ import annotations

import hashlib
import json
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import safetensors.torch
import torch

from stylestudio.checkpoints import tensor_file
from stylestudio.checkpoints.adain import recognise_adain
from stylestudio.checkpoints.checkpoint import public
from stylestudio.checkpoints.errors import CheckpointError, Unreadable, shown
from stylestudio.checkpoints.foreign import name_foreign
from stylestudio.checkpoints.inert import as_mapping
from stylestudio.checkpoints.modules import is_module, read_module, unwrapped
from stylestudio.checkpoints.pickle_values import text_items
from stylestudio.checkpoints.reading import one_sentence, read_bytes
from stylestudio.checkpoints.settings import checked_number
from stylestudio.checkpoints.style_networks import (
    Decoder,
    EmbeddedStyles,
    FixedStyle,
    Predictor,
    StyleBank,
    StylePart,
    put,
    recognise_tfjs,
)
from stylestudio.checkpoints.tfjs import MANIFEST, read_folder, read_json
from stylestudio.checkpoints.torch_files import (
    is_legacy_torch,
    read_legacy_torch,
    read_zip_torch,
)
from stylestudio.checkpoints.torch_tensors import Budget
from stylestudio.checkpoints.writing import writing
from stylestudio.networks.cin import CINNetwork
from stylestudio.networks.johnson import TransformerNet

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from stylestudio.checkpoints.torch_tensors import Array

EMBEDDINGS = "embeddings.json"  # beside model.json: {"name": [numbers], ...}
MAX_LOOKED_AT = 32 * 2**20  # bytes; the largest style network in one file has 7 MB
MAX_STYLES = 10_000
MAX_NAME = 200  # letters
_WIDTHS = (1 / 32, 8)
_NAMES = "stylestudio.names"
MAX_DICTIONARIES = 20  # in which weights are looked for
_OTHER_NAMES = re.compile(r"(in\d)\.(scale|shift|gamma|beta)$")  # of instance normalisation
_STATISTICS = re.compile(r".*\.(running_mean|running_var|num_batches_tracked)")  # never used


def read_style_part(path: str | os.PathLike[str]) -> StylePart:
    """Open a style network without running anything that is in its files.

    That is a safetensors file of StyleStudio, a folder with a TensorFlow.js model (or its
    model.json), a .pth of fast_neural_style, or either half of AdaIN as .pth or .safetensors.
    Raises CheckpointError, one sentence for the user, for anything else.
    """
    path = Path(path)
    with one_sentence(path):
        if path.is_dir() or path.name == MANIFEST:
            return _read_tfjs(path if path.is_dir() else path.parent)
        data = read_bytes(path)
        if tensor_file.is_safetensors(data):
            return _read_tensors(data, path.stem)
        if bytes(data[:4]) == b"PK\x03\x04":
            root, _ = read_zip_torch(data)
        elif is_legacy_torch(data):
            root, _ = read_legacy_torch(data)
        else:
            raise Unreadable(name_foreign(bytes(data[:4096])))
        return _read_pickled(root, Budget(len(data)), path.stem)


def holds_styles(path: str | os.PathLike[str]) -> bool:
    """Whether this is a style network, by a look that takes no longer than opening one."""
    path = Path(path)
    try:
        if path.is_dir():
            return (path / MANIFEST).is_file()
        if path.stat().st_size > MAX_LOOKED_AT:
            return False
        if path.name == MANIFEST:
            return b"weightsManifest" in path.read_bytes()
        read_style_part(path)
    except (OSError, CheckpointError):
        return False
    return True


def hash_styles(path: str | os.PathLike[str]) -> str:
    """SHA-256 of a style file's bytes; of a folder's, those of the model and its embeddings.

    Raises CheckpointError where they cannot be read.
    """
    path = Path(path)
    digest = hashlib.sha256()
    with one_sentence(path):
        if path.is_dir() or path.name == MANIFEST:
            folder = path if path.is_dir() else path.parent
            groups = read_json(folder / MANIFEST)["weightsManifest"]
            shards = [folder / name for group in groups for name in group["paths"]]
            files = [folder / MANIFEST, *shards, folder / EMBEDDINGS]
        else:
            files = [path]
        for file in files:
            if file.is_file() or file.name != EMBEDDINGS:
                digest.update(file.read_bytes())
    return digest.hexdigest()


def _read_tfjs(folder: Path) -> StylePart:
    if not (folder / MANIFEST).exists():
        raise Unreadable(f"is a folder without a {MANIFEST}; choose that of a TensorFlow.js model")
    part = recognise_tfjs(read_folder(folder))
    if isinstance(part, EmbeddedStyles) and (folder / EMBEDDINGS).exists():
        width = part.network.heads.weight.shape[1]
        embeddings = _embeddings(read_json(folder / EMBEDDINGS), width)
        return EmbeddedStyles(part.network, part.family, embeddings)
    return part


def _embeddings(content: Any, width: int) -> dict[str, Tensor]:
    """Named embeddings [width]. Raises Unreadable where they are something else."""
    if not isinstance(content, dict):
        raise Unreadable(f"has an {EMBEDDINGS} that does not list embeddings by name")
    _check_names(list(content))
    for name, numbers in content.items():
        if not isinstance(numbers, list) or len(numbers) != width:
            raise Unreadable(
                f"has an {EMBEDDINGS} in which {shown(name)} does not have {width} numbers"
            )
        if not all(type(x) in (int, float) and math.isfinite(x) for x in numbers):
            raise Unreadable(f"has an {EMBEDDINGS} in which {shown(name)} is not all numbers")
    return {name: torch.tensor(numbers) for name, numbers in content.items()}


def _check_names(names: Any) -> None:
    """Raise Unreadable unless these are names by which styles can be told apart."""
    if not isinstance(names, list) or len(names) > MAX_STYLES:
        raise Unreadable("is damaged: its style names aren't a list")
    for name in names:
        if not (isinstance(name, str) and name.isprintable() and 0 < len(name) <= MAX_NAME):
            raise Unreadable(f"has a style whose name is not valid ({shown(name)})")
    if len(set(names)) != len(names):
        raise Unreadable("has two styles of the same name")


def _read_tensors(data: memoryview, name: str) -> StyleBank | Predictor | Decoder | FixedStyle:
    metadata, arrays = tensor_file.read_tensors(data)
    if tensor_file.CONFIG not in metadata:
        part = _recognise(arrays, name)
        if part is not None:
            return part
        raise Unreadable("is a safetensors file without StyleStudio's description of the network")
    config = json.loads(metadata[tensor_file.CONFIG])
    if not isinstance(config, dict) or config.get("family") != tensor_file.STYLES_FAMILY:
        raise Unreadable("holds no styles; open it as a model instead")
    names = json.loads(metadata.get(_NAMES, "[]"))
    _check_names(names)
    width = checked_number("width", config.get("width"))
    if not _WIDTHS[0] <= width <= _WIDTHS[1]:
        raise Unreadable(f"has width = {width}, which is not valid")
    gamma = arrays.get("tables.gamma")
    if gamma is None or gamma.ndim != 2 or len(gamma) != len(names):
        raise Unreadable(
            f"is inconsistent: it names {len(names)} styles but stores a different number"
        )
    with torch.device("meta"):
        network = CINNetwork(len(names), width)
    return StyleBank(put(network, arrays, "bank of styles"), tuple(names))


def _read_pickled(root: Any, budget: Budget, name: str) -> FixedStyle | Predictor | Decoder:
    entries = text_items(as_mapping(root) or {})
    node = unwrapped(root)
    if is_module(node):
        dictionaries: list[Any] = [read_module(node, budget).tensors]
    else:
        inner = [value for value in entries.values() if as_mapping(value)]
        dictionaries = [root, *inner[:MAX_DICTIONARIES]]
    for dictionary in dictionaries:
        part = _recognise(budget.tensors(dictionary), name)
        if part is not None:
            return part
    listed = ", ".join(shown(key, 40) for key in list(entries)[:3])
    raise Unreadable(f"holds no style network that StyleStudio knows (it contains {listed})")


def _recognise(arrays: dict[str, Array], name: str) -> FixedStyle | Predictor | Decoder | None:
    """The network with these weights, whatever wraps their names; None for an unknown one."""
    last = next((key for key in arrays if key.endswith("deconv3.conv2d.weight")), "")
    prefix = last.removesuffix("deconv3.conv2d.weight")
    prefix = prefix or ("module." if all(key.startswith("module.") for key in arrays) else "")
    arrays = {
        _OTHER_NAMES.sub(_published_name, key.removeprefix(prefix)): array
        for key, array in arrays.items()
        if key.startswith(prefix) and not _STATISTICS.fullmatch(key)
    }
    part = recognise_adain(arrays)
    if part is not None or "deconv3.conv2d.weight" not in arrays:
        return part
    convolutions = [arrays.get(f"conv{index}.conv2d.weight") for index in (1, 2, 3)]
    channels = tuple(0 if weight is None else len(weight) for weight in convolutions)
    with torch.device("meta"):
        network = TransformerNet(channels)  # type: ignore[arg-type]
    return FixedStyle(put(network, arrays, "fast_neural_style network"), name)


def _published_name(found: re.Match[str]) -> str:
    """The name that fast_neural_style gives a scale or shift today."""
    return f"{found[1]}.{'weight' if found[2] in ('scale', 'gamma') else 'bias'}"


def write_styles(
    path: str | os.PathLike[str],
    network: CINNetwork,
    names: Sequence[str],
    *,
    metadata: Mapping[str, str] = {},
    half: bool = False,
) -> None:
    """Write a network and its styles, named in the order of its tables, all or nothing.

    `half` stores float16, which halves the file and costs about 0.1 % of each weight.
    Raises CheckpointError where a name will not do or the file cannot be written.
    """
    path = Path(path)
    try:
        _check_names(list(names))
    except Unreadable as error:
        raise CheckpointError(f"{path.name} was not written: it {error}.") from error
    if len(names) != len(network.tables.gamma):
        raise CheckpointError(
            f"{path.name} was not written: there are {len(names)} names for "
            f"{len(network.tables.gamma)} styles."
        )
    dtype = torch.float16 if half else torch.float32
    tensors = {
        key: value.detach().to("cpu", dtype).contiguous()
        for key, value in network.state_dict().items()
    }
    if half and not all(bool(tensor.isfinite().all()) for tensor in tensors.values()):
        raise CheckpointError(f"{path.name} was not written: its weights exceed float16.")
    config = {"family": tensor_file.STYLES_FAMILY, "width": network.transformer.width}
    described = {
        **public(metadata),
        tensor_file.CONFIG: json.dumps(config),
        _NAMES: json.dumps(list(names)),
    }
    with writing(path) as temporary:
        safetensors.torch.save_file(tensors, temporary, described)
