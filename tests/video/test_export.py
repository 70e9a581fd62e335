"""Exports: exact frames, right tags, closed loops, and nothing lost by an interruption."""

import errno
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from looks import tuned
from msgspec.structs import replace
from PIL import Image

import stylestudio as ss
from stylestudio.checkpoints import write_safetensors
from stylestudio.progress import Cancel, Cancelled
from stylestudio.recipe import Recipe, read_recipe
from stylestudio.render import Assets, Renderer
from stylestudio.video import (
    CODECS,
    ExportError,
    NoiseFlow,
    PsiSweep,
    Timeline,
    read_session,
)
from stylestudio.video.export import remove_leftovers
from stylestudio.video.store import FrameStore
from stylestudio.video.writers import VideoWriter

VIDEOS = [codec for codec in CODECS.values() if codec.suffix not in ("", ".webp")]


@pytest.fixture(scope="module")
def colourful(make_model):
    """A model of 64 pixels, the least that every encoder takes."""
    return make_model(resolution=64)


@pytest.fixture
def clip(colourful):
    """Eighteen frames of it, at a rate that is no whole number."""
    recipes = [Recipe.from_seed(seed, colourful, truncation_psi=0.7) for seed in (1, 2)]
    return Timeline.of(recipes, 0.6, fps=29.97, loop=True)


def decoded(path, kind="rgb24"):
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format=kind) for frame in container.decode(video=0)]


def left_over(folder):
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


def test_every_frame_of_a_lossless_export_is_the_rendered_one(model, busy, styles, tmp_path):
    report = ss.export_video(model, busy, tmp_path / "a.mkv", styles=[styles])
    frames = decoded(tmp_path / "a.mkv")
    assert len(frames) == busy.frame_count == report.frames == 120
    for n in range(0, 120, 10):
        assert (frames[n] == ss.render(model, busy.recipe_at(n), styles=[styles])).all()
    assert report.loop.is_closed
    assert "closed, difference 0" in str(report.loop)
    assert report.loop.seam_step < 3 * report.loop.median_step
    assert left_over(tmp_path) == []


def test_a_clip_takes_its_styles_and_changed_weights_as_a_picture_does(
    model, make_model, styles, tmp_path
):
    """One alone is what is meant, too."""
    sibling = make_model(1, "sibling")
    style = ss.Style.of(styles, {"noon": 1.0})
    recipe = Recipe.from_seed(7, model, style=style).delta(sibling, 0.5)
    brought = {"styles": styles, "deltas": sibling}
    ss.export_video(model, Timeline.of([recipe], 0.1), tmp_path / "a.mkv", **brought)
    picture = ss.render(model, recipe, **brought)
    assert all((frame == picture).all() for frame in decoded(tmp_path / "a.mkv"))


def test_a_folder_of_pictures_holds_the_weights_of_its_recipes(model, tmp_path):
    """So that each opens elsewhere as it was, as a saved picture does."""
    assets, recipe = tuned(model)
    frames = tmp_path / "frames"
    ss.export_video(model, Timeline.of([recipe], 0.1), frames, "png", assets=assets)
    found, elsewhere = read_recipe(frames / "0000.png"), Assets(folder=tmp_path / "elsewhere")
    elsewhere.adopt(found, frames)
    with Image.open(frames / "0000.png") as image:
        assert (np.asarray(image) == ss.render(model, found, assets=elsewhere)).all()


def test_a_video_that_a_player_holds_keeps_its_frames(
    model, timeline, tmp_path, windows_rules, monkeypatch
):
    monkeypatch.setattr("stylestudio.files.time.sleep", lambda _seconds: None)
    path = tmp_path / "a.mkv"
    path.write_bytes(b"an earlier one")
    with path.open("rb"), pytest.raises(ExportError, match="another program has it open; close"):
        ss.export_video(model, timeline, path)
    assert path.read_bytes() == b"an earlier one"
    assert ss.export_video(model, timeline, path).resumed_from == timeline.frame_count
    assert left_over(tmp_path) == []


def test_a_video_that_ends_with_a_cut_shows_what_it_cuts_to(model, tmp_path):
    recipes = [Recipe.from_seed(seed, model) for seed in (1, 2)]
    clip = Timeline.of(recipes, 0.2)
    clip = clip.replace(keyframes=tuple(replace(key, easing="hold") for key in clip.keyframes))
    ss.export_video(model, clip, tmp_path / "a.mkv")
    frames = decoded(tmp_path / "a.mkv")
    assert len(frames) == 6
    assert (frames[4] == ss.render(model, recipes[0])).all()
    assert (frames[5] == ss.render(model, recipes[1])).all()


@pytest.mark.parametrize("codec", VIDEOS, ids=lambda codec: codec.name)
def test_files_say_what_they_are(colourful, clip, tmp_path, codec):
    path = tmp_path / f"clip{codec.suffix}"
    ss.export_video(colourful, clip, path, codec.name)
    assert read_session(path).timeline == clip
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(video=0))
        context = stream.codec_context
        assert len(frames) == clip.frame_count == 18
        seconds = float(len(frames) / clip.rate)
        assert container.duration / 1e6 == pytest.approx(seconds, abs=0.011)
        if codec.name == "gif":
            return
        assert stream.average_rate == clip.rate
        times = [float(frame.pts * stream.time_base) for frame in frames]
        expected = [float(n / clip.rate) for n in range(18)]
        assert times == pytest.approx(expected, abs=0.00051)  # WebM counts milliseconds
        matrix, levels = (0, 2) if codec.name == "ffv1" else (1, 1)
        assert (context.color_primaries, context.color_trc) == (1, 1)
        assert (context.colorspace, context.color_range) == (matrix, levels)


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe (of FFmpeg) is not installed")
@pytest.mark.parametrize("codec", VIDEOS, ids=lambda codec: codec.name)
def test_ffprobe_agrees(colourful, clip, tmp_path, codec):
    path = tmp_path / f"clip{codec.suffix}"
    ss.export_video(colourful, clip, path, codec.name)
    words = ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-show_format"]
    told = json.loads(subprocess.check_output([*words, "-of", "json", str(path)]))
    (stream,) = told["streams"]
    assert int(stream["nb_read_frames"]) == clip.frame_count
    seconds = float(clip.frame_count / clip.rate)
    assert float(told["format"]["duration"]) == pytest.approx(seconds, abs=0.011)
    assert (stream["width"], stream["height"]) == (64, 64)
    if codec.name == "gif":
        return  # counts hundredths of a second, and has no tags
    assert Fraction(stream["r_frame_rate"]) == clip.rate
    matrix, levels = ("gbr", "pc") if codec.name == "ffv1" else ("bt709", "tv")
    assert (stream["color_space"], stream["color_range"]) == (matrix, levels)
    assert (stream["color_primaries"], stream["color_transfer"]) == ("bt709", "bt709")


@pytest.mark.parametrize("codec", ["h264", "h265", "h265-10", "vp9", "av1", "prores"])
def test_colours_come_back_as_they_were(colourful, clip, tmp_path, codec, monkeypatch):
    flat = np.zeros((64, 64, 3), np.uint8)
    flat[:32, :32], flat[:32, 32:], flat[32:, :32] = (200, 40, 60), (30, 160, 70), (250, 250, 240)
    write = VideoWriter.write
    monkeypatch.setattr(
        VideoWriter,
        "write",
        lambda self, frame: write(
            self, flat.astype(frame.dtype) * (257 if frame.itemsize > 1 else 1)
        ),
    )
    path = tmp_path / f"a{CODECS[codec].suffix}"
    ss.export_video(colourful, clip, path, codec, quality="best")
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        shown = frame.reformat(format="rgb24", src_colorspace=1, dst_colorspace=1).to_ndarray()
    for y, x in ((16, 16), (16, 48), (48, 16), (48, 48)):
        assert np.abs(shown[y, x].astype(int) - flat[y, x]).max() <= 4


def test_animated_webp_lasts_as_long_as_the_clip(colourful, clip, tmp_path):
    ss.export_video(colourful, clip, tmp_path / "a.webp")
    assert read_session(tmp_path / "a.webp").timeline == clip
    with Image.open(tmp_path / "a.webp") as image:
        assert image.info["loop"] == 0  # for ever
        durations = []
        for index in range(image.n_frames):
            image.seek(index)
            image.load()
            durations.append(image.info["duration"])
    assert len(durations) == 18
    assert sum(durations) == pytest.approx(1000 * 18 / clip.rate, abs=1)


def test_pictures_in_a_folder_carry_their_recipes(model, timeline, tmp_path):
    ss.export_video(model, timeline, tmp_path / "frames")
    ss.export_video(model, timeline, tmp_path / "deep", "png16")
    for n in (0, 23):
        path = tmp_path / "frames" / f"{n:04}.png"
        recipe = timeline.recipe_at(n)
        assert read_recipe(path) == recipe
        assert (np.asarray(Image.open(path)) == ss.render(model, recipe)).all()
        with av.open(str(tmp_path / "deep" / path.name)) as container:
            deep = next(container.decode(video=0)).to_ndarray(format="rgb48le")
        assert (deep == Renderer(model).render_deep(recipe).pixels).all()
        assert np.abs(deep / 257 - ss.render(model, recipe)).max() <= 0.51
    assert ss.Timeline.load(tmp_path / "frames" / "session.json") == timeline


def test_a_folder_of_pictures_may_have_a_dot_in_its_name(model, timeline, tmp_path):
    ss.export_video(model, timeline, tmp_path / "take 1.5x", "png")
    assert (tmp_path / "take 1.5x" / "0000.png").exists()
    with pytest.raises(ExportError, match="folder, without an ending"):
        ss.export_video(model, timeline, tmp_path / "take.mp4", "png")


def test_the_folder_one_is_in_is_named_where_it_cannot_be_written(
    model, timeline, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ExportError, match=r"^\. is a folder that exists already"):
        ss.export_video(model, timeline, ".")


def test_a_folder_never_begins_in_the_place_of_a_file(model, timeline, tmp_path):
    (tmp_path / "frames").write_text("mine")
    rendered = []
    with pytest.raises(ExportError, match="frames is a file that exists already"):
        ss.export_video(model, timeline, tmp_path / "frames", "png", on_progress=rendered.append)
    assert rendered == []
    assert [path.name for path in tmp_path.iterdir()] == ["frames"]


@pytest.mark.parametrize(
    ("name", "kind"), [("a.mkv", "rgba"), ("a.mov", "rgba"), ("a.webm", "rgba"), ("a", "rgba")]
)
def test_transparency_is_kept_where_it_can_be(make_model, tmp_path, name, kind):
    model = make_model(img_channels=4, resolution=64)
    timeline = Timeline.of([Recipe.from_seed(1, model)], 0.1)
    ss.export_video(model, timeline, tmp_path / name)
    file = tmp_path / name if "." in name else tmp_path / name / "0000.png"
    with av.open(str(file)) as container:
        if name == "a.webm":
            decoder = av.CodecContext.create("libvpx-vp9", "r")
            packet = next(container.demux(video=0))
            frame = decoder.decode(packet)[0]
        else:
            frame = next(container.decode(video=0))
    alpha = frame.to_ndarray(format=kind)[..., 3].astype(int)
    expected = ss.render(model, timeline.recipe_at(0))[..., 3]
    assert np.abs(alpha - expected).mean() < 3


def test_transparent_pictures_lie_over_white_elsewhere(make_model, tmp_path):
    model = make_model(img_channels=4, resolution=64)
    timeline = Timeline.of([Recipe.from_seed(1, model)], 0.1)
    ss.export_video(model, timeline, tmp_path / "a.mp4", quality="best", chroma="full")
    rgba = ss.render(model, timeline.recipe_at(0)).astype(float)
    expected = rgba[..., :3] * rgba[..., 3:] / 255 + 255 - rgba[..., 3:]
    assert np.abs(decoded(tmp_path / "a.mp4")[0] - expected).mean() < 8


def test_sizes_are_whole_or_fractions_and_scaled_by_lanczos(model, tmp_path):
    timeline = Timeline.of([Recipe.from_seed(1, model)], 0.1)
    native = ss.render(model, timeline.recipe_at(0))
    for size, sides in (({"side": 50}, 50), ({"scale": 1.5}, 48), ({"scale": 0.75}, 24)):
        ss.export_video(model, timeline, tmp_path / "a.mkv", **size)
        frame = decoded(tmp_path / "a.mkv")[0]
        expected = Image.fromarray(native).resize((sides, sides), Image.Resampling.LANCZOS)
        assert (frame == np.asarray(expected)).all()


def test_a_size_may_be_any_whole_number(model, tmp_path):
    clip = Timeline.of([Recipe.from_seed(1, model)], 0.1, fps=10)
    for side in (48.0, np.int64(48), np.float32(48)):
        ss.export_video(model, clip, tmp_path / "a.mkv", side=side)
        assert decoded(tmp_path / "a.mkv")[0].shape == (48, 48, 3)


def test_an_open_loop_names_the_field(model, timeline, tmp_path):
    flow, sweep = NoiseFlow(speed=0.3, closes=False), PsiSweep(swings=0.5)
    for field, moving in (("noise_turn", {"noise": flow}), ("truncation_psi", {"psi": sweep})):
        report = ss.export_video(model, replace(timeline, **moving), tmp_path / "a.mkv")
        assert not report.loop.is_closed
        assert report.loop.open_fields == (field,)
        assert f"not closed, difference {report.loop.difference:g}: {field}" in str(report.loop)


@pytest.mark.parametrize("enlarged", [0, 1])
def test_a_loop_whose_frames_are_enlarged_here_and_there_is_compared(model, tmp_path, enlarged):
    recipes = [Recipe.from_seed(seed, model) for seed in (1, 2)]
    enlarger = ss.open_stage("enlarger")
    recipes[enlarged] = recipes[enlarged].stage(enlarger)
    timeline = Timeline.of(recipes, 0.4, fps=10, loop=True)
    report = ss.export_video(model, timeline, tmp_path / "a.mkv")
    assert report.loop.is_closed
    side = enlarger.scale * model.resolution
    assert [frame.shape[:2] for frame in decoded(tmp_path / "a.mkv")] == [(side, side)] * 4


def test_a_clip_that_is_no_loop_is_not_compared(model, timeline, tmp_path):
    assert ss.export_video(model, replace(timeline, loop=False), tmp_path / "a.mkv").loop is None


RUN = """
import sys, time
import stylestudio as ss
import torch
from stylestudio.checkpoints import write_safetensors
from stylestudio.progress import Cancel, Cancelled
from stylestudio.render import Renderer
render = Renderer.render
def slowly(self, *arguments):
    time.sleep(0.02)
    return render(self, *arguments)
Renderer.render = slowly
torch.set_num_threads(int(sys.argv[4]))  # exports go on with as many threads as they began with
ss.export_video(ss.open_model(sys.argv[1], device="cpu"), ss.Timeline.load(sys.argv[2]),
                sys.argv[3], on_progress=lambda p: print(p.done, flush=True))
"""


def test_a_killed_export_goes_on_and_gives_the_same_file(tmp_path, make_network):
    file = tmp_path / "model.safetensors"
    write_safetensors(file, make_network(resolution=64), name="tiny")
    model = ss.open_model(file, device="cpu")
    recipes = [Recipe.from_seed(seed, model) for seed in (1, 2)]
    timeline = Timeline.of(recipes, 3, fps=20, loop=True)
    timeline.save(tmp_path / "session.json")
    target = tmp_path / "clip.mp4"
    session, threads = str(tmp_path / "session.json"), str(torch.get_num_threads())
    words = [sys.executable, "-c", RUN, str(file), session, str(target), threads]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if int(line) >= 13:
                break
        process.kill()
    assert not target.exists()
    assert ".clip.mp4.frames" in left_over(tmp_path)
    report = ss.export_video(model, timeline, target)
    assert 6 <= report.resumed_from < 60
    ss.export_video(model, timeline, tmp_path / "whole.mp4")
    assert target.read_bytes() == (tmp_path / "whole.mp4").read_bytes()
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("name", ["h265.mp4", "vp9.webm", "av1.webm"])
def test_an_export_stopped_near_the_end_of_a_loop_gives_the_same_file(
    colourful, clip, tmp_path, name
):
    cancel = Cancel()

    def stop(progress):
        if progress.done == 15:
            cancel.cancel(keep_partial=True)

    codec = name.split(".")[0]
    with pytest.raises(Cancelled):
        ss.export_video(colourful, clip, tmp_path / name, codec, stop, cancel=cancel)
    assert ss.export_video(colourful, clip, tmp_path / name, codec).resumed_from >= 10
    whole = tmp_path / f"whole.{name}"
    ss.export_video(colourful, clip, whole, codec)
    assert whole.read_bytes() == (tmp_path / name).read_bytes()


def test_what_an_export_left_can_be_removed(tmp_path):
    target = tmp_path / "clip.mp4"
    for name in (".clip.mp4.frames", ".clip.mp4.lock", ".clip.part.mp4"):
        (tmp_path / name).touch()
    remove_leftovers(target)
    assert left_over(tmp_path) == []
    (tmp_path / ".sheets.part").mkdir()
    remove_leftovers(tmp_path / "sheets")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_and_costs_nothing(model, timeline, tmp_path, monkeypatch):
    append = FrameStore.append

    def full_after_ten(store, frame):
        if len(store) == 10:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        append(store, frame)

    target = tmp_path / "a.mkv"
    with monkeypatch.context() as patch:
        patch.setattr(FrameStore, "append", full_after_ten)
        with pytest.raises(ExportError, match=r"disk is full\. The frames of a\.mkv so far"):
            ss.export_video(model, timeline, target)
    assert left_over(tmp_path) == [".a.mkv.frames"]
    assert not target.exists()
    assert ss.export_video(model, timeline, target).resumed_from == 10
    assert (decoded(target)[15] == ss.render(model, timeline.recipe_at(15))).all()


@pytest.mark.parametrize("first", ["head", "frame"])
def test_a_disk_full_before_the_first_frame_leaves_nothing(
    model, timeline, tmp_path, monkeypatch, first
):
    def full(path, content):
        with path.open("wb"):  # the name takes no room
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if first == "head":
        monkeypatch.setattr(Path, "write_bytes", full)
    else:
        monkeypatch.setattr(FrameStore, "append", lambda store, _frame: full(store.path, b""))
    with pytest.raises(ExportError) as raised:
        ss.export_video(model, timeline, tmp_path / "a.mkv")
    assert str(raised.value) == (
        "The disk is full; no frame of a.mkv could be kept. Free some space, then export it again."
    )
    assert left_over(tmp_path) == []


def test_frames_of_another_timeline_are_not_taken(model, timeline, tmp_path):
    cancel = Cancel()
    with pytest.raises(Cancelled):
        ss.export_video(
            model,
            timeline,
            tmp_path / "a.mkv",
            on_progress=lambda p: cancel.cancel(keep_partial=True) if p.done == 5 else None,
            cancel=cancel,
        )
    kept = (tmp_path / ".a.mkv.frames").read_bytes()
    other = replace(timeline, fps=13)
    assert ss.export_video(model, other, tmp_path / "a.mkv").resumed_from == 0
    # With another number of threads a level may differ here and there.
    threads = torch.get_num_threads()
    (tmp_path / ".a.mkv.frames").write_bytes(kept)
    torch.set_num_threads(threads + 1)
    try:
        assert ss.export_video(model, timeline, tmp_path / "a.mkv").resumed_from == 0
    finally:
        torch.set_num_threads(threads)


def test_videos_say_how_many_threads_made_them(model, timeline, tmp_path):
    path = tmp_path / "a.mkv"
    ss.export_video(model, timeline, path)
    with av.open(str(path)) as container:
        tags = {key.lower(): value for key, value in container.metadata.items()}
    assert tags["stylestudio.software"].startswith(f"StyleStudio, {torch.get_num_threads()} thread")


def test_a_second_export_to_the_same_name_is_refused_while_the_first_runs(
    model, timeline, tmp_path
):
    refused = []

    def on_progress(progress):
        if progress.done == 5:
            with pytest.raises(ExportError, match=r"a\.mkv is already being exported"):
                ss.export_video(model, timeline, tmp_path / "a.mkv")
            refused.append(progress)

    ss.export_video(model, timeline, tmp_path / "a.mkv", on_progress=on_progress)
    assert refused
    assert len(decoded(tmp_path / "a.mkv")) == timeline.frame_count
    assert left_over(tmp_path) == []
    ss.export_video(model, timeline, tmp_path / "a.mkv")


def test_pausing_rests_and_cancelling_leaves_nothing(model, timeline, tmp_path):
    cancel, seen = Cancel(), []

    def on_progress(progress):
        seen.append(progress)
        if progress.done == 3:
            cancel.pause()
            threading.Timer(0.15, cancel.resume).start()
        if progress.done == 6:
            cancel.cancel()

    started = time.monotonic()
    with pytest.raises(Cancelled):
        ss.export_video(model, timeline, tmp_path / "a.mp4", on_progress=on_progress, cancel=cancel)
    assert time.monotonic() - started >= 0.15
    assert [progress.done for progress in seen] == list(range(7))
    assert seen[-1].seconds_left > 0
    assert seen[-1].picture.shape == (32, 32, 3)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def tone(tmp_path):
    """Two seconds of a tone, 44.1 kHz, in stereo."""
    path = tmp_path / "tone.wav"
    wave = (np.sin(np.arange(88200) * 0.05) * 9000).astype(np.int16)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=44100, layout="stereo")
        frame = av.AudioFrame.from_ndarray(np.repeat(wave, 2)[None], "s16", "stereo")
        frame.sample_rate = 44100
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.mov", "a.mkv"])
def test_sound_plays_along_as_long_as_the_pictures(colourful, clip, tmp_path, tone, name):
    ss.export_video(colourful, clip, tmp_path / name, sound=tone)
    with av.open(str(tmp_path / name)) as container:
        sound = [frame.to_ndarray() for frame in container.decode(audio=0)]
        rate = container.streams.audio[0].rate
    assert len(decoded(tmp_path / name)) == 18
    packed = container is not None and sound[0].shape[0] == 1
    samples = sum(part.shape[1] for part in sound) / (2 if packed else 1)
    assert samples / rate == pytest.approx(18 / float(clip.rate), abs=0.05)
    assert max(np.abs(part).max() for part in sound) > 0


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("a.avi", {}, "no ending"),
        ("a.mp4", {"codec": "xvid"}, "xvid.*h264"),
        ("a.mp4", {"codec": "vp9"}, r"end in \.webm"),
        ("a.mp4", {"side": 33}, "even.*32 or 34.*4:4:4"),
        ("a.mkv", {"side": 9000}, "8192"),
        ("a.mp4", {"codec": "h265", "side": 32}, "H.265 needs at least 64 pixels on each side"),
        ("a.mp4", {"codec": "h265-10", "scale": 1.5}, "H.265 needs at least 64 pixels"),
        ("a.webm", {"codec": "av1", "chroma": "full"}, "^AV1 has no full colour"),
        ("a.gif", {"sound": "tone.wav"}, "^GIF can't hold sound"),
        ("a", {"sound": "tone.wav"}, "^PNG pictures in a folder can't hold sound"),
        ("a.mp4", {"sound": "missing.wav"}, "missing.wav"),
        ("no/such/a.mp4", {}, "does not exist"),
    ],
)
def test_what_cannot_be_exported_is_said_before_any_work(
    model, timeline, tmp_path, name, options, said
):
    with pytest.raises(ExportError, match=said):
        ss.export_video(model, timeline, tmp_path / name, **options)
    assert list(tmp_path.iterdir()) == []


def test_the_file_that_the_sound_comes_from_is_not_written_over(model, timeline, tmp_path, tone):
    music = tone.rename(tmp_path / "music.mkv")
    content = music.read_bytes()
    (tmp_path / "same.mkv").symlink_to(music)
    for name in ("music.mkv", "same.mkv"):
        with pytest.raises(ExportError, match=f"^{name} holds the sound.*choose another name"):
            ss.export_video(model, timeline, tmp_path / name, sound=music)
    assert music.read_bytes() == content
    ss.export_video(model, timeline, tmp_path / "clip.mkv", sound=music)


def test_another_models_timeline_and_a_too_fast_gif_are_refused(
    make_model, model, timeline, tmp_path
):
    with pytest.raises(ExportError, match=r"made for tiny, not for other"):
        ss.export_video(make_model(seed=5, name="other"), timeline, tmp_path / "a.mkv")
    with pytest.raises(ExportError, match="50 frames"):
        ss.export_video(model, replace(timeline, fps=60), tmp_path / "a.gif")
