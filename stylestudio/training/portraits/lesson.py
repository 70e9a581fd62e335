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
    ),
    seed=1,
)
