"""What holds for every text that a user can see; `make messages` prints them."""

import ast
import re

import pytest
from messages import PACKAGE, Message, main, messages

import stylestudio as ss

LONGEST = 160
ALL = messages()

# Texts for programmers: representations, which name their class, and lists that are no sentences.
NOT_READ = re.compile(
    r"^<|\*\.wav|^[A-Z]\w+( [A-Za-z_]+)+ ?$|^import |^from stylestudio|^inversions, "
)
OURS = re.compile(r"stylestudio/|resources/|\bapp/|\.py\b|/work/|site-packages")
HASH = re.compile(r"\{[^}]*(sha256|digest|hash)[^}]*\}|\b[0-9a-f]{12,}\b")


def private_classes() -> set[str]:
    """Names of several words, of classes that are not public."""
    names = {
        node.name
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    return {name for name in names if re.match(r"[A-Z]+[a-z]+[A-Z]", name)} - set(ss.__all__)


def sentences(message: Message) -> list[str]:
    """The lines of a message; of the help of a command, which is a page, each sentence."""
    if not message.is_help:
        return message.text.splitlines()
    paragraphs = message.text.split("\n\n")
    return [s for each in paragraphs for s in re.split(r"(?<=[.:;]) ", each.replace("\n", " "))]


def wrong(check) -> list[str]:
    return [f"{m.file}:{m.line} {m.text}" for m in ALL if not NOT_READ.search(m.text) and check(m)]


def plain(text: str) -> str:
    """A text with a short word for each value."""
    return re.sub(r"\{[^{}]*\}", "value", text)


def test_none_is_long():
    too_long = wrong(lambda m: any(len(plain(each)) > LONGEST for each in sentences(m)))
    assert not too_long


def test_none_shows_a_hash():
    assert not wrong(lambda m: HASH.search(m.text))


def test_none_shows_a_path_of_ours():
    assert not wrong(lambda m: OURS.search(plain(m.text)))


def test_none_names_a_class_that_is_not_public():
    names = re.compile(rf"\b({'|'.join(private_classes())})\b")
    assert not wrong(lambda m: names.search(plain(m.text)))


@pytest.mark.parametrize(
    "text",
    [
        "Mix in another seed, starting with its finest layers",  # a tool tip
        "&Save picture…",  # a menu
        "{path.name} cannot be read: {error.strerror}.",  # an error
        "Times the model's own size.  [default: 1]",  # an option
    ],
)
def test_the_list_has_every_kind(text):
    assert text in [message.text for message in ALL]


def test_the_list_is_printed(capsys):
    main()
    assert "stylestudio/cli/render.py" in capsys.readouterr().out
