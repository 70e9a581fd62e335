"""Opened styles: which there are, how they blend, and a picture painted in them."""

from __future__ import annotations

import copy
import functools
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import torch
from torch import Tensor, nn

from stylestudio.networks.adain import AdaINTransformer
from stylestudio.networks.cin import CINTransformer
from stylestudio.networks.cin_prepared import PreparedCIN
from stylestudio.networks.predictors import SHORTEST_SIDE
from stylestudio.networks.style_layers import Padding
from stylestudio.recipe.errors import StyleError as StyleError
from stylestudio.recipe.naming import described
from stylestudio.recipe.style import listed_styles, unknown_style
from stylestudio.render.arrays import as_float, as_pictures, is_number
from stylestudio.render.device import DeviceError, choose_device

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class StyleModel:
    """A network that repaints pictures, and the styles that it knows by name.

    `rows` [styles, D] are what the network takes as its style, one for each name: embeddings, or
    all gammas and betas. None stands for a network that knows one style and takes nothing.
    What is pickled is where its files lie and their hash, so that other processes open it again.
    """

    def __init__(
        self,
        network: nn.Module,
        names: tuple[str, ...],
        *,
        label: str,
        sha256: str,
        rows: Tensor | None,
        embedding_dim: int | None = None,
        predictor: nn.Module | None = None,
    ) -> None:
        self.names = names
        self.label = label  # what messages call this model
        # What recipes call it, whose text has to be valid.
        self.name = Path(label).stem.encode("utf-8", "replace").decode("utf-8")
        self.sha256 = sha256  # of its files: what recipes know it by
        # Absolute paths of its files, or the name of a built-in bank; () where there are none.
        self.places: tuple[str, ...] = ()
        self.embedding_dim = embedding_dim  # None where styles are no embeddings
        self._network = network
        self._rows = rows
        self._predictor = predictor
        self._prepared: dict[tuple[torch.dtype, torch.device], PreparedCIN] = {}
        self._copies: dict[torch.device, StyleModel] = {}
        self._lock = threading.Lock()  # over what is made when first asked for

    def __repr__(self) -> str:
        count = len(self.names)
        styles = "1 style" if count == 1 else f"{count} styles"
        more = ", predicts those of paintings" if self.can_embed else ""
        return f"<StyleModel {self.label}: {styles}{more}>"

    def __reduce__(self) -> tuple[Any, ...]:
        if not self.places:
            raise StyleError(f"{self.label} was not opened from a file, so it can't be pickled.")
        device = str(next(self._network.parameters()).device)
        return reopened_styles, (self.places, self.sha256, device)

    @property
    def can_embed(self) -> bool:
        """Whether the style of any painting can be predicted."""
        return self._predictor is not None

    @property
    def nbytes(self) -> int:
        """Bytes of its numbers."""
        parts = [part for part in (self._network, self._predictor) if part is not None]
        tensors = [tensor for part in parts for tensor in part.state_dict().values()]
        tensors += [] if self._rows is None else [self._rows]
        return sum(tensor.nbytes for tensor in tensors)

    def on(self, device: torch.device) -> StyleModel:
        """Return this model on a device, as a copy where it lies on another; threads may ask."""
        if next(self._network.parameters()).device == device:
            return self
        with self._lock:
            if device not in self._copies:
                twin = object.__new__(StyleModel)
                twin.__dict__.update(self.__dict__)
                twin._network = copy.deepcopy(self._network)
                twin._predictor = copy.deepcopy(self._predictor)
                twin._prepared, twin._copies, twin._lock = {}, {}, threading.Lock()
                twin._move(device)
                self._copies[device] = twin
            return self._copies[device]

    def to(self, device: str | torch.device) -> StyleModel:
        """Move the networks to a device; pictures follow them there. Returns the model itself.

        Raises StyleError for a device that this machine doesn't have.

        >>> import stylestudio as ss
        >>> bank = ss.open_styles("sketchbook").to("cpu")
        """
        try:
            self._move(choose_device(str(device)))
        except DeviceError as error:
            raise StyleError(str(error)) from None
        return self

    def _move(self, device: torch.device) -> None:
        self._network.to(device)
        if self._predictor is not None:
            self._predictor.to(device)
        if self._rows is not None:
            self._rows = self._rows.to(device)

    @torch.no_grad()
    def embed(self, image: Any) -> Tensor:
        """The style of a painting as an embedding [E], for `stylize` and for blending.

        image [3, H, W] or [1, 3, H, W] in 0..1, sides of at least 32 pixels; the predictors were
        trained on paintings of about 256. Raises StyleError where it does not fit, or where this
        model has no predictor.
        """
        if self._predictor is None:
            raise StyleError(
                f"{self.label} cannot learn a style from a painting: it has no style predictor; "
                + (
                    "open the two halves of a pair together."
                    if self.embedding_dim
                    else f"it knows {listed_styles(self.names)}. `stylestudio train style` learns "
                    "one for it."
                )
            )
        tensor = as_pictures("images", image, StyleError)
        if len(tensor) != 1:
            raise StyleError(f"{len(tensor)} paintings were given; embed takes one at a time.")
        if min(tensor.shape[-2:]) < SHORTEST_SIDE:
            height, width = tensor.shape[-2:]
            raise StyleError(
                f"The painting is {width} x {height} pixels; "
                f"a style needs at least {SHORTEST_SIDE} on each side."
            )
        embedding: Tensor = self._predictor(tensor.to(next(self._predictor.parameters()).device))[0]
        return embedding

    @torch.no_grad()
    def stylize(
        self,
        images: Any,
        weights: Mapping[str, float] | None = None,
        *,
        embedding: Any = None,
        strength: float = 1.0,
        padding: Padding = "reflect",
        dtype: torch.dtype = torch.float32,
    ) -> Tensor:
        """Repaint images [N, 3, H, W] in 0..1, of any size; the result has the same shape.

        The style is a blend of those named in `weights`, or an `embedding` [E]; a model of one
        style needs neither. Weights are taken as they are, so they should add up to 1. `strength`
        goes from the untouched picture at 0 to the style at 1; AdaIN blends features rather than
        pixels between. `dtype` is what a bank's network computes in, with reflect padding; others
        stay in float32. Raises StyleError for what does not fit.

        >>> import torch
        >>> import stylestudio as ss
        >>> bank = ss.open_styles("sketchbook")
        >>> photos = torch.rand(1, 3, 64, 96)
        >>> bank.stylize(photos, {"Woodcut": 1.0}, strength=0.8).shape
        torch.Size([1, 3, 64, 96])
        """
        return self.repaint(
            as_pictures("images", images, StyleError),
            weights,
            embedding=embedding,
            strength=strength,
            padding=padding,
            dtype=dtype,
        )

    @torch.no_grad()
    def repaint(
        self,
        pictures: Tensor,
        weights: Mapping[str, float] | None = None,
        *,
        embedding: Any = None,
        strength: float = 1.0,
        padding: Padding = "reflect",
        dtype: torch.dtype = torch.float32,
    ) -> Tensor:
        """Do what `stylize` does to pictures that are known to fit: to look would make a GPU wait.

        pictures float32 [N, 3, H, W] in 0..1.
        """
        style = self._style(weights, embedding)
        if not is_number(strength) or not 0 <= strength <= 1:
            raise StyleError(f"strength is {strength!r}; it must be between 0 and 1.")
        if padding not in get_args(Padding):
            raise StyleError(f'padding is {padding!r}; use "reflect" or "zeros".')
        if strength == 0:
            return pictures.clone()
        placed = pictures.to(next(self._network.parameters()).device)
        network: Callable[..., Tensor] = self._network
        if isinstance(network, AdaINTransformer):  # which blends by itself
            network, strength = functools.partial(network, strength=strength), 1.0
        if style is None:
            painted = network(placed, padding)
        elif isinstance(network, CINTransformer) and padding == "reflect":
            painted = self._prepare(network, dtype)(placed, style.expand(len(placed), -1))
        else:
            painted = network(placed, style.expand(len(placed), -1), padding)
        return torch.lerp(pictures, painted.to(pictures.device), strength)

    @property
    def rows(self) -> Tensor:
        """What the network takes as its styles [styles, D], in the order of `names`.

        Raises StyleError for a network of one style, which takes nothing.
        """
        if self._rows is None:
            raise StyleError(f"{self.label} knows one style alone, which can't be changed.")
        return self._rows

    def paint(self, pictures: Tensor, row: Tensor) -> Tensor:
        """Repaint pictures [N, 3, H, W] in 0..1 in the style of a row [D]; gradients reach both.

        For what learns a style; `stylize` is quicker.
        """
        painted: Tensor = self._network(pictures, row.expand(len(pictures), -1), "reflect")
        return painted

    def _prepare(self, network: CINTransformer, dtype: torch.dtype) -> PreparedCIN:
        """The network laid out for this type, on the device where it is."""
        key = (dtype, next(network.parameters()).device)
        with self._lock:
            if key not in self._prepared:
                self._prepared[key] = PreparedCIN(network, dtype)
            return self._prepared[key]

    def _style(self, weights: Mapping[str, float] | None, embedding: Any) -> Tensor | None:
        """What the network takes as its style [D]; None where it takes nothing."""
        if embedding is not None:
            if weights is not None:
                raise StyleError("Both weights and an embedding were given; give one of them.")
            return self._checked_embedding(embedding)
        if weights is None:
            if len(self.names) != 1:
                raise StyleError(self._unnamed())
            weights = {self.names[0]: 1.0}
        amounts = self._amounts(weights)
        if self._rows is None:
            if amounts != [1.0]:
                raise StyleError(
                    f"{self.names[0]} is the only style of {self.label}, so its weight must be 1; "
                    "use strength to weaken it."
                )
            return None
        return torch.tensor(amounts, device=self._rows.device) @ self._rows

    def _amounts(self, weights: Mapping[str, float]) -> list[float]:
        """A weight for each of `names`."""
        if weights is not None and not hasattr(weights, "items"):
            raise StyleError(
                f"{described(weights)} is not a set of weights, such as "
                f"{{{self.names[0] if self.names else 'wave'!r}: 1.0}}."
            )
        if not weights:
            raise StyleError(self._unnamed())
        for name, weight in weights.items():
            if name not in self.names:
                raise StyleError(unknown_style(name, self.label, self.names))
            if not is_number(weight):
                raise StyleError(f"The weight of {name} is {weight!r}; it must be a number.")
        return [float(weights.get(name, 0.0)) for name in self.names]

    def _unnamed(self) -> str:
        return f"No style was named; {self.label} knows {listed_styles(self.names)}."

    def _checked_embedding(self, embedding: Any) -> Tensor:
        if self.embedding_dim is None:
            raise StyleError(
                f"{self.label} takes no embeddings; name its styles: {listed_styles(self.names)}."
            )
        assert self._rows is not None
        tensor = as_float("embedding", embedding, StyleError).reshape(-1)
        if len(tensor) != self.embedding_dim or not bool(tensor.isfinite().all()):
            raise StyleError(
                f"The embedding has {len(tensor)} numbers; {self.label} needs "
                f"{self.embedding_dim} finite ones."
            )
        return tensor.to(self._rows.device)


def reopened_styles(places: tuple[str, ...], sha256: str, device: str) -> StyleModel:
    """Open styles again in another process. Raises StyleError where a file has changed."""
    from stylestudio.render.style_opening import open_styles  # which makes style models

    styles = open_styles(*places)
    if styles.sha256 != sha256:
        raise StyleError(f"{styles.label} has changed since its styles were opened.")
    return styles.to(device)
