"""Small timelines for a small model."""

import pytest

import stylestudio as ss
from stylestudio.recipe import LatentSource, MixRow, Recipe, SeedSource, Style
from stylestudio.render import compose_ws
from stylestudio.video import Keyframe, NoiseFlow, PsiSweep, Timeline, Wander


@pytest.fixture
def keys(model):
    """Three recipes in which much differs: a seed, another one mixed, and a latent of W+."""
    first = Recipe.from_seed(1, model, truncation_psi=0.7)
    mixed = Recipe.from_seed(
        2,
        model,
        truncation_psi=0.9,
        truncation_cutoff=5,
        mixing=(MixRow(SeedSource(9), (0.0, 1.0) * 4),),
        noise_strength=1.5,
    )
    ws = compose_ws(model, mixed).numpy()
    return first, mixed, first.replace(source=LatentSource.from_array(ws, "found"))


@pytest.fixture
def timeline(keys):
    """Two seconds at 12 frames a second, in a loop."""
    return Timeline.of(keys, 2.0, fps=12, loop=True)


@pytest.fixture
def styles(bank_path):
    """An opened bank of the styles dawn, noon and dusk."""
    return ss.open_styles(bank_path)


@pytest.fixture
def busy(keys, styles):
    """A loop of 120 frames in which everything moves at once, the styles too."""
    weights = ({"dawn": 1.0}, {"noon": 0.7, "dusk": 0.3}, {"dusk": 0.5})
    keyframes = tuple(
        Keyframe(key.replace(style=Style.of(styles, weight, 0.8)), 40 / 30)
        for key, weight in zip(keys, weights, strict=True)
    )
    return Timeline(
        keyframes=keyframes,
        loop=True,
        path="spline",
        noise=NoiseFlow(speed=0.6, grain=1.5),
        psi=PsiSweep(start=0.3, end=1.0, swings=2),
        wander=Wander(kind="walk", radius=0.4),
    )
