"""`stylestudio invert`: folders of photos, bad files among them, and going on after an end."""

import numpy as np
import pytest
from PIL import Image

import stylestudio as ss
from stylestudio.checkpoints import write_safetensors
from stylestudio.cli import invert
from stylestudio.cli.main import run
from stylestudio.inversion.cropper import CROPPERS, Cropper
from stylestudio.resources import resource_path


@pytest.fixture
def model_file(tmp_path, make_network):
    path = tmp_path / "tiny.safetensors"
    write_safetensors(path, make_network(), name="tiny")
    return path


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for i, name in enumerate(("a.png", "b.jpg")):
        pixels = np.random.RandomState(i).randint(0, 256, (40, 50, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(folder / name)
    return folder


def command(model_file, *words):
    return run(["invert", str(model_file), *map(str, words)])


def test_a_folder_becomes_a_folder_of_recipes(model_file, folder, tmp_path, capsys):
    (folder / "c.png").write_text("no picture")
    out = tmp_path / "out"
    options = ("--method", "tune", "--steps", 2, "--tuning-steps", 2)
    assert command(model_file, folder, "-o", out, *options) == 1
    assert "c.png is not a picture" in capsys.readouterr().err
    model = ss.open_model(model_file)
    for name in ("a", "b"):
        recipe = ss.read_recipe(out / f"{name}.png")
        assert recipe.source.name.startswith(f"{name}.")
        assert (np.asarray(Image.open(out / f"{name}.png")) == ss.render(model, recipe)).all()
        assert (out / f"{recipe.source.delta[:16]}.delta.safetensors").is_file()
    assert {path.suffix for path in out.iterdir()} == {".png", ".safetensors"}
    command(model_file, folder, "-o", out, *options)
    assert "a.png already exists" in capsys.readouterr().err


def test_a_folder_of_one_photo_becomes_a_folder_whose_results_are_kept(
    model_file, folder, tmp_path, capsys
):
    (folder / "b.jpg").unlink()
    out = tmp_path / "out"
    options = ("-o", out, "--steps", 1)
    assert command(model_file, folder, *options) == 0, capsys.readouterr().err
    assert [path.name for path in out.iterdir()] == ["a.png"]
    (out / "a.png").write_bytes(b"as it was")
    for photos in (folder, folder / "a.png"):
        assert command(model_file, photos, *options) == 0
        assert "a.png already exists" in capsys.readouterr().err
    assert (out / "a.png").read_bytes() == b"as it was"


def test_a_model_without_an_encoder_cannot_guess(model_file, folder, tmp_path, capsys):
    out = tmp_path / "out.png"
    assert command(model_file, folder / "a.png", "-o", out, "--method", "encoder") == 1
    assert capsys.readouterr().err.startswith("Error: tiny has no encoder; `stylestudio train")
    assert not out.exists()


def test_what_was_interrupted_goes_on(model_file, folder, tmp_path, monkeypatch):
    from stylestudio.inversion import PhotoInversion

    out = tmp_path / "out.png"
    whole_run = PhotoInversion.run

    def killed(inversion, start=None):
        for progress in whole_run(inversion, start):
            yield progress
            if progress.done == 4:
                raise KeyboardInterrupt

    monkeypatch.setattr(invert, "SAVE_EVERY", 1)
    monkeypatch.setattr("stylestudio.inversion.photo_inversion.SHOWN_EVERY", 1)
    monkeypatch.setattr(PhotoInversion, "run", killed)
    assert command(model_file, folder / "a.png", "-o", out, "--steps", 6) == 130
    assert not out.exists()
    steps = []

    def watched(inversion, start=None):
        for progress in whole_run(inversion, start):
            steps.append(progress.done)
            yield progress

    monkeypatch.setattr(PhotoInversion, "run", watched)
    state = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert command(model_file, folder / "a.png", "-o", out, "--steps", 6) == 0
    assert steps == [4, 5, 6]
    for path, content in state.items():
        path.write_bytes(content)
    steps.clear()
    out.unlink()
    other = ("--steps", 6, "--editability", 0)
    assert command(model_file, folder / "a.png", "-o", out, *other) == 0
    assert 1 in steps  # asked for otherwise, it begins anew
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
        "out.png",
        "tiny.safetensors",
    ]


def test_what_was_compared_by_another_network_begins_anew(
    model_file, folder, tmp_path, monkeypatch
):
    from stylestudio.inversion import PhotoInversion

    whole_run, steps = PhotoInversion.run, []

    def watched(inversion, start=None):
        for progress in whole_run(inversion, start):
            steps.append(progress.done)
            yield progress
            if progress.done == stop_at:
                raise KeyboardInterrupt

    monkeypatch.setattr(invert, "SAVE_EVERY", 1)
    monkeypatch.setattr("stylestudio.inversion.photo_inversion.SHOWN_EVERY", 1)
    monkeypatch.setattr(PhotoInversion, "run", watched)
    words = (folder / "a.png", "-o", tmp_path / "out.png", "--steps", 3)
    features = ("--features", resource_path("features", "default.safetensors"))
    stop_at = 2
    for asked, begun in (((), 0), (features, 0), (features, 2)):
        assert command(model_file, *words, *asked) == 130
        assert steps[0] == begun
        steps.clear()
    stop_at = None
    assert command(model_file, *words) == 0
    assert steps[0] == 0


def test_where_its_state_cannot_be_kept_it_goes_on_and_says_so_once(
    model_file, folder, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(invert, "SAVE_EVERY", 5)
    (tmp_path / ".out.inversion").mkdir()  # nothing can take its place
    out = tmp_path / "out.png"
    assert command(model_file, folder / "a.png", "-o", out, "--steps", 15) == 0
    assert out.is_file()
    assert capsys.readouterr().err.count("can't be continued") == 1


def test_command_and_python_start_from_the_same_place():
    import inspect

    from stylestudio.inversion import EDITABILITY, Steering

    option = next(p for p in invert.command.params if p.name == "editability")
    assert option.default == EDITABILITY == Steering().editability
    assert inspect.signature(ss.invert).parameters["editability"].default == EDITABILITY


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "PHOTO and -o are needed"),
        (("{photos}", "-o", "{photos}/a.png"), "is a file"),
        (("{photos}/a.png", "-o", "x.jpg"), "must end in .png"),
        (("{photos}/a.png", "-o", "{photos}"), "a photo of yours"),
        (("{empty}", "-o", "out"), "holds no photos"),
    ],
)
def test_what_cannot_be_meant_is_said(model_file, folder, tmp_path, capsys, words, said):
    (tmp_path / "empty").mkdir()
    places = {"photos": folder, "empty": tmp_path / "empty"}
    assert command(model_file, *(word.format(**places) for word in words)) == 2
    assert said in capsys.readouterr().err


def test_an_encoder_is_trained_and_found(model_file, tmp_path, capsys):
    words = ["train", "encoder", str(model_file), "--work-dir", str(tmp_path / "run")]
    assert run([*words, "--steps", "60"]) == 0
    assert "Wrote" in capsys.readouterr().out
    found = ss.invert(ss.open_model(model_file), np.zeros((32, 32, 3), np.uint8), "encoder")
    assert found.history[0].ws.shape[0] == 8


def test_an_encoder_that_is_worse_than_the_average_is_not_installed(
    model_file, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(
        "stylestudio.inversion.stored.network_folder", lambda kind: tmp_path / "own"
    )
    monkeypatch.setattr(
        "stylestudio.inversion.encoder_training.EncoderTrainer.held_out_errors",
        lambda trainer: (1.2, 1.0),
    )
    words = ["train", "encoder", str(model_file), "--steps", "1", "--work-dir"]
    assert run([*words, str(tmp_path / "a")]) == 1
    assert "so it was not installed" in capsys.readouterr().err
    assert not (tmp_path / "own").exists()
    out = tmp_path / "named.safetensors"
    assert run([*words, str(tmp_path / "b"), "--out", str(out)]) == 0
    assert "no better than the average" in capsys.readouterr().err
    assert out.exists()


def test_a_cropper_is_trained_and_can_be_begun_with(model_file, tmp_path, capsys):
    made, again = tmp_path / "made.safetensors", tmp_path / "again.safetensors"
    words = ["train", "cropper", str(model_file), "--steps", "1", "--work-dir"]
    assert run([*words, str(tmp_path / "a"), "--out", str(made)]) == 0
    assert run([*words, str(tmp_path / "b"), "--out", str(again), "--start", str(made)]) == 0
    printed = capsys.readouterr().out
    assert "Wrote" in printed
    assert "of a fixed answer: 0.2" in printed
    assert isinstance(CROPPERS.load(again, ss.open_model(model_file)), Cropper)
    no_cropper = ["--start", str(model_file)]
    assert run([*words, str(tmp_path / "c"), *no_cropper]) == 1
    assert "holds no cropper" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("likeness", "Fine rows exchanged"),
        ("start", "after 2 steps from the encoder"),
        ("race", "Ours is closer"),
        ("framing", "within 10 %"),
    ],
)
def test_each_part_of_the_measures_is_printed_alone(
    model_file, tmp_path, capsys, monkeypatch, part, said
):
    from stylestudio.inversion.encoder import ENCODERS, new_encoder
    from stylestudio.inversion.space import measure_space

    model = ss.open_model(model_file)
    own = ENCODERS.own_path(model)
    own.parent.mkdir(parents=True, exist_ok=True)
    ENCODERS.save(new_encoder(measure_space(model)), model, own)
    monkeypatch.setattr("stylestudio.inversion.evaluate.BEST_OF", 8)
    words = ("--evaluate", "--count", 1, "--steps", 5, "--tuning-steps", 2)
    assert command(model_file, *words, "--part", part) == 0
    printed = capsys.readouterr().out
    assert said in printed
    assert "nan" not in printed
    assert printed.count("reached") + printed.count("missed") == (3 if part == "likeness" else 1)


def test_regressors_of_no_scene_are_refused(model_file, capsys):
    words = ("--evaluate", "--regressors", model_file)
    assert command(model_file, *words) == 1
    assert "tiny has no scene" in capsys.readouterr().err


def test_photos_are_measured_beside_the_models_own_samples(model_file, folder, capsys, monkeypatch):
    monkeypatch.setattr("stylestudio.inversion.evaluate.BEST_OF", 16)
    words = ("--evaluate", "--part", "look", "--count", 1, "--steps", 3)
    assert command(model_file, *words) == 0
    assert "--photos FOLDER" in capsys.readouterr().out
    assert command(model_file, *words, "--photos", folder, "--editability", "0,5") == 0
    _, _, columns, measured, verdict = capsys.readouterr().out.splitlines()
    assert columns.split()[-1] == "picture"
    name, distance, *percentiles = measured.split()
    assert (folder / name).exists()
    assert float(distance) > 0
    assert all(0 <= float(figure) <= 100 for figure in percentiles)
    assert ("reached" in verdict) == all(float(percentiles[i]) <= 95 for i in (0, 2))


def test_a_look_leaves_out_what_cannot_be_read_and_needs_some_photo(
    model_file, folder, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr("stylestudio.inversion.evaluate.BEST_OF", 16)
    words = ("--evaluate", "--part", "look", "--count", 1, "--steps", 3, "--photos")
    whole = next(folder.glob("*.png")).read_bytes()
    photos = tmp_path / "some"
    photos.mkdir()
    assert command(model_file, *words, photos) == 2
    assert "holds no photos" in capsys.readouterr().err
    (photos / "a.png").write_bytes(whole[: len(whole) // 2])
    assert command(model_file, *words, photos) == 2
    assert "None of the photos" in capsys.readouterr().err
    (photos / "b.png").write_bytes(whole)
    assert command(model_file, *words, photos) == 0
    said = capsys.readouterr()
    assert "Skipped a.png" in said.err
    assert "b.png" in said.out
