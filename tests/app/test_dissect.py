"""The Dissect dock: brush, find, take away, insert, keep."""

import numpy as np
import pytest
from hands import LEFT, drag
from PySide6.QtCore import QPointF, Qt

import stylestudio as ss
from stylestudio.app.features.dissect import by_words
from stylestudio.app.features.dissect import finder as finder_module
from stylestudio.editing import unit_effects
from stylestudio.recipe import interventions_of
from stylestudio.text.regions import SAMPLES


@pytest.fixture(autouse=True)
def few_iterations(monkeypatch):
    monkeypatch.setattr(unit_effects, "ITERATIONS", 3)


@pytest.fixture
def window(window_of_new_model):
    """The window of the module; the dock has neither samples nor units."""
    feature = window_of_new_model.features["dissect"]
    feature.brush.clear()
    feature.panel.name.clear()
    feature.panel.words.line.clear()
    feature.panel.view.setCurrentIndex(0)
    return window_of_new_model


@pytest.fixture
def panel(qtbot, window):
    """The dock in sight."""
    window.studio.dock_wanted.emit("dissect")
    panel = window.features["dissect"].panel
    qtbot.waitUntil(lambda: panel.isVisible() and not panel.visibleRegion().isEmpty())
    qtbot.waitUntil(lambda: panel.step.count() > 1)
    return panel


def paint(qtbot, window, height=0.2):
    canvas = window.canvas
    start, end = (canvas.area().place(QPointF(x, height)).toPoint() for x in (0.2, 0.8))
    drag(qtbot, canvas, start, end)


def correct(qtbot, window, panel, settled):
    """Begin to correct the first sample."""
    panel.samples.setCurrentRow(0)
    qtbot.mouseClick(panel.correct, LEFT)
    settled(window)


def acting(window):
    return interventions_of(window.studio.document.recipe.interventions)


@pytest.fixture
def found(qtbot, window, panel):
    """Units that were found from one brushed sample."""
    qtbot.mouseClick(panel.paint, LEFT)
    paint(qtbot, window)
    panel.step.setCurrentIndex(panel.step.findText("b16.conv1 (16 px)"))
    qtbot.mouseClick(panel.find_units, LEFT)
    qtbot.waitUntil(
        lambda: window.features["dissect"].finder.here.found is not None, timeout=60_000
    )
    qtbot.waitUntil(lambda: panel.grid.count() > 0)
    return panel


def test_units_are_found_from_what_is_brushed(qtbot, window, found):
    (sample,) = window.features["dissect"].finder.here.samples
    assert sample.mask.max() == 1
    assert sample.mask[28:].max() == 0
    units = window.features["dissect"].finder.here.found
    model, recipe = window.studio.document.model, window.studio.document.recipe
    alone = ss.dissect(model, [(recipe, sample.mask)], "b16.conv1")
    assert units == alone
    assert found.grid.units() == found.grid.chosen() == units.units
    assert "after b16.conv1" in found.state.text()
    qtbot.waitUntil(lambda: not found.grid.item(0).icon().isNull())


def test_samples_are_added_and_removed(qtbot, window, panel):
    finder = window.features["dissect"].finder
    qtbot.mouseClick(panel.add, LEFT)
    assert "Nothing is brushed" in window.statusBar().currentMessage() or not finder.here.samples
    qtbot.mouseClick(panel.paint, LEFT)
    for height in (0.2, 0.6):
        paint(qtbot, window, height)
        qtbot.mouseClick(panel.add, LEFT)
    assert panel.samples.count() == 2
    assert window.features["dissect"].brush.marks is None  # the next sample starts empty
    rect = panel.samples.visualItemRect(panel.samples.item(0)).center()
    qtbot.mouseClick(panel.samples.viewport(), LEFT, pos=rect)
    qtbot.mouseDClick(panel.samples.viewport(), LEFT, pos=rect)
    assert panel.samples.count() == 1
    assert finder.here.samples[0].mask[: len(finder.here.samples[0].mask) // 3].max() == 0


def test_strokes_that_are_no_longer_shown_are_no_sample(qtbot, window, panel, settled):
    qtbot.mouseClick(panel.paint, LEFT)
    paint(qtbot, window)
    qtbot.keyClick(window.canvas, Qt.Key.Key_Escape)
    assert not panel.paint.isChecked()
    window.actions_by_id["randomize"].trigger()
    settled(window)
    qtbot.mouseClick(panel.find_units, LEFT)
    assert not window.features["dissect"].finder.here.samples
    assert "Brush what you mean" in panel.state.text()


@pytest.mark.parametrize("put_away", ["Escape", "another tool"])
def test_strokes_are_seen_before_they_become_a_sample(qtbot, window, panel, settled, put_away):
    feature = window.features["dissect"]
    qtbot.mouseClick(panel.paint, LEFT)
    paint(qtbot, window)
    if put_away == "Escape":
        qtbot.keyClick(window.canvas, Qt.Key.Key_Escape)
    else:
        window.features["rewrite"].panel.paint.click()
    window.actions_by_id["randomize"].trigger()
    settled(window)
    qtbot.mouseClick(panel.add, LEFT)
    assert not feature.finder.here.samples
    assert window.studio.canvas_tools.current is feature.tools
    assert "shown again" in window.statusBar().currentMessage()
    qtbot.mouseClick(panel.add, LEFT)
    assert len(feature.finder.here.samples) == 1


def test_strokes_on_another_models_picture_are_gone(qtbot, window, panel, make_model, settled):
    qtbot.mouseClick(panel.paint, LEFT)
    paint(qtbot, window)
    window.studio.document.open_model(make_model(seed=6, name="other"))
    settled(window)
    assert window.features["dissect"].brush.marks is None
    qtbot.mouseClick(panel.add, LEFT)
    assert not window.features["dissect"].finder.here.samples


def test_units_are_taken_away_where_it_is_painted(qtbot, window, found, settled):
    document = window.studio.document
    plain = document.recipe
    found.name.setText("top")
    qtbot.mouseClick(found.ablate, LEFT)
    (ablation,) = acting(window).values()
    assert (ablation.name, ablation.mask) == ("Ablate top", None)
    assert ablation.units == found.grid.chosen()
    settled(window)
    paint(qtbot, window)
    assert 0 < acting(window)["Ablate top"].mask.array().mean() < 0.5
    settled(window)
    window.studio.canvas_tools.stop()
    document.undo_stack.undo()  # the button and its strokes are one step
    assert document.recipe == plain


def test_units_are_inserted_only_where_it_is_painted(qtbot, window, found, settled):
    settled(window)
    before = window.canvas.image.copy()
    qtbot.mouseClick(found.insert, LEFT)
    settled(window)
    assert window.canvas.image == before
    paint(qtbot, window, 0.7)
    settled(window)
    assert window.canvas.image != before
    (inserted,) = acting(window).values()
    assert inserted.values == window.features["dissect"].finder.here.found.values
    qtbot.mouseClick(found.boost, LEFT)
    assert acting(window)["Boost units"].numbers == (2.0,)


def test_undo_of_an_insertion_puts_its_brush_away(qtbot, window, found, settled):
    tools = window.studio.canvas_tools
    qtbot.mouseClick(found.insert, LEFT)
    settled(window)
    assert tools.current is not None
    window.actions_by_id["undo"].trigger()
    assert not acting(window)
    assert tools.current is None
    window.actions_by_id["redo"].trigger()
    assert acting(window)
    assert tools.current is None


@pytest.fixture
def inserting(qtbot, window, found, settled):
    """Insert was pressed; gives what it inserts now, None once undo has taken it back."""
    qtbot.mouseClick(found.insert, LEFT)
    settled(window)
    return lambda: acting(window).get("Insert units")


def test_redo_brings_back_every_stroke(qtbot, window, inserting, settled):
    undo, redo = (window.actions_by_id[name] for name in ("undo", "redo"))
    for height in (0.3, 0.7):
        paint(qtbot, window, height)
        settled(window)
    painted, steps = inserting().mask, 0
    while inserting() is not None:
        undo.trigger()
        steps += 1
    assert window.studio.document.undo_stack.canRedo()
    for _ in range(steps):
        redo.trigger()
    assert inserting().mask == painted
    assert not redo.isEnabled()


def test_strokes_are_undone_one_by_one_and_stay_undone(qtbot, window, inserting, settled):
    def rows():
        """Which quarters of the picture are painted, from the top."""
        return [bool(part.any()) for part in np.array_split(inserting().mask.array(), 4)]

    def stroke(height):
        paint(qtbot, window, height)
        settled(window)

    document = window.studio.document
    stroke(0.125)
    document.set(document.recipe.replace(source=ss.SeedSource(9)), "Seed 9")
    settled(window)
    stroke(0.375)
    stroke(0.625)
    assert rows() == [True, True, True, False]
    window.actions_by_id["undo"].trigger()
    assert rows() == [True, True, False, False]
    window.actions_by_id["undo"].trigger()
    assert rows() == [True, False, False, False]
    assert document.undo_stack.canRedo()
    stroke(0.875)
    assert rows() == [True, False, False, True]
    assert document.recipe.source == ss.SeedSource(9)


def test_clearing_what_limits_units_is_undone(qtbot, window, inserting, settled):
    paint(qtbot, window)
    painted = inserting().mask
    settled(window)
    window.studio.canvas_tools.clear()
    assert inserting().mask.is_empty
    window.actions_by_id["undo"].trigger()
    assert inserting().mask == painted
    window.actions_by_id["undo"].trigger()
    assert inserting() is None


def test_only_ticked_units_take_part(qtbot, window, panel):
    top, model = np.zeros((32, 32)), window.studio.document.model
    top[:12] = 1
    units = ss.dissect(model, [(1, top)], "b16.conv1", 3, learn=False)
    window.features["dissect"].finder.use(units)
    assert panel.grid.chosen() == units.units
    qtbot.mouseClick(panel.none, LEFT)
    assert not panel.ablate.isEnabled()
    panel.grid.setFocus()
    panel.grid.setCurrentRow(1)
    qtbot.keyClick(panel.grid, Qt.Key.Key_Space)
    qtbot.mouseClick(panel.ablate, LEFT)
    assert acting(window)["Ablate units"].units == (units.units[1],)


def test_units_of_a_second_find_act_beside_those_of_the_first(qtbot, window, found, settled):
    finder = window.features["dissect"].finder
    qtbot.mouseClick(found.ablate, LEFT)
    settled(window)
    first = finder.here.found
    window.studio.canvas_tools.stop()
    found.step.setCurrentIndex(found.step.findText("b8.conv1 (8 px)"))
    qtbot.mouseClick(found.find_units, LEFT)
    qtbot.waitUntil(lambda: not finder.is_finding and finder.here.found != first, timeout=60_000)
    for _ in range(2):  # pressed again, it replaces what these units do
        qtbot.mouseClick(found.ablate, LEFT)
        steps = {name: each.step for name, each in acting(window).items()}
        assert steps == {"Ablate units": first.step, "Ablate units 2": finder.here.found.step}
        assert "Named Ablate units 2" in window.statusBar().currentMessage()
    settled(window)
    paint(qtbot, window)
    assert acting(window)["Ablate units"].mask is None
    assert not acting(window)["Ablate units 2"].mask.is_empty


def test_the_same_units_are_taken_away_once(qtbot, window, found):
    for _ in range(2):
        qtbot.mouseClick(found.ablate, LEFT)
        assert list(acting(window)) == ["Ablate units"]
    found.grid.tick(False)
    found.grid.item(0).setCheckState(Qt.CheckState.Checked)
    qtbot.mouseClick(found.ablate, LEFT)
    assert acting(window)["Ablate units"].units == found.grid.units()[:1]


def test_any_units_of_a_step_are_chosen_by_eye(qtbot, window, panel):
    panel.step.setCurrentIndex(panel.step.findText("b8.conv1 (8 px)"))
    panel.view.setCurrentText("All units of the step")
    panel.view.activated.emit(1)
    assert panel.grid.units() == tuple(range(16))
    assert panel.grid.chosen() == ()
    qtbot.waitUntil(lambda: not panel.grid.item(15).icon().isNull())
    panel.grid.item(3).setCheckState(Qt.CheckState.Checked)
    qtbot.mouseClick(panel.insert, LEFT)
    (inserted,) = acting(window).values()
    maps = ss.editing.feature_maps(
        window.studio.document.model, window.studio.document.recipe, "b8.conv1"
    )
    assert inserted.units == (3,)
    assert inserted.values[0] == pytest.approx(float(np.quantile(maps[3], 0.95)), rel=1e-3)


def test_units_chosen_by_eye_are_inserted_with_values_of_their_own_step(
    qtbot, window, panel, monkeypatch
):
    finder, asked = window.features["dissect"].finder, []
    picture = finder.picture
    monkeypatch.setattr(finder, "picture", lambda *which: asked.append(which))

    def show_all_of(step):
        panel.step.setCurrentIndex(panel.step.findText(step))
        panel.view.setCurrentText("All units of the step")
        panel.view.activated.emit(1)
        panel.grid.item(3).setCheckState(Qt.CheckState.Checked)
        qtbot.waitUntil(lambda: len(asked) > 0)
        return asked.pop()

    panel.name.setText("chosen")
    earlier = show_all_of("b8.conv1 (8 px)")
    later = show_all_of("b16.conv1 (16 px)")
    assert earlier[2] == later[2]  # as many units
    with qtbot.waitSignal(finder.pictured):
        picture(*earlier)
    assert panel.ablate.isEnabled()
    assert not panel.insert.isEnabled()
    assert not panel.keep.isEnabled()
    picture(*later)
    qtbot.waitUntil(panel.insert.isEnabled)
    assert panel.keep.isEnabled()
    earlier = show_all_of("b8.conv1 (8 px)")
    assert not panel.insert.isEnabled()  # the values at hand are those of another step
    picture(*earlier)
    qtbot.waitUntil(panel.insert.isEnabled)
    qtbot.mouseClick(panel.insert, LEFT)
    (inserted,) = acting(window).values()
    document = window.studio.document
    maps = ss.editing.feature_maps(document.model, earlier[0].recipe, "b8.conv1")
    assert inserted.values[0] == pytest.approx(float(np.quantile(maps[3], 0.95)), rel=1e-3)


def test_maps_come_once_the_dock_is_in_sight_again(qtbot, window, panel, monkeypatch):
    panel.view.setCurrentText("All units of the step")
    panel.view.activated.emit(1)
    panel.window().show_dock("rewrite")  # over it, before the maps are asked for
    qtbot.waitUntil(lambda: not panel._timer.isActive())
    window.studio.dock_wanted.emit("dissect")
    qtbot.waitUntil(lambda: not panel.grid.item(0).icon().isNull())
    panel.grid.item(0).setCheckState(Qt.CheckState.Checked)
    assert panel.insert.isEnabled()


def test_units_are_kept_for_the_model(qtbot, window, found, make_model):
    finder = window.features["dissect"].finder
    assert not found.forget.isEnabled()
    found.name.setText("top")
    qtbot.mouseClick(found.keep, LEFT)
    qtbot.waitUntil(lambda: found.kept.count() == 1)
    folder = window.studio.settings.folder / "units"
    (kept,) = ss.editing.kept_units(window.studio.document.model, folder)
    assert (kept.name, kept.units) == ("top", found.grid.units())
    window.studio.document.open_model(make_model(seed=5, name="other"))
    qtbot.waitUntil(lambda: found.kept.count() == 0)
    assert found.grid.count() == 0
    window.studio.document.undo_stack.undo()
    qtbot.waitUntil(lambda: found.kept.count() == 1)
    found.grid.clear()
    found.kept.activated.emit(0)
    assert found.grid.units() == kept.units
    qtbot.mouseClick(found.forget, LEFT)
    qtbot.waitUntil(lambda: found.kept.count() == 0)
    assert finder.here.found == kept  # still on show


def test_units_of_a_second_find_are_kept_beside_those_of_the_first(qtbot, window, found):
    finder, document = window.features["dissect"].finder, window.studio.document

    def find(step):
        before = finder.here.found
        found.step.setCurrentIndex(found.step.findText(step))
        qtbot.mouseClick(found.find_units, LEFT)
        qtbot.waitUntil(
            lambda: not finder.is_finding and finder.here.found != before, timeout=60_000
        )

    qtbot.mouseClick(found.keep, LEFT)
    qtbot.waitUntil(lambda: found.kept.count() == 1)
    find("b8.conv1 (8 px)")
    qtbot.mouseClick(found.keep, LEFT)
    qtbot.waitUntil(lambda: found.kept.count() == 2)
    kept = ss.editing.kept_units(document.model, window.studio.settings.folder / "units")
    assert [units.layer for units in kept] == ["b16.conv1", "b8.conv1"]
    found.kept.activated.emit(0)
    assert found.name.text() == kept[0].name
    found.name.selectAll()
    qtbot.keyClicks(found.name, "sky")
    find("b8.conv1 (8 px)")
    assert found.name.text() == "sky"


def test_finding_can_be_stopped(qtbot, window, panel, monkeypatch):
    monkeypatch.setattr(unit_effects, "ITERATIONS", 10_000)
    finder = window.features["dissect"].finder
    qtbot.mouseClick(panel.paint, LEFT)
    paint(qtbot, window)
    qtbot.mouseClick(panel.find_units, LEFT)
    qtbot.waitUntil(lambda: panel.find_units.text() == "Stop")
    qtbot.mouseClick(panel.find_units, LEFT)
    assert not finder.is_finding
    assert panel.find_units.text() == "Find"
    assert finder.here.samples  # are there for the next try


# --- words ---------------------------------------------------------------------------------


@pytest.fixture
def seeing(monkeypatch):
    """A text model that sees anything on the upper half of seeds 1 and 2; what it was asked."""
    asked = []

    def regions(model, words, text, *, samples, on_progress, cancel):
        asked.append((words, samples))
        if words == "nowhere":
            raise ss.TextModelError("Lexicon sees none.")
        while words == "forever":
            cancel.check()
        mask = np.zeros((64, 64), np.float32)
        mask[:32] = 1
        return [(ss.Recipe.from_seed(seed, model), mask) for seed in (1, 2)][:samples]

    monkeypatch.setattr(finder_module, "regions_by_words", regions)
    monkeypatch.setattr(by_words, "is_world", lambda model: True)
    return asked


@pytest.fixture
def asking(qtbot, window, panel, seeing):
    """Types words and presses Return."""
    panel.words.show_choices(window.studio.document.model)
    panel.step.setCurrentIndex(panel.step.findText("b16.conv1 (16 px)"))
    finder = window.features["dissect"].finder

    def ask(words):
        panel.words.line.clear()
        qtbot.keyClicks(panel.words.line, words)
        qtbot.keyClick(panel.words.line, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: not finder.is_finding, timeout=60_000)
        return finder.here

    return ask


def test_words_make_samples_and_find_units(qtbot, window, panel, asking, seeing):
    here = asking("hair")
    assert seeing == [("hair", SAMPLES)]
    assert [sample.recipe.source.seed for sample in here.samples] == [1, 2]
    assert panel.samples.count() == 2
    model = window.studio.document.model
    pairs = [(sample.recipe, sample.mask) for sample in here.samples]
    assert here.found == ss.dissect(model, pairs, "b16.conv1", name="hair")
    assert panel.name.text() == "hair"
    assert panel.grid.chosen() == here.found.units
    shown = here.samples[0].image  # the marked half has the theme's colour in it
    plain = here.samples[0].picture.scaled(shown.size())
    assert shown.pixelColor(20, 5) != plain.pixelColor(20, 5)
    assert shown.pixelColor(20, 45) == plain.pixelColor(20, 45)


def test_other_words_take_their_place_and_what_was_brushed_stays(qtbot, window, panel, asking):
    qtbot.mouseClick(panel.paint, LEFT)
    paint(qtbot, window)
    qtbot.mouseClick(panel.add, LEFT)
    assert [sample.words for sample in asking("hair").samples] == ["", "hair", "hair"]
    here = asking("mouth")
    assert [sample.words for sample in here.samples] == ["", "mouth", "mouth"]
    assert here.found.name == "units"  # not of the words alone


def test_words_that_are_seen_nowhere_are_said(qtbot, window, panel, asking):
    here = asking("hair")
    before = list(here.samples)
    asking("nowhere")
    qtbot.waitUntil(lambda: panel.state.text() == "Lexicon sees none.")
    assert here.samples == before
    asking("hair")
    assert "after b16.conv1" in panel.state.text()


def test_units_that_were_found_or_kept_are_said_after_words_that_are_seen_nowhere(
    qtbot, window, panel, asking
):
    asking("nowhere")
    qtbot.waitUntil(lambda: panel.state.text() == "Lexicon sees none.")
    qtbot.mouseClick(panel.paint, LEFT)
    paint(qtbot, window)
    qtbot.mouseClick(panel.find_units, LEFT)
    finder = window.features["dissect"].finder
    qtbot.waitUntil(lambda: finder.here.found is not None, timeout=60_000)
    qtbot.waitUntil(lambda: "after b16.conv1, the best first" in panel.state.text())
    asking("nowhere")
    qtbot.waitUntil(lambda: panel.state.text() == "Lexicon sees none.")
    finder.use(finder.here.found)
    assert "after b16.conv1, the best first" in panel.state.text()


def test_without_words_or_a_text_model_it_says_what_to_do(qtbot, window, panel):
    panel.words.line.clear()
    qtbot.mouseClick(panel.words.look, LEFT)
    assert "Type what you mean" in panel.state.text()
    qtbot.keyClicks(panel.words.line, "hair")  # the model of the tests is no world of Lexicon's
    qtbot.mouseClick(panel.words.look, LEFT)
    assert "open a CLIP file" in panel.state.text()
    assert not window.features["dissect"].finder.is_finding


def test_looking_for_words_can_be_stopped(qtbot, window, panel, seeing):
    panel.words.show_choices(window.studio.document.model)
    qtbot.keyClicks(panel.words.line, "forever")
    qtbot.mouseClick(panel.words.look, LEFT)
    qtbot.waitUntil(lambda: "Looking for “forever”" in panel.state.text())
    qtbot.mouseClick(panel.find_units, LEFT)
    assert panel.find_units.text() == "Find"
    assert not window.features["dissect"].finder.here.samples


def test_a_sample_is_shown_and_corrected_by_the_brush(qtbot, window, panel, asking, settled):
    document, here = window.studio.document, asking("hair")
    before, plain = here.samples[1], document.recipe
    assert not panel.correct.isEnabled()
    panel.samples.setCurrentRow(1)
    qtbot.mouseClick(panel.correct, LEFT)
    assert document.recipe == before.recipe
    settled(window)
    paint(qtbot, window, 0.8)
    after = here.samples[1]
    assert after.mask[:32].mean() == 1
    assert after.mask[40:].max() == 1
    window.studio.canvas_tools.marks.undo()
    assert np.array_equal(here.samples[1].mask, before.mask)
    qtbot.mouseClick(panel.add, LEFT)  # it is a sample already
    assert len(here.samples) == 2
    assert window.features["dissect"].brush.marks is None
    document.undo_stack.undo()
    assert document.recipe == plain


def test_strokes_after_a_corrected_sample_was_removed_are_a_new_one(
    qtbot, window, panel, asking, settled
):
    here = asking("hair")
    correct(qtbot, window, panel, settled)
    place = panel.samples.visualItemRect(panel.samples.item(0)).center()
    qtbot.mouseClick(panel.samples.viewport(), LEFT, pos=place)
    qtbot.mouseDClick(panel.samples.viewport(), LEFT, pos=place)
    (other,) = here.samples
    paint(qtbot, window, 0.8)
    qtbot.mouseClick(panel.add, LEFT)
    assert here.samples[0] is other
    assert len(here.samples) == 2
    mask = here.samples[1].mask
    assert mask[len(mask) // 2 :].max() == 1
    assert mask[: len(mask) // 2].max() == 0  # nothing of the sample that was removed


def test_undo_takes_no_earlier_stroke_into_a_sample_that_is_corrected(
    qtbot, window, panel, settled
):
    samples, undo = window.features["dissect"].finder.here.samples, window.actions_by_id["undo"]
    qtbot.mouseClick(panel.paint, LEFT)
    paint(qtbot, window)
    qtbot.mouseClick(panel.add, LEFT)
    before = samples[0].mask
    for height in (0.5, 0.8):
        paint(qtbot, window, height)
    correct(qtbot, window, panel, settled)
    assert not window.studio.canvas_tools.marks.canUndo()
    undo.trigger()
    assert np.array_equal(samples[0].mask, before)


def test_another_picture_has_nothing_of_a_sample_that_was_corrected(
    qtbot, window, panel, asking, settled
):
    here = asking("hair")
    correct(qtbot, window, panel, settled)
    document, mask = window.studio.document, here.samples[0].mask
    document.set(ss.Recipe.from_seed(9, document.model), "Another")
    assert window.features["dissect"].brush.marks is None
    settled(window)
    paint(qtbot, window, 0.8)
    assert here.samples[0].mask is mask
