"""The history: every settled change a step of a tree, which a crash does not lose."""

import json
from threading import Event

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QAction, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from stylestudio.app.core.recipes import ModelRecipe
from stylestudio.app.core.studio import Studio
from stylestudio.app.features.history.children import ChildrenDialog
from stylestudio.app.features.history.feature import HistoryFeature
from stylestudio.app.features.history.layout import Links, as_path, as_tree, in_rows
from stylestudio.app.features.history.painting import CELL, StepPainter
from stylestudio.recipe import Recipe, SeedSource
from stylestudio.recipe.history import TOP, History

LEFT, CONTROL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier
Key = Qt.Key


@pytest.fixture
def history(qtbot, studio):
    qtbot.waitUntil(lambda: studio.history.tree is not None)
    return studio.history


@pytest.fixture
def feature(qtbot, studio, history):
    feature = HistoryFeature(studio)
    qtbot.addWidget(feature.panel)
    feature.panel.resize(900, 400)
    feature.panel.show()
    history.changed.emit()
    return feature


@pytest.fixture
def view(feature):
    return feature.panel.view


def change(studio, seed, gesture=None):
    """A change that has settled; the step that it became."""
    recipe = studio.document.recipe.replace(source=SeedSource(seed))
    studio.document.set(recipe, f"Seed {seed}", gesture)
    studio.history.settle()
    return studio.history.tree.current


def seed(studio):
    return studio.document.recipe.source.seed


def click(view, id, modifiers=Qt.KeyboardModifier.NoModifier):
    view.scrollTo(view.steps.index_of(id))
    QTest.mouseClick(view.viewport(), LEFT, modifiers, view.cell_rect(id).center())


def start_of(history):
    return history.tree.children(TOP)[0]


# --- following the document --------------------------------------------------------------


def test_a_history_that_was_replaced_while_it_was_read_does_not_come(
    qtbot, studio, history, monkeypatch
):
    begun, gate, copy_to = [], Event(), History.copy_to

    def copied(taken, folder):
        copy_to(taken, folder)
        begun.append(folder)
        if len(begun) == 2:
            gate.wait(10)

    monkeypatch.setattr(History, "copy_to", copied)
    history.take(None)
    history.take(None)  # waits for the first one
    qtbot.waitUntil(lambda: len(begun) == 2)
    recipe = studio.document.recipe.replace(source=SeedSource(7))
    studio.document.set(recipe, "Seed 7")
    history.settle()
    gate.set()
    qtbot.waitUntil(lambda: not studio.tasks._running)
    assert history.tree.recipe(history.tree.current) == recipe
    history.mark(history.tree.current, name="best")
    assert history.tree.nodes[history.tree.current].name == "best"


def test_a_change_settles_by_itself_and_is_soon_on_disk(qtbot, studio, history):
    studio.document.set(studio.document.recipe.replace(source=SeedSource(7)), "Roll")
    qtbot.waitUntil(lambda: len(history.tree.nodes) == 2)
    qtbot.waitUntil(lambda: not history.tree.has_changes)
    found = History.open(studio.own_files.path("history"))
    assert found.recipe(found.current).source == SeedSource(7)
    assert found.nodes[found.current].text == "Roll"


def test_what_was_undone_before_another_change_is_a_branch(studio, history):
    start = start_of(history)
    first, further = change(studio, 1), change(studio, 2)
    studio.document.undo_stack.setIndex(0)
    other = change(studio, 3)
    assert history.tree.children(start) == (first, other)
    assert history.tree.children(first) == (further,)
    assert history.undo_path == [start, other]
    assert studio.document.undo_stack.count() == 1  # it goes on as ever


def test_steps_that_no_rest_parts_are_all_there(studio, history):
    for number in (1, 2, 3):
        recipe = studio.document.recipe.replace(source=SeedSource(number))
        studio.document.set(recipe, f"Seed {number}")
    history.settle()
    assert [history.tree.nodes[id].text for id in history.undo_path] == [
        "Start",
        "Seed 1",
        "Seed 2",
        "Seed 3",
    ]


def test_a_hand_that_never_rests_is_followed_all_the_same(qtbot, studio, history):
    history._rest.setInterval(1_000_000)
    history._latest.setInterval(5)
    studio.document.set(studio.document.recipe.replace(source=SeedSource(1)), "Roll")
    qtbot.waitUntil(lambda: len(history.tree.nodes) == 2)


def test_a_drag_with_a_pause_in_it_is_one_step(studio, history):
    gesture = object()
    ids = {change(studio, number, gesture) for number in (1, 2, 3)}
    assert len(ids) == 1
    assert history.tree.recipe(ids.pop()).source == SeedSource(3)
    marked = change(studio, 4, other := object())
    history.mark(marked, is_favourite=True)
    change(studio, 5, other)
    assert history.tree.recipe(marked).source == SeedSource(4)  # what is marked stays


def test_coming_back_to_a_recipe_comes_back_to_its_step(studio, history):
    first = change(studio, 1)
    second = change(studio, 2)
    assert change(studio, 1) == first
    assert len(history.tree.nodes) == 3
    studio.document.undo_stack.undo()
    history.settle()
    assert history.tree.current == second


def test_playing_adds_no_step(studio, history):
    change(studio, 1)
    pair = studio.document.current
    for number in range(5, 9):
        played = pair.recipe.replace(source=SeedSource(number))
        studio.document.show(ModelRecipe(pair.model, played))
        history.settle()
    assert len(history.tree.nodes) == 2


def test_a_long_undo_stack_that_forgets_its_beginning_keeps_its_way(studio, history, monkeypatch):
    stack = studio.document.undo_stack
    stack.clear()
    stack.setUndoLimit(3)
    ids = [change(studio, number) for number in range(1, 7)]
    assert history.undo_path == ids[2:]
    stack.setIndex(0)
    history.settle()
    assert history.tree.current == ids[2]
    assert history.tree.path(ids[-1])[1:] == ids


def reopened(qtbot, studio, settings, model, recipe):
    """The next start, which shows a recipe first; its history, once it is read."""
    studio.close()
    host = QWidget()
    qtbot.addWidget(host)
    again = Studio(settings, host)
    again.document.show(ModelRecipe(model, recipe))
    qtbot.waitUntil(lambda: again.history.tree is not None)
    return again


def test_favourites_and_names_survive_a_restart(qtbot, studio, history, settings, model):
    first, second = change(studio, 1), change(studio, 2)
    history.mark(first, is_favourite=True)
    history.mark(second, name="Sunset", is_favourite=True)
    history.mark(second, is_favourite=False)
    studio.close()
    again = reopened(qtbot, studio, settings, model, studio.document.recipe)
    nodes = again.history.tree.nodes
    assert [id for id, node in nodes.items() if node.is_favourite] == [first]
    assert nodes[second].name == "Sunset"
    again.close()


def test_a_restart_goes_on_where_it_was(qtbot, studio, history, settings, model):
    first, second = change(studio, 1), change(studio, 2)
    studio.document.undo_stack.undo()
    history.settle()
    again = reopened(qtbot, studio, settings, model, studio.document.recipe)
    assert again.history.tree.current == first
    assert second in again.history.tree.nodes
    third = change(again, 3)
    assert again.history.tree.children(first) == (second, third)
    again.history.go_to(second)  # which the undo stack of this run knows nothing of
    assert seed(again) == 2
    assert again.document.undo_stack.undoText() == "Go to Seed 2"
    assert again.history.tree.current == second
    again.close()


def test_a_crash_between_recipe_and_history_goes_on_from_the_last_step(
    qtbot, studio, history, settings, model
):
    last = change(studio, 1)
    lost = studio.document.recipe.replace(source=SeedSource(2))
    again = reopened(qtbot, studio, settings, model, lost)
    node = again.history.tree.nodes[again.history.tree.current]
    assert node.parent == last
    assert again.history.tree.recipe(node.id) == lost
    again.close()


def test_a_damaged_history_is_told_and_another_begins(qtbot, studio, history, settings, model):
    change(studio, 1)
    studio.close()
    journal = settings.folder / "history" / "history.jsonl"
    journal.write_text("nonsense\n")
    host = QWidget()
    qtbot.addWidget(host)
    again, said = Studio(settings, host), []
    again.failed.connect(said.append)
    again.document.open_model(model)
    qtbot.waitUntil(lambda: again.history.tree is not None)
    assert "The history can't be shown. Its file is damaged." in said[0]
    assert change(again, 5)
    again.close()


def test_a_full_disk_is_told_once_and_nothing_is_lost(qtbot, studio, history, monkeypatch):
    said = []
    history.failed.connect(said.append)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("stylestudio.recipe.history_files.HistoryFiles.append", full)
        for number in (1, 2):
            change(studio, number)
            history.save()
            qtbot.waitUntil(lambda: not studio.tasks._running)
    assert len(said) == 1
    assert "No space left" in said[0]
    history.save()
    qtbot.waitUntil(lambda: not history.tree.has_changes)


def test_another_history_takes_its_place(qtbot, studio, history, tmp_path):
    other = History.open(tmp_path / "other")
    node = other.append(studio.document.recipe, "Elsewhere")
    other.write()
    change(studio, 1)
    history.take(tmp_path / "other")
    assert history.tree is None
    studio.document.show(ModelRecipe(studio.document.model, other.recipe(node.id)))
    studio.document.undo_stack.clear()
    qtbot.waitUntil(lambda: history.tree is not None)
    assert [each.text for each in history.tree.nodes.values()] == ["Elsewhere"]
    change(studio, 2)
    history.save()
    qtbot.waitUntil(lambda: not history.tree.has_changes)
    assert len(History.open(studio.own_files.path("history")).nodes) == 2
    assert len(History.open(tmp_path / "other").nodes) == 1
    history.take(None)
    studio.document.undo_stack.clear()
    qtbot.waitUntil(lambda: history.tree is not None)
    assert [each.text for each in history.tree.nodes.values()] == ["Start"]


def test_tuned_weights_that_only_the_history_names_are_not_tidied_away(studio, history):
    folder = studio.settings.folder / "history"
    folder.mkdir(exist_ok=True)
    (folder / "history.jsonl").write_text("ab" * 32)
    named = []

    class Kept:
        folder = studio.settings.folder / "deltas"

        def tidy(self, texts):
            named.extend(texts)

    from stylestudio.app.core.own_files import tidy

    tidy(studio.settings.folder, Kept())
    assert any("ab" * 32 in text for text in named)


def test_two_thousand_steps_decode_no_picture_at_the_start(
    qtbot, studio, history, settings, model, monkeypatch
):
    change(studio, 1)
    for number in range(2000):
        recipe = studio.document.recipe.replace(noise_seed=number, noise_mode="seeded")
        node = history.tree.append(recipe, f"Step {number}", None if number % 3 else TOP)
        history.tree.keep_picture(node.id, b"no picture")
    studio.close()
    read, painted = [], []
    thing = "stylestudio.recipe.history.History._thing"
    monkeypatch.setattr(thing, lambda self, key: read.append(key))
    made = Recipe.__post_init__
    host = QWidget()
    qtbot.addWidget(host)
    again = Studio(settings, host)
    feature = HistoryFeature(again)
    qtbot.addWidget(feature.panel)
    again.document.show(ModelRecipe(model, studio.document.recipe))
    monkeypatch.setattr(Recipe, "__post_init__", lambda self: (read.append(self), made(self)))
    qtbot.waitUntil(lambda: again.history.tree is not None)
    assert len(again.history.tree.nodes) == 2002
    assert not read
    step = StepPainter.step
    monkeypatch.setattr(
        StepPainter, "step", lambda self, *args: (painted.append(args), step(self, *args))
    )
    feature.panel.resize(900, 400)
    feature.panel.show()
    feature.panel.view.viewport().grab()
    shown = 2 + 900 // CELL.width(), 2 + 400 // CELL.height()
    assert 0 < len({id for _, id, _ in painted}) <= shown[0] * shown[1]
    assert len(read) <= 2 * shown[0] * shown[1]  # what is in sight, and no more
    again.close()


# --- the view ----------------------------------------------------------------------------


def test_where_steps_stand(tmp_path, studio):
    tree = History.open(tmp_path / "tree")
    recipe = studio.document.recipe

    def add(parent):
        number = len(tree.nodes)
        return tree.append(recipe.replace(source=SeedSource(number)), "x", parent).id

    a = add(TOP)
    b, c = add(a), None
    c = add(b)
    d = add(a)  # a branch at a
    e = add(b)  # and one at b, further along
    f = add(d)
    g = add(TOP)  # another tree
    cells = as_tree(tree)
    assert [cells[each] for each in (a, b, c)] == [(0, 0), (1, 0), (2, 0)]
    assert cells[e] == (2, 1)
    assert (cells[d], cells[f]) == ((1, 2), (2, 2))
    assert cells[g][0] == 0
    assert len(set(cells.values())) == 7
    assert [*as_path(tree, b, [])] == [a, b, e]
    assert [*as_path(tree, b, [c])] == [a, b, c]
    assert in_rows([a, b, c], 2) == {a: (0, 0), b: (1, 0), c: (0, 1)}


def test_lines_are_drawn_as_far_as_they_are_in_sight(tmp_path, studio):
    tree = History.open(tmp_path / "tree")
    recipe = studio.document.recipe
    ids = [
        tree.append(recipe.replace(source=SeedSource(i)), "x", 1 if i else TOP).id
        for i in range(100)
    ]
    cells = as_tree(tree)
    assert [cells[id][1] for id in ids] == [0, *range(99)]
    links = Links(tree, cells)
    start, *others = ids
    # A long line that passes through is there once.
    assert [*links.within(range(1, 3), 10, 12)] == [(start, id) for id in others[10:14]]
    assert [*links.within(range(1, 3), 200, 210)] == []
    assert [*links.within(range(2, 3), 0, 210)] == []
    assert {*links.among({start, ids[50], 777})} == {(start, ids[50])}


def test_a_click_goes_along_the_undo_stack_and_to_other_branches_as_a_step(studio, history, view):
    first, second = change(studio, 1), change(studio, 2)
    click(view, first)
    assert seed(studio) == 1
    assert studio.document.undo_stack.index() == 1
    assert studio.document.undo_stack.count() == 2
    third = change(studio, 3)
    assert history.undo_path == [start_of(history), first, third]
    click(view, second)
    assert seed(studio) == 2
    assert history.tree.current == second
    assert studio.document.undo_stack.undoText() == "Go to Seed 2"
    studio.document.undo_stack.undo()
    assert seed(studio) == 3
    assert len(history.tree.nodes) == 4


def test_a_step_of_a_model_that_is_not_open_is_asked_for_as_by_undo(
    qtbot, studio, history, view, make_model
):
    first = change(studio, 1)
    for number in range(4):
        studio.document.open_model(make_model(seed=number + 3, name=f"other {number}"))
    wanted = []
    studio.document.model_wanted.connect(wanted.append)
    studio.document.undo_stack.clear()
    history.settle()
    click(view, first)
    assert wanted
    assert wanted[0].source == SeedSource(1)
    assert studio.document.model.name == "other 3"  # its file can't be found, so the picture stays


def test_keys_go_everywhere_and_mark(qtbot, studio, history, feature, view):
    start = start_of(history)
    first, second = change(studio, 1), change(studio, 2)
    studio.document.undo_stack.setIndex(0)
    history.settle()
    other = change(studio, 3)
    view.setFocus()

    def after(*keys):
        for key in keys:
            QTest.keyClick(view, key)
        return view.focused

    assert view.focused == other
    assert after(Key.Key_Up) == first
    assert after(Key.Key_Right) == second
    assert after(Key.Key_Left, Key.Key_Left) == start
    assert after(Key.Key_End) == other  # along what undo leads to
    assert after(Key.Key_Home) == start
    assert seed(studio) == 3
    after(Key.Key_Right, Key.Key_Up, Key.Key_Return)
    assert seed(studio) == 1
    after(Key.Key_F)
    assert history.tree.nodes[first].is_favourite
    after(Key.Key_F2)
    qtbot.waitUntil(lambda: feature.naming is not None and feature.naming.isVisible())
    feature.naming.setTextValue("the one")
    feature.naming.accept()
    assert history.tree.nodes[first].name == "the one"
    after(Key.Key_F)
    assert not history.tree.nodes[first].is_favourite


def test_a_low_dock_is_a_film_strip_of_one_path(studio, history, feature, view):
    first, second = change(studio, 1), change(studio, 2)
    studio.document.undo_stack.setIndex(1)
    history.settle()
    third = change(studio, 3)
    feature.panel.resize(900, feature.panel.sizeHint().height())
    assert view.is_strip
    start = start_of(history)
    assert view.cells == {start: (0, 0), first: (1, 0), third: (2, 0)}
    view.setFocus()
    QTest.keyClick(view, Key.Key_Up)
    assert view.focused == second
    assert view.cells == {start: (0, 0), first: (1, 0), second: (2, 0)}
    feature.panel.resize(900, 400)
    assert not view.is_strip
    assert {row for _, row in view.cells.values()} == {0, 1}


def test_it_follows_the_step_on_show(studio, history, feature, view):
    feature.panel.resize(500, feature.panel.sizeHint().height())
    ids = [change(studio, number) for number in range(1, 20)]
    area = view.viewport().rect()
    assert area.contains(view.cell_rect(ids[-1]).center())
    assert not area.contains(view.cell_rect(ids[0]).center())
    studio.document.undo_stack.setIndex(1)
    history.settle()
    assert area.contains(view.cell_rect(ids[0]).center())


def test_filters_show_what_they_say(studio, history, feature, view, make_model):
    start = start_of(history)
    first, second = change(studio, 1), change(studio, 2)
    history.mark(first, is_favourite=True)
    history.mark(second, name="Sunset")
    bar = feature.panel.filter
    bar.favourites.click()
    assert [*view.cells] == [first]
    click(view, first)
    assert seed(studio) == 1
    bar.favourites.click()
    bar.named.click()
    assert [*view.cells] == [second]
    bar.named.click()
    QTest.keyClicks(bar.text, "SUN")
    assert [*view.cells] == [second]
    bar.text.setText("seed 1")
    assert [*view.cells] == [first]
    bar.text.setText("no such thing")
    assert not view.cells
    bar.clear()
    assert set(view.cells) == {start, first, second}
    studio.document.open_model(make_model(seed=8, name="other"))
    history.settle()
    bar.this_model.click()
    assert [*view.cells] == [history.tree.current]


def test_it_says_what_to_do_where_there_is_nothing(studio, history, feature, view):
    assert not view.accessibleDescription()
    feature.panel.filter.text.setText("no such thing")
    assert view.accessibleDescription().startswith("No step matches.")
    feature.panel.filter.clear()
    history.take(None)  # and until that is read
    assert "Change something" in view.accessibleDescription()
    view.viewport().grab()


def test_screen_readers_hear_what_a_step_is(studio, history, view):
    first = change(studio, 1)
    history.mark(first, name="Sunset", is_favourite=True)
    index = view.steps.index_of(first)
    heard = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert heard.startswith("Sunset, Seed 1, on show, favourite, ")
    assert QAccessible.queryAccessibleInterface(view).text(QAccessible.Text.Name) == "History"


def test_a_name_and_a_star_are_drawn(studio, history, view):
    first = change(studio, 1)
    shot = view.viewport().grab().toImage()
    for marks in ({"name": "Sunset"}, {"is_favourite": True}):
        history.mark(first, **marks)
        later = view.viewport().grab().toImage()
        assert later != shot
        shot = later


# --- what is done with steps -------------------------------------------------------------


def entry(menu, text):
    return next(action for action in menu.actions() if text in action.text().replace("&", ""))


def test_the_menu_of_a_step(qtbot, studio, history, feature, view):
    first, second = change(studio, 1), change(studio, 2)
    studio.document.undo_stack.setIndex(0)
    history.settle()
    change(studio, 3)
    view.focus_on(first)
    menu = feature.panel.menu_of(first)
    entry(menu, "Favourite").trigger()
    assert history.tree.nodes[first].is_favourite
    entry(menu, "Copy recipe").trigger()
    copied = json.loads(QGuiApplication.clipboard().text())
    assert copied["source"]["seed"] == 1
    assert not entry(menu, "Bring back").isEnabled()
    entry(menu, "Remove this branch").trigger()
    assert first not in history.tree.nodes
    assert second not in history.tree.nodes
    start = start_of(history)
    menu = feature.panel.menu_of(start)
    assert not entry(menu, "Remove").isEnabled()  # the step on show is part of it
    assert "go to another" in entry(menu, "Remove").toolTip()
    entry(menu, "Bring back").trigger()
    assert history.tree.nodes[first].is_favourite
    assert history.tree.children(first) == (second,)
    view.focus_on(second)
    view.setFocus()
    QTest.keyClick(view, Key.Key_Delete)
    assert second not in history.tree.nodes
    entry(feature.panel.menu_of(first), "Show").trigger()
    assert seed(studio) == 1


def test_what_was_removed_does_not_come_back_with_the_next_change(studio, history, feature):
    first, second = change(studio, 1), change(studio, 2)
    studio.document.undo_stack.undo()
    history.settle()
    feature.remove(second)
    history.settle()
    assert second not in history.tree.nodes
    assert len(history.tree.nodes) == 2
    studio.document.undo_stack.redo()  # which the undo stack still knows
    history.settle()
    assert len(history.tree.nodes) == 2
    third = change(studio, 3)
    assert history.tree.nodes[third].parent == first


def test_a_click_does_not_go_to_what_was_removed(studio, history, feature):
    first, second = change(studio, 1), change(studio, 2)
    studio.document.undo_stack.undo()
    history.settle()
    feature.remove(second)
    studio.document.undo_stack.redo()
    history.settle()
    history.go_to(first)
    assert seed(studio) == 1
    studio.document.undo_stack.redo()
    third = change(studio, 3)
    history.go_to(first)
    assert seed(studio) == 1
    history.go_to(third)
    assert seed(studio) == 3


def test_what_was_removed_does_not_come_back_into_another_history(qtbot, studio, history, feature):
    first = change(studio, 1)
    change(studio, 2)
    studio.document.undo_stack.setIndex(0)
    history.settle()
    feature.remove(first)
    assert entry(feature.panel.menu_of(start_of(history)), "Bring back").isEnabled()
    history.take(None)
    qtbot.waitUntil(lambda: history.tree is not None)
    steps = [change(studio, number) for number in (3, 4)]
    assert not entry(feature.panel.menu_of(steps[0]), "Bring back").isEnabled()
    feature.bring_back()
    assert [history.tree.recipe(id).source.seed for id in steps] == [3, 4]


def test_only_a_mark_that_changes_something_is_an_edit(studio, history):
    first, told = change(studio, 1), []
    history.edited.connect(lambda: told.append(1))
    history.mark(first, is_favourite=False)
    history.mark(first, name="")
    assert not told
    history.mark(first, is_favourite=True)
    assert told == [1]


def test_favourites_are_gone_through_both_ways(studio, history, feature):
    ids = [change(studio, number) for number in range(1, 6)]
    enabled = []
    feature.has_favourites.connect(enabled.append)
    for id in (ids[0], ids[2]):
        history.mark(id, is_favourite=True)
    assert enabled[-1]
    feature.next_favourite()  # after the last comes the first
    assert seed(studio) == 1
    feature.next_favourite()
    assert seed(studio) == 3
    feature.previous_favourite()
    assert seed(studio) == 1
    feature.previous_favourite()
    assert seed(studio) == 3


def test_the_command_marks_the_step_on_show_and_follows_it(studio, history, feature):
    shown = []
    feature.is_favourite.connect(shown.append)
    first = change(studio, 1)
    feature._favour(True)
    assert history.tree.nodes[first].is_favourite
    assert shown[-1]
    # A change that has not settled yet is another step.
    studio.document.set(studio.document.recipe.replace(source=SeedSource(2)), "Seed 2")
    feature._favour(True)
    second = history.tree.current
    assert second != first
    assert history.tree.nodes[second].is_favourite


def test_the_check_mark_of_the_command_marks_nothing(studio, history, feature):
    action = QAction(checkable=True)
    feature.is_favourite.connect(action.setChecked)
    action.toggled.connect(feature._favour)
    first = change(studio, 1)
    studio.document.set(studio.document.recipe.replace(source=SeedSource(2)), "Seed 2")
    history.mark(first, is_favourite=True)  # which the command follows
    assert action.isChecked()
    history.settle()
    assert [node.id for node in history.tree.nodes.values() if node.is_favourite] == [first]
    assert not action.isChecked()


def test_two_steps_are_compared_side_by_side_or_by_holding(qtbot, studio, history, feature, view):
    first, second = change(studio, 1), change(studio, 2)
    said = []
    studio.noted.connect(said.append)
    feature.compare()
    assert "Choose two steps" in said[0]
    change(studio, 3)
    click(view, second)
    click(view, first, CONTROL)
    assert seed(studio) == 2  # Ctrl and click only chooses
    assert feature.panel.pair == (first, second)
    feature.compare()
    dialog = feature.compare_dialog
    qtbot.addWidget(dialog)
    pictures = dialog.pictures
    qtbot.waitUntil(lambda: all(picture is not None for picture in pictures._pictures))
    assert pictures.accessibleName() == "Seed 1 and Seed 2"
    assert pictures._pictures[0] != pictures._pictures[1]
    dialog.overlay.click()
    assert pictures.shown == (0,)
    QTest.keyPress(pictures, Key.Key_Space)
    assert pictures.shown == (1,)
    QTest.keyRelease(pictures, Key.Key_Space)
    QTest.mousePress(pictures, LEFT, pos=QPoint(50, 50))
    assert pictures.accessibleName() == "Seed 2"
    QTest.mouseRelease(pictures, LEFT, pos=QPoint(50, 50))
    assert pictures.shown == (0,)


def test_children_of_the_chosen_step_and_the_one_on_show(qtbot, studio, history, feature, view):
    first, _ = change(studio, 1), change(studio, 2)
    view.focus_on(first)
    feature.cross()
    dialog = feature.children_dialog
    qtbot.addWidget(dialog)
    assert isinstance(dialog, ChildrenDialog)
    made = dialog.recipes
    assert len(set(made)) == 8
    dialog.others.click()
    assert not set(dialog.recipes) & set(made)
    dialog.sheet.setCurrentRow(3)
    QTest.keyClick(dialog.sheet, Key.Key_Return)
    assert studio.document.recipe == dialog.recipes[3]
    history.settle()
    assert history.tree.nodes[history.tree.current].text == "Take a child"
    qtbot.waitUntil(lambda: not dialog.sheet.item(7).icon().isNull())


def test_steps_of_two_models_have_no_children(studio, history, feature, view, make_model):
    first = change(studio, 1)
    studio.document.open_model(make_model(seed=8, name="other"))
    history.settle()
    said = []
    studio.noted.connect(said.append)
    view.focus_on(first)
    feature.cross()
    assert said == ["These two steps are of different models; children need two of the same model."]


def test_pictures_come_once_and_are_kept(qtbot, studio, history, settings, model):
    first = change(studio, 1)
    image = QImage(64, 64, QImage.Format.Format_RGB888)
    image.fill(Qt.GlobalColor.red)
    assert history.picture(first) is None
    with qtbot.waitSignal(history.picture_changed):
        studio.thumbnails.ready.emit(studio.document.current, image)
    assert history.picture(first) == image
    again = reopened(qtbot, studio, settings, model, studio.document.recipe)
    kept = again.history.picture(first)
    assert kept.size() == image.size()
    assert kept.pixelColor(5, 5).red() > 240
    again.close()
