"""The Words dock: words, text models, searches, directions and rankings, by real events."""

import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
import pytest
import torch
from looks import tuned
from msgspec.structs import replace
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel

import stylestudio as ss
from stylestudio.app.core.recipes import ModelRecipe, first_recipe
from stylestudio.app.core.run_bar import RunBar
from stylestudio.app.features.styles import learned
from stylestudio.app.features.words.channels_run import ChannelsRun
from stylestudio.app.features.words.map_run import MapRun
from stylestudio.app.features.words.questions import AskRun, Question
from stylestudio.app.features.words.runs import FindRun
from stylestudio.checkpoints import TokensFile, write_lexicon
from stylestudio.networks.lexicon import LexiconConfig, LexiconNetwork, WordList
from stylestudio.networks.picture_codes import PictureCodes, PictureCodesConfig
from stylestudio.networks.token_transformer import TokenTransformer, TokenTransformerConfig
from stylestudio.render import Assets
from stylestudio.text import PictureWriter, TextModel, relevance
from stylestudio.text.restyling import RestyleSettings

sys.path.insert(0, str(Path(__file__).parents[1] / "text"))
import plain_towers

LEFT = Qt.MouseButton.LeftButton
WORDS = WordList(("a", "bright", "brighter", "dark", "picture"))


@pytest.fixture
def few_words(tmp_path):
    """A small text model of a few words."""
    torch.manual_seed(3)
    config = LexiconConfig(len(WORDS), image_size=32, widths=(8, 8), narrow=4, hidden=16, dim=12)
    write_lexicon(LexiconNetwork(config).eval(), WORDS, tmp_path / "few.safetensors")
    return tmp_path / "few.safetensors"


@pytest.fixture
def window(qtbot, window_of_new_model):
    """The window of the module, with a Words dock that nobody has used."""
    feature = window_of_new_model.features["words"]
    panel, first = feature.panel, feature.panel.wishes.rows[0]
    feature.maker.follow_model(SimpleNamespace(sha256="another"))
    while panel.made.count():
        panel.made.setCurrentRow(0)
        qtbot.keyClick(panel.made, Qt.Key.Key_Delete)
    for row in panel.wishes.rows[1:]:
        qtbot.mouseClick(row.remove, LEFT)
    first.line.clear()
    first.weight.setValue(1.0)
    panel.wishes.instead.clear()
    panel.task.setCurrentIndex(0)
    panel.move_part.way.setCurrentIndex(0)
    panel.move_part.count.set_value(50)
    panel.own.setChecked(False)
    panel.nearness.set_value(0.5)
    if feature.texts.chosen.name != "Lexicon":
        feature.texts.choose(feature.texts.choices()[0])
        qtbot.waitUntil(lambda: feature.texts.chosen.name == "Lexicon")
    styles = window_of_new_model.features["styles"].library
    styles.bank, styles.place = None, ""  # nor one with a style that words have made
    window_of_new_model.studio.settings.forget(learned.KEY)
    window_of_new_model.docks["words"].hide()
    return window_of_new_model


@pytest.fixture
def feature(qtbot, window, few_words, drop, monkeypatch):
    """The dock on a small model that counts as a built-in world, with that text model."""
    monkeypatch.setattr("stylestudio.text.worlds.is_world", lambda _: True)
    feature = window.features["words"]
    drop(window, few_words)
    qtbot.waitUntil(lambda: feature.texts.words == WORDS.words, timeout=20_000)
    assert feature.panel.isVisible()  # the dropped file has brought its dock in sight
    return feature


@pytest.fixture
def few_steps(monkeypatch):
    monkeypatch.setattr("stylestudio.text.restyling.SHOWN_EVERY", 1)
    monkeypatch.setattr(
        "stylestudio.app.features.words.asked.RestyleSettings",
        lambda **given: RestyleSettings(**({"steps": 4} | given)),
    )
    monkeypatch.setattr("stylestudio.text.finding.SHOWN_EVERY", 1)
    short = {"samples": 2, "steps": 4}
    monkeypatch.setattr(
        "stylestudio.app.features.words.asked.FindSettings",
        lambda **given: ss.text.FindSettings(**(short | given)),
    )
    monkeypatch.setattr(
        "stylestudio.app.features.words.asked.MoveSettings",
        lambda **given: ss.text.MoveSettings(**({"seeds": 8} | given)),
    )
    monkeypatch.setattr(
        "stylestudio.app.features.words.asked.MapSettings",
        lambda **given: ss.text.MapSettings(**({"steps": 2} | given)),
    )
    monkeypatch.setattr("stylestudio.app.features.words.questions.SEEDS", 6)
    monkeypatch.setattr("stylestudio.app.features.words.questions.TRIED_ON", 1)
    monkeypatch.setattr("stylestudio.app.features.words.runs.LEAST_MORE", 2)


@pytest.fixture
def panel(feature, few_steps):
    return feature.panel


def say(qtbot, panel, words, row=0):
    line = panel.wishes.rows[row].line
    line.clear()
    qtbot.keyClicks(line, words)
    if line.popup.isVisible():
        qtbot.keyClick(line.popup, Qt.Key.Key_Escape)


def choose(panel, task):
    panel.task.setCurrentIndex(panel.task.findData(task))


def choose_way(panel, way):
    panel.move_part.way.setCurrentIndex(panel.move_part.way.findData(way))


def start(qtbot, panel):
    qtbot.mouseClick(panel.work.start, LEFT)


def over(qtbot, feature):
    qtbot.waitUntil(lambda: feature.maker.task is not None, timeout=20_000)
    qtbot.waitUntil(lambda: feature.maker.task.state.is_over, timeout=60_000)


def done(qtbot, feature):
    over(qtbot, feature)
    qtbot.wait(1)
    assert not feature.maker.task.error


def ask_for_bright(qtbot, feature, panel, kind):
    """Rank what is of a kind, and return the list that shows it."""
    choose(panel, "Ask")
    panel.ask.kind.setCurrentText(kind)
    say(qtbot, panel, "bright")
    start(qtbot, panel)
    done(qtbot, feature)
    return panel.ask.list


def test_words_are_completed_while_they_are_typed(qtbot, panel):
    line = panel.wishes.rows[0].line
    qtbot.keyClicks(line, "a bri")
    popup = line.popup
    qtbot.waitUntil(popup.isVisible)
    offered = [popup.model().index(i, 0).data() for i in range(popup.model().rowCount())]
    assert offered == ["bright", "brighter"]
    qtbot.keyClick(popup, Qt.Key.Key_Down)
    qtbot.keyClick(popup, Qt.Key.Key_Return)
    assert line.text() == "a bright"
    assert panel.work.start.text() == "Find"  # Return took a word and began nothing


def test_no_list_lies_over_the_buttons_once_a_whole_word_stands_there(qtbot, panel):
    line = panel.wishes.rows[0].line
    qtbot.keyClicks(line, "a brigh")
    qtbot.waitUntil(line.popup.isVisible)
    qtbot.keyClicks(line, "t")  # "brighter" is another one
    assert not line.popup.isVisible()
    qtbot.keyClicks(line, "e")
    qtbot.waitUntil(line.popup.isVisible)


def test_a_search_shows_its_steps_and_one_undo_takes_it_back(qtbot, feature, panel, window):
    document = window.studio.document
    before, count = document.recipe, document.undo_stack.count()
    say(qtbot, panel, "bright")
    start(qtbot, panel)
    assert panel.work.start.text() == "Stop"
    done(qtbot, feature)
    run = feature.maker.run
    assert document.recipe.source == ss.LatentSource.from_array(run.found[-1].ws.numpy(), "bright")
    assert document.recipe.truncation_psi == 1.0
    assert panel.work.scrub.maximum() == 4
    qtbot.keyClick(panel.work.scrub, Qt.Key.Key_Left)
    earlier = ss.LatentSource.from_array(run.found[-2].ws.numpy(), "bright")
    assert document.recipe.source == earlier
    assert panel.work.state.text().startswith("Step 3 · likeness")
    assert document.undo_stack.count() == count + 1
    document.undo_stack.undo()
    assert document.recipe == before

    item = panel.made.item(0)
    assert item.toolTip() == "Find bright"
    qtbot.mouseClick(panel.made.viewport(), LEFT, pos=panel.made.visualItemRect(item).center())
    assert document.recipe.source.name == "bright"

    panel.work.scrub.setValue(3)
    qtbot.mouseClick(panel.work.go_on, LEFT)
    done(qtbot, feature)
    assert [each.step for each in feature.maker.run.found] == [0, 1, 2, 3, 4, 5]


def test_a_search_that_starts_from_the_picture_begins_with_just_that_picture(
    qtbot, feature, panel, window, model
):
    document, assets = window.studio.document, window.studio.assets
    held, tuned_look = tuned(model)
    assets.hold(held.delta(tuned_look.source.delta))
    shown = tuned_look.replace(truncation_psi=0.8)
    shown = shown.edit(ss.Edit.from_array("w", np.ones(model.w_dim) / 4, 1.0))
    shown = shown.edit(ss.ChannelEdit.of("s", [("b8.conv1", 1, 2.0)], 1.5))
    shown = shown.intervene(ss.Intervention.of("blur", 3, "blur", 1.0))
    document.set(shown, "A tuned photo")
    panel.from_picture.click()
    say(qtbot, panel, "bright")
    start(qtbot, panel)
    done(qtbot, feature)
    panel.from_picture.click()
    found = document.recipe
    assert found.source.delta == shown.source.delta
    assert [edit.acting for edit in found.edits] == [0, 1.5]
    qtbot.keyClick(panel.work.scrub, Qt.Key.Key_Home)
    assert document.recipe.source != found.source
    before, first = (
        ss.render(model, each, assets=assets).astype(int) for each in (shown, document.recipe)
    )
    assert np.abs(before - first).max() <= 1


def test_what_is_added_to_what_was_found_stays_while_its_steps_are_scrubbed(
    qtbot, feature, panel, window
):
    document = window.studio.document
    say(qtbot, panel, "bright")
    start(qtbot, panel)
    done(qtbot, feature)
    mixed = document.recipe.mix(7, "coarse", 0.5).replace(truncation_psi=0.8)
    document.set(mixed, "By hand")
    qtbot.keyClick(panel.work.scrub, Qt.Key.Key_Left)
    assert document.recipe.source != mixed.source
    assert document.recipe == mixed.replace(source=document.recipe.source)


def test_a_slider_that_moves_during_a_search_is_one_step_to_undo(
    qtbot, feature, panel, window, pressed
):
    document = window.studio.document
    say(qtbot, panel, "bright")
    start(qtbot, panel)
    pressed.append(LEFT)
    count = document.undo_stack.count()
    qtbot.waitUntil(lambda: bool(feature.maker.run.found), timeout=20_000)
    qtbot.wait(20)
    assert document.undo_stack.count() == count
    done(qtbot, feature)
    last = feature.maker.run.found[-1]
    assert document.recipe.source == ss.LatentSource.from_array(last.ws.numpy(), "bright")
    assert document.undo_stack.count() == count + 1


def test_a_hand_steers_a_search_and_stops_it(qtbot, feature, panel, monkeypatch):
    steered = []
    call = FindRun.__call__

    def slowly(self, report, cancel):
        def reported(progress):
            report(progress)
            if progress.done == 2:
                moved.wait(20)
            steered.append(self.nearness)

        call(self, reported, cancel)

    moved = threading.Event()
    monkeypatch.setattr(FindRun, "__call__", slowly)
    say(qtbot, panel, "bright")
    start(qtbot, panel)
    qtbot.waitUntil(lambda: len(feature.maker.run.found) == 3, timeout=20_000)
    qtbot.keyClick(panel.nearness.slider, Qt.Key.Key_Right)
    qtbot.mouseClick(panel.work.start, LEFT)
    moved.set()
    done(qtbot, feature)
    assert steered[0] == 0.5
    assert steered[-1] == pytest.approx(0.51)
    assert feature.maker.run.found[-1].step < 4  # it ended early, with what there was
    assert panel.made.count() == 1


def test_a_direction_becomes_an_edit_with_a_slider(qtbot, feature, panel, window):
    document = window.studio.document
    before = document.recipe
    choose(panel, "Move")
    say(qtbot, panel, "bright")
    qtbot.keyClicks(panel.wishes.instead, "dark")
    start(qtbot, panel)
    done(qtbot, feature)
    (edit,) = document.recipe.edits
    assert (edit.name, edit.amount) == ("bright", 1.5)
    window.show_dock("edits")
    rows = window.features["edits"].panel.rows.rows
    assert rows["bright"].amount.value() == 1.5
    assert "bright" in window.features["edits"].library.titles
    document.undo_stack.undo()
    assert document.recipe == before
    panel.made.setCurrentRow(0)
    qtbot.keyClick(panel.made, Qt.Key.Key_Return)
    assert document.recipe.edits == (edit,)


def test_a_mapper_becomes_an_edit_that_undoes_and_is_kept(qtbot, feature, panel, window, drop):
    document, assets = window.studio.document, window.studio.assets
    before = document.recipe
    choose(panel, "Move")
    assert not panel.nearness.isVisible()
    choose_way(panel, "mapper")
    assert panel.nearness.isVisible()
    say(qtbot, panel, "bright")
    start(qtbot, panel)
    done(qtbot, feature)
    (edit,) = document.recipe.edits
    assert (edit.name, edit.amount) == ("bright", 1.0)
    window.show_dock("edits")
    assert window.features["edits"].panel.rows.rows["bright"].amount.value() == 1.0
    document.undo_stack.undo()
    assert document.recipe == before
    file = assets.folder / f"{edit.network.sha256[:16]}.delta.safetensors"
    drop(window, file)  # a mapper's file is used as an edit, not as a change of weights
    qtbot.waitUntil(lambda: document.recipe.edits == (edit,))
    assert document.recipe.deltas == ()


def test_channels_become_an_edit_that_grows_and_a_slider_says_how_many(
    qtbot, feature, panel, window, tmp_path, monkeypatch
):
    monkeypatch.setattr(relevance.platformdirs, "user_cache_path", lambda *_, **__: tmp_path)
    document, part = window.studio.document, panel.move_part
    before, grown = document.recipe, []
    document.recipe_changed.connect(grown.append)
    choose(panel, "Move")
    assert not part.count.isVisible()
    choose_way(panel, "channels")
    assert panel.work.start.text() == "Find the channels"
    say(qtbot, panel, "bright")
    qtbot.keyClicks(panel.wishes.instead, "dark")
    start(qtbot, panel)
    done(qtbot, feature)
    (edit,) = document.recipe.edits
    assert (edit.name, edit.amount, len(edit.channels)) == ("bright", 1.5, 50)
    assert len(grown) > 1  # the first pictures showed it before all were looked at
    assert "channels, each in 4 of 4 pictures" in part.known.text()
    assert "bright" in window.features["edits"].library.titles
    document.undo_stack.undo()
    assert document.recipe == before
    document.undo_stack.redo()

    texts = []
    monkeypatch.setattr(TextModel, "embed_tokens", lambda *_: texts.append(1))
    qtbot.keyClick(part.count.slider, Qt.Key.Key_Left)
    (fewer,) = document.recipe.edits
    assert (fewer.channels, fewer.amount) != (edit.channels, 0)
    assert len(fewer.channels) == 49
    box = part.count.box
    box.selectAll()
    qtbot.keyClicks(box, "3")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert [c.channel for c in document.recipe.edits[0].channels] == [
        c.channel for c in edit.channels[:3]
    ]
    assert not texts
    (last,) = document.recipe.edits
    renamed = document.recipe.replace(edits=(replace(last, name="dawn"),))
    document.set(renamed, "Rename")
    qtbot.keyClick(part.count.slider, Qt.Key.Key_Right)
    (dawn,) = document.recipe.edits
    assert (dawn.name, len(dawn.channels)) == ("dawn", 4)
    assert "“dawn”" in part.known.text()
    document.set(document.recipe.replace(edits=()), "None")
    assert not part.known.isVisible()


@pytest.fixture
def stop_early(qtbot, feature, panel, monkeypatch):
    """Start what finds an edit, and stop it as soon as there is something to keep."""

    def run(kind):
        call, stopped, waits = kind.__call__, threading.Event(), threading.Event()

        def slowly(self, report, cancel):
            def reported(progress):
                report(progress)
                if getattr(self, "newest", progress) is not None:
                    waits.set()
                    stopped.wait(20)

            return call(self, reported, cancel)

        with monkeypatch.context() as patched:
            patched.setattr(kind, "__call__", slowly)
            start(qtbot, panel)
            qtbot.waitUntil(waits.is_set, timeout=60_000)
            qtbot.mouseClick(panel.work.start, LEFT)
            stopped.set()
            done(qtbot, feature)

    return run


def set_amount(qtbot, window, name, amount):
    window.show_dock("edits")
    box = window.features["edits"].panel.rows.rows[name].amount.box
    box.selectAll()
    qtbot.keyClicks(box, amount)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    window.show_dock("words")


def test_a_mapper_that_goes_on_takes_the_place_of_its_edit(
    qtbot, feature, panel, window, stop_early
):
    document = window.studio.document
    choose(panel, "Move")
    choose_way(panel, "mapper")
    say(qtbot, panel, "bright")
    stop_early(MapRun)
    set_amount(qtbot, window, "bright", "0.6")
    (half,) = document.recipe.edits
    assert half.amount == 0.6
    start(qtbot, panel)
    done(qtbot, feature)
    (whole,) = document.recipe.edits
    assert (whole.name, whole.amount) == ("bright", 0.6)
    assert whole.network != half.network
    document.undo_stack.undo()
    assert document.recipe.edits == (half,)

    say(qtbot, panel, "dark")  # other words make another edit
    start(qtbot, panel)
    done(qtbot, feature)
    assert [edit.name for edit in document.recipe.edits] == ["bright", "dark"]


def test_a_mapper_goes_on_after_others_were_trained(
    qtbot, feature, panel, window, stop_early, monkeypatch
):
    folder = window.studio.settings.folder / "mapper"
    folder.mkdir(exist_ok=True)
    for number in range(6):
        (folder / f"older{number}.pt").touch()
    call, steps = MapRun.__call__, []

    def watched(self, report, cancel):
        def reported(progress):
            steps.append(progress.done)
            report(progress)

        return call(self, reported, cancel)

    choose(panel, "Move")
    choose_way(panel, "mapper")
    say(qtbot, panel, "bright")
    stop_early(MapRun)
    monkeypatch.setattr(MapRun, "__call__", watched)
    for words, made in (("dark", [1, 2]), ("bright", [2])):
        say(qtbot, panel, words)
        steps.clear()
        start(qtbot, panel)
        done(qtbot, feature)
        assert steps == made
    assert len([*folder.iterdir()]) <= 4  # old ones are not kept for ever


def test_channels_that_are_measured_further_take_the_place_of_their_edit(
    qtbot, feature, panel, window, stop_early, tmp_path, monkeypatch
):
    monkeypatch.setattr(relevance.platformdirs, "user_cache_path", lambda *_, **__: tmp_path)
    document = window.studio.document
    choose(panel, "Move")
    choose_way(panel, "channels")
    say(qtbot, panel, "bright")
    stop_early(ChannelsRun)
    set_amount(qtbot, window, "bright", "0.6")
    qtbot.keyClick(panel.move_part.count.slider, Qt.Key.Key_Left)
    (half,) = document.recipe.edits
    assert (half.amount, len(half.channels)) == (0.6, 49)
    start(qtbot, panel)
    done(qtbot, feature)
    (whole,) = document.recipe.edits
    assert (whole.name, whole.amount, len(whole.channels)) == ("bright", 0.6, 49)
    assert whole.channels != half.channels


def test_several_words_count_by_their_weights(qtbot, feature, panel):
    say(qtbot, panel, "bright")
    qtbot.mouseClick(panel.wishes.more, LEFT)
    say(qtbot, panel, "dark", 1)
    box = panel.wishes.rows[1].weight
    box.selectAll()
    qtbot.keyClicks(box, "-0.5")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    start(qtbot, panel)
    done(qtbot, feature)
    wishes = [(wish.words, wish.weight) for wish in feature.maker.run.settings.wishes]
    assert wishes == [("bright", 1.0), ("dark", -0.5)]
    qtbot.mouseClick(panel.wishes.rows[1].remove, LEFT)
    assert len(panel.wishes.rows) == 1


def test_words_that_are_none_are_said_in_the_dock(qtbot, feature, panel):
    for words, said in (
        ("", "There are no words to read; type some."),
        ("a" * 10_000, "The words are 10,000 characters long; use at most 1,000."),
        ("a brigt one", 'Few doesn\'t know the word "brigt"; try bright or brighter.'),
    ):
        panel.wishes.rows[0].line.setText(words)
        start(qtbot, panel)
        assert panel.work.state.text() == said
        assert feature.maker.task is None
    say(qtbot, panel, "bright")
    start(qtbot, panel)
    done(qtbot, feature)
    assert panel.work.state.text().startswith("Step 4")


def test_words_blend_styles_live(qtbot, feature, panel, window, builtin_bank):
    document = window.studio.document
    before, count = document.recipe, document.undo_stack.count()
    choose(panel, "Restyle")
    say(qtbot, panel, "dark")
    start(qtbot, panel)
    done(qtbot, feature)
    found = feature.maker.run.found
    assert [each.step for each in found] == [0, 1, 2, 3, 4]
    assert dict(document.recipe.style.weights) == found[-1].weights
    assert found[0].weights != found[-1].weights
    assert document.recipe.style.bank.name == "bank"
    qtbot.keyClick(panel.work.scrub, Qt.Key.Key_Home)
    assert dict(document.recipe.style.weights) == found[0].weights
    assert document.undo_stack.count() == count + 1
    document.undo_stack.undo()
    assert document.recipe == before
    panel.made.setCurrentRow(0)
    qtbot.keyClick(panel.made, Qt.Key.Key_Return)
    assert dict(document.recipe.style.weights) == found[-1].weights


def test_words_make_a_style_of_its_own(qtbot, feature, panel, window, builtin_bank, settled):
    document = window.studio.document
    choose(panel, "Restyle")
    panel.own.click()
    say(qtbot, panel, "dark")
    start(qtbot, panel)
    qtbot.waitUntil(lambda: panel.preview.isVisible() and not panel.preview.pixmap().isNull())
    done(qtbot, feature)
    qtbot.waitUntil(lambda: document.recipe.style is not None)
    assert document.recipe.style.weights == (("dark", 1.0),)
    settled(window)
    assert not window.banner.text
    library = window.features["styles"].library
    qtbot.waitUntil(lambda: library.bank is not None and "dark" in library.bank.names)
    assert library.bank.names == ("dawn", "noon", "dusk", "dark")
    assert not panel.preview.isVisible()


@pytest.mark.parametrize("kind", ["History", "Seeds", "Styles", "Directions"])
def test_what_there_is_is_ranked_and_shown(
    qtbot, feature, panel, window, settled, kind, builtin_bank
):
    document = window.studio.document
    document.set(document.recipe.replace(source=ss.SeedSource(5)), "Another seed")
    ranking = ask_for_bright(qtbot, feature, panel, kind)
    qtbot.waitUntil(lambda: ranking.count() > 0)
    alike = [float(ranking.item(i).text().split("\n")[1]) for i in range(ranking.count())]
    assert alike == sorted(alike, reverse=True)
    known = {
        "History": 2,
        "Seeds": 6,
        "Styles": 3,
        "Directions": 8,
    }
    assert len(alike) == min(known[kind], 24)
    row = 1
    place = ranking.visualItemRect(ranking.item(row)).center()
    look = ranking.item(row).data(Qt.ItemDataRole.UserRole).look
    qtbot.mouseClick(ranking.viewport(), LEFT, pos=place)
    assert document.recipe == look
    settled(window)
    qtbot.waitUntil(lambda: not ranking.item(row).icon().isNull(), timeout=20_000)


def test_seeds_are_asked_for_at_their_own_psi_while_a_photo_is_shown(
    qtbot, feature, panel, window, model
):
    document = window.studio.document
    photo = ss.LatentSource.from_array(np.zeros(model.w_dim, np.float32), "a photo")
    document.set(document.recipe.replace(source=photo, truncation_psi=1.0), "Another source")
    ranking = ask_for_bright(qtbot, feature, panel, "Seeds")
    qtbot.waitUntil(lambda: ranking.count() > 0)
    look = ranking.item(0).data(Qt.ItemDataRole.UserRole).look
    assert look.truncation_psi == first_recipe(model).truncation_psi


def test_seeds_are_asked_for_in_the_class_and_at_the_psi_that_were_chosen(
    qtbot, feature, panel, window, make_model
):
    document = window.studio.document
    document.open_model(make_model(seed=6, name="classes", c_dim=3))
    third = (0.0, 0.0, 1.0)
    chosen = document.recipe.replace(source=ss.SeedSource(4, third), truncation_psi=1.0)
    document.set(chosen, "a class, as wild as can be")
    ws = np.zeros((document.model.num_ws, document.model.w_dim), np.float32)
    document.set(chosen.replace(source=ss.LatentSource.from_array(ws)), "Drag points")
    ranking = ask_for_bright(qtbot, feature, panel, "Seeds")
    qtbot.waitUntil(lambda: ranking.count() > 0)
    qtbot.mouseClick(ranking.viewport(), LEFT, pos=ranking.visualItemRect(ranking.item(1)).center())
    assert document.recipe.source.label == third
    assert document.recipe.truncation_psi == 1.0
    found = {ranking.item(i).text() for i in range(ranking.count())}
    start(qtbot, panel)  # from the seed that is on show now
    done(qtbot, feature)
    assert {ranking.item(i).text() for i in range(ranking.count())} == found


def test_a_ranking_of_steps_of_two_models_stays_when_one_of_them_is_shown(
    qtbot, feature, panel, window, make_model
):
    document, first = window.studio.document, window.studio.document.model
    document.open_model(make_model(seed=9, name="other"))
    ranking = ask_for_bright(qtbot, feature, panel, "History")
    qtbot.waitUntil(lambda: ranking.count() > 1)
    looks = [ranking.item(i).data(Qt.ItemDataRole.UserRole).look for i in range(ranking.count())]
    (row, *_) = [i for i, look in enumerate(looks) if look.model.sha256 == first.sha256]
    place = ranking.visualItemRect(ranking.item(row)).center()
    qtbot.mouseClick(ranking.viewport(), LEFT, pos=place)
    assert document.model is first
    assert ranking.count() == len(looks)
    document.open_model(make_model(seed=10, name="third"))
    assert ranking.count() == 0


def test_directions_are_named_by_words(qtbot, feature, panel, window, monkeypatch):
    monkeypatch.setattr(
        "stylestudio.app.features.words.questions.phrases_for", lambda *_: ("bright", "dark")
    )
    choose(panel, "Ask")
    qtbot.mouseClick(panel.ask.name, LEFT)
    done(qtbot, feature)
    library = window.features["edits"].library
    qtbot.waitUntil(lambda: library.shown == "By words")
    assert len(library.directions) == 8
    assert {name.split()[0] for name in library.directions.names} <= {"bright", "dark"}


def test_a_picture_takes_the_place_of_words(qtbot, feature, panel, tmp_path, monkeypatch, model):
    picture = tmp_path / "like.png"
    look = feature.studio.document.recipe.replace(source=ss.SeedSource(4))
    Image.fromarray(ss.render(model, look)[..., :3]).save(picture)
    choose(panel, "Ask")
    panel.ask.kind.setCurrentText("Seeds")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(picture), ""))
    qtbot.mouseClick(panel.ask.like, LEFT)
    assert panel.ask.like.text() == "Like like.png"
    assert not panel.wishes.isEnabled()
    start(qtbot, panel)
    done(qtbot, feature)
    qtbot.waitUntil(lambda: panel.ask.list.count() > 0)
    assert panel.ask.list.item(0).text().startswith("Seed 4\n")
    qtbot.mouseClick(panel.ask.forget, LEFT)
    assert panel.wishes.isEnabled()


def test_a_transparent_picture_of_the_history_is_like_its_own_file(
    few_words, make_model, tmp_path, monkeypatch
):
    monkeypatch.setattr("stylestudio.text.worlds.is_world", lambda _: True)
    clear, text = make_model(seed=2, img_channels=4), ss.open_text_model(few_words)
    looks = [ModelRecipe(clear, ss.Recipe.from_seed(seed, clear)) for seed in range(3)]
    path = tmp_path / "clear.png"
    Image.fromarray(ss.render(*looks[1]), "RGBA").save(path)
    question = Question((), path, looks[2], tuple(looks), Assets(), looks[2].recipe)
    first, *_ = AskRun("History", lambda: text, question)(lambda _: None, ss.Cancel())
    assert first.look == looks[1].recipe


def test_lexicon_is_grey_on_models_it_does_not_know(qtbot, window, tmp_path, drop, few_steps):
    feature = window.features["words"]
    panel = feature.panel
    window.show_dock("words")
    only = "Lexicon knows only StyleStudio's own worlds; open a CLIP file for others."
    assert panel.notice.text() == only
    assert panel.notice.isVisible()
    assert not panel.work.start.isEnabled()
    row = panel.text.findText("Lexicon")
    assert not panel.text.model().item(row).isEnabled()
    assert panel.text.model().item(row).toolTip() == only
    with patch.object(plain_towers, "WORDS", 49408):  # as many as the tokenizer of CLIP knows
        torch.save(plain_towers.random_clip().state_dict(), tmp_path / "clip.pt")
    drop(window, tmp_path / "clip.pt")
    qtbot.waitUntil(lambda: feature.texts.chosen.name == "clip", timeout=20_000)
    assert panel.text.currentText() == "clip"
    assert panel.work.start.isEnabled()
    assert not panel.notice.isVisible()
    say(qtbot, panel, "a red car")
    start(qtbot, panel)
    done(qtbot, feature)
    assert window.studio.document.recipe.source.name == "a red car"


def test_a_file_that_is_no_text_model_is_said_and_the_old_one_stays(
    qtbot, feature, panel, tmp_path, window
):
    torch.save({"logit_scale": torch.ones(()), "other": torch.ones(3)}, tmp_path / "odd.pt")
    feature.texts.open_paths([tmp_path / "odd.pt"])
    qtbot.waitUntil(lambda: "odd.pt" in window.banner.text)
    assert panel.text.currentText() == "few"
    assert len(window.banner.text) <= 160


def test_the_text_model_stays_in_use_once_its_file_is_gone(
    qtbot, feature, panel, window, few_words, make_model
):
    few_words.unlink()
    window.studio.document.open_model(make_model(seed=1))
    assert panel.text.currentText() == "few"
    assert panel.work.start.isEnabled()
    say(qtbot, panel, "bright")
    start(qtbot, panel)
    done(qtbot, feature)
    assert window.studio.document.recipe.source.name == "bright"


def test_another_model_takes_the_work_away(qtbot, feature, panel, window, model, make_model):
    say(qtbot, panel, "bright")
    start(qtbot, panel)
    done(qtbot, feature)
    assert panel.made.count() == 1
    window.studio.document.open_model(make_model(seed=2))  # no other test makes anything for it
    assert feature.maker.run is None
    assert panel.made.count() == 0
    assert panel.work.scrub.maximum() == 0
    window.studio.document.open_model(model)
    assert panel.made.count() == 1


@pytest.fixture
def few_pictures(monkeypatch):
    """A small network that writes pictures of 16 pixels for the same few words."""
    torch.manual_seed(2)
    config = TokenTransformerConfig(
        len(WORDS), codes=8, grid=4, width=8, layers=1, heads=2, hidden=8, text_width=6
    )
    codes = PictureCodes(PictureCodesConfig(side=16, widths=(8, 8), codes=8, dim=4))
    file = TokensFile(codes.eval(), TokenTransformer(config).eval(), WORDS, "few", "")
    run = "stylestudio.app.features.words.imagine_run"
    monkeypatch.setattr(f"{run}.open_picture_writer", lambda: PictureWriter(file))
    monkeypatch.setattr(f"{run}.STEPS", 2)


def test_what_is_imagined_becomes_a_source_by_a_click(qtbot, feature, panel, window, few_pictures):
    document = window.studio.document
    before, count = document.recipe, document.undo_stack.count()
    choose(panel, "Imagine")
    assert "DALL-E" in panel.imagine.about.text()
    assert not panel.ask.isVisible()
    say(qtbot, panel, "a bright picture")
    start(qtbot, panel)
    done(qtbot, feature)
    shown = panel.imagine.list
    qtbot.waitUntil(lambda: shown.count() == 4)
    assert panel.work.state.text().startswith("Click a picture to find it")
    likenesses = [float(shown.item(row).text()) for row in range(4)]
    assert likenesses == sorted(likenesses, reverse=True)
    assert document.recipe == before  # nothing is changed by looking

    qtbot.mouseClick(shown.viewport(), LEFT, pos=shown.visualItemRect(shown.item(1)).center())
    done(qtbot, feature)
    assert document.recipe.source.name == "a bright picture"
    assert document.undo_stack.count() == count + 1
    assert panel.made.item(0).toolTip() == "Imagine a bright picture"
    document.undo_stack.undo()
    assert document.recipe == before


def test_imagining_again_brings_other_pictures(qtbot, feature, panel, few_pictures):
    choose(panel, "Imagine")
    say(qtbot, panel, "bright")
    seeds = []
    for _ in range(2):
        start(qtbot, panel)
        done(qtbot, feature)
        seeds.append(feature.maker.run.settings.seed)
    assert seeds[0] != seeds[1]


def test_a_word_that_imagine_does_not_know_is_said(
    qtbot, feature, panel, window, few_pictures, monkeypatch
):
    monkeypatch.setattr(feature.texts, "check", lambda *_: None)  # as a CLIP file knows them all
    choose(panel, "Imagine")
    say(qtbot, panel, "a brigth picture")
    start(qtbot, panel)
    over(qtbot, feature)
    said = 'Imagine doesn\'t know the word "brigth"; try bright'
    qtbot.waitUntil(lambda: said in window.banner.text)


def test_the_buttons_stay_where_they_are_while_the_work_says_more(qtbot):
    label = QLabel()
    label.setWordWrap(True)
    bar = RunBar("Progress", label)
    qtbot.addWidget(bar)
    bar.resize(280, 120)
    bar.show()
    places = set()
    for said in ("Starting…", "Measuring what channels change: 79 of 1344 · 4 min left"):
        bar.show_task(None, said, "Find")
        QApplication.processEvents()
        places.add((bar.start.geometry().top(), bar.layout().totalHeightForWidth(280)))
    assert len(places) == 1
