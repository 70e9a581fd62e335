"""What the files in tests/fixtures/v1 hold."""

import hashlib

import numpy as np

from stylestudio.recipe import (
    BankRef,
    BlendPart,
    BlendSource,
    LatentSource,
    MixRow,
    ModelRef,
    PlaneSource,
    Recipe,
    SeedSource,
    Style,
    ZPart,
    ZSource,
)
from stylestudio.video import Keyframe, NoiseFlow, PsiSweep, Timeline, Wander
from stylestudio.video.performance import Event, Performance

NUM_WS, W_DIM, C_DIM = 8, 4, 2
MODEL = ModelRef(name="tiny", sha256="a" * 64, num_ws=NUM_WS, w_dim=W_DIM, c_dim=C_DIM)
DELTA = b"tuned weights"


def latent(rows: int, delta: str = "") -> LatentSource:
    """A vector that no arithmetic has rounded."""
    w = np.arange(rows * W_DIM, dtype=np.float32).reshape(rows, W_DIM) / 8 - 1
    return LatentSource.from_array(w, "holiday", delta)


def everything() -> Recipe:
    """Every field away from its default, and every kind of source."""
    z = ZSource((ZPart(SeedSource(3, (0.25, 0.75)), 0.5), ZPart(SeedSource(4), 0.5)), True)
    blended = BlendSource(
        (
            BlendPart(SeedSource(1), 0.5),
            BlendPart(PlaneSource(2.5, -0.25, (0.0, 1.0)), 0.25),
            BlendPart(latent(1), -0.5),
            BlendPart(z, 0.75),
        )
    )
    return Recipe(
        model=MODEL,
        source=blended,
        truncation_psi=0.7,
        truncation_cutoff=5,
        mixing=(
            MixRow(SeedSource(9, (1.0, 0.0)), (0.0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 1.0)),
            MixRow(latent(NUM_WS, hashlib.sha256(DELTA).hexdigest()), (1.0,) * NUM_WS),
            MixRow(PlaneSource(1.5, 2.0), (0.1,) * NUM_WS),
            MixRow(z, (0.2,) * NUM_WS),
        ),
        translate_x=0.125,
        translate_y=-0.5,
        rotate=33.5,
        noise_mode="flowing",
        noise_seed=4294967295,
        noise_strength=1.5,
        noise_layers=(0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0),
        noise_turn=2.75,
        noise_reach=0.5,
        noise_grain=3.0,
        style=Style(BankRef("bank", "b" * 64), (("dawn", 0.5), ("dusk", 0.25)), 0.8, 0.3),
    )


def plain() -> Recipe:
    """Hardly anything away from its default."""
    return Recipe(model=MODEL, source=SeedSource(7), truncation_psi=0.5)


def clip() -> Timeline:
    """Keyframes with everything that moves over a clip."""
    keys = (Keyframe(plain(), 0.5), Keyframe(everything(), 1.0, "even"))
    return Timeline(
        keyframes=keys,
        fps=12.0,
        loop=True,
        path="spline",
        noise=NoiseFlow(speed=0.6, grain=1.5),
        psi=PsiSweep(start=0.3, end=1.0, swings=2),
        wander=Wander(kind="walk", radius=0.4),
    )


def performance() -> Timeline:
    """What a hand did: psi, then sources, then everything at once."""
    full = everything()
    mixed = {"truncation_psi": 0.25, "noise_layers": [0.5] * (NUM_WS - 1)}
    events = (
        Event(0.25, {"truncation_psi": 0.75}),
        Event(0.5, {"source": {"type": "seed", "seed": 12, "label": []}, **mixed}),
        Event(1.0, {"rotate": full.rotate, "noise_mode": full.noise_mode}),
    )
    return Timeline(performance=Performance(start=plain(), events=events, seconds=1.5))
