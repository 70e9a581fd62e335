"""Directions taught by answers, by pairs and by two groups of pictures.

Everything happens in coordinates of W in which the model's own latents are spread evenly, one
sigma in each (its principal components), so a direction of length 1 there is one sigma long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from stylestudio.editing.components import find_directions
from stylestudio.editing.directions import Directions, shares_of
from stylestudio.editing.errors import DirectionError
from stylestudio.editing.logistic import Posterior, fit, held_out_accuracy
from stylestudio.editing.statistics import sigma_along
from stylestudio.recipe import Edit, ModelRef, Recipe, RecipeError
from stylestudio.recipe.naming import described
from stylestudio.render import as_model, compose_ws
from stylestudio.render.device import one_at_a_time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from stylestudio.recipe.layers import Layers
    from stylestudio.render import Assets, Model

Answer = Literal["more", "less", "skip"]

QUESTION = "question"  # the name of the edit by which pictures to be rated differ
COMPONENTS = 64  # coordinates, at most
PRIOR = 3.0  # the spread of what pictures are expected to score, in units of the logistic curve
FIRST = 2  # answers before questions follow from them
FOLDS = 5
FEWEST = 6  # answers that are enough to say how good they are


@dataclass(frozen=True, eq=False)
class _Answered:
    x: NDArray[np.float64]  # [K], where the picture lay
    answer: Answer


class Rating:
    """Learns what "more" and "less" mean to somebody who is shown one picture after another.

    The pictures vary one recipe, in `layers` alone where these are given: fewer layers need fewer
    answers. Each question is where the answers so far say least: across the direction that they
    point to, where it is least certain.
    Raises DirectionError for a model without W, WrongModelError for another model's recipe.

    >>> import stylestudio as ss
    >>> from stylestudio.editing import Rating
    >>> rating = Rating("portraits", layers="fine", seed=1)
    >>> for answer in ("more", "less", "more"):
    ...     frame = ss.render("portraits", rating.question)
    ...     rating.answer(answer)
    >>> rating.directions("dusk").edit("dusk", 2.0)
    <Edit 'dusk': amount 2, 1 x 128>
    """

    def __init__(
        self,
        model: Model | str,
        recipe: Recipe | None = None,
        layers: Layers | None = None,
        *,
        seed: int = 0,
        folder: Path | None = None,
    ) -> None:
        """`recipe` is what pictures vary, None for the average; `folder` as for find_directions."""
        self.model = as_model(model)
        self.recipe = recipe or Recipe.from_seed(0, self.model, truncation_psi=0.0)
        self._found = find_directions(self.model, "pca", COMPONENTS, layers, folder=folder)
        self._random = np.random.RandomState(seed)
        self._answered: list[_Answered] = []
        self._posterior: Posterior | None = None
        self._x = self._draw()

    @property
    def question(self) -> Recipe:
        """The picture to be rated now."""
        vector = np.einsum("k,krw->rw", self._x, self._found.rows.astype(np.float64))
        shares = None if self._found.layers is None else self._found.layers[0]
        return self.recipe.edit(Edit.from_array(QUESTION, vector, 1.0, shares))

    @property
    def answers(self) -> tuple[Answer, ...]:
        """All answers so far."""
        return tuple(each.answer for each in self._answered)

    def answer(self, answer: Answer) -> None:
        """Say whether the picture shows more or less than usual; "skip" says neither."""
        if answer not in get_args(Answer):
            raise DirectionError(f'the answer is {answer!r}; it must be "more", "less" or "skip".')
        self._answered.append(_Answered(self._x, answer))
        self._learn()

    def take_back(self) -> None:
        """Forget the last answer and ask its picture again; nothing where there is none."""
        if self._answered:
            last = self._answered.pop()
            self._learn()
            self._x = last.x

    @property
    def accuracy(self) -> float | None:
        """The share of answers that the others foretell, 0..1; None while there are too few.

        As questions are hard on purpose, 0.7 is good.
        """
        x, more = self._known()
        if len(x) < FEWEST or more.all() or not more.any():
            return None
        return held_out_accuracy(x, more, self._variance, FOLDS)

    def directions(self, name: str) -> Directions:
        """The direction that the answers point to, one sigma long, under this name.

        Raises DirectionError where all answers are the same, or there are none.
        """
        x, more = self._known()
        if not len(x) or more.all() or not more.any():
            said = "there are no answers yet" if not len(x) else "all answers are the same"
            raise DirectionError(f"{said}; a direction needs some of both, more and less.")
        weights = fit(x, more, self._variance).weights
        unit = weights / np.linalg.norm(weights)
        rows = np.einsum("k,krw->rw", unit, self._found.rows.astype(np.float64))
        layers = None if self._found.layers is None else self._found.layers[:1]
        made = rows[None].astype(np.float32)
        return Directions((name,), made, layers, ModelRef.of(self.model), "taught by answers")

    @property
    def _variance(self) -> float:
        return PRIOR**2 / len(self._found)

    def _known(self) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """The pictures [N, K] that were told to be more or less, and which are more [N]."""
        told = [each for each in self._answered if each.answer != "skip"]
        x = np.array([each.x for each in told]).reshape(len(told), len(self._found))
        return x, np.array([each.answer == "more" for each in told], dtype=bool)

    def _learn(self) -> None:
        x, more = self._known()
        self._posterior = fit(x, more, self._variance) if len(x) >= FIRST else None
        self._x = self._draw()

    def _draw(self) -> NDArray[np.float64]:
        """Where the next picture lies: as far out as the model's own are, on average."""
        drawn = self._random.randn(len(self._found))
        if self._posterior is not None:
            drawn = np.linalg.cholesky(self._posterior.covariance) @ drawn
            ahead = self._posterior.weights
            drawn = drawn - ahead * (ahead @ drawn) / max(float(ahead @ ahead), 1e-12)
        far: NDArray[np.float64] = drawn * (np.sqrt(len(drawn)) / np.linalg.norm(drawn))
        return far


def direction_between(
    model: Model | str,
    name: str,
    more: Sequence[Recipe],
    less: Sequence[Recipe],
    layers: Layers | None = None,
    assets: Assets | None = None,
) -> Directions:
    """The direction from the mean of some pictures to that of others, one sigma long.

    A pair is one of each; recipes are of this model, and their mappers in `assets`, None for the
    store of the whole program. Raises DirectionError where a side is empty or both are the same,
    WrongModelError for another model's recipe, RecipeError for what is none.

    >>> import stylestudio as ss
    >>> from stylestudio.editing import direction_between
    >>> a, b = (ss.Recipe.from_seed(seed, "portraits") for seed in (7, 12))
    >>> direction_between("portraits", "this minus that", [a], [b])
    <Directions of Portraits: this minus that>
    """
    model = as_model(model)
    sides: tuple[Any, ...] = more, less
    for side in sides:
        if not isinstance(side, list | tuple):
            raise RecipeError(
                f"{described(side)} is not a list of recipes; a direction needs two of them."
            )
    if not more or not less:
        raise DirectionError("a direction leads from some pictures to others; one side is empty.")
    with one_at_a_time(model.device):
        ends = [
            np.mean([compose_ws(model, each, assets).cpu().numpy() for each in side], 0)
            for side in (more, less)
        ]
    rows = ends[0].astype(np.float64) - ends[1]
    if np.allclose(rows, rows[:1], atol=1e-6):
        rows = rows[:1]
    lengths = np.linalg.norm(rows, axis=1)
    acting = lengths > 1e-6
    if not acting.any():
        raise DirectionError(
            "both sides hold the same pictures, so there is no direction between them."
        )
    sigmas = sigma_along(model, rows[acting] / lengths[acting, None])
    scaled = (rows * (sigmas.mean() / lengths[acting].mean())).astype(np.float32)
    shares = None
    if layers is not None:
        shares = shares_of(layers, ModelRef.of(model), model.num_ws)[None]
    return Directions((name,), scaled[None], shares, ModelRef.of(model), "taught by pictures")
