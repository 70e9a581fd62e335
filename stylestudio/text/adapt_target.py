"""Where an adapted model is to go: by words, or by a few pictures in the manner that is wanted.

The directional loss of StyleGAN-NADA (Gal et al. 2022, sections 3.2 and 3.3): what changes between
the frozen model's picture and the trained one's is to point, in the text model's space, where the
target lies from what is usual. Pictures also say their style, by the statistics of a loss network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from stylestudio.render.colours import LUMA
from stylestudio.text.prompts import Target, checked_way, way_of
from stylestudio.text.views import views_of
from stylestudio.transfer.loss_network import loss_network_on
from stylestudio.transfer.losses import Statistics, content_loss, statistics, style_loss

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stylestudio.networks.feature_nets import Features
    from stylestudio.text.model import TextModel
    from stylestudio.text.prompts import Wish

ARRIVAL = 1.0  # weight of how near pictures are to the end of the way, beside its direction
STYLE = 1.0  # weight of the logarithm of the distance of styles, beside the direction
COLOURS = 1.0  # weight of the logarithm of the distance of palettes, likewise
CONTENT = 0.3  # weight of how far what is where has moved, where a style is followed
VARIETY = 4.0  # weight of the share of the model's own variety that is missing, likewise
APART = 0.72  # of that variety is to stay, in brightness alone, so that no colours are invented
VIEWS = 2  # ways in which each picture is shown to the text model
LARGEST = 256  # pixels of the side at which styles are compared
NUDGE = 1e-6
# Brightness, blue and red as JPEG has them (ITU-R BT.601).
OPPONENT = (LUMA, (-0.169, -0.331, 0.5), (0.5, -0.419, -0.081))


class Pair(NamedTuple):
    """Pictures of the same ws, [N, 3, R, R] in -1..1, a little beyond at places."""

    trained: Tensor
    frozen: Tensor


class WordsTarget:
    """Words, and how pictures are to change towards them."""

    def __init__(self, text: TextModel, wishes: Sequence[Wish], instead_of: str) -> None:
        """`instead_of`: words for what is usual; "" for none.

        Raises TextModelError for words that the text model doesn't take, or that say the same.
        """
        self.text = text
        self._target = Target(text, wishes)
        self._way = way_of(text, wishes, instead_of)

    def likeness(self, seen: Tensor) -> Tensor:
        """How well pictures' vectors [N, dim] fit: cosines [N], -1..1."""
        return self._target.likeness(seen)

    def style_distance(self, _pictures: Tensor) -> None:
        """Words have no style to compare with."""

    def loss(self, pair: Pair, seed: int) -> Tensor:
        """What a training makes small; gradients reach the trained pictures."""
        return directional_loss(self.text, self._way, pair, seed)


class PicturesTarget:
    """A few pictures in the manner that is wanted."""

    def __init__(self, text: TextModel, pictures: Tensor, usual: Tensor) -> None:
        """`pictures` [N, 3, S, S] in 0..1; `usual`: vectors [M, dim] of the model's own.

        Raises TextModelError where they can't be told from the model's own.
        """
        self.text = text
        self._features = loss_network_on(pictures.device)
        with torch.no_grad():
            seen = text.embed_images(pictures)
            self._wanted = F.normalize(seen.mean(0), dim=0)
            self._way = checked_way(seen.mean(0) - usual.mean(0), text)
            self._style = pooled(statistics(self._features(_at_most(pictures)).style))
            self._colours = pooled(statistics([_opponent(_at_most(pictures))]))

    def likeness(self, seen: Tensor) -> Tensor:
        """How near pictures' vectors [N, dim] are to the middle of those wanted: cosines [N]."""
        return seen @ self._wanted

    def style_distance(self, pictures: Tensor) -> float:
        """How far the style of pictures [N, 3, R, R] in 0..1, all together, is: 0 is alike."""
        with torch.no_grad():
            return self._style_loss(self._features(_at_most(pictures))).item()

    def loss(self, pair: Pair, seed: int) -> Tensor:
        """What a training makes small; gradients reach the trained pictures."""
        total = directional_loss(self.text, self._way, pair, seed)
        pictures = _at_most(pair.trained / 2 + 0.5)
        found = self._features(pictures)
        total = total + STYLE * torch.log1p(self._style_loss(found))
        palette = pooled(statistics([_opponent(pictures)]))
        total = total + COLOURS * torch.log1p(style_loss(palette, self._colours)[0])
        with torch.no_grad():
            before = self._features(_at_most(pair.frozen / 2 + 0.5)).content
        total = total + CONTENT * content_loss(found.content, before).mean()
        return total + VARIETY * _missing_variety(pair)

    def _style_loss(self, found: Features) -> Tensor:
        return style_loss(pooled(statistics(found.style)), self._style)[0]


AdaptTarget = WordsTarget | PicturesTarget


def directional_loss(text: TextModel, way: Tensor, pair: Pair, seed: int) -> Tensor:
    """How far the pictures' own ways are from going the way [dim] that is wanted.

    That is 1 less the cosine of both, which the smallest of steps may satisfy; and 1 less the
    cosine between the trained picture and where all of the way leads from the frozen one. Both
    pictures are shown in the same views, which `seed` decides.
    """
    trained, frozen = (
        text.embed_images(in_range(views_of(each, VIEWS, torch.Generator().manual_seed(seed))))
        for each in pair
    )
    # Before the first step both are the same, and have no direction yet.
    gone = trained - frozen.detach() + NUDGE * way
    direction = 1 - F.cosine_similarity(gone, way[None]).mean()
    arrival = 1 - F.cosine_similarity(trained, frozen.detach() + way).mean()
    return direction + ARRIVAL * arrival


def in_range(pictures: Tensor) -> Tensor:
    """Pictures in -1..1 and beyond as text models take them: 0..1."""
    return (pictures / 2 + 0.5).clamp(0, 1)


def pooled(each: Statistics) -> Statistics:
    """The statistics of N pictures taken as one large picture: N becomes 1.

    So single pictures may differ as those that are wanted do.
    """
    means = tuple(mean.mean(0, keepdim=True) for mean in each.means)
    covariances = []
    for covariance, mean, middle in zip(each.covariances, each.means, means, strict=True):
        apart = mean - middle
        between = apart.T @ apart / len(mean)
        covariances.append(covariance.mean(0, keepdim=True) + between)
    return Statistics(means, tuple(covariances))


def _opponent(pictures: Tensor) -> Tensor:
    """Brightness, and how far pictures [N, 3, H, W] lie from gray to blue and to red.

    Were it red, green and blue, a drawing in one colour would hardly tell from a photo.
    """
    return torch.einsum("ij,njhw->nihw", pictures.new_tensor(OPPONENT), pictures)


def _missing_variety(pair: Pair) -> Tensor:
    """The share of the model's own variety by which pictures of a step are too near each other."""
    if len(pair.trained) == 1:
        return pair.trained.new_zeros(())
    kept = _apart(_grey(pair.trained)) / _apart(pair.frozen).clamp(min=NUDGE)
    return F.relu(APART - kept)


def _apart(pictures: Tensor) -> Tensor:
    """Mean distance between pictures [N, 3, R, R], without their finest detail."""
    flat = F.adaptive_avg_pool2d(pictures, 64).flatten(1)
    ways = range(1, len(flat))  # of pairing each with another; Apple's GPUs have no pdist
    return torch.stack([(flat - flat.roll(way, 0)).norm(dim=1) for way in ways]).mean()


def _grey(pictures: Tensor) -> Tensor:
    """Pictures [N, 3, R, R] without their colours."""
    return _opponent(pictures)[:, :1].expand_as(pictures)


def _at_most(pictures: Tensor) -> Tensor:
    """Pictures of a size at which styles are compared."""
    factor = pictures.shape[-1] // LARGEST
    return F.avg_pool2d(pictures, factor) if factor > 1 else pictures
