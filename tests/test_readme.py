"""Every example of the README runs, from an empty folder, on what comes with the program."""

import re
import shlex
from pathlib import Path

import click
import pytest
import torch

import stylestudio as ss
from stylestudio.cli import window
from stylestudio.cli.main import COMMANDS, run, studio

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")

# What makes examples that take minutes or hours short, by their beginning; None: too long by any
# means, so that only the words are checked.
SHORTER = {
    "bench": None,
    "doctor": None,
    "tour": None,
    "train portraits": None,
    "train encoder": "--steps 1 --out encoder.safetensors",
    "train folder": "--kimg 0.002 --batch 2 --resolution 16",
    "train styles": "--steps 1 --width 0.25 --side 64 --batch 1",
    "train style": "--steps 1",
    "invert": "--steps 2",
    "stylize a.png --painting": "--steps 2",
}


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def test_the_examples_in_python_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    known = {}
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), known)
    assert "closed, difference 0" in capsys.readouterr().out
    assert {"seven.png", "walk.mp4", "w.npz"} <= {path.name for path in tmp_path.iterdir()}


def test_the_commands_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(window, "open_window", lambda files: 0)
    monkeypatch.setattr("stylestudio.transfer.contents.MODEL_PICTURES", 1)
    recipes = [ss.Recipe.from_seed(seed, "portraits") for seed in (7, 12)]
    ss.Timeline.of(recipes, seconds=0.2).save("walk.session")
    threads = torch.get_num_threads()
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    lines = [line for line in lines if line.startswith("stylestudio")]
    assert {line.split()[1] for line in lines if len(line.split()) > 1} >= COMMANDS.keys() - {
        "corpus"
    }
    for line in lines:
        words = shlex.split(line, comments=True)[1:]
        more = [short for start, short in SHORTER.items() if " ".join(words).startswith(start)]
        if more == [None]:
            with click.Context(studio) as context:
                name, command, rest = studio.resolve_command(context, words)
                command.make_context(name, rest, parent=context)
            continue
        status = run([*words, *(more[-1].split() if more else ())])
        said = capsys.readouterr()
        assert status == 0, (line, said.err)
    torch.set_num_threads(threads)


@pytest.mark.parametrize("language", ["python", "sh"])
def test_there_are_examples(language):
    assert len(blocks(language)) > 1
