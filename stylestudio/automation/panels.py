"""Pictures of every panel, in both themes and on small and usual windows."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from stylestudio.app.core.settings import Settings
from stylestudio.app.shell.main import make_application
from stylestudio.app.shell.window import MainWindow
from stylestudio.app.widgets.theme import apply_theme
from stylestudio.automation.fit import cut_texts
from stylestudio.automation.visitor import (
    TourError,
    Visitor,
    interrupts_between_events,
    quietly_off_screen,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = ((1024, 640), (1280, 800))
THEMES = ("dark", "light")


def picture_panels(out: Path, model: Path | None = None) -> Iterator[Path]:
    """Bring every panel in sight in both themes and all `SIZES`, yielding a picture of each.

    Raises TourError, once all pictures are there, where a text has too little room.
    """
    out.mkdir(parents=True, exist_ok=True)
    app = make_application()
    with quietly_off_screen(), interrupts_between_events(), tempfile.TemporaryDirectory() as folder:
        window = MainWindow(Settings(Path(folder)))
        visitor = Visitor(window, out)
        window.show()
        cut: dict[str, None] = {}
        try:
            window.start([model] if model else [])
            visitor.wait("the first picture", lambda: window.studio.view.shown_recipe)
            for theme in THEMES:
                apply_theme(app, theme)
                for width, height in SIZES:
                    window.resize(width, height)
                    for name in window.docks:
                        window.show_dock(name)
                        path = visitor.picture_as(f"{width}x{height}-{theme}-{name}.png")
                        cut |= {f"{path.stem}: {said}": None for said in cut_texts(window)}
                        yield path
        finally:
            window.quit()
            window.deleteLater()
            apply_theme(app, "dark")
    if cut:
        raise TourError("\n".join(cut))
