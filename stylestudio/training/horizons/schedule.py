"""The settings that trained the built-in model."""

from __future__ import annotations

from stylestudio.training.trainer import TrainingSettings, TrainingStage, scene_config

SETTINGS = TrainingSettings(
    config=scene_config(
        256, channels=(128, 128, 128, 128, 96, 48, 24), w_dim=128, mapping_features=256
    ),
    stages=(
        TrainingStage(resolution=32, steps=1000, batch=16, learning_rate=0.1),
        TrainingStage(resolution=64, steps=2500, batch=16, learning_rate=0.07),
        # A reader asks for what is faint: facets, mist, the hour of a dim sky.
        TrainingStage(
            resolution=128, steps=2500, batch=12, learning_rate=0.04, reading=0.06, drafts=0.3
        ),
        TrainingStage(
            resolution=256,
            steps=2000,
            batch=8,
            learning_rate=0.03,
            reading=0.06,
            texture=0.5,
            finest=0.01,
            drafts=0.3,
        ),
        # At last, the finest detail, and how high woods stand.
        TrainingStage(
            resolution=256,
            steps=500,
            batch=8,
            learning_rate=0.015,
            reading=0.16,
            texture=0.5,
            finest=0.05,
            drafts=0.3,
        ),
    ),
    seed=1,
    noise_growth=1.55,
)
