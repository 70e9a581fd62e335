"""`stylestudio parameters` lists what `render --set` takes, and `--set` sets it."""

from __future__ import annotations

import json

import pytest

import stylestudio as ss


def test_it_lists_every_parameter(studio, model):
    answer = studio("parameters", model)
    assert answer.status == 0
    head, *lines = answer.out.splitlines()
    assert head.split() == ["path", "value", "range", "default", "unit"]
    cells = {line.split()[0]: line for line in lines}
    opened = ss.open_model(model)
    known = ss.parameters(opened, ss.Recipe.from_seed(0, opened))
    assert list(cells) == [each.path for each in known]
    assert cells["truncation_psi"].split() == ["truncation_psi", "1", "-1..2", "1"]
    assert cells["truncation_cutoff"].split()[1:] == ["8", "0..8", "8", "layers"]
    assert "degrees  Only StyleGAN3 models can move" in cells["rotate"]


@pytest.fixture
def picture(studio, model, tmp_path):
    path = tmp_path / "a.png"
    words = ("--psi", 0.5, "--mix", "3:coarse", "--noise", 7)
    assert studio("render", model, "-o", path, *words).status == 0
    return path


def test_it_lists_those_of_a_recipe_as_json(studio, model, picture):
    facts = {
        each["path"]: each
        for each in json.loads(studio("parameters", model, picture, "--json").out)
    }
    assert facts["truncation_psi"]["value"] == 0.5
    assert facts["mixing.0.amounts.coarse"]["value"] == 1.0
    assert facts["mixing.0.amounts.middle"]["value"] == 0.0
    assert facts["noise_seed"] == {
        "path": "noise_seed",
        "name": "Noise seed",
        "value": 7,
        "range": [0, 2**32 - 1],
        "default": 0,
        "unit": "",
        "unavailable": "",
    }


def test_set_is_repeatable_and_comes_last(studio, model, picture, tmp_path):
    words = ("--psi", "0,9", "--set", "truncation_psi=0,25", "--set", "mixing.0.amounts.coarse=.5")
    answer = studio("render", model, "--recipe", picture, "-o", tmp_path / "b.png", *words)
    assert (answer.status, answer.err) == (0, "")
    recipe = ss.read_recipe(tmp_path / "b.png")
    assert recipe.truncation_psi == 0.25
    assert recipe.mixing[0].amounts == (0.5,) * 3 + (0.0,) * 5
    assert recipe.noise_seed == 7


def test_options_take_commas(studio, model, tmp_path):
    words = ("--psi", "0,5", "--mix", "3:coarse:0,25")
    assert studio("render", model, "-o", tmp_path / "a.png", *words).status == 0
    recipe = ss.read_recipe(tmp_path / "a.png")
    assert (recipe.truncation_psi, recipe.mixing[0].amounts[0]) == (0.5, 0.25)


def test_what_changes_nothing_here_is_noted(studio, model, tmp_path):
    answer = studio("render", model, "-o", tmp_path / "a.png", "--set", "rotate=5")
    assert answer.status == 0
    assert answer.err.startswith("Note: rotate changes nothing here. Only StyleGAN3")
    assert ss.read_recipe(tmp_path / "a.png").rotate == 5


@pytest.mark.parametrize(
    ("word", "status", "part"),
    [
        ("psi=0.5", 1, "did you mean truncation_psi?"),
        ("truncation_psi=3", 1, "truncation_psi is 3.0; it must be between -1.0 and 2.0"),
        ("noise_seed=1.5", 1, "whole number"),
        ("truncation_psi", 2, "PATH=VALUE"),
        ("truncation_psi=high", 2, "'high' is not a number"),
        ("style.strength=1", 1, "the recipe has no style"),
    ],
)
def test_a_mistake_gets_one_sentence(word, status, part, refused, model, tmp_path):
    said = refused("render", model, "-o", tmp_path / "a.png", "--set", word, status=status)
    assert part in said
    assert not (tmp_path / "a.png").exists()


def test_commands_say_what_of_a_recipe_cannot_be_read(studio, model, picture, tmp_path):
    tree = json.loads(ss.read_recipe(picture).to_json())
    tree |= {"edits": [{"type": "direction"}], "glow": 1}
    (tmp_path / "later.json").write_text(json.dumps(tree))
    out = tmp_path / "b.png"
    answer = studio("render", model, "--recipe", tmp_path / "later.json", "-o", out)
    assert (
        "Note: It contains parts this StyleStudio can't read: glow, edits.0 "
        "(direction)." in answer.err
    )
    assert ss.read_recipe(out).unread == ("glow", "edits.0 (direction)")
    assert json.loads(ss.read_recipe(out).to_json())["edits"] == [{"type": "direction"}]
    assert "glow, edits.0 (direction)" in " ".join(studio("info", out).out.split())
    assert json.loads(studio("info", "--json", out).out)["unread"] == [
        "glow",
        "edits.0 (direction)",
    ]
    assert "glow, edits.0 (direction)" in studio("parameters", model, out).err


def test_sessions_say_what_cannot_be_read(studio, model, picture, tmp_path):
    tree = json.loads(ss.read_recipe(picture).to_json()) | {"glow": 1}
    recipe = ss.Recipe.from_json(json.dumps(tree))
    ss.Timeline.of([recipe], 0.1, fps=10).save(tmp_path / "a.session")
    assert "glow" in studio("info", tmp_path / "a.session").out
    words = ("--model", model, "-o", tmp_path / "a.gif")
    answer = studio("video", tmp_path / "a.session", *words)
    assert answer.status == 0
    assert "Note: It contains parts this StyleStudio can't read: glow." in answer.err
    assert ss.read_session(tmp_path / "a.gif").unread == ("glow",)
