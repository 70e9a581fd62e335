"""The settings that trained the built-in model."""

from __future__ import annotations

from stylestudio.training.trainer import TrainingSettings, TrainingStage, scene_config

SETTINGS = TrainingSettings(
    config=scene_config(
        256, channels=(192, 192, 192, 160, 96, 48, 24), w_dim=64, mapping_features=256
    ),
    stages=(
        TrainingStage(resolution=32, steps=1500, batch=16, learning_rate=0.1),
        TrainingStage(resolution=64, steps=3000, batch=16, learning_rate=0.06),
        # A reader asks for the veils, which are faint beside the edges of the flow.
        TrainingStage(resolution=128, steps=3000, batch=12, learning_rate=0.045, reading=0.06),
        TrainingStage(
            resolution=256,
            steps=3250,
            batch=8,
            learning_rate=0.03,
            reading=0.06,
            texture=0.5,
            finest=0.01,
        ),
        # At last, more of how much fine detail there is: flakes of gold are small and bright.
        TrainingStage(
            resolution=256,
            steps=750,
            batch=8,
            learning_rate=0.015,
            reading=0.03,
            texture=0.5,
            finest=0.02,
        ),
    ),
    seed=2,
    noise_growth=1.7,
)
