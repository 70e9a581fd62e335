"""Whether what changes in a text model's eyes has to do with some words, or with other things.

How like a picture is to words says little of where they are: every change makes it more or less
like anything. So the words are held against the names of other things that the pictures show, each
with many qualities: where a red, a large, a dark one is told from the thing itself, there it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

if TYPE_CHECKING:
    from torch import Tensor

    from stylestudio.text.model import TextModel

QUALITIES = (
    *("red", "blue", "green", "yellow", "dark", "light", "black", "white", "big", "small", "long"),
    *("short", "wide", "narrow", "thick", "thin", "round", "bright"),
)
# Each named once, as far as possible: what stands beside its synonym is no rival.
THINGS = (
    *("face", "hair", "eyes", "nose", "mouth", "chin", "forehead", "skin", "shoulders", "clothes"),
    *("glasses", "hat", "background", "disc", "hand", "legs", "tail", "wing", "dog", "cat", "bird"),
    *("horse", "car", "wheel", "road", "building", "window", "roof", "door", "wall", "floor"),
    *("bed", "table", "chair", "tree", "grass", "flower", "petals", "leaf", "sky", "sun", "moon"),
    *("clouds", "mountains", "hills", "snow", "lake", "water", "sea", "forest", "rocks", "sand"),
    *("boat", "paper", "paint", "rings", "stripes", "dots", "hole"),
)
RIVALS = 12  # of these, the ones that fit the pictures best
SAME = 0.9  # cosine from which on two names stand for one thing
FITS = 1 / 3  # of the way from things at random to those in the pictures, where words are seen
SHIFT = 0.35  # of the way from black to white that colours are moved
CELLS = (8, 16)  # how finely what lies around is taken where that is painted over
FILLS = len(CELLS)  # of the changes, the last
FAINT = 0.03  # of the mean change: what changes less says little


class Probe:
    """Tells for some words which changes of certain pictures have to do with them.

    Raises TextModelError for words that the text model doesn't take.
    """

    def __init__(self, text: TextModel, words: str, seen: Tensor) -> None:
        """`seen` [N, dim] is what the text model makes of the pictures."""
        known = [each for each in THINGS if not text.words or each in text.words]
        qualities = [each for each in QUALITIES if not text.words or each in text.words]
        with torch.no_grad():
            self._words = text.embed_text(words)[0]
            things = text.embed_text(known)
            others = things @ self._words < SAME
            known = [each for each, other in zip(known, others.tolist(), strict=True) if other]
            things = things[others]
            likeness = (things @ seen.T).mean(1)
            order = likeness.argsort(descending=True)[:RIVALS]
            usual, shown = float(likeness.mean()), float(likeness[order].mean())
            self._least = usual + FITS * (shown - usual)
            self._apart = self._words - things[order].mean(0)
            names = [words, *(known[i] for i in order.tolist())]
            said = torch.stack(
                [
                    text.embed_text([name, *(f"{each} {name}" for each in qualities)])
                    for name in names
                ]
            )  # [names, qualities + 1, dim]
        apart = said - said.mean(0)  # what all names have in common is the quality's own
        self._ways = apart / apart.flatten(1).norm(dim=1)[:, None, None].clamp(min=1e-6)

    @property
    def names(self) -> int:
        """How many names changes are held against, the words among them."""
        return len(self._ways)

    def likeness(self, seen: Tensor) -> Tensor:
        """How well pictures' vectors [N, dim] fit the words: cosines [N]."""
        return seen @ self._words

    def fits(self, seen: Tensor) -> Tensor:
        """Whether pictures [N, dim] show what the words say: bool [N]."""
        return self.surplus(seen) >= 0

    def sizes(self, changes: Tensor) -> Tensor:
        """How much changes [M, dim] have to do with each name: [names], the words first."""
        return torch.einsum("md,nqd->nmq", changes, self._ways).square().sum((1, 2))

    def surplus(self, seen: Tensor) -> Tensor:
        """By how much pictures [N, dim] fit the words more than they have to: [N]."""
        return self.likeness(seen) - self._least

    def loss(self, changes: Tensor) -> Tensor:
        """How much less pictures fit the words by changes [M, dim], in the mean.

        What makes them fit the other things less, too, doesn't count.
        """
        return -(changes @ self._apart).mean()

    @staticmethod
    def shares(sizes: Tensor) -> Tensor:
        """How much more than with other names changes have to do with the words.

        `sizes` [K, names] -> [K]; 1 for as much as with the average name.
        """
        usual = sizes.mean(1)
        return sizes[:, 0] / (usual + FAINT * usual.mean()).clamp(min=1e-12)


def changed(picture: Tensor, mask: Tensor) -> Tensor:
    """A picture [3, R, R] in 0..1 with the place of a mask [R, R] changed: [M, 3, R, R].

    Its colours are moved each way and made even, and it is painted over by what lies around it.
    """
    one = torch.eye(3).to(picture.device)  # Apple's GPUs make none from two threads
    both = torch.ones(1, 3, device=picture.device)
    moves = SHIFT * torch.cat([one, -one, both, -both])
    moved = picture + moves[:, :, None, None] * mask
    mean = (picture * mask).sum((1, 2)) / mask.sum().clamp(min=1e-3)
    fills = [mean[:, None, None].expand_as(picture)]
    fills += [_around(picture, mask, cells) for cells in CELLS]
    filled = picture + mask * (torch.stack(fills) - picture)
    return torch.cat([moved, filled]).clamp(0, 1)


def _around(picture: Tensor, mask: Tensor, cells: int) -> Tensor:
    """What lies around a mask, over all of the picture [3, R, R]; far from it, it is coarse."""
    rest = (1 - mask)[None, None]
    found = None
    for side in (1, 4, cells):
        number = F.adaptive_avg_pool2d(rest, side)
        here = F.adaptive_avg_pool2d(picture[None] * rest, side) / number.clamp(min=1e-4)
        if found is not None:
            large = F.interpolate(found, size=(side, side), mode="bilinear", align_corners=False)
            here = large + (4 * number).clamp(max=1) * (here - large)
        found = here
    assert found is not None
    size = picture.shape[-2:]
    return F.interpolate(found, size=size, mode="bicubic", align_corners=False)[0]
