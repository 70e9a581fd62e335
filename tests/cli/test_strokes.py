"""`stylestudio strokes`: pictures painted in strokes, as SVG, PNG or clips."""

import re

import numpy as np
import pytest
import torch
from PIL import Image

import stylestudio as ss
from stylestudio.networks.stroke_painter import StrokePainterConfig
from stylestudio.training.strokes import StrokeSettings, StrokeTrainer, save_painter


@pytest.fixture(scope="module")
def painter(tmp_path_factory):
    """A painter that has learnt nothing, and paints all the same."""
    path = tmp_path_factory.mktemp("painter") / "painter.safetensors"
    settings, config = StrokeSettings(1, 2), StrokePainterConfig(16, 4, 8, 1, 1, 32)
    save_painter(StrokeTrainer(settings, config=config).network, path)
    return path


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    pixels = np.random.RandomState(0).randint(0, 256, (3, 4, 3), np.uint8)
    Image.fromarray(pixels).resize((96, 64), Image.Resampling.BICUBIC).save(path)
    return path


def strokes_of(painter, photo, **how):
    picture = torch.from_numpy(np.array(Image.open(photo))).permute(2, 0, 1) / 255
    *_, strokes = ss.open_stage(painter).strokes(picture, **how)
    return strokes


def test_an_svg_holds_the_strokes_of_the_python_interface(studio, painter, photo, tmp_path):
    out = tmp_path / "out.svg"
    how = ("--strokes", 9, "--brush", "oval", "--painter", painter)
    answer = studio("strokes", photo, "--out", out, *how)
    expected = strokes_of(painter, photo, count=9, brush="oval")
    assert answer.status == 0, answer.err
    assert out.read_text() == expected.svg()
    assert answer.out == f"Wrote {out}: {len(expected)} strokes\n"
    assert 0 < len(expected) <= 9


def test_a_png_has_the_size_asked_for(studio, painter, photo, tmp_path):
    out = tmp_path / "out.png"
    answer = studio("strokes", photo, "-o", out, "--size", 240, "--painter", painter)
    assert answer.status == 0, answer.err
    with Image.open(out) as image:
        assert image.size == (240, 160)
        expected = strokes_of(painter, photo).picture(2.5)
        assert np.abs(np.asarray(image) / 255 - expected).max() < 0.01


def test_a_clip_ends_with_the_whole_painting(studio, painter, photo, tmp_path):
    import av

    out = tmp_path / "out.mkv"  # which keeps every pixel
    answer = studio("strokes", photo, "-o", out, "--seconds", 0.5, "--painter", painter)
    assert answer.status == 0, answer.err
    with av.open(str(out)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert frames[0].shape == (64, 96, 3)
    assert len(frames) == 15 + 45
    painted = strokes_of(painter, photo)
    assert np.abs(frames[-1] / 255 - painted.picture()).max() < 0.01
    target = np.array(Image.open(photo)).astype(float)
    errors = [np.abs(frame - target).mean() for frame in frames]
    assert errors[0] > errors[7] > errors[15]


def test_several_pictures_go_to_a_folder(studio, painter, photo, model, tmp_path):
    out = tmp_path / "painted"
    how = ("--model", model, "--as", "png", "--painter", painter)
    answer = studio("strokes", photo, "7", "12", "-o", out, *how)
    assert answer.status == 0, answer.err
    names = ["photo.png", "seed0007.png", "seed0012.png"]
    assert sorted(path.name for path in out.iterdir()) == names


def test_a_seed_is_painted_again_over_its_file(studio, painter, model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    how = ("strokes", "7", "--strokes", 3, "--model", model, "--painter", painter)
    for count in (1, 2):
        answer = studio(*how, "--levels", count, "-o", "out.svg")
        assert answer.status == 0, answer.err
        assert answer.out.startswith("Wrote out.svg")


def test_a_folder_of_one_photo_becomes_a_folder(studio, painter, photo, tmp_path):
    (tmp_path / "photos").mkdir()
    photo.rename(tmp_path / "photos" / "photo.png")
    out = tmp_path / "painted"
    how = ("--strokes", 3, "--painter", painter)
    answer = studio("strokes", tmp_path / "photos", "-o", out, *how)
    assert answer.status == 0, answer.err
    assert [path.name for path in out.iterdir()] == ["photo.svg"]


def test_a_photo_in_the_folder_is_not_written_over(studio, painter, tmp_path):
    photo = tmp_path / "a.webp"
    Image.new("RGB", (32, 32)).save(photo)
    before = photo.read_bytes()
    how = ("--as", "webp", "--painter", painter)
    answer = studio("strokes", tmp_path, "-o", tmp_path, *how)
    assert answer.status == 2
    assert "a.webp is a photo of yours" in answer.err
    assert photo.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("nowhere.jpg", "-o", "out.svg"), "nowhere.jpg is neither a photo that exists nor a seed"),
        (("7", "-o", "out.pdf"), r"out.pdf must end in .svg, .png, .mp4"),
        (("7", "-o", "out.svg", "--as", "png"), r"out.svg must end in .png, as --as says"),
        (("7", "-o", "out.svg", "--painter", "no.pth"), "no.pth does not exist"),
    ],
)
def test_mistakes_are_one_sentence(studio, words, complaint, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answer = studio("strokes", *words)
    assert answer.status in (1, 2)
    assert re.search(complaint, answer.err)
    assert answer.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_training_judging_and_going_on(studio, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("stylestudio.cli.train_strokes.JUDGED", 1)
    monkeypatch.setattr("stylestudio.cli.train_strokes.COUNT", 20)
    how = ("train", "strokes", "--steps", 1, "--batch", 2, "--device", "cpu")
    assert studio(*how).status == 0
    assert studio(*how).status == 2  # not over the state that is there
    assert studio(*how, "--resume").status == 0
    answer = studio("train", "strokes", "--evaluate", "strokes.safetensors")
    assert answer.status == 0, answer.err
    assert re.search(r"nearer than the search on [01] of 1", answer.out)


def test_judging_goes_on_without_a_photo_that_cannot_be_read(studio, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("stylestudio.cli.train_strokes.JUDGED", 2)
    monkeypatch.setattr("stylestudio.cli.train_strokes.COUNT", 20)
    photos = tmp_path / "photos"
    photos.mkdir()
    Image.new("RGB", (64, 48), "teal").save(photos / "b.png")
    whole = (photos / "b.png").read_bytes()
    (photos / "a.png").write_bytes(whole[: len(whole) // 2])
    how = ("train", "strokes", "--steps", 1, "--batch", 2, "--device", "cpu")
    assert studio(*how).status == 0
    answer = studio("train", "strokes", "--evaluate", "strokes.safetensors", "--photos", "photos")
    assert answer.status == 0, answer.err
    assert "Skipped a.png" in answer.err
    assert "b.png" in answer.out
    assert re.search(r"nearer than the search on [012] of 2", answer.out)
