"""`stylestudio train translator`: two translators, between folders and between looks."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from one_thread import one_thread  # noqa: F401
from PIL import Image

import stylestudio as ss
from stylestudio.checkpoints import write_safetensors
from stylestudio.cli.main import run
from stylestudio.training.adversarial.pictures import Pictures
from stylestudio.training.runs import load_state, save_state
from stylestudio.training.translators import (
    POOL,
    ImagePool,
    TranslatorSettings,
    TranslatorTrainer,
)

RED, BLUE = (200, 40, 40), (60, 70, 210)
SMALL = ("--resolution", "16", "--width", "8", "--blocks", "1", "--threads", "1")


def squares(colour, count, side=18, seed=0):
    """Light squares on a ground of about this colour: uint8 [N, side, side, 3]."""
    chance = np.random.RandomState(seed)
    pictures = np.empty((count, side, side, 3), np.uint8)
    for picture in pictures:
        picture[:] = np.clip(np.array(colour) + chance.randint(-20, 20), 0, 255)
        x, y = chance.randint(0, side - 6, 2)
        picture[y : y + 6, x : x + 6] = chance.randint(180, 255)
    return pictures


@pytest.fixture
def folders(tmp_path):
    for name, colour in (("red", RED), ("blue", BLUE)):
        (tmp_path / name).mkdir()
        for number, picture in enumerate(squares(colour, 20)):
            Image.fromarray(picture).save(tmp_path / name / f"{number}.png")
    return str(tmp_path / "red"), str(tmp_path / "blue")


@pytest.fixture
def train(tmp_path):
    def call(*words, out="t.pth"):
        places = ["--out", str(tmp_path / out), "--work-dir", str(tmp_path / "work")]
        return run(["train", "translator", *words, *places, *SMALL])

    return call


def test_a_look_is_reached_and_judged_after_a_stop(
    train, folders, tmp_path, ctrl_c, monkeypatch, capsys
):
    monkeypatch.setattr("stylestudio.training.translator_report.STEPS", 60)
    work = tmp_path / "work"
    with ctrl_c(TranslatorTrainer):
        assert train(*folders, "--steps", "60") == 130
    assert "as-it-stands_net_G_A.pth and " in capsys.readouterr().err
    assert ss.open_stage(work / "as-it-stands_net_G_B.pth").kind == "translate"
    assert train(*folders, "--steps", "60") == 2
    assert "add --resume" in capsys.readouterr().err
    assert train(*folders, "--steps", "60", "--resume") == 0
    assert "t_net_G_A.pth and " in capsys.readouterr().out
    assert (work / "samples-000060.png").is_file()

    red = torch.from_numpy(squares(RED, 4, 16, seed=1)).permute(0, 3, 1, 2).float() / 255
    for name, channel in (("t_net_G_A.pth", 2), ("t_net_G_B.pth", 0)):
        translated = ss.open_stage(tmp_path / name).apply(red if channel else red.flip(1))
        assert translated.mean((0, 2, 3)).argmax() == channel

    assert train(*folders, "--evaluate") == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[1] == ["unseen", "pictures", "2", "2"]
    assert all(float(error) < 0.2 for error in lines[2][-2:])
    assert lines[3][-2:] == ["100.0%", "100.0%"]
    assert "taught on 18 and 18 other pictures" in " ".join(lines[4])


def test_a_resumed_training_ends_as_an_unbroken_one(
    one_thread,  # noqa: F811
    tmp_path,
    monkeypatch,
):
    monkeypatch.setattr("stylestudio.training.translators.POOL", 1)
    pictures = tuple(
        Pictures(torch.from_numpy(squares(colour, 5)).permute(0, 3, 1, 2).contiguous())
        for colour in (RED, BLUE)
    )
    settings = TranslatorSettings(resolution=16, steps=6, width=8, blocks=1)
    whole = TranslatorTrainer(pictures, settings)
    for _ in range(3):
        whole.advance()
    save_state(whole, tmp_path / "state.pt")
    again = TranslatorTrainer(pictures, settings)
    load_state(again, tmp_path / "state.pt")
    for _ in range(3):
        one, other = whole.advance(), again.advance()
    assert (one.loss, one.discriminator_loss) == (other.loss, other.discriminator_loss)
    assert again.finished
    for mine, theirs in zip(
        whole.generators.parameters(), again.generators.parameters(), strict=True
    ):
        assert torch.equal(mine, theirs)
    others = TranslatorTrainer(pictures[::-1], settings)
    with pytest.raises(ss.StyleStudioError, match=r"the pictures \(A, B\) have changed"):
        load_state(others, tmp_path / "state.pt")


def test_half_of_what_a_discriminator_sees_is_older(one_thread):  # noqa: F811
    pool, generator = ImagePool(), torch.Generator().manual_seed(0)
    age = []
    for now in range(400):
        (shown,) = pool.exchange(torch.full((1, 3, 1, 1), float(now)), generator)
        age.append(now - int(shown[0, 0, 0]))
    assert not any(age[:POOL])
    assert len(pool.kept) == POOL
    assert 0.4 < np.mean([each > 0 for each in age[POOL:]]) < 0.6


def test_looks_are_drawn_on_other_seeds_and_only_once(
    train, make_network, tmp_path, monkeypatch, capsys
):
    path = tmp_path / "m.safetensors"
    write_safetensors(path, make_network(), name="m")
    model = ss.open_model(path, device="cpu")
    recipe = ss.Recipe.from_seed(0, model, truncation_psi=0.5)
    look_a, look_b = tmp_path / "a.json", tmp_path / "b.json"
    look_a.write_text(recipe.to_json())
    look_b.write_text(recipe.replace(truncation_psi=1.0).to_json())
    rendered = []
    render = ss.Renderer.render
    monkeypatch.setattr(
        ss.Renderer,
        "render",
        lambda self, r, *more: (rendered.append(r), render(self, r, *more))[1],
    )
    looks = [str(path), "--look-a", str(look_a), "--look-b", str(look_b), "--count", "2"]
    assert train(*looks, "--steps", "2", out="t.safetensors") == 0
    assert ss.open_stage(tmp_path / "t_net_G_A.safetensors").kind == "translate"
    work = tmp_path / "work"
    drawn = {side: (work / side / "sample00001.png").read_bytes() for side in "ab"}
    assert drawn["a"] != drawn["b"]

    monkeypatch.setattr("stylestudio.measures.looks.UNSEEN", 3)
    monkeypatch.setattr("stylestudio.training.translator_report.STEPS", 1)
    assert train(*looks, "--evaluate", out="t.safetensors") == 0
    assert "unseen pictures                    3       3" in capsys.readouterr().out
    seeds = [each.source.seed for each in rendered]
    assert len(set(seeds)) == len(seeds) == 10  # what was learned from is drawn once
    assert (work / "a" / "sample00001.png").read_bytes() == drawn["a"]

    rendered.clear()
    look_b.write_text(recipe.replace(truncation_psi=0.2).to_json())
    (work / "state.pt").unlink()
    assert train(*looks, "--steps", "2") == 0
    assert [each.truncation_psi for each in rendered] == [0.2, 0.2]
    assert (work / "a" / "sample00001.png").read_bytes() == drawn["a"]
    assert (work / "b" / "sample00001.png").read_bytes() != drawn["b"]

    capsys.readouterr()
    assert train(str(look_a), str(look_b)) == 1
    assert "made with m, which is not built in" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["{red}"], "name B, too"),
        (["{red}", "{blue}", "--look-b", "{file}"], "blue is a folder, which takes no look"),
        (["{red}", "b.json", "--look-b", "{file}"], "b.json is a recipe, which takes no look"),
        (["{red}", "{blue}", "--out", "t.onnx"], "neither in .pth nor in .safetensors"),
    ],
)
def test_what_cannot_be_meant_is_refused(words, said, folders, tmp_path, capsys):
    file = next((tmp_path / "red").iterdir())
    words = [word.format(red=folders[0], blue=folders[1], file=file) for word in words]
    assert run(["train", "translator", "--out", str(tmp_path / "t.pth"), *words]) == 2
    assert said in capsys.readouterr().err


def test_a_picture_that_joined_is_why_a_training_cannot_be_resumed(train, folders, capsys):
    assert train(*folders, "--steps", "1") == 0
    added = Path(folders[1]) / "new.png"
    Image.new("RGB", (20, 20)).save(added)
    assert train(*folders, "--steps", "1", "--resume") == 1
    said = capsys.readouterr().err
    assert "the pictures (B) have changed" in said
    assert "settings" not in said
    added.unlink()
    assert train(*folders, "--steps", "2", "--resume") == 1
    assert "other settings (steps)" in capsys.readouterr().err


@pytest.mark.parametrize("was_faster", [True, False])
def test_a_training_goes_on_where_bfloat16_is_not_faster(train, folders, monkeypatch, was_faster):
    monkeypatch.setattr("stylestudio.render.precision.multiplies_bfloat16", lambda _: was_faster)
    assert train(*folders, "--steps", "1") == 0
    monkeypatch.setattr(
        "stylestudio.render.precision.multiplies_bfloat16", lambda _: not was_faster
    )
    assert train(*folders, "--steps", "1", "--resume") == 0


def test_states_of_the_first_version_go_on(train, folders, tmp_path):
    assert train(*folders, "--steps", "1") == 0
    path = tmp_path / "work" / "state.pt"
    state = torch.load(path)
    _, settings = state["recipe"].split("TranslatorSettings(")
    settings, a, b = re.fullmatch(r"(.*)\), pictures_A=(\w+), pictures_B=(\w+)", settings).groups()
    settings = settings.replace("bfloat16=False", "bfloat16=True")
    state["recipe"] = f"('translators', TranslatorSettings({settings}), '{a}', '{b}')"
    torch.save(state, path)
    assert train(*folders, "--steps", "1", "--resume") == 0


def test_a_look_may_be_in_styles_and_networks_of_ones_own(
    train, folders, make_network, bank_path, tmp_path, monkeypatch, capsys
):
    for name, seed in (("m", 0), ("other", 1)):
        write_safetensors(tmp_path / f"{name}.safetensors", make_network(seed), name=name)
    model, sibling = (
        ss.open_model(tmp_path / f"{name}.safetensors", device="cpu") for name in ("m", "other")
    )
    assert train(*folders, "--steps", "1") == 0
    stage = tmp_path / "t_net_G_A.pth"
    (tmp_path / "work" / "state.pt").unlink()

    recipe = ss.Recipe.from_seed(0, model).delta(sibling, 0.5)
    recipe = recipe.replace(style=ss.Style.of(ss.open_styles(bank_path), {"noon": 1.0}))
    look = tmp_path / "look.json"
    look.write_text(recipe.stage(ss.open_stage(stage), 0.5).to_json())
    words = (
        str(tmp_path / "m.safetensors"),
        "--look-a",
        str(look),
        "--look-b",
        str(look),
        "--count",
        "2",
        "--steps",
        "1",
    )
    assert train(*words) == 1
    assert "which is not open" in capsys.readouterr().err
    files = (
        "--styles",
        str(bank_path),
        "--network",
        str(stage),
        "--sibling",
        str(tmp_path / "other.safetensors"),
    )
    assert train(*words, *files) == 0
