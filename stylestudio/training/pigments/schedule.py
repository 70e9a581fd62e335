"""The settings that trained the built-in model."""

from __future__ import annotations

from stylestudio.training.trainer import TrainingSettings, TrainingStage, scene_config

SETTINGS = TrainingSettings(
    config=scene_config(
        256, channels=(192, 192, 192, 160, 96, 48, 24), w_dim=64, mapping_features=256
    ),
    stages=(
        TrainingStage(resolution=32, steps=1500, batch=16, learning_rate=0.1),
        TrainingStage(resolution=64, steps=3000, batch=16, learning_rate=0.07),
        TrainingStage(resolution=128, steps=3000, batch=16, learning_rate=0.05),
        TrainingStage(
            resolution=256, steps=3000, batch=16, learning_rate=0.03, texture=1.0, finest=0.01
        ),
        # At last, less of how much detail there is, and more of where.
        TrainingStage(resolution=256, steps=300, batch=16, learning_rate=0.02, texture=0.3),
    ),
    seed=2,
    noise_growth=1.7,
)
