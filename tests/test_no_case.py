"""Where case does not tell names apart, no file takes the place of another without a word."""

import os

import click
import pytest

import stylestudio as ss
from stylestudio.app.features.timeline.unfinished import (
    UnfinishedExport,
    remember,
    unfinished_exports,
)
from stylestudio.checkpoints import write_safetensors
from stylestudio.cli.main import run
from stylestudio.cli.photos import photo_targets
from stylestudio.video import Session, Timeline
from stylestudio.video.export import frames_file


@pytest.mark.parametrize("names", [("wave.jpg", "Wave.jpg"), ("caf\u00e9.jpg", "cafe\u0301.jpg")])
def test_photos_of_one_name_are_not_written_over_each_other(tmp_path, names):
    photos = [tmp_path / folder / name for folder, name in zip("ab", names, strict=True)]
    with pytest.raises(click.UsageError, match="two photos would be written to"):
        photo_targets(photos, tmp_path, (".png",), many=True)


def test_photos_that_differ_in_more_keep_their_endings(tmp_path):
    photos = [tmp_path / "wave.jpg", tmp_path / "Wave.tif"]
    targets = photo_targets(photos, tmp_path, (".png",), many=True)
    assert [target.name for target in targets.values()] == ["wave.jpg.png", "Wave.tif.png"]


def test_a_photo_is_not_written_over_itself(tmp_path, no_case):
    (tmp_path / "Wave.PNG").write_bytes(b"a photo")
    with pytest.raises(click.UsageError, match="is a photo of yours"):
        photo_targets([tmp_path / "Wave.PNG"], tmp_path, (".png",), many=True)


def test_a_model_is_not_converted_onto_itself(tmp_path, make_network, no_case, capsys):
    write_safetensors(tmp_path / "Wave.safetensors", make_network(), name="Wave")
    before = (tmp_path / "Wave.safetensors").read_bytes()
    assert run(["convert", *(str(tmp_path / f"{name}.safetensors") for name in ("Wave", "wave"))])
    assert "Error" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["Wave.safetensors"]
    assert (tmp_path / "Wave.safetensors").read_bytes() == before


def test_frames_that_a_later_export_has_taken_are_offered_once(tmp_path, model, no_case):
    clip = Timeline.of([ss.Recipe.from_seed(seed, model) for seed in (1, 2)], 0.2, fps=10)
    folder, earlier = tmp_path / "exports", set()
    for age, name in ((100, "Film.mp4"), (0, "film.mp4")):
        export = UnfinishedExport(
            path=str(tmp_path / name),
            codec="h264",
            sides=32,
            quality="good",
            chroma="standard",
            sound="",
            model_path="",
            model_sha256=model.sha256,
            session=Session(timeline=clip).to_json(),
        )
        remember(folder, export)
        (written,) = set(folder.iterdir()) - earlier
        os.utime(written, (1_000_000_000 - age,) * 2)
        earlier.add(written)
    frames_file(tmp_path / "Film.mp4").write_bytes(b"frames")  # the disk's one file of both
    assert [export.name for export in unfinished_exports(folder)] == ["film.mp4"]
    assert len(list(folder.iterdir())) == 1
