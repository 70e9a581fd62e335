"""The settings that trained the built-in model."""

from __future__ import annotations

from stylestudio.training.trainer import TrainingSettings, TrainingStage, scene_config

SETTINGS = TrainingSettings(
    config=scene_config(
        256, channels=(192, 192, 160, 128, 64, 32, 16), w_dim=64, mapping_features=256
    ),
    stages=(
        TrainingStage(resolution=32, steps=800, batch=16, learning_rate=0.1),
        TrainingStage(resolution=64, steps=2000, batch=8, learning_rate=0.07),
        TrainingStage(resolution=128, steps=1300, batch=8, learning_rate=0.05),
        TrainingStage(resolution=256, steps=700, batch=8, learning_rate=0.03, texture=2.0),
    ),
    seed=2,
)
