"""`stylestudio sheet`: one PNG in which every picture has its recipe."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import stylestudio as ss
from stylestudio.editing import sheets
from stylestudio.recipe import LatentSource, ModelRef, Recipe
from stylestudio.recipe.sheets import (
    SHEET_KEY,
    Sheet,
    cell_at,
    holds_sheet,
    read_sheet,
    save_sheet,
)


@pytest.fixture
def sheet(studio, model, tmp_path):
    """Write a sheet of the tiny model; return its pixels and its cells."""

    def call(kind, *words):
        path = tmp_path / f"{kind}.png"
        answer = studio("sheet", model, kind, "-o", path, *words)
        assert answer.status == 0, answer.err
        with Image.open(path) as image:
            pixels = np.asarray(image)
        return pixels, read_sheet(path)

    return call


def shown(pixels, cell):
    left, top, right, bottom = cell.box
    return pixels[top:bottom, left:right]


@pytest.mark.parametrize(
    ("kind", "words", "count"),
    [
        ("mixing", ("--seeds", "0-1", "--columns", "5-7"), 3 + 2 * 4),
        ("psi", ("--seeds", "0-1", "--psis", "1,0,-1"), 6),
        ("seeds", ("--count", 3), 9),
        ("noise", (), 9),
        ("directions", ("--names", "PCA 1,SeFa 2", "--amounts", "-2;0;2,5"), 6),
        ("strips", ("--seeds", "1,4,2", "--count", 3), 6),
        ("variations", ("--amounts", "2"), 9),
    ],
)
def test_every_picture_is_what_its_recipe_renders(sheet, model, kind, words, count):
    pixels, cells = sheet(kind, *words)
    assert len(cells) == count
    opened = ss.open_model(model)
    for cell in (cells[0], cells[-1]):
        assert (shown(pixels, cell) == ss.render(opened, cell.recipe)).all()
        left, top, right, bottom = cell.box
        assert cell_at(cells, left, top) == cell_at(cells, right - 1, bottom - 1) == cell
        assert cell_at(cells, right, bottom) is None


def test_what_lies_where(sheet):
    _, cells = sheet(
        "mixing", "--seeds", "3", "--columns", "5-6", "--layers", "0-1", "--psi", "0.5"
    )
    (row,) = cells[3].recipe.mixing
    assert (cells[3].recipe.source.seed, row.source.seed) == (3, 5)
    assert row.amounts == (1.0, 1.0, *(0.0,) * 6)
    assert cells[3].recipe.truncation_psi == 0.5
    _, cells = sheet("variations", "--amounts", "2")
    amounts = [[edit.amount for edit in cell.recipe.edits] for cell in cells]
    assert amounts[4] == []
    assert {(*each,) for each in amounts} == {(), (2.0,), (-2.0,)}
    first, last = cells[0].recipe.edits[0], cells[-1].recipe.edits[0]
    assert (first.name, first.amount) == (last.name, -last.amount)
    _, cells = sheet("strips", "--seeds", "1,4", "--count", 3)
    assert (cells[0].recipe.source.seed, cells[2].recipe.source.seed) == (1, 4)


def test_edits_of_the_recipe_are_laid_out_as_they_are_there(sheet, model, tmp_path):
    way = ss.Edit.from_array("curly hair", np.ones(8), 0.5)
    way = replace(way, layers=(1.0,) * 2 + (0.0,) * 6, muted=True)
    look = ss.Recipe.from_seed(4, ss.open_model(model)).edit(way)
    path = tmp_path / "look.json"
    path.write_text(look.to_json())
    _, cells = sheet("directions", "--recipe", path, "--names", "curly hair", "--amounts", "-1;2")
    edits = [cell.recipe.edits for cell in cells]
    assert edits == [(replace(way, amount=a, muted=False),) for a in (-1.0, 2.0)]


def test_noise_shows_how_far_draws_differ(sheet):
    pixels, cells = sheet("noise")
    draws = np.stack([shown(pixels, cell) for cell in cells[:4]]).astype(np.float32)
    left, top, right, bottom = cells[3].box
    width = left - cells[2].box[0]
    beside = pixels[top:bottom, left + width : right + width]
    spread = np.clip(draws.std(0).mean(2) * 4, 0, 255)
    np.testing.assert_allclose(beside[..., 0], spread, atol=1.01)
    assert spread.max() > 5
    assert [cell.recipe.noise_mode for cell in cells[-1:]] == ["none"]


def test_pictures_are_made_smaller(sheet):
    pixels, cells = sheet("psi", "--seeds", "0", "--psis", "1,0", "--size", 16)
    assert shown(pixels, cells[1]).shape == (16, 16, 3)


def test_a_sheet_is_told(sheet, studio, tmp_path):
    sheet("psi", "--seeds", "0", "--psis", "1,0")
    assert "contact sheet  2 pictures of tiny" in studio("info", tmp_path / "psi.png").out


@pytest.mark.parametrize("compressed", [False, True])
def test_a_sheet_of_many_latents_opens_again(studio, tmp_path, compressed):
    model = ModelRef(name="large", sha256="a" * 64, num_ws=18, w_dim=512)
    rows = np.random.RandomState(0).standard_normal((18, 512)).astype("<f4")
    recipe = Recipe(model=model, source=LatentSource(rows.tobytes(), 18))
    path = tmp_path / "many.png"
    sheet = Sheet(((recipe,) * 6,) * 5)
    save_sheet(path, sheet, [np.zeros((16, 16, 3), np.uint8)] * 30, 16)
    if compressed:  # as all sheets once were
        with Image.open(path) as image:
            info = PngInfo()
            info.add_itxt(SHEET_KEY, image.info[SHEET_KEY], zip=True)
            image.save(path, pnginfo=info)
    assert holds_sheet(path)
    assert [cell.recipe for cell in read_sheet(path)] == [recipe] * 30
    assert "contact sheet  30 pictures of large" in studio("info", path).out


def test_a_sheet_that_could_not_be_read_is_not_written(refused, model, tmp_path, monkeypatch):
    monkeypatch.setattr("stylestudio.recipe.sheets.LARGEST_TEXT", 1000)
    out = tmp_path / "a.png"
    words = ("psi", "--seeds", "0-3", "--psis", "1,0", "--size", 16)
    assert "too large for one file" in refused("sheet", model, *words, "-o", out, status=1)
    assert not out.exists()


@pytest.mark.parametrize("bound", ["LARGEST", "LARGEST_TEXT"])
def test_too_large_a_sheet_is_refused_before_it_is_rendered(
    refused, model, tmp_path, monkeypatch, bound
):
    rendered, render_sheet = [], sheets.render_sheet

    def watched(*given, **how):
        rendered.append(given)
        return render_sheet(*given, **how)

    monkeypatch.setattr(sheets, "render_sheet", watched)
    monkeypatch.setattr(f"stylestudio.recipe.sheets.{bound}", 100)
    words = ("psi", "--seeds", "0-3", "-o", tmp_path / "a.png")
    assert "ask for" in refused("sheet", model, *words, status=1)
    assert not rendered


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("strips", "--seeds", "1"), 1, "a strip leads from one seed to another"),
        (("directions", "--names", "smile"), 1, "none ship for tiny"),
        (("mixing", "--layers", "broad"), 1, "the layers 'broad' aren't known"),
        (("psi", "--psis", "1,lots"), 2, "'lots' is not a number"),
        (("psi", "--psis", "7"), 1, "truncation_psi is 7"),
        (("tables",), 2, "'tables' is not one of"),
    ],
)
def test_what_cannot_be_meant_is_said(refused, model, tmp_path, words, status, said):
    out = tmp_path / "a.png"
    assert said in refused("sheet", model, words[0], "-o", out, *words[1:], status=status)
    assert not out.exists()


def test_other_pictures_are_no_sheets(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "plain.png")
    with pytest.raises(ss.NoRecipeError, match=r"plain\.png is not a StyleStudio contact sheet"):
        read_sheet(tmp_path / "plain.png")
    (tmp_path / "text.png").write_text("x")
    with pytest.raises(ss.RecipeError, match="is not a picture"):
        read_sheet(tmp_path / "text.png")
