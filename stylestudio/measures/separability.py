"""Linear separability: how well planes in z and in w tell attributes of the pictures apart."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from stylestudio.editing.logistic import fit
from stylestudio.measures.distances import MeasureError, conditional_entropy
from stylestudio.recipe.numbers import MAX_SEED
from stylestudio.render.device import one_at_a_time
from stylestudio.training.regressors import RegressorsError, read_regressors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stylestudio.measures.pictures import ModelPictures
    from stylestudio.progress import Cancel
    from stylestudio.training.regressors import Regressors

    Array = np.ndarray[Any, Any]

VARIANCE = 1.0  # of the prior of a plane's weights, over latents of unit deviation
FOLDS = 5  # parts of the pictures; the plane for each is fitted to the others
LEAST = 20  # pictures of either answer, for a plane
_MAPPED = 256  # z at a time


@dataclass(frozen=True)
class PictureLabels:
    """Attributes that regressors read from the pictures of a model."""

    pictures: ModelPictures
    names: tuple[str, ...]
    scene: str
    identity: str
    regressors: Regressors = field(repr=False)

    @classmethod
    def open(cls, path: Path, pictures: ModelPictures) -> PictureLabels:
        """Read the file of regressors. Raises MeasureError where it doesn't fit the model."""
        try:
            regressors, said = read_regressors(path)
        except RegressorsError as error:
            raise MeasureError(str(error)) from None
        side = pictures.model.resolution
        if side % regressors.side:
            raise MeasureError(
                f"{path.name} reads pictures of {regressors.side} px or multiples; "
                f"{pictures.name} makes {side}."
            )
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        identity = repr(("attributes", pictures.identity, content))
        return cls(pictures, tuple(said["attributes"]), said["scene"], identity, regressors)

    @torch.no_grad()
    def read(self, numbers: range, cancel: Cancel) -> Array:
        """Attributes [n, K] of some pictures. Raises Cancelled between two."""
        rows = []
        for number in numbers:
            cancel.check()
            picture = self.pictures.read(number)[None].float() / 127.5 - 1
            rows.append(self.regressors(picture)[0].numpy())
        return np.stack(rows).astype(np.float32)


def read_labels(path: Path) -> tuple[list[int], dict[str, Array]]:
    """Seeds [N] and attributes by name, each [N] of 0, 1 or NaN, from a CSV file.

    Its first line names the columns: "seed", then attributes. Each further line holds a seed, and
    for each attribute 0, 1 or nothing. Raises MeasureError, naming the line.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = [line for line in csv.reader(file) if any(cell.strip() for cell in line)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or "it is no CSV file"
        raise MeasureError(f"{path.name} cannot be read: {reason}.") from None
    head = [cell.strip() for cell in lines[0]] if lines else []
    if len(head) < 2 or head[0].lower() != "seed":
        raise MeasureError(f'{path.name} needs a first line "seed,ATTRIBUTE,...".')
    seeds, rows = [], []
    for number, line in enumerate(lines[1:], 2):
        cells = [cell.strip() for cell in line]
        known = all(cell in ("", "0", "1") for cell in cells[1:])
        is_seed = cells[0].isdecimal() and int(cells[0]) <= MAX_SEED
        if len(cells) != len(head) or not is_seed or not known:
            raise MeasureError(
                f"Line {number} of {path.name} needs a seed, then 0, 1 or nothing for each of "
                f"{len(head) - 1} attributes."
            )
        seeds.append(int(cells[0]))
        rows.append([float(cell) if cell else np.nan for cell in cells[1:]])
    if not seeds:
        raise MeasureError(f"{path.name} holds no labels below its first line.")
    table = np.array(rows)
    return seeds, dict(zip(head[1:], table.T, strict=True))


def confident_halves(attributes: Array, names: tuple[str, ...]) -> dict[str, Array]:
    """Labels by name, each [N] of 0, 1 or NaN, of attributes [N, K] about 0.

    The less sure half of each has none, as in the paper.
    """
    labels = {}
    for column, name in zip(attributes.T, names, strict=True):
        sure = np.abs(column) >= np.median(np.abs(column))
        labels[name] = np.where(sure, (column > 0).astype(float), np.nan)
    return labels


def separability(
    labels: dict[str, Array], latents: Array, check: Callable[[], object] = lambda: None
) -> tuple[Array, Array]:
    """For each attribute labels [N] and the sides [N] of its plane in latents [N, D]: [N, K] twice.

    Karras et al. 2019, "A Style-Based Generator Architecture", section 4.2, with planes by logistic
    regression where the paper has support vectors, and asked about pictures that they were not
    fitted to: with few pictures, any plane fits its own. Samples without a label are NaN in both.
    Attributes of which either answer is rarer than 20 are left out. Raises MeasureError where none
    is left.
    """
    deviation = latents.std(0)
    scaled = (latents - latents.mean(0)) / np.where(deviation > 0, deviation, 1)
    kept, sides = [], []
    for answers in labels.values():
        check()
        known = np.isfinite(answers)
        yes = answers[known] == 1
        if min(yes.sum(), (~yes).sum()) < LEAST:
            continue
        side = np.full(len(answers), np.nan)
        side[known] = _held_out_sides(scaled[known], yes)
        kept.append(answers)
        sides.append(side)
    if not kept:
        raise MeasureError(
            f"No attribute has {LEAST} pictures of either answer; raise the count or label more."
        )
    return np.stack(kept, 1), np.stack(sides, 1)


def _held_out_sides(x: Array, yes: Array) -> Array:
    """On which side of a plane fitted to the others each row of x [N, D] lies."""
    fold, sides = np.arange(len(x)) % FOLDS, np.zeros(len(x), bool)
    for held in range(FOLDS):
        plane = fit(x[fold != held], yes[fold != held], VARIANCE)
        sides[fold == held] = plane.predict(x[fold == held])
    return sides


def score(labels: Array, sides: Array) -> float:
    """2 to the power of the sum of conditional entropies, of labels and sides [N, K]."""
    total = 0.0
    for answers, side in zip(labels.T, sides.T, strict=True):
        known = np.isfinite(answers)
        total += conditional_entropy(answers[known], side[known])
    return float(2**total)


def latents_of(pictures: ModelPictures, seeds: list[int]) -> tuple[Array, Array | None]:
    """z [N, z_dim] and w [N, w_dim] of seeds, without truncation; no w where there is none."""
    model = pictures.model
    z = np.stack([np.random.RandomState(seed).randn(model.z_dim) for seed in seeds])
    if not model.capabilities.has_w:
        return z, None
    w = []
    for start in range(0, len(seeds), _MAPPED):
        part = range(start, min(start + _MAPPED, len(seeds)))
        c = np.eye(model.c_dim)[[seeds[i] % model.c_dim for i in part]] if model.c_dim else None
        with one_at_a_time(model.device):
            ws = model.map(z[part.start : part.stop], c).cpu()
        w.append(ws[:, -1].double().numpy())
    return z, np.concatenate(w)
