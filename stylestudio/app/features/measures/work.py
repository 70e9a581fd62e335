"""What the Measures dock has done on a thread of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylestudio.measures import Measuring

if TYPE_CHECKING:
    from collections.abc import Callable

    from stylestudio.measures import Measurement, MeasureSettings
    from stylestudio.measures.measuring import Subject
    from stylestudio.progress import Cancel, Progress
    from stylestudio.render import Assets, Model


def measure(
    model: Model,
    reference: Subject | None,
    settings: MeasureSettings,
    assets: Assets,
    report: Callable[[Progress], None],
    cancel: Cancel,
) -> Measurement:
    """Measure a model. Raises what `Measuring` raises."""
    measurement = None
    for progress in Measuring(model, reference, settings, assets=assets).run(cancel):
        report(progress)
        measurement = progress.measurement
    assert measurement is not None
    return measurement
