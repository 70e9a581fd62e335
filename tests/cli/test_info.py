"""`stylestudio info`: what a file holds, in words and as JSON."""

from __future__ import annotations

import json
import struct
import zlib

import pytest
import torch
from PIL import Image

import stylestudio as ss
from stylestudio.resources import resource_path
from stylestudio.video import kind_of_file


def test_a_model_in_words(studio, model):
    answer = studio("info", model)
    assert answer.status == 0
    lines = answer.out.splitlines()
    assert lines[0] == "tiny.safetensors"
    text = " ".join(answer.out.split())
    for part in ("32 x 32", "8 (num_ws)", "coarse 0-2 at 4, 8 pixels", "license CC0-1.0"):
        assert part in text
    assert ss.open_model(model).sha256 in text


def test_a_model_as_json(studio, model):
    facts = json.loads(studio("info", "--json", model).out)
    opened = ss.open_model(model)
    assert facts["kind"] == "model"
    assert facts["sha256"] == opened.sha256
    assert (facts["resolution"], facts["num_ws"]) == (32, 8)
    assert (facts["z_dim"], facts["w_dim"], facts["c_dim"]) == (8, 8, 0)
    assert facts["parameters"] == sum(p.numel() for p in opened.network.parameters())
    assert facts["layers"][3] == {"index": 3, "resolution": 16, "group": "middle"}
    assert facts["metadata"]["license"] == "CC0-1.0"


def test_styles_by_file_and_by_built_in_name(studio, tmp_path):
    bank = ss.open_styles("sketchbook")
    text = studio("info", "sketchbook").out
    assert all(name in text for name in (*bank.names, bank.sha256))
    path = tmp_path / "mine.safetensors"
    path.write_bytes(resource_path("styles", "sketchbook.safetensors").read_bytes())
    facts = json.loads(studio("info", path, "--json").out)
    assert facts["kind"] == "styles"
    assert facts["names"] == list(bank.names)
    wrong = studio("info", "sketchbok")
    assert wrong.status == 1
    assert "sketchbok" in wrong.err


@pytest.fixture
def picture(studio, model, tmp_path):
    path = tmp_path / "a.png"
    words = ("--seed", 7, "--psi", 0.5, "--cutoff", 4, "--mix", "3:0-2,5:0.5", "--noise", 2)
    assert studio("render", model, "-o", path, *words).status == 0
    return path


def test_a_picture_in_words(studio, picture):
    text = " ".join(studio("info", picture).out.split())
    for part in (
        "PNG, 32 x 32",
        "model tiny",
        "source seed 7",
        "psi 0.5 on the first 4 layers",
        "seed 3: layers 0-2, 5 at 0.5",
        "noise seed 2",
        f"made with StyleStudio, {torch.get_num_threads()} thread",
    ):
        assert part in text


def test_a_picture_as_json_holds_its_recipe(studio, picture):
    facts = json.loads(studio("info", "--json", picture).out)
    assert (facts["kind"], facts["width"], facts["height"]) == ("picture", 32, 32)
    assert ss.Recipe.from_json(json.dumps(facts["recipe"])) == ss.read_recipe(picture)


def test_several_files_are_told_in_turn_and_a_bad_one_does_not_stop_the_rest(
    studio, model, picture, tmp_path
):
    answer = studio("info", picture, tmp_path / "no.png", model)
    headings = [line for line in answer.out.splitlines() if not line.startswith(" ")]
    assert headings == ["a.png", "tiny.safetensors"]
    assert answer.status == 1
    assert "no.png" in answer.err
    facts = json.loads(studio("info", "--json", picture, model).out)
    assert [each["kind"] for each in facts] == ["picture", "model"]


def resized_header(path, width, height):
    """Let a PNG say that it has so many pixels, which it has not."""
    data = bytearray(path.read_bytes())
    data[16:24] = struct.pack(">II", width, height)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    path.write_bytes(data)


def test_a_picture_may_have_any_number_of_pixels(studio, picture):
    resized_header(picture, 16384, 16384)
    text = " ".join(studio("info", picture).out.split())
    assert "PNG, 16384 x 16384" in text
    assert "source seed 7" in text
    assert kind_of_file(picture) == "recipe"


@pytest.mark.parametrize("ending", ["png", "bmp"])
def test_a_large_photo_holds_no_recipe(refused, tmp_path, ending):
    path = tmp_path / f"panorama.{ending}"
    Image.new("RGB", (8, 8)).save(path)
    if ending == "png":
        resized_header(path, 20000, 10000)
    else:
        data = bytearray(path.read_bytes())
        data[18:26] = struct.pack("<ii", 20000, 10000)
        path.write_bytes(data)
    assert "holds no recipe" in refused("info", path, status=1)


def test_a_file_that_the_system_keeps_does_not_stop_the_rest(studio, picture, monkeypatch):
    from stylestudio.cli import info

    usual = info.kind_of_file

    def kind_of_file(path):
        if path.name == "kept.png":
            raise PermissionError(13, "Permission denied", str(path))
        return usual(path)

    monkeypatch.setattr(info, "kind_of_file", kind_of_file)
    kept = picture.with_name("kept.png")
    kept.write_bytes(b"")
    answer = studio("info", kept, picture)
    assert answer.status == 1
    assert answer.err == "Error: kept.png cannot be read: Permission denied.\n"
    assert answer.out.startswith("a.png")


def test_a_misspelt_built_in_model_is_answered_with_a_question(studio):
    assert studio("info", "portaits").err.endswith("did you mean portraits?\n")


def test_a_recipe_file(studio, picture, tmp_path):
    recipe = tmp_path / "recipe.json"
    recipe.write_text(ss.read_recipe(picture).to_json())
    assert "source seed 7" in " ".join(studio("info", recipe).out.split())
    assert json.loads(studio("info", "--json", recipe).out)["kind"] == "recipe"


def test_a_blend_is_described(studio, model, tmp_path):
    opened = ss.open_model(model)
    blended = ss.interpolate(ss.Recipe.from_seed(1, opened), ss.Recipe.from_seed(2, opened), 0.25)
    recipe = tmp_path / "recipe.json"
    recipe.write_text(blended.to_json())
    assert "0.75 of seed 1 + 0.25 of seed 2" in studio("info", recipe).out


def test_a_plain_picture_holds_no_recipe(refused, tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "photo.jpg")
    assert "photo.jpg holds no recipe" in refused("info", tmp_path / "photo.jpg", status=1)


@pytest.mark.parametrize(
    "content", [b"", b"plain text", b"\x80\x04nothing", b"\x89PNG\r\n\x1a\n", b"{"]
)
def test_what_cannot_be_read_is_said_in_one_sentence(content, refused, tmp_path):
    (tmp_path / "thing").write_bytes(content)
    assert "thing" in refused("info", tmp_path / "thing", status=1)


def test_what_is_not_there(refused, tmp_path):
    assert "thing" in refused("info", tmp_path / "thing", status=1)
    assert tmp_path.name in refused("info", tmp_path, status=1)


def test_a_file_cannot_steer_the_terminal(studio, picture, tmp_path):
    recipe = json.loads(ss.read_recipe(picture).to_json())
    recipe["model"]["name"] = "\x1b[2Jgone"
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps(recipe))
    answer = studio("info", path)
    assert "gone" in answer.out
    assert "\x1b" not in answer.out


def test_a_model_whose_first_bytes_look_like_a_recipe_is_a_model(refused, tmp_path):
    header_length = int.from_bytes(b" {", "little").to_bytes(8, "little")
    (tmp_path / "thing").write_bytes(header_length + b'{"a": 1}')
    assert "recipe" not in refused("info", tmp_path / "thing", status=1)


def test_the_style_of_a_picture(studio, model, bank_path, tmp_path):
    path = tmp_path / "painted.png"
    words = ("--styles", bank_path, "--style", "dawn:1,dusk:3", "--style-strength", 0.5)
    words += ("--style-colours", 0.25)
    assert studio("render", model, "-o", path, *words).status == 0
    text = " ".join(studio("info", path).out.split())
    painted = "strength 0.5, colours kept 0.25, from bank (sha256 "
    assert f"style 0.25 of dawn + 0.75 of dusk, {painted}" in text
    style = json.loads(studio("info", "--json", path).out)["recipe"]["style"]
    assert style["weights"] == [["dawn", 0.25], ["dusk", 0.75]]
