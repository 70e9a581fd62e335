"""What a family of generators can do, so that controls which cannot act say why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Capabilities:
    """What a model offers to a recipe; no code asks for a network's class instead."""

    has_w: bool = True  # a mapping network: truncation, mixing and edits act on its ws
    has_noise: bool = True  # some layer adds noise
    has_classes: bool = False  # conditional: c_dim > 0
    can_be_placed: bool = False  # the scene can be shifted and turned (StyleGAN3)
    can_be_tuned: bool = True  # pivotal tuning and weight deltas apply to its synthesis network
