"""The settings that teach a model."""

from __future__ import annotations

from stylestudio.training.trainer import TrainingSettings, TrainingStage, scene_config

SETTINGS = TrainingSettings(
    config=scene_config(
        512, channels=(256, 256, 256, 192, 128, 64, 32, 16), w_dim=128, mapping_features=512
    ),
    stages=(
        TrainingStage(resolution=32, steps=800, batch=16, learning_rate=0.1),
        TrainingStage(resolution=64, steps=2000, batch=8, learning_rate=0.07),
        TrainingStage(resolution=128, steps=2200, batch=8, learning_rate=0.05, reading=0.06),
        TrainingStage(resolution=256, steps=2000, batch=6, learning_rate=0.03, reading=0.06),
        TrainingStage(resolution=512, steps=1500, batch=4, learning_rate=0.025, reading=0.06),
        TrainingStage(
            resolution=512,
            steps=500,
            batch=4,
            learning_rate=0.012,
            reading=0.06,
            texture=2.0,
            finest=0.02,
        ),
    ),
    seed=1,
    noise_strength=0.06,
    noise_growth=1.14,
)
