"""Finds the generator in what a pickle, torch or safetensors file holds, whoever wrote it.

Programs keep generators in many places: as pickled networks or as dictionaries of weights, under
keys of their own, several in one dictionary behind prefixes, a raw and an averaged one side by
side. All are looked for by names that only generators have; the best is taken, and what is left
over is said.
"""

from __future__ import annotations

import dataclasses
import re
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stylestudio.checkpoints import (
    basicsr,
    genforce,
    nvidia,
    progan,
    rosinality,
    rosinality1,
    stylegan1,
    tensorflow,
)
from stylestudio.checkpoints.checkpoint import RAW, Contents
from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.families import recognised
from stylestudio.checkpoints.foreign_networks import name_network
from stylestudio.checkpoints.inert import as_mapping
from stylestudio.checkpoints.leftovers import is_beside, is_count, remark_on
from stylestudio.checkpoints.modules import children, is_module, read_module, unwrapped
from stylestudio.checkpoints.pickle_values import Global, text_items
from stylestudio.checkpoints.torch_tensors import is_tensor

if TYPE_CHECKING:
    from stylestudio.checkpoints.layouts import Layout
    from stylestudio.checkpoints.torch_tensors import Array, Budget

LAYOUTS: tuple[Layout, ...] = (
    *nvidia.LAYOUTS,
    rosinality.LAYOUT,
    basicsr.LAYOUT,
    genforce.LAYOUT,
    stylegan1.LAYOUT,
    rosinality1.LAYOUT,
    progan.LAYOUT,
)
MAX_DEPTH = 4  # of dictionaries in each other
MAX_DICTIONARIES = 200
_LOOKED_AT = 3000  # names, to say what else a file may be
_AVERAGED = re.compile(
    r"(^|[^a-z])(ema|avg|averaged?|shadow|smooth(ed)?|running|swa|gs)([^a-z]|$)|(ema|smooth)$"
)
_RAW = re.compile(r"g|net_?g|generator|online_model")
_AVERAGE_W = (
    "latent_avg", "w_avg", "mean_latent", "latent_mean", "mean_w", "dlatent_avg",
    "truncation_latent",
)  # fmt: skip
_HARMLESS = re.compile(
    r"(torch|torch_utils|numpy|dnnlib|tfutil|training|collections|_codecs|argparse|copy_reg|copyreg)(\.|$)"
    r"|(__builtin__|builtins)\.(set|frozenset|bytes|bytearray|complex|slice|range|object|dict)$"
)


class NoGenerator(Unreadable):
    """Nothing in the file looks like a generator that StyleStudio can run."""


@dataclass(frozen=True)
class Candidate:
    """A generator in a file: a pickled network, or weights behind a prefix in a dictionary."""

    where: tuple[str, ...]  # the keys from the root on, then the parts of the prefix
    node: Any
    layout: Layout | None = None  # None: a pickled network
    prefix: str = ""
    scopes: tuple[dict[str, Any], ...] = ()  # the dictionaries around it, the innermost last

    @property
    def label(self) -> str:
        """How a message calls it."""
        return shown(".".join(self.where), 40) or "that at the top"

    @property
    def rank(self) -> int:
        """Averaged generators come first, then those that may be either, then the raw ones."""
        words = [word.lower() for word in self.where]
        if any(_AVERAGED.search(word) for word in words):
            return 0
        return 2 if any(_RAW.fullmatch(word) for word in words) else 1


@dataclass
class Survey:
    """What a look at all dictionaries of a file finds."""

    generators: list[Candidate] = field(default_factory=list)
    others: list[Candidate] = field(default_factory=list)  # networks of unknown kinds
    averaged: list[tuple[str, ...]] = field(default_factory=list)  # places called so, with content
    names: list[str] = field(default_factory=list)  # keys, to say what else the file may be
    has_critic: bool = False


def read(root: Any, names: set[Global], budget: Budget) -> Contents:
    """The generator in `root`, which mentions the global `names`.

    Raises Unreadable where there is none that StyleStudio can run.
    """
    network = tensorflow.find_generator(root)
    if network is not None:
        contents = tensorflow.read(network, root, budget)
    else:
        contents = _read(root, names, budget)
    return dataclasses.replace(contents, notes=(*contents.notes, *_suspicious(names)))


def _read(root: Any, names: set[Global], budget: Budget) -> Contents:
    if isinstance(root, (list, tuple)) and len(root) == 3:
        root = dict(zip(("G", "D", "Gs"), root, strict=True))  # the order of TensorFlow's pickles
    survey = _survey(root, budget)
    candidates = survey.generators or survey.others
    if not candidates:
        raise NoGenerator(_foreign(root, survey, names))
    chosen = min(candidates, key=lambda candidate: (candidate.rank, len(candidate.where)))
    if chosen.layout is None:
        contents = _read_module(chosen, root, names, budget)
    else:
        rivals = [
            other.prefix
            for other in survey.generators
            if other.node is chosen.node and other is not chosen
        ]
        contents = _read_weights(chosen, rivals, budget)
    return dataclasses.replace(contents, notes=(*contents.notes, *_choice(chosen, survey)))


def _survey(root: Any, budget: Budget) -> Survey:
    """Look at the dictionaries of a file, from the outside in."""
    survey = Survey()
    waiting: deque[tuple[tuple[str, ...], Any, tuple[dict[str, Any], ...]]] = deque()
    waiting.append(((), root, ()))
    looked_at = 0
    while waiting and looked_at < MAX_DICTIONARIES:
        where, node, scopes = waiting.popleft()
        looked_at += 1
        if is_module(node):
            _add_module(survey, Candidate(where, unwrapped(node), scopes=scopes))
            continue
        entries = text_items(as_mapping(node) or {})
        budget.work(len(entries))
        survey.names += list(entries)[: _LOOKED_AT - len(survey.names)]
        inside = (*scopes, entries)
        for layout in LAYOUTS:
            survey.generators += [
                Candidate((*where, *prefix.split(".")[:-1]), node, layout, prefix, inside)
                for prefix in layout.prefixes(entries)
            ]
        for key, value in entries.items():
            if not (is_module(value) or as_mapping(value) or isinstance(value, (list, tuple))):
                continue
            if re.fullmatch(r"d|net_?d|discriminator", key.lower()):
                survey.has_critic = survey.has_critic or bool(value)
            if _AVERAGED.search(key.lower()) and value:
                survey.averaged.append((*where, key))
            if len(where) < MAX_DEPTH:
                waiting.append(((*where, key), value, inside))
    return survey


def _add_module(survey: Survey, candidate: Candidate) -> None:
    inner = children(candidate.node)
    if {"mapping", "synthesis"} <= inner or {"convs", "input"} <= inner:
        survey.generators.append(candidate)
    elif not candidate.where or candidate.rank != 1:
        survey.others.append(candidate)


def _read_module(chosen: Candidate, root: Any, names: set[Global], budget: Budget) -> Contents:
    """The generator that is pickled as a network. Raises Unreadable where it is none."""
    tree = read_module(chosen.node, budget)
    if "Discriminator" in tree.class_names[""]:
        raise Unreadable("holds only a discriminator, which judges pictures and cannot make them")
    if nvidia.is_known(tree):
        return nvidia.read(tree, root)
    for layout in LAYOUTS:
        for prefix in layout.prefixes(tree.tensors):
            inside = Candidate(
                (*chosen.where, *prefix.split(".")[:-1]),
                tree.tensors,
                layout,
                prefix,
                (*chosen.scopes, dict(tree.tensors)),
            )
            return _read_weights(inside, [], budget)
    meaning = name_network([*tree.tensors, *tree.class_names.values(), *map(str, names)])
    kind = shown(tree.class_names[""])
    raise Unreadable(
        f"holds {meaning}"
        if meaning
        else f"holds a network of kind {kind}, which StyleStudio does not know"
    )


def _read_weights(chosen: Candidate, rivals: list[str], budget: Budget) -> Contents:
    """The generator whose weights a dictionary holds; `rivals` are prefixes of others in it."""
    assert chosen.layout is not None
    longer = tuple(rival for rival in rivals if len(rival) > len(chosen.prefix))
    arrays = budget.tensors(chosen.node, chosen.prefix)
    for name in list(arrays):
        is_other = is_count(name) or (not chosen.prefix and is_beside(name))
        if is_other or f"{chosen.prefix}{name}".startswith(longer):
            del arrays[name]
    average = _average_w(arrays, chosen.scopes, budget)
    beside = _arrays_around(chosen.scopes, (rosinality.CLAMP,), budget)
    converted = chosen.layout.convert(arrays, beside)
    average = converted.arrays.pop("mapping.w_avg", average)
    notes: list[str] = []
    if average is not None:
        converted.arrays["mapping.w_avg"], notes = _one_row(average)
    family = recognised(converted.arrays)
    network, remarks = family.build_with(converted.arrays, converted.known)
    own = chosen.scopes[-1]
    strays = [
        name
        for name, value in own.items()
        if is_tensor(value)
        and not name.startswith((chosen.prefix, *rivals))
        and name not in (*_AVERAGE_W, rosinality.CLAMP)
    ]
    lost = [name for name in strays if _AVERAGED.search(name.split(".")[0].lower())]
    remark = remark_on([name for name in strays if name not in lost])
    if lost and chosen.rank:
        remark.append(_unknown_average(lost[0].split(".")[0]))
    wrapped = " inside an encoder's file" if chosen.prefix.endswith("decoder.") else ""
    return Contents(
        network,
        f"{family.describe(network)}, {chosen.layout.name}{wrapped}",
        notes=(*converted.notes, *notes, *remarks, *remark),
    )


def _arrays_around(
    scopes: tuple[dict[str, Any], ...], names: tuple[str, ...], budget: Budget
) -> dict[str, Array]:
    """The arrays of these names in the dictionaries around a generator, the nearest of each."""
    found: dict[str, Array] = {}
    for scope in scopes:
        for name in names:
            array = budget.tensor(scope.get(name))
            if array is not None:
                found[name] = array
    return found


def _average_w(
    arrays: dict[str, Array], scopes: tuple[dict[str, Any], ...], budget: Budget
) -> Array | None:
    """The average w among the weights, taken out of `arrays`, or beside them."""
    found = _arrays_around(scopes, _AVERAGE_W, budget)
    found |= {name: arrays.pop(name) for name in _AVERAGE_W if name in arrays}
    return next((found[name] for name in _AVERAGE_W if name in found), None)


def _one_row(average: Array) -> tuple[Array, list[str]]:
    """An average w as [w_dim], also where a file has a row for each layer; remarks."""
    if average.ndim < 2 or average.dtype.kind != "f":
        return average, []
    rows = average.reshape(-1, average.shape[-1])
    if (abs(rows - rows[0]) <= 1e-4).all():
        return rows.mean(axis=0), []
    note = "The file has an average w for each layer; their mean is used."
    return rows.mean(axis=0), [note]


def _choice(chosen: Candidate, survey: Survey) -> list[str]:
    """Remarks on the generators that were left aside."""
    notes = []
    is_official = chosen.layout is None and chosen.where == ("G_ema",)
    others = [
        candidate.label
        for candidate in survey.generators
        if candidate is not chosen and not (is_official and candidate.where == ("G",))
    ]
    if others:
        listed = ", ".join(others[:3])
        kind = "the averaged one" if chosen.rank == 0 else "one"
        notes.append(
            f"The file holds {len(others) + 1} generators; {kind} ({chosen.label}) was opened, "
            f"not {listed}."
        )
    lost = [place for place in survey.averaged if chosen.where[: len(place)] != place]
    if chosen.rank and lost:
        notes.append(_unknown_average(".".join(lost[0])))
    elif chosen.rank == 2:
        notes.append(RAW)
    return notes


def _unknown_average(place: str) -> str:
    return (
        f"Its averaged weights ({shown(place, 40)}) are in an unknown form, so the raw weights "
        "were opened."
    )


def _foreign(root: Any, survey: Survey, names: set[Global]) -> str:
    """What a file without a usable generator holds instead, as the rest of a sentence."""
    meaning = name_network([*survey.names, *map(str, names)])
    if meaning:
        return f"holds {meaning}"
    if survey.has_critic:
        return "holds only a discriminator, which judges pictures and cannot make them"
    entries = text_items(as_mapping(root) or {})
    if not entries:
        return "is a pickle, but holds no StyleGAN generator"
    listed = ", ".join(shown(name, 20) for name in list(entries)[:4])
    return f"holds no StyleGAN generator (it contains {listed})"


def _suspicious(names: set[Global]) -> list[str]:
    """A remark where the file refers to things that no training program needs."""
    odd = sorted(str(name) for name in names if not _HARMLESS.match(str(name)))
    if not odd:
        return []
    more = f" and {len(odd) - 3} more" if len(odd) > 3 else ""
    return [f"The file also refers to {', '.join(odd[:3])}{more}; none of it was run."]
