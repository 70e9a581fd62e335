"""`stylestudio stylize`: photos repainted, or refused in one sentence."""

import numpy as np
import pytest
import torch
from PIL import Image

from stylestudio.checkpoints import write_styles
from stylestudio.cli.main import run
from stylestudio.networks.cin import CINNetwork


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    """A style bank with two styles."""
    torch.manual_seed(1)
    network = CINNetwork(2, width=0.25)
    for name, value in network.state_dict().items():
        value.add_(torch.randn(value.shape) * (0.5 if name.startswith("tables") else 0.1))
    path = tmp_path_factory.mktemp("bank") / "two.safetensors"
    write_styles(path, network, ["dawn", "dusk"], metadata={"license": "CC0-1.0"})
    return path


@pytest.fixture
def photos(tmp_path):
    """Two photos of uneven sizes."""
    paths = []
    for i, size in enumerate(((37, 50), (64, 41))):
        pixels = np.random.RandomState(i).randint(0, 256, (*size, 3), np.uint8)
        paths.append(tmp_path / f"photo{i}.png")
        Image.fromarray(pixels).save(paths[-1])
    return [str(path) for path in paths]


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image).astype(int)


def test_a_photo_is_repainted_at_its_own_size_as_strongly_as_asked(bank, photos, tmp_path):
    photo, outs = photos[0], {}
    for strength in ("0", "0.5", "1"):
        outs[strength] = tmp_path / f"out{strength}.png"
        options = ["--model", str(bank), "--style", "dawn:2,dusk:1", "--strength", strength]
        assert run(["stylize", photo, "-o", str(outs[strength]), *options]) == 0
    none, half, full = (pixels(path) for path in outs.values())
    assert np.array_equal(none, pixels(photo))
    assert np.abs(full - none).mean() > 2
    assert np.abs((none + full) / 2 - half).max() <= 1.5


def test_several_photos_go_into_a_folder_at_the_size_asked_for(bank, photos, tmp_path):
    out = tmp_path / "painted"
    options = ["--model", str(bank), "--style", "dusk", "--size", "32"]
    assert run(["stylize", *photos, "-o", str(out), *options]) == 0
    shapes = {path.name: pixels(path).shape for path in out.iterdir()}
    assert shapes == {"photo0.png": (24, 32, 3), "photo1.png": (32, 20, 3)}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "No style was named"),
        (["--style", "noon"], "no style 'noon'"),
        (["--style", "dawn:x"], "not NAME:WEIGHT"),
        (["--style", "dawn:0"], "more than 0"),
        (["--style", "dawn", "--strength", "2"], "strength"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    bank, photos, tmp_path, capsys, options, said
):
    out = tmp_path / "out.png"
    assert run(["stylize", photos[0], "-o", str(out), "--model", str(bank), *options]) != 0
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert not out.exists()


def test_a_bank_predicts_no_style_and_a_photo_is_not_overwritten(bank, photos, tmp_path, capsys):
    model = ["--model", str(bank)]
    out = str(tmp_path / "out.png")
    assert run(["stylize", photos[0], "-o", out, *model, "--like", photos[1]]) != 0
    assert "no style predictor" in capsys.readouterr().err
    assert run(["stylize", photos[0], "-o", photos[0], *model, "--style", "dawn"]) != 0
    assert "choose another place" in capsys.readouterr().err


def test_a_file_that_is_no_photo_is_named(bank, tmp_path, capsys):
    (tmp_path / "song.png").write_text("la la la")
    model = ["--model", str(bank), "--style", "dawn"]
    assert run(["stylize", str(tmp_path / "song.png"), "-o", str(tmp_path / "o.png"), *model]) != 0
    assert "song.png is not a picture" in capsys.readouterr().err
