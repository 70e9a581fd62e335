"""Every example of the README and of the documentation runs, from an empty folder a page."""

import functools
import re
import shlex
import shutil
import sys
import tomllib
from pathlib import Path
from unittest.mock import patch

import click
import pytest
import torch
from PIL import Image

import stylestudio as ss
from stylestudio.app.features import BUILT_IN
from stylestudio.cli import window
from stylestudio.cli.main import COMMANDS, run, studio
from stylestudio.editing.unit_statistics import unit_thresholds

sys.path += [str(Path(__file__).parent / room) for room in ("text", "render")]

import plain_towers
import published_networks

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = (README, *sorted(DOCS.rglob("*.md")))
TITLES = [page.relative_to(ROOT).as_posix() for page in PAGES]

# What makes examples that take minutes or hours short, by their beginning; None: too long by any
# means, so that only the words are checked. Those have to warn: "takes ...", "slow".
SHORTER = {
    "bench": None,
    "doctor": None,
    "rewrite portraits --evaluate": None,
    "rewrite portraits --copy": "--samples 16",
    "tour": None,
    "dissect portraits --words": None,
    "dissect": "--quick --step b32.conv0",
    "train portraits": None,
    "train loss-network": None,
    "train directions": None,
    "train lexicon": None,
    "train tokens": None,
    "train strokes": "--steps 1 --batch 2",
    "train enlarger": None,
    "train encoder": "--steps 1 --out encoder.safetensors",
    "train cropper": "--steps 1 --out cropper.safetensors",
    "train folder many --out large": None,
    "train folder": "--kimg 0.002 --batch 2 --resolution 16",
    "train translator portraits --look-b sepia.png --out sepia.pth --evaluate": None,
    "train translator": "--steps 1 --count 2 --width 8 --blocks 1 --resolution 16",
    "train styles --evaluate": None,
    "train styles": "--steps 1 --width 0.25 --side 64 --batch 1",
    "train style": "--steps 1",
    "drag portraits": "--steps 1",
    "invert portraits --evaluate": None,
    "invert": "--steps 2 --tuning-steps 1",
    "stylize a.png --painting": "--steps 2",
    "stylize photo.jpg --painting": "--steps 2",
    "video wall.session": "--size 32",
    "video walk.stylestudio": "--size 32",
    "measure portraits --what ppl": None,
    "measure": "--count 20",
    "strokes many": "--levels 2 --size 128",
    "words find": "--steps 1 --samples 2",
    "words move portraits curly hair --by-channels": None,
    "words move": "--seeds 8",
    "words map": "--steps 1",
    "words draw": "--steps 1 --strokes 2",
    "words adapt portraits --evaluate": None,
    "words adapt": "--steps 1",
    "words restyle": "--steps 1",
    "words measure": None,
}
QUICK = {
    "dissect",
    "doctor",
    "drag portraits",
    "invert",
    "strokes many",
    "video wall.session",
    "video walk.stylestudio",
}  # in earnest no longer than a reader expects

# What takes longest of examples and has no argument: numbers of pictures.
FEWER = {
    "transfer.contents.MODEL_PICTURES": 1,
    "transfer.learning.COMPARED": 1,
    "text.adapting.SHOWN": 2,
    "text.adapting.USUAL": 2,
    "inversion.sample_trainer.HELD_OUT": 1,
}


def blocks(page, language):
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def commands(page):
    return [line for block in blocks(page, "sh") for line in block.splitlines() if line]


WITH_EXAMPLES = [
    title
    for page, title in zip(PAGES, TITLES, strict=True)
    if commands(page) or blocks(page, "python")
]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """What readers are to have: a photo, a painting, folders of both, a mask, and a session."""
    folder = tmp_path_factory.mktemp("files")
    for name, model, seeds in (
        ("photos", "portraits", (3, 4)),
        ("paintings", "pigments", (1,)),
        ("pictures", "pigments", (2, 3, 4)),
    ):
        (folder / name).mkdir()
        for seed in seeds:
            picture = ss.to_pil(ss.render(model, ss.Recipe.from_seed(seed, model)))
            picture.resize((96, 96)).save(folder / name / f"{name}-{seed}.jpg")
    shutil.copy(folder / "photos" / "photos-3.jpg", folder / "photo.jpg")
    shutil.copy(folder / "paintings" / "paintings-1.jpg", folder / "painting.jpg")
    Image.new("L", (64, 64), 255).save(folder / "mask.png")
    for seed in (3, 5, 8):
        hair = Image.new("L", (64, 64))
        hair.paste(255, (16, 4, 48, 16))
        hair.save(folder / f"hair{seed}.png")
    with patch.object(plain_towers, "WORDS", 49408):  # as many as the tokenizer of CLIP knows
        torch.save(plain_towers.random_clip().state_dict(), folder / "ViT-B-32.pt")
    enlarger = published_networks.Rrdb("new", blocks=1)
    torch.save({"params_ema": enlarger.state_dict()}, folder / "RealESRGAN_x4plus.pth")
    recipes = [ss.Recipe.from_seed(seed, "portraits") for seed in (7, 12)]
    ss.Timeline.of(recipes, seconds=0.2).save(folder / "walk.session")
    return folder


@pytest.fixture
def desk(tmp_path, files, monkeypatch):
    """A folder with those files to work in, where opening the window does nothing."""
    shutil.copytree(files, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(window, "open_window", lambda files: 0)
    for count, few in FEWER.items():
        monkeypatch.setattr(f"stylestudio.{count}", few)
    few = functools.partial(unit_thresholds, samples=8)
    monkeypatch.setattr("stylestudio.editing.dissection.unit_thresholds", few)
    threads = torch.get_num_threads()
    yield tmp_path
    torch.set_num_threads(threads)


@pytest.mark.parametrize("title", WITH_EXAMPLES)
def test_the_examples_of_a_page_run(title, desk, capsys):
    """Those in Python first, as they may make what commands then read."""
    page, known = ROOT / title, {}
    for block in blocks(page, "python"):
        exec(compile(block, title, "exec"), known)
    capsys.readouterr()
    for line in commands(page):
        if line.startswith("stylestudio"):
            run_command(line, capsys)
        else:
            assert_sets_up(line)


def run_command(line, capsys):
    words = shlex.split(line, comments=True)[1:]
    more = [(start, short) for start, short in SHORTER.items() if " ".join(words).startswith(start)]
    start, short = more[0] if more else ("", "")
    if start and start not in QUICK:
        assert re.search("# .*(takes|slow)", line), f"{line} says not how long it takes"
    if short is None:
        with click.Context(studio) as context:
            name, command, rest = studio.resolve_command(context, words)
            command.make_context(name, rest, parent=context)
        return
    status = run([*words, *short.split()])
    assert status == 0, (line, capsys.readouterr().err)


def assert_sets_up(line):
    """A line that sets the program up, which a fresh machine's tests do: its words exist."""
    words = shlex.split(line.replace("\\", "/"), comments=True)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    if words[0] == "make":
        assert re.search(rf"^[a-z ]*\b{words[1]}\b[a-z ]*:$", MAKEFILE, re.MULTILINE), line
    elif words[0] in ("py", "python"):
        assert (ROOT / words[1]).is_file(), line
    else:
        assert words[:2] in (["pip", "install"], ["pipx", "install"]), f"what is {line}?"
        assert words[2] == "." or words[2] in str(project["optional-dependencies"]), line


@pytest.mark.parametrize("title", TITLES)
def test_every_block_is_run_or_says_that_it_is_text(title):
    text = (ROOT / title).read_text("utf-8")
    languages = re.findall(r"^```([^\n]*)\n.*?^```$", text, flags=re.MULTILINE | re.DOTALL)
    unknown = [x for x in languages if x not in ("python", "sh", "text") and x[:1] != "{"]
    assert not unknown


@pytest.mark.parametrize("title", TITLES)
def test_what_a_page_links_to_is_there(title):
    page = ROOT / title
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
    missing = [x for x in links if ":" not in x and not (page.parent / x).exists()]
    assert not missing


def test_python_and_commands_are_shown():
    assert len(blocks(README, "python")) == 1
    shown = {line.split()[1] for page in PAGES for line in commands(page) if " " in line}
    assert shown >= COMMANDS.keys() - {"corpus"}


def test_the_readme_is_short_and_its_animation_light():
    assert len(README.read_text("utf-8").split()) <= 800
    assert all(path.stat().st_size <= 4e6 for path in (DOCS / "pictures").iterdir())


# --- everything has its place -----------------------------------------------------------------


@pytest.mark.parametrize("feature", [each.split(".")[3] for each in BUILT_IN])
def test_every_panel_has_a_page_with_a_picture(feature):
    text = (DOCS / "window" / f"{feature}.md").read_text("utf-8")
    assert f"(../pictures/window-{feature}.webp)" in text
    assert f"\n{feature}\n" in (DOCS / "window" / "index.md").read_text("utf-8")


def test_every_command_has_its_place():
    guide = (DOCS / "command-line.md").read_text("utf-8")
    assert not [name for name in COMMANDS if f"stylestudio {name}" not in guide]
    reference = (DOCS / "reference" / "commands.md").read_text("utf-8")
    assert ":nested: full" in reference  # with it, Sphinx writes down all of them


def test_every_public_name_has_its_place():
    reference = (DOCS / "reference" / "python.md").read_text("utf-8")
    listed = re.findall(r"^\.\. auto\w+:: stylestudio\.(\w+)$", reference, flags=re.MULTILINE)
    assert sorted(listed) == sorted(ss.__all__)
