"""From models and folders to figures: long work that can be cancelled and goes on from there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stylestudio.measures import path_length, separability
from stylestudio.measures.distances import (
    MeasureError,
    density_coverage,
    frechet_distance,
    kernel_distance,
    precision_recall,
)
from stylestudio.measures.interval import with_intervals
from stylestudio.measures.pictures import (
    APART,
    FolderPictures,
    ModelPictures,
    PainterPictures,
    read_rows,
)
from stylestudio.measures.readers import BUILT_IN, open_reader
from stylestudio.measures.report import Figure, Measurement, within
from stylestudio.measures.rows import Rows, tidy
from stylestudio.measures.settings import COMPARED, LEAST, PPL, MeasureSettings
from stylestudio.progress import Cancel, Progress
from stylestudio.render import Model, builtin_models, open_model
from stylestudio.training.path_length import EPSILON

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from stylestudio.measures.interval import Estimate
    from stylestudio.render import Assets

    Array = np.ndarray[Any, Any]
    Subject = Model | str | os.PathLike[str]
    Opened = Model | Path | PainterPictures
    Sight = ModelPictures | FolderPictures | PainterPictures

FOLDER_SIDE = 256  # pixels of a folder's pictures where no model says how large
NEIGHBOUR = 3  # whose distance is a ball's radius
PAINTER = "painter"  # "painter:portraits" is what Portraits learned from


@dataclass(frozen=True)
class MeasureProgress(Progress):
    """How far a measuring has come; the last one has the measurement."""

    measurement: Measurement | None = None


class Measuring:
    """Measures a model or a folder, against another one where that is needed.

    Raises MeasureError, CheckpointError, ModelError or RecipeError for what cannot be opened or
    does not go together. What `run` makes of pictures is kept in the user's cache, or in `folder`,
    by the content of models, networks and files, so that the same work is not done twice.
    """

    def __init__(
        self,
        subject: Subject,
        reference: Subject | None,
        settings: MeasureSettings,
        *,
        assets: Assets | None = None,
        folder: Path | None = None,
    ) -> None:
        self.settings = settings
        self._folder = folder
        opened = _opened(subject, settings.count)
        against = None if reference is None else _opened(reference, settings.count)
        _check(settings, opened, against)
        models = [each for each in (opened, against) if isinstance(each, Model)]
        self._side = models[0].resolution if models else FOLDER_SIDE
        self._pictures = self._pictures_of(opened, assets, first=0)
        self._against = None
        if against is not None and any(name in COMPARED for name in settings.what):
            self._against = self._pictures_of(against, None, first=APART)
        device = models[0].device if models else "cpu"
        self.reader = open_reader(settings.features, device)
        self._paths: list[path_length.PathLengths] = []
        if isinstance(opened, Model):
            seer = self.reader if self.reader.sees_maps else open_reader(BUILT_IN, device)
            wanted = [PPL if name == "ppl" else name for name in settings.what]
            self._paths = [
                path_length.PathLengths(opened, seer, kind, settings.cropped)
                for kind in path_length.PATHS
                if f"ppl-{kind}" in wanted
            ]
        self._labels: separability.PictureLabels | None = None
        self._given: tuple[list[int], dict[str, Array]] | None = None
        if "separability" in settings.what and settings.labels is not None:
            self._given = separability.read_labels(settings.labels)
        elif "separability" in settings.what and settings.regressors is not None:
            plain = ModelPictures(models[0], settings.count)
            self._labels = separability.PictureLabels.open(settings.regressors, plain)
        self._done = 0
        self._skipped: list[str] = []

    @property
    def total(self) -> int:
        """Pictures and pairs of them to be looked at, in all."""
        compared = 0 if self._against is None else len(self._pictures) + len(self._against)
        return compared + self.settings.count * (len(self._paths) + (self._labels is not None))

    def run(self, cancel: Cancel | None = None) -> Iterator[MeasureProgress]:
        """Do it; what is done when `cancel` ends it is not done again by the next run.

        Raises Cancelled, between two pictures at the latest, MeasureError where a folder has too
        few pictures, and OSError.
        """
        cancel = cancel or Cancel()
        self._done, self._skipped = 0, []
        figures: list[Figure] = []
        if self._against is not None:
            seen: list[Array] = []
            for pictures in (self._against, self._pictures):
                yield from self._look_at(pictures, cancel)
                seen.append((yield from self._features(pictures, cancel)))
            yield self._progress("Comparing")
            figures += self._compare(seen[0], seen[1], cancel)
        for paths in self._paths:
            figures.append((yield from self._path_length(paths, cancel)))
        if "separability" in self.settings.what:
            figures += yield from self._separability(cancel)
        tidy(self._folder)
        yield MeasureProgress(self.total, self.total, "Done", measurement=self._told(figures))

    # --- parts ---------------------------------------------------------------------------

    def _pictures_of(self, opened: Opened, assets: Assets | None, first: int) -> Sight:
        settings = self.settings
        if isinstance(opened, PainterPictures):
            return opened
        if isinstance(opened, Path):
            return FolderPictures.open(opened, settings.count, self._side)
        if first:
            return ModelPictures(opened, settings.count, first=first)
        return ModelPictures(
            opened,
            settings.count,
            look=settings.look,
            truncation_psi=settings.truncation_psi,
            mixed=settings.mixed,
            assets=assets,
        )

    def _progress(self, stage: str) -> MeasureProgress:
        return MeasureProgress(self._done, self.total, stage)

    def _look_at(self, pictures: Sight, cancel: Cancel) -> Iterator[MeasureProgress]:
        if not isinstance(pictures, FolderPictures):
            return
        if not pictures.is_known:
            for _ in pictures.look_at_files():
                cancel.check()
                yield self._progress(f"Looking at the files of {pictures.name}")
        self._skipped += pictures.others
        _refuse_few(pictures.name, len(pictures))

    def _made(
        self, rows: Rows, count: int, make: Callable[[range], Array], stage: str
    ) -> Iterator[MeasureProgress]:
        before = self._done
        for done in rows.make(count, make):
            self._done = before + done
            yield self._progress(stage)

    def _features(self, pictures: Sight, cancel: Cancel) -> Generator[MeasureProgress, None, Array]:
        """Returns the features [N, D] of what is a picture."""
        rows = Rows((pictures.identity, self.reader.sha256), self._folder)

        def make(numbers: range) -> Array:
            return read_rows(pictures, numbers, self.reader, cancel)

        yield from self._made(rows, len(pictures), make, f"Reading {pictures.name}")
        good = np.isfinite(rows.found).all(1)
        if isinstance(pictures, FolderPictures):
            self._skipped += [pictures.why_not(int(number)) for number in np.flatnonzero(~good)]
        _refuse_few(pictures.name, int(good.sum()))
        return rows.found[good]

    def _compare(self, reference: Array, features: Array, cancel: Cancel) -> list[Figure]:
        # How each of COMPARED comes from features [M, D] of the reference and [N, D].
        ways: dict[str, Callable[..., tuple[float, ...]]] = {
            "fid": lambda real, fake: (frechet_distance(fake, real),),
            "kid": lambda real, fake: (kernel_distance(fake, real),),
            "pr": lambda real, fake: precision_recall(real, fake, NEIGHBOUR),
            "dc": lambda real, fake: density_coverage(real, fake, NEIGHBOUR),
        }
        counts = len(features), len(reference)
        found = []
        for name, names in COMPARED.items():
            if name in self.settings.what:
                estimates = with_intervals(ways[name], (reference, features), cancel.check)
                words = f"k = {NEIGHBOUR}" if name in ("pr", "dc") else ""
                found += _figures(names, estimates, *counts, words)
        return found

    @property
    def _whose(self) -> str:
        """What figures of the model alone say where a look was asked for, which they don't have."""
        asked = self.settings
        has_look = asked.look or asked.truncation_psi is not None or asked.mixed > 1
        return ", of the plain model" if has_look else ""

    def _path_length(
        self, paths: path_length.PathLengths, cancel: Cancel
    ) -> Generator[MeasureProgress, None, Figure]:
        rows = Rows(paths.identity, self._folder)
        count = self.settings.count

        def make(numbers: range) -> Array:
            return paths.read(numbers, cancel)

        yield from self._made(rows, count, make, f"Measuring paths ({paths.path})")
        estimates = with_intervals(
            lambda lengths: (path_length.trimmed_mean(lengths),), (rows.found,), cancel.check
        )
        crop = "cropped to the middle" if paths.cropped else "no crop"
        words = f"eps {EPSILON:g}, {crop}, {paths.reader.name}{self._whose}"
        return _figures((f"ppl-{paths.path}",), estimates, count, 0, words)[0]

    def _separability(self, cancel: Cancel) -> Generator[MeasureProgress, None, list[Figure]]:
        assert isinstance(self._pictures, ModelPictures)
        if self._given is not None:
            assert self.settings.labels is not None
            seeds, labels = self._given
            source = self.settings.labels.name
        else:
            found = self._labels
            assert found is not None
            rows = Rows(found.identity, self._folder)

            def make(numbers: range) -> Array:
                return found.read(numbers, cancel)

            stage = f"Reading attributes of {found.scene}"
            yield from self._made(rows, self.settings.count, make, stage)
            seeds = [*range(len(rows.found))]
            labels = separability.confident_halves(rows.found, found.names)
            source = f"regressors of {found.scene}"
        yield self._progress("Fitting planes")
        figures = []
        for space, latents in zip(
            "zw", separability.latents_of(self._pictures, seeds), strict=True
        ):
            if latents is None:
                continue
            table = separability.separability(labels, latents, cancel.check)
            estimates = with_intervals(
                lambda answers, sides: (separability.score(answers, sides),), table, cancel.check
            )
            count = table[0].shape[1]
            words = f"{count} attribute{'s' if count > 1 else ''}, {source}{self._whose}"
            names = (f"separability-{space}",)
            figures += _figures(names, estimates, len(seeds), 0, words)
        return figures

    def _told(self, figures: list[Figure]) -> Measurement:
        settings, pictures = self.settings, self._pictures
        said: dict[str, Any] = {"features": settings.features, "count": settings.count}
        if isinstance(pictures, ModelPictures):
            look = pictures.look
            said |= {"truncation_psi": look.truncation_psi, "mixed": pictures.mixed}
            said |= {"noise_mode": look.noise_mode, "cropped": settings.cropped}
            said |= {"sha256": pictures.model.sha256}
        network = self.reader if self._against is not None else None
        features = f"Features of {network.name}: {network.note}" if network else ""
        if self._paths and not features:
            features = f"Distances of {self._paths[0].reader.name}: relative, not those of papers"
        return Measurement(
            pictures.name,
            self._against.name if self._against is not None else "",
            tuple(figures),
            features or "Planes by logistic regression, asked about pictures left out",
            skipped=tuple(self._skipped),
            settings=said,
        )


def _refuse_few(name: str, count: int) -> None:
    if count < LEAST:
        raise MeasureError(
            f"{name} has {count} pictures that can be read; at least {LEAST} are needed."
        )


def measure(
    subject: Subject,
    reference: Subject | None = None,
    what: Sequence[str] | str = ("fid", "kid", "pr"),
    *,
    on_progress: Callable[[Progress], object] | None = None,
    cancel: Cancel | None = None,
    assets: Assets | None = None,
    **settings: Any,
) -> Measurement:
    """Measure a model or a folder of pictures, against another model or folder.

    Either is an opened model, the name of a built-in one, the path of a model or a folder, or
    "painter:portraits" (or another world) for the pictures that a built-in model learned from.
    `what` is any of "fid", "kid", "pr" (precision and recall), "dc" (density and coverage), and of
    models alone, without a reference, "ppl", "ppl-zfull", "ppl-wfull", "ppl-zend", "ppl-wend" and
    "separability". Further settings are those of `measures.MeasureSettings`: `count` (1000),
    `features` ("default", or the file of a network), `look`, `truncation_psi`, `mixed`, `cropped`,
    `regressors`, `labels`.

    Figures of the built-in reader are relative: they compare with each other at the same count,
    and never with published ones. Each comes with a 95 % interval. Features are kept in the user's
    cache, so the same call goes on where it was cancelled. Raises MeasureError for what does not go
    together, CheckpointError, ModelError and Cancelled.

    >>> import stylestudio as ss
    >>> found = ss.measure("portraits", "horizons", "pr", count=20)
    >>> found.names
    ('precision', 'recall')
    >>> found["precision"].value < 0.5
    True
    """
    chosen = (what,) if isinstance(what, str) else tuple(what)
    try:
        checked = MeasureSettings(what=chosen, **_with_paths(settings))
    except TypeError:
        known = sorted(MeasureSettings.__dataclass_fields__)
        unknown = sorted(set(settings) - set(known))
        raise MeasureError(
            f"{', '.join(unknown)} is no setting; there are {', '.join(known)}."
        ) from None
    measurement = None
    for progress in Measuring(subject, reference, checked, assets=assets).run(cancel):
        if on_progress is not None:
            on_progress(progress)
        measurement = progress.measurement
    assert measurement is not None
    return measurement


def _with_paths(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings with paths where they name files."""
    found = dict(settings)
    for name in ("regressors", "labels"):
        if found.get(name) is not None:
            found[name] = Path(found[name])
    if "features" in found:
        found["features"] = os.fspath(found["features"])
    return found


def _check(settings: MeasureSettings, opened: Opened, against: Opened | None) -> None:
    """Raise MeasureError for what does not go together."""
    compared = [name for name in settings.what if name in COMPARED]
    if compared and against is None:
        raise MeasureError(f"{compared[0]} needs a folder or a model to compare with.")
    if isinstance(opened, Model):
        return
    alone = [name for name in settings.what if name not in COMPARED]
    if alone:
        raise MeasureError(f"{alone[0]} is a figure of models, and {opened.name} is none.")
    if settings.look or settings.truncation_psi is not None or settings.mixed > 1:
        raise MeasureError(f"{opened.name} is no model: it has no look, psi or seeds to mix.")


def _opened(given: Subject, count: int) -> Opened:
    """A model, the path of a folder, or the painter of a world."""
    if isinstance(given, Model):
        return given
    named = os.fspath(given)
    kind, _, world = named.partition(":")
    if kind == PAINTER and world:
        return PainterPictures(world.lower(), count)
    path = Path(named)
    if path.is_dir() and named.lower() not in builtin_models():
        return path
    return open_model(given)


def _figures(
    names: Sequence[str], estimates: Sequence[Estimate], count: int, reference: int, words: str
) -> list[Figure]:
    return [
        Figure(name, *within(name, estimate), count, reference, words)
        for name, estimate in zip(names, estimates, strict=True)
    ]
