"""The settings that trained the built-in model."""

from __future__ import annotations

from stylestudio.networks.stylegan2 import StyleGAN2Config
from stylestudio.training.trainer import Settings, Stage

SETTINGS = Settings(
    config=StyleGAN2Config(
        img_resolution=256,
        channels=(128, 128, 128, 128, 96, 32, 16),
        z_dim=128,
        w_dim=128,
        mapping_layers=3,
        mapping_features=256,
        mapping_lr_multiplier=1.0,
    ),
    stages=(
        Stage(resolution=32, steps=1500, batch=16, learning_rate=0.012),
        Stage(resolution=64, steps=8000, batch=8, learning_rate=0.008),
        Stage(resolution=128, steps=6000, batch=8, learning_rate=0.006),
        Stage(resolution=256, steps=3000, batch=8, learning_rate=0.004),
    ),
    seed=1,
)
