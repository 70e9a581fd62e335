"""What an edit of something found again changes, as the regressors of its scene read it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import Tensor

    from stylestudio.inversion.evaluate import Exchange
    from stylestudio.render import Model
    from stylestudio.training.regressors import Regressors
    from stylestudio.training.scene import AttributeSpace


class Reader:
    """Reads by how much an exchange moves the attributes of each group."""

    def __init__(self, model: Model, path: Path) -> None:
        """Take the regressors that `stylestudio train NAME --evaluate` has kept for a built-in.

        Raises ClickException where the model has no scene or the file reads another one.
        """
        from stylestudio.cli.train import SCENES
        from stylestudio.training.regressors import RegressorsError, load_regressors

        name = model.name.lower()
        if name not in SCENES:
            raise click.ClickException(f"{model.name} has no scene; leave --regressors out.")
        scene = getattr(importlib.import_module(f"stylestudio.training.{name}"), name.title())()
        try:
            self._regressors: Regressors = load_regressors(scene, path)
        except RegressorsError as error:
            raise click.ClickException(str(error)) from error
        self._space: AttributeSpace = scene.space

    def moved(self, exchanges: Sequence[Exchange]) -> dict[str, float]:
        """Mean absolute changes by group, in standard deviations."""
        import torch

        from stylestudio.training.measure import moved_by_group

        def read(pictures: list[Tensor]) -> Tensor:
            with torch.no_grad():
                attributes: Tensor = self._regressors(torch.stack(pictures).cpu())
            return attributes

        before = read([exchange.found for exchange in exchanges])
        after = read([exchange.found_exchanged for exchange in exchanges])
        return moved_by_group(before, after, self._space)
