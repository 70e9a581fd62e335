"""`stylestudio corpus` finds out whether a byte of any frame moved."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from stylestudio.bench.corpus_recipes import draw_recipe
from stylestudio.checkpoints import write_safetensors
from stylestudio.cli.corpus import command
from stylestudio.cli.main import run
from stylestudio.recipe import Recipe


@pytest.fixture
def models(make_network, monkeypatch, tmp_path):
    """A folder with one small model; the built-in ones take no part."""
    folder = tmp_path / "models"
    folder.mkdir()
    write_safetensors(folder / "small.safetensors", make_network(), name="small")
    (folder / "notes.pt").write_bytes(b"no model")
    monkeypatch.setattr("stylestudio.bench.corpus.builtin_models", lambda: ())
    monkeypatch.setattr("stylestudio.bench.corpus.machine", lambda: {"torch": "any"})
    return str(folder)


def darker(img):
    img8 = (img[0] * 127.5 + 128).clamp(1, 255).byte() - 1
    return img8.permute(1, 2, 0).contiguous()


def test_what_did_not_change_is_the_same_to_the_byte(models, tmp_path):
    file = tmp_path / "record.json"
    record = ["record", str(file), "--recipes", "8", "--models", models]
    recorded = CliRunner().invoke(command, record)
    assert "48 pictures of 8 recipes" in recorded.output
    compared = CliRunner().invoke(command, ["compare", str(file), "--models", models])
    assert "48 pictures are the same to the byte, 0 are not." in compared.output
    sources = [
        mix["source"]
        for r in json.loads(file.read_text())["recipes"]
        for mix in r["recipe"]["mixing"]
    ]
    assert any(source.get("delta") for source in sources)  # some bring tuned weights


def test_a_change_is_told_with_how_far_off_it_is(models, tmp_path, monkeypatch):
    file = str(tmp_path / "record.json")
    CliRunner().invoke(command, ["record", file, "--recipes", "3", "--models", models])
    monkeypatch.setattr("stylestudio.render.pixels.to_bytes", darker)
    monkeypatch.setattr("stylestudio.bench.corpus.machine", lambda: {"torch": "another"})
    assert run(["corpus", "compare", file, "--models", models]) == 1
    compared = CliRunner().invoke(command, ["compare", file, "--models", models])
    assert "differs by up to 1 of 255" in compared.output
    assert "made with torch any; here it is another" in compared.output


def test_what_is_no_record_is_said(tmp_path, capsys):
    (tmp_path / "x.json").write_text("{}")
    assert run(["corpus", "compare", str(tmp_path / "x.json")]) == 1
    assert "is not a corpus record" in capsys.readouterr().err


def test_recipes_follow_from_the_seed(make_model):
    model = make_model()
    drawn = [draw_recipe(model, np.random.RandomState(3), index) for index in (1, 1)]
    assert drawn[0] == drawn[1]
    assert Recipe.from_json(drawn[0].to_json()) == drawn[0]
