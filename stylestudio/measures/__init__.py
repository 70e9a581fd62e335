"""Figures about a model: how its pictures compare with others, and what its latents tell apart."""

from stylestudio.measures.distances import (
    MeasureError,
    conditional_entropy,
    density_coverage,
    frechet_distance,
    kernel_distance,
    precision_recall,
)
from stylestudio.measures.measuring import MeasureProgress, Measuring, measure
from stylestudio.measures.report import Figure, Measurement
from stylestudio.measures.settings import WHAT, MeasureSettings

__all__ = [
    "WHAT",
    "Figure",
    "MeasureError",
    "MeasureProgress",
    "MeasureSettings",
    "Measurement",
    "Measuring",
    "conditional_entropy",
    "density_coverage",
    "frechet_distance",
    "kernel_distance",
    "measure",
    "precision_recall",
]
