"""Every command that prints names prints them where the code page lacks their letters."""

import json
import sys
from io import BytesIO, TextIOWrapper

import pytest
from PIL import Image

import stylestudio as ss
from stylestudio.__main__ import main
from stylestudio.checkpoints import write_safetensors, write_styles
from stylestudio.transfer.learning import read_bank
from stylestudio.video import Session, Timeline

NAME = "肖像"


@pytest.fixture
def on_windows_console(monkeypatch):
    """Run `stylestudio WORDS...` with its output in code page 1252; status and what was said."""

    def call(*words):
        streams = {
            name: TextIOWrapper(BytesIO(), encoding="cp1252") for name in ("stdout", "stderr")
        }
        with monkeypatch.context() as patch:
            for name, stream in streams.items():
                patch.setattr(sys, name, stream)
            patch.setattr(sys, "argv", ["stylestudio", *map(str, words)])
            with pytest.raises(SystemExit) as end:
                main()
            for stream in streams.values():
                stream.flush()
        said = "".join(stream.buffer.getvalue().decode("cp1252") for stream in streams.values())
        return end.value.code, said

    return call


@pytest.fixture
def files(tmp_path, make_network, bank):
    """A file of each kind, in a folder whose name is also one that the code page lacks."""
    folder = tmp_path / NAME
    folder.mkdir()
    write_safetensors(folder / f"{NAME}.safetensors", make_network(), name=NAME)
    network = read_bank(bank).network
    names = [f"{NAME} {number}" for number in range(len(network.tables.gamma))]
    write_styles(folder / f"{NAME}-bank.safetensors", network, names)
    Image.new("RGB", (64, 64), "teal").save(folder / f"{NAME}-photo.png")
    model = ss.open_model(folder / f"{NAME}.safetensors", device="cpu")
    recipes = [ss.Recipe.from_seed(seed, model) for seed in (1, 2)]
    Session(timeline=Timeline.of(recipes, 0.2, fps=10)).save(folder / f"{NAME}.session")
    return folder


def test_commands_print_names_that_the_code_page_lacks(on_windows_console, files):
    model, bank = files / f"{NAME}.safetensors", files / f"{NAME}-bank.safetensors"
    photo, picture, session = (
        files / f"{NAME}{end}" for end in ("-photo.png", "-made.png", ".session")
    )
    silent = []
    for words in (
        ("render", model, "-o", picture),
        ("render", model, "--seeds", "1-2", "-o", files / f"{NAME}-seeds"),
        ("info", model),
        ("info", bank),
        ("info", picture),
        ("info", session),
        ("parameters", model, files / "肖.json"),
        ("convert", model, files / f"{NAME}-copy.safetensors"),
        ("stylize", photo, "--model", bank, "-o", files / f"{NAME}-styled.png"),
        ("stylize", photo, "--model", bank, "--style", NAME, "-o", files / "none.png"),
        ("invert", model, photo, "--steps", 1, "-o", files / f"{NAME}-found.png"),
        ("video", session, "-o", files / f"{NAME}.mp4"),
        ("info", files / "肖.png"),
        (f"{NAME}.pt",),
    ):
        status, said = on_windows_console(*words)
        assert status in (0, 1, 2)
        if "??" not in said:
            silent.append(words)
    assert silent == []


def test_json_keeps_names_that_the_code_page_lacks(on_windows_console, files):
    model = files / f"{NAME}.safetensors"
    status, said = on_windows_console("info", "--json", model)
    assert (status, json.loads(said)["name"]) == (0, NAME)
