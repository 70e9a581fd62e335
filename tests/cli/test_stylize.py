"""`stylestudio stylize`: which pictures are written where, and one sentence for each mistake."""

from __future__ import annotations

import sys
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from PIL import Image

import stylestudio as ss
from stylestudio.render import device

sys.path.insert(0, str(Path(__file__).parents[1] / "checkpoints"))

from tfjs_writer import whatsyourface_predictor, whatsyourface_transformer, write_tfjs


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image)


def painted(bank, photo, **how):
    """What the Python interface paints, as 8 bits."""
    picture = torch.from_numpy(pixels(photo).copy()).permute(2, 0, 1)[None] / 255
    result = ss.open_styles(bank).stylize(picture, **how)[0]
    return (result * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()


def test_the_picture_is_what_the_python_interface_paints(studio, bank, photos, tmp_path):
    out = tmp_path / "out.png"
    words = ("--style", "dawn:1,dusk:3", "--strength", 0.5)
    answer = studio("stylize", photos[0], "-o", out, "--model", bank, *words)
    assert (answer.status, answer.out) == (0, f"Wrote {out}\n"), answer.err
    expected = painted(bank, photos[0], weights={"dawn": 0.25, "dusk": 0.75}, strength=0.5)
    np.testing.assert_array_equal(pixels(out), expected)


def test_a_card_that_fails_its_trial_is_passed_over(studio, bank, photos, tmp_path, monkeypatch):
    fails = "fails a quick test"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(device, "trouble_with", lambda name: "" if name == "cpu" else fails)
    monkeypatch.delenv(device.VARIABLE, raising=False)
    words = ("--model", bank, "--style", "dawn")
    answer = studio("stylize", photos[0], "-o", tmp_path / "out.png", *words)
    assert answer.status == 0, answer.err


def test_the_device_of_the_environment_paints(refused, bank, photos, tmp_path, monkeypatch):
    monkeypatch.setenv(device.VARIABLE, "cuda:99")
    words = ("-o", tmp_path / "out.png", "--model", bank, "--style", "dawn")
    assert "'cuda:99' is not available here" in refused("stylize", photos[0], *words, status=1)


def test_a_photo_that_needs_too_much_memory_is_named(refused, bank, photos, tmp_path, monkeypatch):
    monkeypatch.setattr(ss.StyleModel, "stylize", Mock(side_effect=MemoryError))
    words = ("-o", tmp_path / "out.png", "--model", bank, "--style", "dawn")
    said = refused("stylize", photos[0], *words, status=1)
    assert "a.png at 40 x 24 pixels needs more memory" in said
    assert "choose a smaller --size" in said


def test_no_strength_gives_the_photo_back(studio, bank, photos, tmp_path):
    out = tmp_path / "out.png"
    words = ("--style", "dawn", "--strength", 0)
    assert studio("stylize", photos[0], "-o", out, "--model", bank, *words).status == 0
    np.testing.assert_array_equal(pixels(out), pixels(photos[0]))


def test_several_photos_go_into_a_folder(studio, bank, photos, tmp_path):
    out = tmp_path / "painted"
    answer = studio("stylize", *photos, "-o", out, "--model", bank, "--style", "dusk")
    assert (answer.status, answer.out) == (0, f"Wrote 2 pictures to {out}\n"), answer.err
    assert sorted(path.name for path in out.iterdir()) == ["a.png", "b.png"]
    again = studio("stylize", photos[0], "-o", out, "--model", bank, "--style", "dusk")
    assert again.out == f"Wrote {out / 'a.png'}\n"


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_size_sets_the_longer_side(suffix, studio, bank, photos, tmp_path):
    out = tmp_path / f"out{suffix}"
    words = ("--style", "dusk", "--size", 80)
    assert studio("stylize", photos[1], "-o", out, "--model", bank, *words).status == 0
    assert pixels(out).shape == (48, 80, 3)


def test_photos_are_painted_upright(studio, bank, photos, tmp_path):
    turned = tmp_path / "turned.jpg"
    orientation = Image.Exif()
    orientation[0x0112] = 6  # to be turned by a quarter
    with Image.open(photos[0]) as image:
        image.save(turned, exif=orientation)
    words = ("--model", bank, "--style", "dawn", "--strength", 0)
    assert studio("stylize", turned, "-o", tmp_path / "out.png", *words).status == 0
    assert pixels(tmp_path / "out.png").shape == (40, 24, 3)


def test_transparency_is_kept_where_the_format_has_it(studio, bank, tmp_path):
    clear = tmp_path / "clear.png"
    rgba = np.random.RandomState(0).randint(0, 256, (24, 40, 4), np.uint8)
    rgba[:, :8, 3], rgba[:, 8:16, 3] = 0, 255
    Image.fromarray(rgba).save(clear)
    words = ("--model", bank, "--style", "dawn", "--strength")
    for suffix in (".png", ".webp", ".jpg"):
        out = tmp_path / f"out{suffix}"
        assert studio("stylize", clear, "-o", out, *words, 1).status == 0
        if suffix == ".jpg":
            assert pixels(out).shape == (24, 40, 3)
        else:
            np.testing.assert_array_equal(pixels(out)[..., 3], rgba[..., 3])
    out = tmp_path / "same.png"
    assert studio("stylize", clear, "-o", out, *words, 0).status == 0
    opaque = rgba[..., 3] > 200
    assert np.abs(pixels(out)[opaque].astype(int) - rgba[opaque]).max() <= 2


def test_a_folder_is_painted_and_bad_files_are_left_out(studio, bank, photos, tmp_path):
    folder, out = photos[0].parent, tmp_path / "painted"
    (folder / "broken.png").write_bytes(photos[0].read_bytes()[:90])
    (folder / "notes.txt").write_text("hello")
    answer = studio("stylize", folder, "-o", out, "--model", bank, "--style", "dusk")
    assert (answer.status, answer.out) == (1, f"Wrote 2 pictures to {out}\n")
    assert "Skipped notes.txt" in answer.err
    assert answer.err.count("Error: broken.png") == 1
    assert sorted(path.name for path in out.iterdir()) == ["a.png", "b.png"]


def test_a_picture_says_what_it_was_made_by(studio, bank, photos, tmp_path):
    words = ("--model", bank, "--style", "dawn:3,dusk:1", "--strength", 0.5)
    for suffix in (".png", ".jpg"):
        assert studio("stylize", photos[0], "-o", tmp_path / f"a{suffix}", *words).status == 0
    expected = (
        "stylestudio stylize a.png --model bank.safetensors --style dawn:0.75,dusk:0.25 "
        "--strength 0.5"
    )
    with Image.open(tmp_path / "a.png") as image:
        assert image.text["Description"] == expected
    with Image.open(tmp_path / "a.jpg") as image:
        assert image.getexif()[270] == expected


def test_style_names_ignore_case(studio, bank, photos, tmp_path):
    for name in ("DAWN", "dawn"):
        words = ("-o", tmp_path / f"{name}.png", "--model", bank, "--style", name)
        assert studio("stylize", photos[0], *words).status == 0
    np.testing.assert_array_equal(pixels(tmp_path / "DAWN.png"), pixels(tmp_path / "dawn.png"))


def test_a_painting_for_a_bank_points_to_what_learns_it(refused, bank, photos, tmp_path):
    words = ("-o", tmp_path / "out.png", "--model", bank, "--like", photos[1])
    assert "`stylestudio train style`" in refused("stylize", photos[0], *words, status=1)


def test_ctrl_c_keeps_what_gatys_has_painted(studio, photos, tmp_path, monkeypatch):
    import signal

    from stylestudio.transfer import optimisation

    advance = optimisation._Scale.advance

    def interrupted(scale, progress):
        signal.raise_signal(signal.SIGINT)
        return advance(scale, progress)

    monkeypatch.setattr(optimisation._Scale, "advance", interrupted)
    words = ("--painting", photos[1], "--method", "gatys", "--size", 128, "--steps", 50)
    answer = studio("stylize", *photos, "-o", tmp_path / "out", *words)
    assert answer.status == 130
    assert "as far as that" in answer.err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.png"]


def test_sixteen_bits_of_gray_keep_their_tones(studio, bank, tmp_path):
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    Image.fromarray(ramp).save(tmp_path / "deep.png")
    words = ("--model", bank, "--style", "dawn", "--strength", 0)
    out = tmp_path / "out.png"
    assert studio("stylize", tmp_path / "deep.png", "-o", out, *words).status == 0
    np.testing.assert_allclose(pixels(out)[..., 0].ravel(), np.arange(256), atol=1)


def test_the_style_of_a_painting(studio, photos, tmp_path):
    halves = (
        write_tfjs(tmp_path / "one", whatsyourface_predictor(), packing="uint16"),
        write_tfjs(tmp_path / "two", whatsyourface_transformer(), packing="uint16"),
    )
    words = ["stylize", photos[0], "-o", tmp_path / "out.png", "--like", photos[1]]
    for half in halves:
        words += ["--model", half]
    assert studio(*words).status == 0
    assert pixels(tmp_path / "out.png").shape == (24, 40, 3)
    assert (pixels(tmp_path / "out.png") != pixels(photos[0])).any()


MISTAKES = [
    (["--style", "noon"], 1, "dawn, dusk"),
    ([], 1, "dawn, dusk"),
    (["--style", "dawn:x"], 2, "'dawn:x'"),
    (["--style", "dawn:nan"], 2, "'dawn:nan'"),
    (["--style", ":1"], 2, "':1'"),
    (["--style", "dawn:1,dawn:2"], 2, "twice"),
    (["--style", "dawn:1,Dawn:2"], 2, "twice"),
    (["--style", "dawn:1e308,dusk:1e308"], 2, "add up to inf"),
    (["--style", "dawn:0"], 2, "add up to 0"),
    (["--style", "dawn", "--strength", "2"], 2, "--strength"),
    (["--style", "dawn", "--size", "3"], 2, "--size"),
    (["--style", "dawn", "--like", "PHOTO"], 2, "--like"),
    (["--like", "PHOTO"], 1, "style predictor"),
    (["--like", "no.png"], 2, "no.png"),
    (["--style", "dawn", "--model", "nowhere"], 1, "nowhere"),
]


@pytest.mark.parametrize(("words", "status", "part"), MISTAKES)
def test_a_mistake_is_said_in_one_sentence_and_nothing_is_written(
    words, status, part, refused, bank, photos, tmp_path
):
    out = tmp_path / "out.png"
    words = [str(photos[1]) if word == "PHOTO" else word for word in words]
    said = refused("stylize", photos[0], "-o", out, "--model", bank, *words, status=status)
    assert part in said
    assert list(tmp_path.iterdir()) == [photos[0].parent]


@pytest.mark.parametrize("name", ["out", "out.gif", "no/such/folder/out.png"])
def test_a_file_that_cannot_be_written_is_said_before_the_model_is_opened(
    name, refused, photos, tmp_path
):
    words = ("--model", tmp_path / "never-looked-for", "--style", "dawn")
    refused("stylize", photos[0], "-o", tmp_path / name, *words, status=2)


def test_photos_are_never_written_over(refused, bank, photos):
    words = ("--model", bank, "--style", "dawn")
    before = photos[0].read_bytes()
    for out in (photos[0], photos[0].parent):
        assert "a.png" in refused("stylize", photos[0], "-o", out, *words, status=2)
    assert "folder" in refused("stylize", *photos, "-o", photos[0], *words, status=2)
    assert photos[0].read_bytes() == before


@pytest.mark.parametrize("option", ["--painting", "--colours", "--model"])
def test_what_a_photo_is_painted_after_is_never_written_over(
    option, refused, bank, photos, tmp_path
):
    taken = tmp_path / "taken.png"
    taken.write_bytes((bank if option == "--model" else photos[1]).read_bytes())
    before = taken.read_bytes()
    words = ["stylize", photos[0], "-o", taken, option, taken]
    assert "taken.png" in refused(*words, status=2)
    assert taken.read_bytes() == before


def test_two_photos_of_the_same_name(refused, bank, photos, tmp_path):
    twin = tmp_path / "a.png"
    twin.write_bytes(photos[0].read_bytes())
    words = ("-o", tmp_path / "out", "--model", bank, "--style", "dawn")
    assert "two photos" in refused("stylize", photos[0], twin, *words, status=2)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"", b"text", b"\x89PNG\r\n\x1a\nbroken", "half"])
def test_a_photo_that_is_none(content, refused, bank, photos, tmp_path):
    broken = tmp_path / "broken.png"
    whole = photos[0].read_bytes()
    broken.write_bytes(whole[: len(whole) // 2] if content == "half" else content)
    words = ("-o", tmp_path / "out.png", "--model", bank, "--style", "dawn")
    assert "broken.png" in refused("stylize", broken, *words, status=1)
    assert not (tmp_path / "out.png").exists()


def test_ctrl_c_leaves_whole_files_only(studio, bank, photos, tmp_path, monkeypatch):
    calls = []
    original = ss.StyleModel.stylize

    def interrupted(*words, **options):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return original(*words, **options)

    monkeypatch.setattr(ss.StyleModel, "stylize", interrupted)
    words = ("-o", tmp_path / "out", "--model", bank, "--style", "dawn")
    assert studio("stylize", *photos, *words).status == 130
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.png"]
    assert pixels(tmp_path / "out" / "a.png").shape == (24, 40, 3)


def test_too_large_a_photo_is_said(refused, bank, photos, tmp_path, monkeypatch):
    def full(*_, **__):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(ss.StyleModel, "stylize", full)
    words = ("-o", tmp_path / "out.png", "--model", bank, "--style", "dawn")
    assert "smaller --size" in refused("stylize", photos[0], *words, status=1)


def test_too_large_a_photo_is_left_out_and_the_others_are_painted(
    studio, bank, photos, tmp_path, monkeypatch
):
    stylize = ss.StyleModel.stylize

    def full_for_large(model, picture, *words, **options):
        if picture.shape[-1] > 50:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        return stylize(model, picture, *words, **options)

    Image.new("RGB", (60, 40)).save(photos[0])
    monkeypatch.setattr(ss.StyleModel, "stylize", full_for_large)
    out = tmp_path / "painted"
    answer = studio("stylize", photos[0].parent, "-o", out, "--model", bank, "--style", "dawn")
    assert answer.status == 1
    assert "Error: a.png at 60 x 40 pixels needs more memory than there is" in answer.err
    assert [path.name for path in out.iterdir()] == ["b.png"]
