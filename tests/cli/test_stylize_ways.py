"""`stylestudio stylize` beyond style models: by optimisation, by colours alone, and suggestions."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from stylestudio.checkpoints import write_styles
from stylestudio.networks.cin import CINNetwork
from stylestudio.render.colours import keep_colours
from stylestudio.transfer import optimisation


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image)


def as_tensor(image):
    return torch.from_numpy(image.copy()).permute(2, 0, 1)[None] / 255


@pytest.fixture
def scene(tmp_path):
    """A photo of 72 x 64 pixels, light above and dark below, and a painting of red stripes."""
    folder = tmp_path / "scene"
    folder.mkdir()
    ramp = np.linspace(220, 30, 64)[:, None, None] * np.array([0.6, 0.8, 1.0])
    photo = np.broadcast_to(ramp, (64, 72, 3)).astype(np.uint8)
    stripes = np.where(np.arange(90)[None, :, None] % 8 < 4, [200, 40, 30], [240, 220, 180])
    Image.fromarray(photo).save(folder / "photo.png")
    painting = np.broadcast_to(stripes, (90, 90, 3)).astype(np.uint8)
    Image.fromarray(painting).save(folder / "painting.png")
    return folder / "photo.png", folder / "painting.png"


def test_a_painting_is_followed_without_any_model(studio, scene, tmp_path):
    photo, painting = scene
    outs = tmp_path / "1.png", tmp_path / "2.png"
    words = ("--painting", painting, "--method", "gatys", "--steps", 2)
    for out, more in zip(outs, ((), ("--seed", 7)), strict=True):
        answer = studio("stylize", photo, "-o", out, *words, *more)
        assert (answer.status, answer.out) == (0, f"Wrote {out}\n"), answer.err
    first, other = map(pixels, outs)
    assert first.shape == pixels(photo).shape
    assert (first != other).any()
    assert first[..., 0].mean() > first[..., 2].mean() > 0  # as red as the painting is


def test_a_loss_network_of_no_such_name_is_said_with_those_there_are(studio, scene, tmp_path):
    photo, painting = scene
    words = ("--painting", painting, "--features", "rnadom")
    answer = studio("stylize", photo, "-o", tmp_path / "a.png", *words)
    assert answer.status == 1
    for part in ("rnadom", "default", "random", "a file"):
        assert part in answer.err
    assert not (tmp_path / "a.png").exists()


def test_strength_and_several_photos(studio, scene, tmp_path):
    photo, painting = scene
    twin = tmp_path / "twin.png"
    twin.write_bytes(photo.read_bytes())
    words = ("-o", tmp_path / "out", "--painting", painting, "--steps", 1, "--strength", 0)
    assert studio("stylize", photo, twin, *words).status == 0
    for name in ("photo.png", "twin.png"):
        np.testing.assert_array_equal(pixels(tmp_path / "out" / name), pixels(photo))


def test_a_photo_that_is_too_small_is_named_and_the_others_are_painted(studio, scene, tmp_path):
    photo, painting = scene
    folder, out = tmp_path / "photos", tmp_path / "out"
    folder.mkdir()
    Image.new("RGB", (72, 40)).save(folder / "a.png")
    (folder / "b.png").write_bytes(photo.read_bytes())
    answer = studio("stylize", folder, "-o", out, "--painting", painting, "--steps", 1)
    assert answer.status == 1
    assert "Error: a.png: The photo is 72 x 40 pixels" in answer.err
    assert [path.name for path in out.iterdir()] == ["b.png"]
    alone = studio("stylize", folder / "a.png", "-o", tmp_path / "a.png", "--painting", painting)
    assert alone.status == 1
    assert alone.err.startswith("Error: The photo is 72 x 40 pixels")


def test_ctrl_c_while_painting_leaves_no_file(studio, scene, tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(optimisation, "paint_by_optimisation", interrupted)
    out = tmp_path / "out.png"
    assert studio("stylize", scene[0], "-o", out, "--painting", scene[1]).status == 130
    assert [path.name for path in tmp_path.iterdir()] == ["scene"]


def test_colours_of_another_picture_alone(studio, scene, tmp_path):
    out = tmp_path / "out.png"
    assert studio("stylize", scene[0], "-o", out, "--colours", scene[1], "--size", 72).status == 0
    found, wanted = (pixels(path).reshape(-1, 3).mean(0) for path in (out, scene[1]))
    np.testing.assert_allclose(found, wanted, atol=4)
    words = ("--colours", scene[1], "--strength", 0)
    assert studio("stylize", scene[0], "-o", out, *words).status == 0
    np.testing.assert_array_equal(pixels(out), pixels(scene[0]))


def test_a_style_in_the_photo_s_own_colours(studio, bank, photos, tmp_path):
    plain, kept, taken = (tmp_path / f"{name}.png" for name in ("plain", "kept", "taken"))
    words = ("--model", bank, "--style", "dawn")
    assert studio("stylize", photos[0], "-o", plain, *words).status == 0
    assert studio("stylize", photos[0], "-o", kept, *words, "--colours", "keep").status == 0
    assert studio("stylize", photos[0], "-o", taken, *words, "--colors", photos[0]).status == 0
    painted, photo = as_tensor(pixels(plain)), as_tensor(pixels(photos[0]))
    expected = keep_colours(painted, photo)
    assert (as_tensor(pixels(kept)) - expected).abs().mean() < 0.01
    means = [as_tensor(pixels(path)).mean((0, 2, 3)) for path in (taken, photos[0], plain)]
    assert (means[0] - means[1]).abs().max() < 0.02 < (means[2] - means[1]).abs().max()


def test_a_dropped_picture_ranks_the_styles_of_a_bank(studio, bank, photos):
    answer = studio("stylize", "--suggest", photos[0], "--model", bank)
    assert answer.status == 0, answer.err
    lines = answer.out.splitlines()
    assert lines[0].split() == ["distance", "strokes", "grain", "palette"]
    rows = [line.split() for line in lines[1:]]
    assert {row[0] for row in rows} == {"dawn", "dusk"}
    distances = [float(row[1]) for row in rows]
    assert distances == sorted(distances)
    assert distances[0] == pytest.approx(sum(map(float, rows[0][2:])) / 3, abs=2e-3)


def test_what_is_suggested_of_the_built_in_styles_is_what_their_names_paint(
    studio, bank, photos, monkeypatch, tmp_path
):
    """Banks whose styles have the same names: --style paints in the first."""
    write_styles(tmp_path / "zz.safetensors", CINNetwork(2, 0.25), ["dusk", "night"])
    first = shutil.copy(bank, tmp_path / "aa.safetensors")
    monkeypatch.setattr(
        "stylestudio.render.style_opening.resource_path",
        lambda *parts: tmp_path.joinpath(*parts[1:]),
    )

    def ranked(*words):
        lines = studio("stylize", "--suggest", photos[0], *words).out.splitlines()[1:]
        return [line.split() for line in lines]

    both = ranked()
    assert [row for row in both if row[0] != "night"] == ranked("--model", first)
    assert len(both) == 3


def test_a_picture_that_cannot_be_ranked_is_said_and_left_out(studio, scene, refused):
    photo, painting = scene
    bad = photo.with_name("bad.png")
    bad.write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    answer = studio("stylize", photo.parent, "--suggest", painting)
    assert answer.status == 1
    assert [line.split()[0] for line in answer.out.splitlines()[1:]] == [str(painting), str(photo)]
    assert answer.err.startswith("Error: bad.png ")
    assert answer.err.count("\n") == 1
    assert "bad.png" in refused("stylize", bad, "--suggest", painting, status=1)


def test_a_dropped_picture_ranks_paintings(studio, scene):
    photo, painting = scene
    answer = studio("stylize", photo, painting, "--suggest", painting)
    assert answer.status == 0, answer.err
    first, second = answer.out.splitlines()[1:]
    assert first.split()[:2] == [str(painting), "0.000"]
    assert second.startswith(str(photo))


MISTAKES = [
    (["-o", "OUT"], 2, "PHOTO"),
    (["PHOTO", "--painting", "PAINTING"], 2, "-o"),
    (["PHOTO", "-o", "OUT"], 2, "--painting"),
    (["PHOTO", "-o", "OUT", "--colours", "keep"], 2, "--painting"),
    (["PHOTO", "-o", "OUT", "--colours", "none.png"], 2, "none.png"),
    (["PHOTO", "-o", "OUT", "--method", "gatys", "--style", "dawn"], 2, "--method gatys"),
    (["PHOTO", "-o", "OUT", "--method", "gatys", "--model", "x", "--style", "dawn"], 2, "--model"),
    (["PHOTO", "-o", "OUT", "--method", "network", "--painting", "PAINTING"], 2, "--model"),
    (["PHOTO", "-o", "OUT", "--painting", "PAINTING", "--size", "40"], 1, "40 x 36"),
    (["PHOTO", "-o", "OUT", "--painting", "PAINTING", "--features", "none.pth"], 1, "none.pth"),
    (["PHOTO", "-o", "OUT", "--painting", "PAINTING", "--steps", "0"], 2, "--steps"),
]


@pytest.mark.parametrize(("words", "status", "part"), MISTAKES)
def test_a_mistake_is_said_in_one_sentence_and_nothing_is_written(
    words, status, part, refused, scene, tmp_path
):
    places = {"PHOTO": scene[0], "PAINTING": scene[1], "OUT": tmp_path / "out.png"}
    said = refused("stylize", *(places.get(word, word) for word in words), status=status)
    assert part in said
    assert [path.name for path in tmp_path.iterdir()] == ["scene"]
