"""What an edit of something found again changes, as the regressors of its scene read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import Tensor

    from stylestudio.render import Model
    from stylestudio.training.regressors import Regressors
    from stylestudio.training.scene import AttributeSpace


class AttributeReader:
    """Reads by how much style mixing moves the attributes of each group."""

    def __init__(self, model: Model, path: Path) -> None:
        """Take the regressors that `stylestudio train NAME --evaluate` has kept for a built-in.

        Raises ClickException where the model has no scene, RegressorsError where the file reads
        another one.
        """
        from stylestudio.cli.train import SCENES
        from stylestudio.render import name_of
        from stylestudio.training.regressors import load_regressors
        from stylestudio.training.worlds import world

        name = name_of(model.name)
        if name not in SCENES:
            raise click.ClickException(f"{model.name} has no scene; leave --regressors out.")
        scene, _ = world(name)
        self._regressors: Regressors = load_regressors(scene, path)
        self._space: AttributeSpace = scene.space

    def moved(self, before: Sequence[Tensor], after: Sequence[Tensor]) -> dict[str, float]:
        """Mean absolute changes between pictures [3, R, R] by group, in standard deviations."""
        from stylestudio.training.measure import moved_by_group

        return moved_by_group(self._read(before), self._read(after), self._space)

    def _read(self, pictures: Sequence[Tensor]) -> Tensor:
        import torch

        with torch.no_grad():
            attributes: Tensor = self._regressors(torch.stack(list(pictures)).cpu())
        return attributes
