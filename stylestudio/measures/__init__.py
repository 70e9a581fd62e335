"""Figures about a model: how its pictures compare with others, and what its latents tell apart."""

from stylestudio.measures.distances import (
    MeasureError,
    conditional_entropy,
    density_coverage,
    frechet_distance,
    kernel_distance,
    precision_recall,
)

__all__ = [
    "MeasureError",
    "conditional_entropy",
    "density_coverage",
    "frechet_distance",
    "kernel_distance",
    "precision_recall",
]
