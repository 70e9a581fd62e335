"""The settings that trained the built-in model."""

from __future__ import annotations

from stylestudio.networks.stylegan2 import StyleGAN2Config
from stylestudio.training.trainer import Settings, Stage

SETTINGS = Settings(
    config=StyleGAN2Config(
        img_resolution=256,
        channels=(256, 256, 192, 128, 96, 32, 16),
        z_dim=128,
        w_dim=128,
        mapping_layers=3,
        mapping_features=512,
        mapping_lr_multiplier=1.0,
    ),
    stages=(
        Stage(resolution=32, steps=1400, batch=16, learning_rate=0.012),
        Stage(resolution=64, steps=4200, batch=16, learning_rate=0.010),
        Stage(resolution=128, steps=2300, batch=16, learning_rate=0.007),
        Stage(resolution=256, steps=800, batch=16, learning_rate=0.004),
        Stage(resolution=256, steps=1000, batch=16, learning_rate=0.005),
        # The file that ships went through those above before the painter drew features as large
        # as it does now (that file: sha256 9c97b0ed); --init with it and --skip 5 did the rest.
        Stage(resolution=64, steps=400, batch=16, learning_rate=0.010, fall=0.5),
        Stage(resolution=128, steps=400, batch=8, learning_rate=0.007, fall=0.5, reading=0.06),
        Stage(resolution=128, steps=1200, batch=8, learning_rate=0.006, reading=0.06),
        Stage(resolution=256, steps=500, batch=8, learning_rate=0.004, reading=0.06),
        # From here on with larger curls and freckles and no ring round the disc.
        Stage(resolution=128, steps=1200, batch=16, learning_rate=0.008, reading=0.06),
        Stage(resolution=256, steps=1400, batch=16, learning_rate=0.006, reading=0.06),
        # And with freckles and strands that noise places, and wider lines of age.
        Stage(resolution=128, steps=600, batch=16, learning_rate=0.008, reading=0.06),
        Stage(resolution=256, steps=1500, batch=16, learning_rate=0.006, reading=0.06),
        Stage(resolution=256, steps=500, batch=16, learning_rate=0.005, reading=0.06, texture=2.0),
        # Noise moves the curls a fifth less, then half as much as before.
        Stage(resolution=256, steps=220, batch=16, learning_rate=0.004, reading=0.06, texture=2.0),
        Stage(resolution=256, steps=250, batch=16, learning_rate=0.004, reading=0.06, texture=2.0),
    ),
    seed=1,
)
