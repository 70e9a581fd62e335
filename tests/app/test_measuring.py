"""The bench moves the real window and sees the real pictures."""

import pytest

from stylestudio.app.measuring import Bystander, measure_live


def test_what_the_hand_feels_is_measured(qapp, model):
    figures = {figure.name: figure for figure in measure_live(model, strokes=1)}
    assert set(figures) == {
        "one event to the full frame",
        "one event to the full frame, 95 %",
        "last of 60 events/s to the full frame, 95 %",
        "pictures a second while 60 events/s arrive",
        "gap between the window's beats, 99 %",
    }
    assert all(figure.value > 0 for figure in figures.values())


def test_a_window_that_never_answers_is_an_error(qapp, model, monkeypatch):
    bystander = Bystander(model)
    monkeypatch.setattr("stylestudio.app.measuring.TIMEOUT", 0.05)
    try:
        with pytest.raises(TimeoutError):
            bystander.wait_until(lambda: False)
    finally:
        bystander.close()
