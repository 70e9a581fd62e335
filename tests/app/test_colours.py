"""What is read and what is grasped stands out in both themes, as WCAG 2.2 (level AA) asks."""

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QFileDialog, QToolButton

from stylestudio.app.widgets.theme import DARK, LIGHT, apply_theme

THEMES = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])


def luminance(colour):
    """Relative luminance as WCAG defines it, of "#rrggbb"."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@THEMES
@pytest.mark.parametrize("ground", ["window", "base", "canvas", "line"])
@pytest.mark.parametrize("ink", ["text", "muted"])
def test_text_is_read_on_every_ground(theme, ink, ground):
    assert contrast(getattr(theme, ink), getattr(theme, ground)) >= 4.5


@THEMES
def test_text_on_the_accent_and_in_it_is_read(theme):
    assert contrast(theme.on_accent, theme.accent) >= 4.5
    assert contrast(theme.accent, theme.window) >= 4.5
    assert contrast(theme.accent, theme.base) >= 4.5


@THEMES
@pytest.mark.parametrize("mark", ["edge", "accent", "alarm", "coarse", "middle", "fine"])
def test_fields_and_marks_stand_out_from_panels(theme, mark):
    assert contrast(getattr(theme, mark), theme.window) >= 3
    assert contrast(getattr(theme, mark), theme.base) >= 3


@pytest.mark.parametrize("name", ["dark", "light"])
def test_the_arrows_of_the_file_dialog_can_be_seen(qapp, qtbot, name):
    apply_theme(qapp, name)
    dialog = QFileDialog()
    qtbot.addWidget(dialog)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    for button in ("backButton", "forwardButton", "toParentButton"):
        arrow = dialog.findChild(QToolButton, button).icon().pixmap(QSize(16, 16)).toImage()
        pixels = [arrow.pixelColor(x, y) for x in range(16) for y in range(16)]
        solid = [pixel.name() for pixel in pixels if pixel.alpha() == 255]
        theme = DARK if name == "dark" else LIGHT
        assert solid
        assert max(contrast(colour, theme.window) for colour in solid) >= 3
    apply_theme(qapp, "dark")
