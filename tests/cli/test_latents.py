"""`stylestudio render --latent` and `--save-latent`, and `info` on files of latents."""

import numpy as np
import pytest
from looks import random_mapper
from PIL import Image

import stylestudio as ss

WS = np.random.RandomState(3).randn(2, 8, 8).astype(np.float32)


@pytest.fixture
def latents(tmp_path):
    np.save(tmp_path / "latents.npy", {"a.jpg": WS[0], "b.jpg": WS[1]}, allow_pickle=True)
    return tmp_path / "latents.npy"


@pytest.mark.parametrize(("index", "name"), [("", "a.jpg"), (":0", "a.jpg"), (":1", "b.jpg")])
def test_a_latent_is_rendered_and_kept(studio, model, latents, tmp_path, index, name):
    out = tmp_path / "a.png"
    answer = studio("render", model, "--latent", f"{latents}{index}", "-o", out)
    assert answer.status == 0
    assert ("holds 2 latents" in answer.err) == (not index)
    source = ss.read_recipe(out).source
    assert source.name == name
    assert (source.array() == WS["ab".index(name[0])]).all()


def test_a_saved_latent_gives_the_same_picture(studio, model, tmp_path):
    words = ("--seed", 4, "--psi", 0.5, "--mix", "9:middle", "-o", tmp_path / "a.png")
    saved = tmp_path / "latent.npz"
    assert studio("render", model, *words, "--save-latent", saved).status == 0
    assert np.load(saved)["w"].shape == (1, 8, 8)
    assert studio("render", model, "--latent", saved, "-o", tmp_path / "b.png").status == 0
    from stylestudio.pictures import read_picture

    first, second = (np.asarray(read_picture(tmp_path / name)) for name in ("a.png", "b.png"))
    assert (first == second).all()


def test_the_latent_of_a_mapper_is_saved(studio, model, tmp_path):
    opened = ss.open_model(model)
    mapper = random_mapper(opened)
    mapper.write(tmp_path / "odd.mapper.safetensors")
    words = ("--mapper", tmp_path / "odd.mapper.safetensors", "--seed", 3)
    out, saved = tmp_path / "a.png", tmp_path / "w.npy"
    answer = studio("render", model, *words, "-o", out, "--save-latent", saved)
    assert answer.status == 0, answer.err
    (source,) = ss.read_latents(saved, opened)
    shown = ss.render(opened, ss.Recipe.from_seed(0, opened).replace(source=source))
    with Image.open(out) as image:
        assert (shown == np.asarray(image)).all()


def test_what_cannot_be_rendered_is_said(refused, model, latents, tmp_path):
    out = ("-o", tmp_path / "a.png")
    np.save(tmp_path / "age_direction.npy", WS[0, 0])
    np.save(tmp_path / "large.npy", np.ones((18, 512)))
    for name, said, status in (
        ("latents.npy:2", "the last is latents.npy:1", 2),
        ("absent.npy", "does not exist", 2),
        ("age_direction.npy", "holds a direction", 1),
        ("large.npy", "needs 8 rows of 8 numbers", 1),
    ):
        words = ("render", model, "--latent", tmp_path / name, *out)
        assert said in refused(*words, status=status)
        assert not (tmp_path / "a.png").exists()
    words = ("render", model, "--latent", latents, "--seed", 3, *out)
    assert "leave them out" in refused(*words, status=2)
    words = ("render", model, "--save-latent", tmp_path / "a.txt", *out)
    assert "does not end in .npy or .npz" in refused(*words, status=2)


def test_info_says_what_a_file_holds(studio, latents):
    answer = studio("info", latents)
    assert answer.status == 0
    assert "a.jpg, 8 rows of 8 numbers" in answer.out
