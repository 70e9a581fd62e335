"""What is half typed in a field that undo hides, greys or removes is given up."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

import stylestudio as ss
from stylestudio.recipe import BlendSource, LatentSource, MixRow, SeedSource, blend


@pytest.fixture
def window(fresh_window):
    return fresh_window


@pytest.fixture
def document(window):
    return window.studio.document


@pytest.fixture
def half_typed(qtbot):
    """Type into a field, without Return."""

    def type_in(field, text):
        qtbot.waitUntil(field.isVisible)
        field.setFocus()
        field.selectAll()
        qtbot.keyClicks(field, text)
        assert field.hasFocus()

    return type_in


def panel_of(window, dock, feature):
    window.show_dock(dock)
    QApplication.processEvents()
    return window.features[feature].panel


def undone(document, before):
    """Undo one step; it stays undone, and can be done again."""
    after, index = document.recipe, document.undo_stack.index()
    document.undo_stack.undo()
    assert document.recipe == before
    assert document.undo_stack.index() == index - 1
    document.undo_stack.redo()
    assert document.recipe == after


@pytest.mark.parametrize(("field", "text"), [("seed", "77"), ("amount", "0.3")])
def test_a_source_of_the_mix(window, document, half_typed, field, text):
    console = panel_of(window, "mixing-console", "mixing")
    before = document.recipe
    row = MixRow(SeedSource(11), (1.0,) * document.model.num_ws)
    document.set(before.replace(mixing=(*before.mixing, row)), "Add a source")
    half_typed(getattr(console.rows[-1], field).box, text)
    undone(document, before)


def test_the_weight_of_a_part(window, document, half_typed):
    panel = panel_of(window, "source", "source")
    before = document.recipe
    mixed = blend([(SeedSource(1), 0.5), (SeedSource(2), 0.5)])
    assert isinstance(mixed, BlendSource)
    document.set(before.replace(source=mixed), "Blend")
    panel.parts.setChecked(True)
    QApplication.processEvents()
    half_typed(panel.numbers.control("source.parts.0.weight").box, "0.9")
    undone(document, before)
    panel.parts.setChecked(False)


def test_a_place_on_the_map(window, document, half_typed):
    panel = panel_of(window, "source", "source")
    ws = np.zeros((document.model.num_ws, document.model.w_dim))
    document.set(document.recipe.replace(source=LatentSource.from_array(ws)), "Open a latent")
    before = document.recipe
    document.set(before.replace(source=SeedSource(4)), "Go to seed 4")
    half_typed(panel.place_x, "9")
    undone(document, before)


@pytest.mark.parametrize("field", ["amount", "name", "units"])
def test_a_row_of_bend(window, document, half_typed, field):
    panel = panel_of(window, "bend", "interventions")
    document.set(document.recipe.intervene(ss.Intervention.of("mine", 2, "zoom", 1.5)), "Add")
    before = document.recipe
    document.set(before.intervene(ss.Intervention.of("mine", 2, "blur", 1.5)), "Change")
    row = panel.rows["mine"]
    row.open.setChecked(True)
    fields = {"amount": row.control("interventions.mine.amount").box, "name": row.title}
    half_typed((fields | {"units": row.units})[field], "1")
    undone(document, before)
    assert [*panel.rows] == ["mine"]


def test_a_field_that_stays_is_shown_anew(window, document, half_typed):
    panel = panel_of(window, "truncation", "truncation")
    before = document.recipe
    document.set(before.replace(truncation_psi=0.5), "Change psi")
    half_typed(panel.psi.box, "0.1")
    undone(document, before)
    assert panel.psi.box.value() == document.recipe.truncation_psi


def test_leaving_a_field_by_hand_still_takes_it_over(window, document, half_typed):
    panel = panel_of(window, "truncation", "truncation")
    half_typed(panel.psi.box, "0.1")
    window.show_dock("noise")
    window.features["noise"].panel.strength.slider.setFocus()
    assert document.recipe.truncation_psi == 0.1


def test_hiding_a_field_by_hand_still_takes_it_over(qtbot, window, document, half_typed):
    panel = panel_of(window, "truncation", "truncation")
    half_typed(panel.psi.box, "0.2")
    panel.hide()
    assert document.recipe.truncation_psi == 0.2
    panel.show()
    half_typed(panel.psi.box, "0.3")
    qtbot.keyClick(panel.psi.box, Qt.Key.Key_Return)
    assert document.recipe.truncation_psi == 0.3
