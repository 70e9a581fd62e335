"""`stylestudio translate`: photos through a network, and what is said of those that fail."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import stylestudio as ss
from stylestudio.cli.main import run
from stylestudio.render import picture_networks

sys.path.insert(0, str(Path(__file__).parents[1] / "render"))
import published_networks as published


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image)


def changed(network, photo, **how):
    """What the Python interface makes of it, as 8 bits."""
    picture = torch.from_numpy(pixels(photo).copy()).permute(2, 0, 1)[None] / 255
    result = ss.open_stage(network).apply(picture, **how)[0]
    return (result * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("networks")
    made = {
        "paint": published.cyclegan(),
        "faces": published.StarGan(),
        "x4": published.Rrdb("old"),
    }
    for name, network in made.items():
        torch.save(published.shaken(network).state_dict(), folder / f"{name}.pth")
    return {name: folder / f"{name}.pth" for name in made}


def test_the_picture_is_what_the_python_interface_makes(studio, networks, photos, tmp_path):
    out = tmp_path / "out.png"
    words = ("--with", networks["paint"], "--strength", 0.5)
    answer = studio("translate", photos[0], *words, "--out", out)
    assert (answer.status, answer.out) == (0, f"Wrote {out}\n"), answer.err
    expected = changed(networks["paint"], photos[0], strength=0.5)
    np.testing.assert_array_equal(pixels(out), expected)
    with Image.open(out) as image:
        made_by = image.info["Description"]
    assert made_by == f"stylestudio translate {photos[0].name} --with paint.pth --strength 0.5"


def test_attributes_and_sizes(studio, networks, photos, tmp_path):
    out = tmp_path / "out.png"
    words = ("--with", networks["faces"], "--attribute", "male", "--attribute", "young:0,5")
    assert studio("translate", photos[0], *words, "-o", out).status == 0
    expected = changed(networks["faces"], photos[0], attributes={"male": 1, "young": 0.5})
    np.testing.assert_array_equal(pixels(out), expected)
    assert studio("translate", photos[0], *words, "-o", out, "--size", 40).status == 0
    assert max(pixels(out).shape) == 40
    answer = studio(
        "translate", photos[0], "--with", networks["faces"], "--attribute", "smile", "-o", out
    )
    assert answer.status == 1
    assert "no attribute 'smile'; it has: black hair" in answer.err


def test_transparency_grows_with_the_picture(studio, networks, photos, tmp_path):
    with Image.open(photos[0]) as image:
        clear = image.convert("RGB")
    alpha = Image.new("L", clear.size, 255)
    alpha.paste(0, (0, 0, clear.width // 2, clear.height))
    clear.putalpha(alpha)
    clear.save(tmp_path / "clear.png")
    out = tmp_path / "out.png"
    answer = studio("translate", tmp_path / "clear.png", "--with", networks["x4"], "-o", out)
    assert answer.status == 0, answer.err
    large = pixels(out)
    assert large.shape == (4 * clear.height, 4 * clear.width, 4)
    assert (large[:, : large.shape[1] // 2 - 16, 3] == 0).all()
    assert (large[:, large.shape[1] // 2 + 16 :, 3] == 255).all()


def test_a_folder_goes_on_past_what_fails(studio, networks, photos, tmp_path, monkeypatch):
    folder = tmp_path / "folder"
    folder.mkdir()
    for photo in photos:
        (folder / photo.name).write_bytes(photo.read_bytes())
    (folder / "broken.png").write_bytes(photos[0].read_bytes()[:200])
    out = tmp_path / "out"
    answer = studio("translate", folder, "--with", networks["x4"], "-o", out)
    assert answer.status == 1
    assert "broken.png" in answer.err
    assert sorted(path.name for path in out.iterdir()) == ["a.png", "b.png"]
    sides = sorted(4 * max(pixels(photo).shape) for photo in photos)
    monkeypatch.setattr(picture_networks, "LARGEST", sides[0])
    again = studio("translate", *photos, "--with", networks["x4"], "-o", tmp_path / "again")
    small = sides[0] < sides[1]
    assert again.status == int(small)
    assert ("pixels on a side" in again.err) == small


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--with", "paint", "-o", "out.gif"), "out.gif must end in .png"),
        (("--with", "paint"), "with -o the picture"),
        (
            ("--with", "paint", "-o", "o.png", "--attribute", "male"),
            "no attribute 'male'; it has none",
        ),
        (("--with", "paint", "-o", "o.png", "--attribute", "male:x"), "is not NAME:AMOUNT"),
        (("-o", "o.png"), "--with"),
    ],
)
def test_mistakes_are_one_sentence(
    studio, networks, photos, tmp_path, monkeypatch, words, sentence
):
    monkeypatch.chdir(tmp_path)
    given = [networks.get(word, word) for word in words]
    answer = studio("translate", photos[0], *given)
    assert answer.status in (1, 2)
    assert sentence in answer.err
    assert not (tmp_path / "o.png").exists()


def test_a_file_that_is_no_network_is_said(studio, photos, tmp_path):
    answer = studio("translate", photos[0], "--with", photos[1], "-o", tmp_path / "out.png")
    assert answer.status == 1
    assert photos[1].name in answer.err


def test_rendered_pictures_go_through_stages(studio, networks, tmp_path, model):
    out, again = tmp_path / "out.png", tmp_path / "again.png"
    words = ("--stage", networks["paint"], "--stage", f"{networks['x4']}:0.5")
    answer = studio("render", model, "--seed", 7, *words, "-o", out)
    assert answer.status == 0, answer.err
    recipe = ss.read_recipe(out)
    assert [(s.name, s.strength) for s in recipe.stages] == [("paint", 1.0), ("x4", 0.5)]
    stages = [ss.open_stage(networks[name]) for name in ("paint", "x4")]
    expected = ss.render(ss.open_model(model), recipe, stages=stages)
    np.testing.assert_array_equal(pixels(out), expected)
    lost = studio("render", model, "--recipe", out, "-o", again)
    assert lost.status == 1
    assert "network 'paint', which is not open" in lost.err
    files = [word for name in ("paint", "x4") for word in ("--network", networks[name])]
    assert studio("render", model, "--recipe", out, *files, "-o", again).status == 0
    np.testing.assert_array_equal(pixels(again), expected)
    bad = studio("render", model, "--stage", f"{networks['x4']}:2", "-o", out)
    assert (bad.status, "between 0 and 1" in bad.err) == (2, True)
    grid = studio("render", model, "--seeds", "1-2", *words, "--outdir", tmp_path / "g", "--grid")
    assert grid.status == 0, grid.err
    assert pixels(tmp_path / "g" / "grid.png").shape[1] == 2 * expected.shape[1]


def test_a_clip_finds_its_networks(studio, networks, tmp_path, model):
    opened, stage = ss.open_model(model), ss.open_stage(networks["x4"])
    recipes = [ss.Recipe.from_seed(seed, opened).stage(stage) for seed in (1, 2)]
    ss.Timeline.of(recipes, seconds=0.1).save(tmp_path / "walk.session")
    words = ("video", tmp_path / "walk.session", "--model", model, "-o", tmp_path / "walk")
    lost = studio(*words)
    assert lost.status == 1
    assert "network 'x4', which is not open" in lost.err
    answer = studio(*words, "--network", networks["x4"])
    assert answer.status == 0, answer.err
    first = pixels(sorted((tmp_path / "walk").glob("*.png"))[0])
    assert (first[..., :3] == ss.render(opened, recipes[0], stages=[stage])).all()


def test_info_says_what_a_network_does(studio, networks):
    answer = studio("info", networks["x4"], networks["faces"])
    assert answer.status == 0, answer.err
    assert "makes pictures 4 times as large" in answer.out
    assert "black hair, blond hair" in answer.out
    assert '"scale": 4' in studio("info", networks["x4"], "--json").out


def test_the_built_in_enlarger_is_named_and_a_missing_network_is_said(tmp_path, capsys):
    Image.new("RGB", (16, 12), "teal").save(tmp_path / "small.png")
    out = tmp_path / "large.png"
    assert (
        run(["translate", str(tmp_path / "small.png"), "--with", "enlarger", "-o", str(out)]) == 0
    )
    with Image.open(out) as large:
        assert large.size == (64, 48)
    assert run(["translate", str(out), "--with", "nothing.pth", "-o", str(out)]) == 2
    assert (
        "nothing.pth does not exist; built in are enlarger and strokes." in capsys.readouterr().err
    )
