"""Latents and directions that other tools have saved, recognised by content and shape.

Read are `.npy` and `.npz` (NVIDIA's projectors, GANSpace, InterFaceGAN's boundaries, encoders'
dictionaries) and what torch saves (PTI's pivots, pSp's and e4e's batches, rosinality's projector,
its closed-form factors). Nothing in a file is executed.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from stylestudio.checkpoints.errors import CheckpointError, Unreadable, shown
from stylestudio.checkpoints.inert import as_mapping, called
from stylestudio.checkpoints.numpy_files import MAGIC, is_npz, read_npy, read_npz
from stylestudio.checkpoints.pickle_machine import PickleMachine
from stylestudio.checkpoints.pickle_text import TEXT_PICKLES
from stylestudio.checkpoints.reading import one_sentence, read_bytes
from stylestudio.checkpoints.torch_files import (
    is_legacy_torch,
    read_legacy_torch,
    read_zip_torch,
)
from stylestudio.checkpoints.torch_tensors import Budget
from stylestudio.pictures import SUFFIXES

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from numpy.typing import NDArray

    LatentKind = Literal["w", "z", "direction"]
    Tagged = tuple[str, LatentKind | None, NDArray[Any]]

_NONE = "holds no latents; those of .npy, .npz and .pt files can be read"
_OLD_PICKLES = tuple(bytes([byte]) for byte in TEXT_PICKLES)
ZIP = b"PK\x03\x04"
MAX_LATENTS = 10_000
MAX_DEPTH = 6  # of dictionaries and lists in each other
MAX_ROWS = 64
NUM_WS = range(4, 25, 2)  # rows of W+ in square generators; other numbers of rows are many w
WIDTHS = range(4, 8193)  # numbers of a w

# Names of entries, in lower case, that say what they hold.
_W = frozenset(
    (
        *("w", "ws", "wp", "w_plus", "wplus", "w+", "latent", "latents", "latent_code"),
        *("latent_codes", "dlatent", "dlatents", "projected_w", "w_pivot", "pivot", "style"),
        *("latent_in", "codes", "result_latents"),
    )
)
_Z = frozenset(("z", "zs", "z_codes"))
_DIRECTIONS = frozenset(
    ("direction", "directions", "boundary", "boundaries", "eigvec", "eigen_vector", "lat_comp")
)
_COLUMNS = frozenset(("eigvec", "eigen_vector"))  # of which each column is a direction
_SAYS_DIRECTION = re.compile(r"direction|boundar|eigvec|factor|semantic|attribute|slider")
_SAYS_Z = re.compile(r"(^|[_\-. ])z(s|_codes?)?($|[_\-. ])")
_SAYS_W = re.compile(r"latent|project|pivot|(^|[_\-. ])(w|ws|wp|w_plus|dlatents?)($|[_\-. ])")
_SAYS_W_PLUS = re.compile(r"w_?plus|w\+|(^|[_\-. ])wp($|[_\-. ])")
_OBJECTS = re.compile("[<>|=]?O[0-9]*")
_RECONSTRUCT = ("numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct")


@dataclass(frozen=True, eq=False)
class FoundLatent:
    """A latent or direction of a file: float32 [rows, dim], one row for all layers or one each."""

    name: str  # the photo's, or the file's; never a path
    kind: LatentKind
    array: NDArray[np.float32]


@dataclass(frozen=True)
class LatentFile:
    """What a file of latents holds, in its order."""

    name: str  # of the file
    found: tuple[FoundLatent, ...]


def read_latent_file(
    path: str | os.PathLike[str], expected: LatentKind | None = None
) -> LatentFile:
    """Read the latents and directions in a file without running anything that is in it.

    What is expected counts where no name says what an array is; by default its shape and length
    tell. Raises CheckpointError, one sentence, for any other file.
    """
    path = Path(path)
    with one_sentence(path):
        data = read_bytes(path)
        stem = path.stem.lower()
        found: list[FoundLatent] = []
        for entry, kind, array in _tagged(_root(path, data), Budget(len(data))):
            numbers = _checked(array)
            kind = kind or _kind(entry.lower(), stem, numbers, expected)
            name = _base_name(entry) or shown(path.stem)
            are_apart = kind == "direction" and _are_apart(entry.lower(), stem, numbers)
            found += [FoundLatent(name, kind, rows) for rows in _single(kind, numbers, are_apart)]
            if len(found) > MAX_LATENTS:
                raise Unreadable(f"holds more than {MAX_LATENTS} latents; split it")
        if not found:
            raise Unreadable("holds no latents: nothing in it has their shape")
        return LatentFile(shown(path.name), tuple(_numbered(found)))


def holds_latents(path: str | os.PathLike[str]) -> bool:
    """Whether a file is to be read as latents: numpy's always, torch's where any are in it.

    Raises OSError where it cannot be read.
    """
    path = Path(path)
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(len(MAGIC))
    if head == MAGIC or (head.startswith(ZIP) and is_npz(path)):
        return True
    if not (head.startswith((ZIP, b"\x80")) or head[:1] in _OLD_PICKLES):
        return False
    try:
        return bool(read_latent_file(path).found)
    except CheckpointError:
        return False


def _root(path: Path, data: memoryview) -> Any:
    """What a file holds: an array, arrays by their names, or the inert nodes of a pickle."""
    if data[: len(MAGIC)] == MAGIC:
        return read_npy(data)
    if data[: len(ZIP)] == ZIP:
        return read_npz(path) if is_npz(path) else read_zip_torch(data)[0]
    if data[0] in TEXT_PICKLES:
        return _old_pickle(data)
    if data[0] != 0x80:
        raise Unreadable(_NONE)
    return read_legacy_torch(data)[0] if is_legacy_torch(data) else PickleMachine(data).run()


def _old_pickle(data: memoryview) -> Any:
    """What a pickle of protocol 0 or 1 holds, which may be any text that begins like one."""
    try:
        return PickleMachine(data).run()
    except (Unreadable, ValueError):
        raise Unreadable(_NONE) from None


def _tagged(
    value: Any, budget: Budget, entry: str = "", kind: LatentKind | None = None, depth: int = 0
) -> Iterator[Tagged]:
    """Each array that may be a latent, the name that it goes by, and the kind if that is said."""
    budget.work(1)
    array = value if isinstance(value, np.ndarray) else None
    if array is None and not _is_object_array(value):
        array = budget.tensor(value)
    if array is not None:
        if array.dtype.kind == "f" and array.size and array.shape and array.shape[-1] in WIDTHS:
            yield entry, kind, array
        return
    if depth > MAX_DEPTH:
        return
    mapping = as_mapping(value)
    if mapping is not None:
        texts = {key: item for key, item in mapping.items() if isinstance(key, str)}
        if any(key.endswith((".weight", ".bias")) for key in texts):
            raise Unreadable("holds the weights of a network, not latents")
        known = {key: said for key in texts if (said := _kind_of_entry(key))}
        if known:
            for key, said in known.items():
                for name, _, array in _tagged(texts[key], budget, entry, said, depth + 1):
                    yield name, said, array.T if key.lower() in _COLUMNS else array
            return
        for key, item in texts.items():
            yield from _tagged(item, budget, key, kind, depth + 1)
        return
    for item in _items(value):
        yield from _tagged(item, budget, entry, kind, depth + 1)


def _kind_of_entry(key: str) -> LatentKind | None:
    name = key.lower()
    if name in _W:
        return "w"
    if name in _Z:
        return "z"
    return "direction" if name in _DIRECTIONS else None


def _is_object_array(value: Any) -> bool:
    if not called(value, *_RECONSTRUCT) or not isinstance(value.state, tuple):
        return False
    kind: Any = value.state[2] if len(value.state) == 5 else None
    if not called(kind, "numpy.dtype") or not isinstance(kind.args, tuple) or not kind.args:
        return False
    return isinstance(kind.args[0], str) and bool(_OBJECTS.fullmatch(kind.args[0]))


def _items(value: Any) -> list[Any] | tuple[Any, ...]:
    """What a list, a tuple or an array of objects holds; nothing for anything else."""
    if _is_object_array(value):
        value = value.state[4]
    return value if isinstance(value, list | tuple) else ()


def _kind(entry: str, stem: str, array: NDArray[Any], expected: LatentKind | None) -> LatentKind:
    """Tell by the names, then by shape and length: a lone vector, or one of length 1, points."""
    for name in (entry, stem):
        if Path(name).suffix in SUFFIXES:  # a photo's name says nothing of its latent
            continue
        if _SAYS_DIRECTION.search(name):
            return "direction"
        if _SAYS_Z.search(name) and (array.ndim < 3 or array.shape[-2] == 1):
            return "z"  # which has no rows for layers
        if _SAYS_W.search(name):
            return "w"
    if expected and Path(entry).suffix not in SUFFIXES:  # what goes by a photo is its latent
        return expected
    return "direction" if array.ndim == 1 or _is_unit(array) else "w"


def _is_unit(array: NDArray[Any]) -> bool:
    """Whether all rows have a length of 1."""
    lengths = np.linalg.norm(array.astype(np.float64), axis=-1)
    return bool(np.allclose(lengths, 1, atol=1e-3))


def _are_apart(entry: str, stem: str, array: NDArray[np.float32]) -> bool:
    """Whether rows are a direction each, as those of SeFa and PCA, rather than one in W+.

    The rows of one in W+ differ in length, or are all the same, unless a name says W+.
    """
    if array.ndim != 2 or _SAYS_W_PLUS.search(entry) or _SAYS_W_PLUS.search(stem):
        return False
    return _is_unit(array) and not np.allclose(array, array[0], atol=1e-3)


def _checked(array: NDArray[Any]) -> NDArray[np.float32]:
    with np.errstate(invalid="ignore", over="ignore"):  # looked for right below
        numbers = array.astype(np.float32)
    if not np.isfinite(numbers).all():
        raise Unreadable("holds values that are not finite numbers")
    return numbers


def _single(kind: LatentKind, array: NDArray[np.float32], are_apart: bool) -> NDArray[np.float32]:
    """An array [N, rows, dim], [rows, dim], [N, dim] or [dim] as single latents [N, rows, dim]."""
    while array.ndim > 3 and array.shape[0] == 1:
        array = array[0]
    array = np.atleast_2d(array)
    if array.ndim == 2:
        in_layers = kind != "z" and array.shape[0] in NUM_WS and not are_apart
        return array[None] if in_layers else array[:, None]
    return array if array.ndim == 3 and array.shape[1] <= MAX_ROWS else array[:0, :0]


def _numbered(found: list[FoundLatent]) -> list[FoundLatent]:
    """Tell latents of one name apart."""
    counts = Counter(each.name for each in found)
    seen: Counter[str] = Counter()
    numbered = []
    for each in found:
        name = f"{each.name} {seen[each.name]}" if counts[each.name] > 1 else each.name
        seen[each.name] += 1
        numbered.append(replace(each, name=name))
    return numbered


def _base_name(entry: str) -> str:
    """The last part of a path in either system's form, fit to be shown."""
    return shown(re.split(r"[/\\]", entry)[-1])
