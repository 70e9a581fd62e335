"""The bench moves the real window and sees the real pictures."""

import pytest

from stylestudio.automation.measuring import DrivenWindow, measure_live, measure_live_apart


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


def test_a_process_of_its_own_finds_the_same_figures(qapp, model):
    here = list(measure_live(model, strokes=1))
    apart = list(measure_live_apart(256, strokes=1))
    assert [figure.name for figure in apart] == [figure.name for figure in here]
    assert [figure.goal is None for figure in apart] == [figure.goal is None for figure in here]
    assert {figure.subject for figure in apart} == {"config F at 256"}


def test_a_window_that_never_answers_is_an_error(qapp, model, monkeypatch):
    driven = DrivenWindow(model)
    monkeypatch.setattr("stylestudio.automation.measuring.TIMEOUT", 0.05)
    try:
        with pytest.raises(TimeoutError):
            driven.wait_until(lambda: False)
    finally:
        driven.close()


def test_the_sliders_of_psi_and_of_an_edit_are_measured_alike(qapp, model):
    figures = [list(measure_live(model, strokes=1, hand=hand)) for hand in ("psi", "edit")]
    for psi, edit in zip(*figures, strict=True):
        assert (psi.name, psi.unit) == (edit.name, edit.unit)
        assert (psi.goal is None) == (edit.goal is None)
        assert (psi.subject, edit.subject) == ("tiny, by psi", "tiny, by an edit")
