"""Colours of one picture given to another, and how far apart two pictures' colours are.

Shapes in comments: N pictures, P pixels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import torch

from stylestudio.render.style_model import StyleError

if TYPE_CHECKING:
    from torch import Tensor

ColourMethod = Literal["covariance", "channels"]

_LEAST_VARIANCE = 1e-5  # a step of 8 bits; a colour that varies less is not stretched as one


def match_colours(
    picture: Tensor,
    reference: Tensor,
    method: ColourMethod = "covariance",
    strength: float = 1.0,
) -> Tensor:
    """Pictures with the colours of others: both [N, 3, H, W] in 0..1, or one reference for all.

    "channels" gives red, green and blue each the mean and deviation of the reference's, as
    Reinhard et al. 2001 do in another space; "covariance" also turns how the channels vary
    together, by the linear Monge-Kantorovich map (Pitie and Kokaram 2007), of all such maps the
    one that changes colours least. `strength` blends from the picture at 0 to the match at 1.
    Raises StyleError for another method, or a strength that does not lie between 0 and 1.
    """
    if method not in get_args(ColourMethod):
        raise StyleError(f'The method is {method!r}; use "covariance" or "channels".')
    if not 0 <= strength <= 1:
        raise StyleError(f"strength is {strength!r}; it must be between 0 and 1.")
    mean, covariance = _statistics(picture)
    target_mean, target_covariance = _statistics(reference)
    if method == "channels":
        covariance, target_covariance = (_diagonal(c) for c in (covariance, target_covariance))
    colours = picture.flatten(2).double() - mean
    matched = _map_between(covariance, target_covariance) @ colours + target_mean
    matched = matched.clamp(0, 1).to(picture.dtype).view_as(picture)
    return torch.lerp(picture, matched, strength)


def colour_distance(picture: Tensor, other: Tensor) -> Tensor:
    """How far the colours of one picture [1, 3, H, W] have to move to be the other's.

    The distance of the map in `match_colours` (2-Wasserstein, of normal distributions), as a
    share of the way from black to white.
    """
    mean, covariance = _statistics(picture)
    other_mean, other_covariance = _statistics(other)
    root = _power(covariance, 0.5, least=0.0)
    both = _power(root @ other_covariance @ root, 0.5, least=0.0)
    spread = _trace(covariance + other_covariance - 2 * both).clamp(min=0)
    return ((mean - other_mean).square().sum() + spread).div(3).sqrt()


def _trace(matrix: Tensor) -> Tensor:
    return matrix.diagonal(dim1=1, dim2=2).sum()


def _statistics(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Mean [N, 3, 1] and covariance [N, 3, 3] of colours, in float64."""
    colours = pictures.flatten(2).double()
    mean = colours.mean(2, keepdim=True)
    colours = colours - mean
    return mean, colours @ colours.transpose(1, 2) / colours.shape[2]


def _diagonal(covariance: Tensor) -> Tensor:
    return torch.diag_embed(covariance.diagonal(dim1=1, dim2=2))


def _map_between(covariance: Tensor, target: Tensor) -> Tensor:
    """The symmetric T [N, 3, 3] for which T covariance T = target.

    T = C^-1/2 (C^1/2 target C^1/2)^1/2 C^-1/2
    """
    root, inverse = _power(covariance, 0.5), _power(covariance, -0.5)
    return inverse @ _power(root @ target @ root, 0.5, least=0.0) @ inverse


def _power(matrix: Tensor, exponent: float, least: float = _LEAST_VARIANCE) -> Tensor:
    """Power of symmetric matrices [N, 3, 3] whose eigenvalues count as `least` at least."""
    values, vectors = torch.linalg.eigh(matrix)
    powers = values.clamp(min=least) ** exponent
    raised: Tensor = vectors * powers[:, None, :] @ vectors.transpose(1, 2)
    return raised
