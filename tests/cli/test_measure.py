"""`stylestudio measure`: a table or JSON, and what cannot be measured."""

import json

import pytest

import stylestudio as ss


@pytest.fixture(autouse=True)
def small_pictures(monkeypatch):
    """The reader looks at pictures as small as the tests' are."""
    monkeypatch.setattr("stylestudio.measures.readers.SIDE", 32)


def test_figures_as_a_table_and_as_json(studio, model, classes_model):
    words = ("measure", model, "--against", classes_model, "--what", "kid,pr", "--count", 20)
    answer = studio(*words)
    known = ss.measure(model, classes_model, ("kid", "pr"), count=20)
    assert (answer.status, answer.out) == (0, f"{known}\n"), answer.err
    assert "tiny against classes" in answer.out
    answer = studio(*words, "--json", "--psi", "0,5", "--mixed", 2)
    told = json.loads(answer.out)
    changed = ss.measure(model, classes_model, ("kid", "pr"), count=20, truncation_psi=0.5, mixed=2)
    assert told == json.loads(changed.to_json())
    assert told["settings"]["truncation_psi"] == 0.5


def test_what_cannot_be_measured_is_said_before_any_work(refused, model, tmp_path):
    assert "lpips can't be measured" in refused("measure", model, "--what", "lpips", status=2)
    assert "kid needs a folder or a model" in refused("measure", model, "--what", "kid", status=1)
    notes = tmp_path / "notes.pt"
    notes.write_text("no network")
    words = ("measure", model, "--against", model, "--features", notes)
    assert "notes.pt" in refused(*words, status=1)
