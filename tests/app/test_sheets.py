"""File > Contact sheet: laid out, rendered, opened, and a click goes to a picture."""

import json

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

import stylestudio as ss
from stylestudio.app.core.task import TaskState
from stylestudio.recipe import SeedSource
from stylestudio.recipe.sheets import SHEET_KEY, read_sheet

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(fresh_window):
    return fresh_window


@pytest.fixture
def dialog(qtbot, window):
    window.actions_by_id["contact_sheet"].trigger()
    dialog = window.features["sheets"].dialog
    qtbot.waitUntil(dialog.save.isEnabled, timeout=20_000)
    return dialog


def choose(qtbot, dialog, kind, **texts):
    dialog.kind.setCurrentIndex(dialog.kind.findData(kind))
    for field, text in texts.items():
        dialog.fields[field].selectAll()
        qtbot.keyClicks(dialog.fields[field], text)
    assert not dialog.save.isEnabled()
    qtbot.waitUntil(dialog.save.isEnabled, timeout=20_000)


def saved(qtbot, window, dialog, path):
    dialog.order(path)
    qtbot.waitUntil(lambda: window.features["sheets"].viewer is not None, timeout=20_000)
    return window.features["sheets"].viewer


@pytest.mark.parametrize(
    ("kind", "texts", "count"),
    [
        ("mixing", {"seeds": "1-2", "columns": "4"}, 1 + 2 * 2),
        ("psi", {"seeds": "1", "psis": "1; 0,5"}, 2),
        ("directions", {"names": "PCA 1, SeFa 2", "amounts": "-1, 1"}, 4),
        ("strips", {"seeds": "3,5"}, 5),
        ("variations", {"distance": "2"}, 9),
        ("noise", {}, 9),
        ("seeds", {}, 25),
    ],
)
def test_every_kind_is_laid_out_and_saved(qtbot, window, dialog, tmp_path, kind, texts, count):
    document, path = window.studio.document, tmp_path / "sheet.png"
    recipe = document.recipe
    choose(qtbot, dialog, kind, **texts)
    assert str(count) in dialog.note.text()
    qtbot.waitUntil(dialog.preview.is_full, timeout=20_000)
    saved(qtbot, window, dialog, path)
    cells = read_sheet(path)
    assert len(cells) == count
    assert document.recipe == recipe
    with Image.open(path) as image:
        left, top, right, bottom = cells[-1].box
        pixels = np.asarray(image)[top:bottom, left:right]
    assert (pixels == ss.render(document.model, cells[-1].recipe)).all()


def test_a_sheet_is_saved_while_a_clip_plays(qtbot, window, tmp_path, monkeypatch):
    document, panel = window.studio.document, window.features["timeline"].panel
    for seed in (3, 4):
        document.set(document.recipe.replace(source=SeedSource(seed)), "Another seed")
        qtbot.mouseClick(panel.insert, LEFT)
    qtbot.mouseClick(panel.loop, LEFT)
    window.actions_by_id["contact_sheet"].trigger()
    dialog, path = window.features["sheets"].dialog, tmp_path / "sheet.png"
    qtbot.waitUntil(dialog.save.isEnabled, timeout=20_000)
    qtbot.mouseClick(panel.play, LEFT)
    shown, orders = document.recipe, []
    qtbot.waitUntil(lambda: document.recipe != shown, timeout=20_000)
    dialog.kind.setCurrentIndex(dialog.kind.findData("noise"))
    qtbot.waitUntil(dialog.save.isEnabled, timeout=20_000)

    def late(asked):
        dialog.kind.setCurrentIndex(dialog.kind.findData("psi"))  # nothing is laid out now
        asked.selectFile(str(path))
        return 1

    monkeypatch.setattr(QFileDialog, "exec", late)
    dialog.ordered.connect(orders.append)
    shown = document.recipe
    qtbot.waitUntil(lambda: document.recipe != shown, timeout=20_000)
    qtbot.mouseClick(dialog.save, LEFT)
    qtbot.mouseClick(panel.play, LEFT)
    (order,) = orders
    assert (order.path, order.kind, len(order.sheet.recipes)) == (path, "noise", 9)
    qtbot.waitUntil(lambda: window.features["sheets"].viewer is not None, timeout=20_000)
    assert len(read_sheet(path)) == 9


def test_a_click_or_return_goes_to_a_cell_and_undo_back(qtbot, window, dialog, tmp_path, drop):
    document, path = window.studio.document, tmp_path / "sheet.png"
    choose(qtbot, dialog, "psi", seeds="1-2", psis="1, 0.5")
    picture = saved(qtbot, window, dialog, path).picture
    cells, before = read_sheet(path), document.recipe
    qtbot.mouseClick(picture, LEFT, pos=picture.rect_of(cells[1]).center().toPoint())
    assert document.recipe == cells[1].recipe
    document.undo_stack.undo()
    assert document.recipe == before
    qtbot.keyClick(picture, Qt.Key.Key_Down)
    qtbot.keyClick(picture, Qt.Key.Key_Left)
    qtbot.keyClick(picture, Qt.Key.Key_Return)
    assert document.recipe == cells[2].recipe
    window.features["sheets"].viewer.close()
    assert window.features["sheets"].viewer is None
    drop(window, path)  # as a sheet, and not as a photo
    qtbot.waitUntil(lambda: window.features["sheets"].viewer is not None)
    assert window.features["photo"].inverter.photo is None


def test_what_cannot_be_laid_out_is_said_in_the_dialog(qtbot, window, dialog):
    dialog.kind.setCurrentIndex(dialog.kind.findData("directions"))
    qtbot.keyClicks(dialog.fields["names"], "no such thing")
    qtbot.waitUntil(lambda: "no such thing" in dialog.note.text(), timeout=20_000)
    assert not dialog.save.isEnabled()
    dialog.fields["names"].clear()
    dialog.fields["amounts"].setText("one")
    qtbot.waitUntil(lambda: "is not a number" in dialog.note.text(), timeout=20_000)
    assert not dialog.save.isEnabled()
    assert not window.banner.text


def test_too_large_a_sheet_is_said_in_the_dialog(qtbot, window, dialog):
    dialog.fields["seeds"].setText("0-39")
    dialog.side.setValue(1024)
    qtbot.waitUntil(lambda: "smaller or fewer pictures" in dialog.note.text(), timeout=20_000)
    assert not dialog.save.isEnabled()
    dialog.side.setValue(64)
    qtbot.waitUntil(dialog.save.isEnabled, timeout=20_000)
    assert "smaller or fewer" not in dialog.note.text()


def test_a_sheet_is_cancelled_without_a_file(qtbot, window, dialog, tmp_path):
    path = tmp_path / "sheet.png"
    dialog.fields["seeds"].setText("0-400")
    qtbot.waitUntil(dialog.save.isEnabled, timeout=20_000)
    dialog.order(path)
    (task,) = window.studio.tasks.under_way
    task.cancel()
    qtbot.waitUntil(lambda: task.state is TaskState.CANCELLED, timeout=20_000)
    assert not path.exists()


def test_a_sheet_with_a_long_text_opens(qtbot, window, tmp_path, drop):
    path, info = tmp_path / "long.png", PngInfo()
    cell = {"box": (0, 0, 40, 40), "recipe": json.loads(window.studio.document.recipe.to_json())}
    info.add_itxt(SHEET_KEY, json.dumps({"cells": [cell] * 5000}), zip=True)
    Image.new("RGB", (40, 40)).save(path, pnginfo=info)
    drop(window, path)
    qtbot.waitUntil(lambda: window.features["sheets"].viewer is not None)


def test_a_damaged_sheet_is_said(qtbot, window, tmp_path, drop):
    path, info = tmp_path / "torn.png", PngInfo()
    info.add_itxt(SHEET_KEY, "{")
    Image.new("RGB", (40, 40)).save(path, pnginfo=info)
    drop(window, path)
    qtbot.waitUntil(lambda: "torn.png is damaged" in window.banner.text)
    assert window.features["sheets"].viewer is None


def test_a_sheet_of_another_model_asks_what_is_to_be_done(
    qtbot, window, dialog, tmp_path, make_model
):
    path = tmp_path / "sheet.png"
    choose(qtbot, dialog, "psi", seeds="1", psis="1")
    picture = saved(qtbot, window, dialog, path).picture
    (cell,) = read_sheet(path)
    window.studio.document.open_model(make_model(seed=9, name="other"))
    asked = []
    window.studio.opener.foreign_recipe.connect(lambda recipe, _path: asked.append(recipe))
    qtbot.mouseClick(picture, LEFT, pos=picture.rect_of(cell).center().toPoint())
    assert asked == [cell.recipe]
