"""The model that a recipe is made for, by content."""

from __future__ import annotations

from typing import Protocol

from stylestudio.recipe.errors import check_range, check_sha256
from stylestudio.recipe.naming import opened_model
from stylestudio.recipe.numbers import MAX_NUM_WS
from stylestudio.recipe.parts import Part


class ModelLike(Protocol):
    """What a recipe needs to know of the model it is made for."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def sha256(self) -> str: ...  # noqa: D102
    @property
    def num_ws(self) -> int: ...  # noqa: D102
    @property
    def w_dim(self) -> int: ...  # noqa: D102
    @property
    def c_dim(self) -> int: ...  # noqa: D102


class ModelRef(Part, frozen=True, kw_only=True):
    """A model by content, with the sizes that other fields are checked against."""

    name: str
    sha256: str
    num_ws: int
    w_dim: int
    c_dim: int = 0

    def __post_init__(self) -> None:
        check_sha256(self.sha256)
        check_range("num_ws", self.num_ws, 1, MAX_NUM_WS)
        check_range("w_dim", self.w_dim, 1, 65536)
        check_range("c_dim", self.c_dim, 0, 1_000_000)

    @classmethod
    def of(cls, model: ModelLike | str) -> ModelRef:
        """Refer to an opened model, or to a built-in one by its name."""
        model = opened_model(model)
        return cls(
            name=model.name,
            sha256=model.sha256,
            num_ws=model.num_ws,
            w_dim=model.w_dim,
            c_dim=model.c_dim,
        )

    def name_beside(self, other: ModelLike) -> str:
        """What to call it where another model is named, too: two versions may share a name."""
        return f"another version of {self.name}" if self.name == other.name else self.name
