"""Directions found in any model without looking at a picture: PCA and SeFa.

PCA goes where w strays most (GANSpace, Haerkoenen et al. 2020, section 2.1); for some layers alone,
where what their affine maps make of w strays most. SeFa goes where those maps answer most to a w
(Shen and Zhou 2021, section 3.2).
"""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import platformdirs

from stylestudio.editing.direction_files import read_directions, save_directions
from stylestudio.editing.directions import Directions, shares_of
from stylestudio.editing.errors import DirectionError
from stylestudio.editing.statistics import FEW, SAMPLES, check_has_w, w_statistics
from stylestudio.errors import whole_number
from stylestudio.recipe import ModelRef
from stylestudio.recipe.words import spans
from stylestudio.render import as_model
from stylestudio.render.device import one_at_a_time

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from stylestudio.progress import Cancel, Progress
    from stylestudio.recipe.layers import Layers
    from stylestudio.render import Model

    Matrix = NDArray[np.float64]

Method = Literal["pca", "sefa"]
TITLES = {"pca": "PCA", "sefa": "SeFa"}
NARROW = 1e-6  # of the first component's spread; what is narrower is rounding


def find_directions(
    model: Model | str,
    method: Method = "pca",
    count: int = 64,
    layers: Layers | None = None,
    *,
    samples: int = SAMPLES,
    on_progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
    folder: Path | None = None,
) -> Directions:
    """Find directions in a model, the strongest first: by "pca" of its w, or by "sefa".

    `layers` are "coarse", "0-3,7" and so on: directions for these alone; None stands for all.
    `samples` are those that PCA looks at. What was found is kept in `folder`, None for the user's
    cache, and is there at once the next time. The largest number of each vector is positive.
    Raises DirectionError, RecipeError for layers that the model lacks, and Cancelled.

    >>> import stylestudio as ss
    >>> model = ss.open_model("portraits")
    >>> directions = ss.find_directions(model, method="sefa", count=8, layers="fine")
    >>> directions.names[0], directions.vectors.shape
    ('SeFa fine 1', (8, 14, 128))
    """
    model = as_model(model)
    if method not in get_args(Method):
        raise DirectionError(f'method is {method!r}; use "pca" or "sefa".')
    count = whole_number("count", count, 1, DirectionError)
    samples = whole_number("samples", samples, 2, DirectionError)
    check_has_w(model)
    ref = ModelRef.of(model)
    shares = None if layers is None else shares_of(layers, ref, model.num_ws)
    rows = tuple(range(model.num_ws)) if shares is None else tuple(np.flatnonzero(shares).tolist())
    if not rows:
        raise DirectionError("layers names none; at least one is needed.")
    path = _cache_path(model, method, rows if layers is not None else (), samples, folder)
    found = _kept(path, ref)
    if found is None:
        with one_at_a_time(model.device):
            affine = affine_weights(model, rows) if layers is not None or method == "sefa" else []
        if method == "pca":
            statistics = w_statistics(model, samples, on_progress, cancel)
            vectors = principal_components(statistics.covariance, affine)
        else:
            covariance = w_statistics(model, FEW, on_progress, cancel).covariance
            vectors = closed_form_factors(affine, covariance)
        found = _named(vectors, method, rows if layers is not None else None, ref)
        with contextlib.suppress(OSError):  # a full or read-only disk costs only the time
            path.parent.mkdir(parents=True, exist_ok=True)
            save_directions(found, path)
    title = f"{TITLES[method]} {_title(layers, rows)}".strip()
    names = tuple(f"{title} {i + 1}" for i in range(min(count, len(found))))
    chosen = None if found.layers is None else found.layers[: len(names)]
    return Directions(names, found.rows[: len(names)], chosen, ref, found.author)


def affine_weights(model: Model, rows: tuple[int, ...]) -> list[Matrix]:
    """The affine weights [channels, w_dim] of the layers that these rows of ws drive.

    As in SeFa's code, RGB layers are left out, except for the last one.
    """
    synthesis: Any = model.network.synthesis
    chosen = [
        step
        for step in synthesis.steps
        if step.ws_index in rows and (not step.makes_rgb or step is synthesis.steps[-1])
    ]
    layers = [synthesis.get_submodule(step.name) for step in chosen]
    affine = [layer.affine for layer in layers if hasattr(layer, "affine")]  # not StyleGAN1's RGB
    return [each.weight.detach().cpu().double().numpy() for each in affine]


def principal_components(covariance: Matrix, affine: list[Matrix]) -> Matrix:
    """PCA of w, or of the styles that affine maps make of it: vectors [K, w_dim], one sigma long.

    With C the covariance of w and M the sum of A'A over the maps, each of the same weight, the
    components of the styles are the eigenvectors u of sqrt(C) M sqrt(C); sqrt(C) u is the move in
    w that goes with one sigma of them. Without maps M is 1, and these are the components of w.
    """
    values, axes = np.linalg.eigh(covariance)
    root = (axes * np.sqrt(np.maximum(values, 0.0))) @ axes.T
    inner = root @ root
    if affine:
        metric = sum(weight.T @ weight / np.square(weight).sum() for weight in affine)
        inner = root @ metric @ root
    spreads, turned = np.linalg.eigh(inner)
    kept = spreads[::-1] > NARROW * max(spreads[-1], 1e-300)
    return _signed((root @ turned).T[::-1][kept])


def closed_form_factors(affine: list[Matrix], covariance: Matrix) -> Matrix:
    """SeFa: vectors [K, w_dim] along which the affine maps answer most, made one sigma long.

    These are the eigenvectors of A'A, where A has one row of length 1 for each channel.
    """
    weights = np.concatenate(affine)
    lengths = np.linalg.norm(weights, axis=1, keepdims=True)
    weights = weights / np.maximum(lengths, 1e-12)
    values, axes = np.linalg.eigh(weights.T @ weights)
    kept = values[::-1] > NARROW * max(values[-1], 1e-300)
    units = axes.T[::-1][kept]
    spreads = np.einsum("ni,ij,nj->n", units, covariance, units)
    return _signed(units * np.sqrt(np.maximum(spreads, 0.0))[:, None])


def _signed(vectors: Matrix) -> Matrix:
    """Turn each so that its number of largest size is positive: eigenvectors have no sign."""
    largest = np.abs(vectors).argmax(axis=1)
    signs = np.sign(vectors[np.arange(len(vectors)), largest])
    return vectors * np.where(signs == 0, 1.0, signs)[:, None]


def _named(
    vectors: Matrix, method: Method, rows: tuple[int, ...] | None, ref: ModelRef
) -> Directions:
    names = tuple(str(i + 1) for i in range(len(vectors)))
    shares = None
    if rows is not None:
        shares = np.zeros((len(vectors), ref.num_ws), dtype=np.float32)
        shares[:, list(rows)] = 1.0
    author = f"{TITLES[method]} by StyleStudio"
    return Directions(names, vectors[:, None].astype(np.float32), shares, ref, author)


def _title(layers: Layers | None, rows: tuple[int, ...]) -> str:
    if layers is None:
        return ""
    return layers if isinstance(layers, str) and layers.isalpha() else f"{spans(rows)},"


def _cache_path(
    model: Model, method: str, rows: tuple[int, ...], samples: int, folder: Path | None
) -> Path:
    kept = folder or platformdirs.user_cache_path("StyleStudio", appauthor=False) / "directions"
    digest = hashlib.sha256(repr((model.sha256, method, rows, samples, 1)).encode()).hexdigest()
    return kept / f"{method}-{digest[:24]}.safetensors"


def _kept(path: Path, ref: ModelRef) -> Directions | None:
    """What an earlier call has kept; None where there is nothing, or nothing good."""
    if not path.is_file():
        return None
    try:
        found = read_directions(path)
    except (DirectionError, OSError):
        return None
    return found if found.model is not None and found.model.sha256 == ref.sha256 else None
