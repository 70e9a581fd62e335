"""Sound of any kind goes under a clip: as long as the pictures, from their start, in time."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

import stylestudio as ss
from stylestudio.recipe import Recipe
from stylestudio.video import ExportError, Session, Timeline, read_session
from stylestudio.video.sound import Sound

CASES = Path(__file__).parents[3] / "shared" / "cases" / "sound"
PACKET = 0.05  # seconds; the longest that an encoder here makes
CLICK = 0.2  # seconds into what the tests make


@pytest.fixture(scope="module")
def clip(make_model):
    """Half a second of a model of 64 pixels."""
    model = make_model(resolution=64)
    recipes = [Recipe.from_seed(seed, model) for seed in (1, 2)]
    return model, Timeline.of(recipes, 0.5, fps=24)


def with_click(rate, seconds=0.8, click=CLICK):
    """Samples [n] of -1..1: near silence, and a click of 5 ms."""
    samples = np.random.default_rng(0).uniform(-0.001, 0.001, round(rate * seconds))
    samples[round(click * rate) : round((click + 0.005) * rate)] = 0.7
    return samples.astype(np.float32)


def write(path, samples, rate, codec="pcm_s16le", layout="stereo", container=None, tags=()):
    """Write samples, the same in each channel, in any format."""
    with av.open(str(path), "w", format=container) as file:
        file.metadata.update(tags)
        stream = file.add_stream(codec, rate=rate, layout=layout)
        for at in range(0, len(samples), 1024):
            part = np.repeat(samples[at : at + 1024], stream.layout.nb_channels)
            frame = av.AudioFrame.from_ndarray(part[None], "flt", layout)
            frame.sample_rate, frame.pts = rate, at
            frame.time_base = Fraction(1, rate)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def heard(path):
    """What a player hears: samples [n] of the first channel, their rate, and when they begin."""
    with av.open(str(path)) as file:
        frames = list(file.decode(audio=0))
    resampler = av.AudioResampler("fltp", "mono", frames[0].sample_rate)
    parts = [part.to_ndarray()[0] for frame in frames for part in resampler.resample(frame)]
    return np.concatenate(parts), frames[0].sample_rate, frames[0].time


def assert_plays_along(path, seconds, click=CLICK):
    samples, rate, begin = heard(path)
    assert begin == pytest.approx(0, abs=0.001)
    assert len(samples) / rate == pytest.approx(seconds, abs=PACKET)
    if click is not None:
        assert np.argmax(np.abs(samples) > 0.2) / rate == pytest.approx(click, abs=0.02)


KINDS = {
    "4 kHz": ("a.wav", 4000, "pcm_s16le", "mono"),
    "8 bits, odd rate": ("a.wav", 22222, "pcm_u8", "mono"),
    "24 bits, 192 kHz": ("a.wav", 192000, "pcm_s24le", "stereo"),
    "float, 96001 Hz": ("a.wav", 96001, "pcm_f32le", "stereo"),
    "5.1": ("a.wav", 48000, "pcm_s16le", "5.1"),
    "7.1 FLAC": ("a.flac", 44100, "flac", "7.1"),
    "MP3 22.05": ("a.mp3", 22050, "libmp3lame", "stereo"),
    "MP3 44.1": ("a.mp3", 44100, "libmp3lame", "stereo"),
    "MP3 48": ("a.mp3", 48000, "libmp3lame", "stereo"),
    "raw AAC": ("a.aac", 44100, "aac", "stereo"),
    "AAC in MP4": ("a: b.m4a", 32000, "aac", "mono"),
    "Opus in WebM": ("a.webm", 48000, "libopus", "stereo"),
    "AC-3": ("a.ac3", 48000, "ac3", "5.1"),
    "AIFF": ("a.aiff", 11025, "pcm_s16be", "mono"),
}
PADDING = {"a.aac": 0.023}  # seconds that an encoder puts before all, and the file cannot tell


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.mov", "a.mkv"])
@pytest.mark.parametrize("kind", KINDS)
def test_any_sound_goes_under_any_clip(clip, tmp_path, monkeypatch, kind, name):
    file, rate, codec, layout = KINDS[kind]
    container = {"a.aac": "adts", "a: b.m4a": "mp4"}.get(file)
    write(tmp_path / f"sound {file}", with_click(rate), rate, codec, layout, container)
    monkeypatch.chdir(tmp_path)
    ss.export_video(*clip, tmp_path / name, sound=f"sound {file}")
    assert_plays_along(tmp_path / name, 0.5, CLICK + PADDING.get(file, 0))


def test_the_sound_of_a_video_is_taken(clip, tmp_path):
    write(tmp_path / "tone.wav", with_click(44100), 44100)
    ss.export_video(*clip, tmp_path / "first.mp4", sound=tmp_path / "tone.wav")
    ss.export_video(*clip, tmp_path / "second.webm", sound=tmp_path / "first.mp4")
    assert_plays_along(tmp_path / "second.webm", 0.5)


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.mov", "a.mkv"])
def test_silence_follows_a_sound_that_ends_early(clip, tmp_path, name):
    write(tmp_path / "short.wav", with_click(44100, 0.3), 44100)
    ss.export_video(*clip, tmp_path / name, sound=tmp_path / "short.wav")
    assert_plays_along(tmp_path / name, 0.5)
    samples, rate, _ = heard(tmp_path / name)
    assert np.abs(samples[round(0.35 * rate) :]).max() < 0.01


def test_mono_stays_mono_and_many_channels_do_not_clip(clip, tmp_path):
    for layout, channels in (("mono", 1), ("stereo", 2), ("5.1", 2)):
        write(tmp_path / "a.wav", with_click(48000), 48000, layout=layout)
        ss.export_video(*clip, tmp_path / "a.mov", sound=tmp_path / "a.wav")
        with av.open(str(tmp_path / "a.mov")) as file:
            frames = [frame.to_ndarray() for frame in file.decode(audio=0)]
            assert file.streams.audio[0].layout.nb_channels == channels
        assert np.concatenate(frames, axis=1).max() / 32768 == pytest.approx(0.7, abs=0.01)


@pytest.mark.parametrize("name", ["a.mp4", "a.webm"])
def test_tags_that_are_no_utf8_are_no_hindrance(clip, tmp_path, name):
    write(tmp_path / "plain.wav", with_click(44100), 44100)
    tag = b"INAM\x08\0\0\0caf\xe9 \xff\xfe\0"
    content = (tmp_path / "plain.wav").read_bytes()
    content += b"LIST" + (4 + len(tag)).to_bytes(4, "little") + b"INFO" + tag
    size = (len(content) - 8).to_bytes(4, "little")
    (tmp_path / "tag.wav").write_bytes(content[:4] + size + content[8:])
    with pytest.raises(UnicodeDecodeError):
        av.open(str(tmp_path / "tag.wav"))
    ss.export_video(*clip, tmp_path / name, sound=tmp_path / "tag.wav")
    assert_plays_along(tmp_path / name, 0.5)


def test_a_session_is_found_beside_a_tag_that_is_no_utf8(clip, tmp_path):
    path = tmp_path / "a.mkv"
    tags = {"stylestudio.session": Session(timeline=clip[1]).to_json(), "title": "caf!"}
    write(path, with_click(44100), 44100, tags=tags)
    path.write_bytes(path.read_bytes().replace(b"caf!", b"caf\xe9"))
    with pytest.raises(UnicodeDecodeError):
        av.open(str(path))
    assert read_session(path).timeline == clip[1]


@pytest.mark.parametrize("rates", [(44100, 22050), (22050, 44100), (48000, 44100)])
def test_joined_pieces_of_two_rates_are_one_sound(clip, tmp_path, rates):
    pieces = []
    for rate in rates:
        piece = write(tmp_path / "piece.mp3", with_click(rate, 0.25, 0.1), rate, "libmp3lame")
        pieces.append(piece.read_bytes())
    (tmp_path / "joined.mp3").write_bytes(b"".join(pieces))
    ss.export_video(*clip, tmp_path / "a.mkv", sound=tmp_path / "joined.mp3")
    assert_plays_along(tmp_path / "a.mkv", 0.5, 0.1)
    samples, rate, _ = heard(tmp_path / "a.mkv")
    second = np.argmax(np.abs(samples[round(0.2 * rate) :]) > 0.2) / rate + 0.2
    assert 0.32 < second < 0.45  # an MP3 begins and ends with a little silence


def test_what_a_recording_left_out_is_silence(tmp_path):
    path = tmp_path / "gap.mkv"
    samples = with_click(48000, 0.4)
    with av.open(str(path), "w") as file:
        stream = file.add_stream("pcm_s16le", rate=48000, layout="mono")
        for begin in (0, 48000):  # the second piece is 0.6 s late
            frame = av.AudioFrame.from_ndarray(samples[None], "fltp", "mono")
            frame.sample_rate, frame.pts, frame.time_base = 48000, begin, Fraction(1, 48000)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    clicks = clicks_after(path, tmp_path / "out.mkv", "flac", 1.4)
    assert clicks == pytest.approx([CLICK, 1 + CLICK], abs=0.005)


def clicks_after(path, out, encoder, seconds):
    """When clicks are heard in a track that was made of `path`."""
    with av.open(str(out), "w") as container:
        sound = Sound(container, path, encoder, seconds)
        for second in range(round(seconds)):
            sound.advance(second)
        sound.finish()
    samples, rate, begin = heard(out)
    assert len(samples) / rate == pytest.approx(seconds, abs=PACKET)
    loud = np.flatnonzero(np.abs(samples) > 0.2) / rate
    return loud[np.diff(loud, prepend=-1) > 0.1] + begin


@pytest.mark.parametrize(("encoder", "name"), [("aac", "a.mp4"), ("libopus", "a.webm")])
@pytest.mark.parametrize("rate", [22222, 44100])
def test_five_minutes_stay_in_time(tmp_path, rate, encoder, name):
    samples = np.zeros(300 * rate, np.float32)
    expected = np.arange(5, 300, 29)
    for second in expected:
        samples[second * rate : second * rate + rate // 100] = 0.7
    write(tmp_path / "clicks.wav", samples, rate, layout="mono")
    found = clicks_after(tmp_path / "clicks.wav", tmp_path / name, encoder, 300.0)
    assert found == pytest.approx(expected, abs=0.02)


def test_failures_name_the_sound(clip, tmp_path):
    (tmp_path / "empty.mp3").touch()
    (tmp_path / "text.wav").write_text("no sound at all", encoding="utf-8")
    (tmp_path / "noise.mp3").write_bytes(b"\xff\xfb\x90\x00" + bytes(range(256)) * 40)
    ss.export_video(*clip, tmp_path / "silent.mp4")
    for name in ("empty.mp3", "text.wav", "noise.mp3", "silent.mp4", "missing.ogg"):
        with pytest.raises(ExportError, match=rf"^{name} (cannot|holds|is damaged)"):
            ss.export_video(*clip, tmp_path / "a.mp4", sound=tmp_path / name)
    assert not (tmp_path / "a.mp4").exists()


def test_a_damaged_piece_is_left_out(clip, tmp_path):
    path = write(tmp_path / "a.mp3", with_click(44100), 44100, "libmp3lame")
    content = bytearray(path.read_bytes())
    content[3000:3400] = bytes(400)
    path.write_bytes(content)
    ss.export_video(*clip, tmp_path / "a.mp4", sound=path)
    assert_plays_along(tmp_path / "a.mp4", 0.5, None)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.mov", "a.mkv"])
def test_sounds_from_elsewhere(tmp_path, name):
    if not CASES.exists():
        pytest.skip("needs the sounds that live outside the repository")
    model = ss.open_model(CASES / "tiny.safetensors", device="cpu")
    timeline = Timeline.load(CASES / "clip.session")
    sounds = [path for path in CASES.iterdir() if path.suffix not in (".session", ".safetensors")]
    assert sounds
    for sound in sounds:
        ss.export_video(model, timeline, tmp_path / name, sound=sound, side=64)
        assert_plays_along(tmp_path / name, timeline.frame_count / timeline.fps, None)
