"""What is read and what is grasped stands out in both themes, as WCAG 2.2 (level AA) asks."""

import pytest

from stylestudio.app.widgets.theme import DARK, LIGHT

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
