"""Every text of the program that a user may read, collected from its code.

`python -m tests.messages` prints them, sorted by file, to be read through: labels, tool tips and
menus, help of commands, errors and notes. What stands for a value is written in braces.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "stylestudio"

# Calls whose texts nobody reads, or only programmers.
NOT_SHOWN = (
    "log.", "logging.", "re.", "setProperty", "setObjectName", "setStyleSheet", "append_marker",
    "getattr", "TypeVar", "simplefilter", "filterwarnings", "Layout(", "add_argument",
)  # fmt: skip
# Calls that put a text on show, a single word too.
SHOWN = {
    "setToolTip", "setText", "setTitle", "setWindowTitle", "setAccessibleName", "setStatusTip",
    "setPlaceholderText", "setSuffix", "setLabelText", "setInformativeText", "setDetailedText",
    "QLabel", "QPushButton", "QCheckBox", "QGroupBox", "QAction", "QMenu", "ElidedLabel",
    "PictureButton", "ValueRow", "SeedBox", "LayerBars", "Action", "Dock", "FileKind", "RecipeKind",
    "addMenu", "addSection", "addAction", "addRow", "add_row", "_tool", "_combo", "_button",
    "drawText", "emit", "say", "say_error", "echo", "getOpenFileName", "getSaveFileName",
    "QFileDialog", "option", "argument", "Option", "Argument", "UsageError", "BadParameter",
    "Number", "edit", "set", "edit_keys", "start", "Progress",
}  # fmt: skip
COMMAND = {"command", "group"}  # decorators that make a docstring the help of a command


class Message(NamedTuple):
    """A text, where it stands, and whether it is the help of a command."""

    text: str
    file: str
    line: int
    is_help: bool = False


def messages() -> list[Message]:
    """All of them, in the order of files and lines."""
    return [message for path in sorted(PACKAGE.rglob("*.py")) for message in _messages_in(path)]


def _messages_in(path: Path) -> Iterator[Message]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    file = path.relative_to(ROOT).as_posix()
    for node, call in _walk(tree, "", ()):
        if isinstance(node, ast.FunctionDef):
            yield Message(ast.get_docstring(node) or "", file, node.lineno, True)
            continue
        text = _text_of(node)
        if _is_readable(text, call):
            yield Message(text, file, node.lineno)


def _walk(node: ast.AST, call: str, inside: tuple[str, ...]) -> Iterator[tuple[ast.AST, str]]:
    """Yield texts with the innermost call that they are given to, and commands."""
    if isinstance(node, ast.FunctionDef) and any(
        _name(each).rpartition(".")[2] in COMMAND for each in node.decorator_list
    ):
        yield node, ""
    if isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    ):
        yield node, call
        return
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
        children = [each for each in children if not _is_doc(each)]
        call = ""
    if isinstance(node, ast.AnnAssign):
        children = [each for each in children if each is not node.annotation]
    if isinstance(node, ast.Subscript):
        children = [node.value]
    if isinstance(node, ast.Call):
        call = _name(node)
        if any(call.startswith(each) or call.endswith(f".{each}") for each in NOT_SHOWN):
            return
    if isinstance(node, (ast.arguments, ast.Assert, ast.Compare, ast.Import, ast.ImportFrom)):
        return
    for child in children:
        yield from _walk(child, call, inside)


def _name(node: ast.AST) -> str:
    """What is called: `setToolTip` of `self.x.setToolTip(...)`, with what stands before it."""
    if isinstance(node, ast.Call):
        node = node.func
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts))


def _is_doc(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _text_of(node: ast.AST) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.JoinedStr)
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else f"{{{ast.unparse(part.value)}}}"
        for part in node.values
    )


def _is_readable(text: str, call: str) -> bool:
    """Whether these are words for people: several of them, or one that is put on show."""
    if re.search(r"[{;]\s*[a-z-]+:\s", text) or re.search(r"^\W*$", text):
        return False  # style sheets, signs
    plain = re.sub(r"\{[^{}]*\}", "X", text)
    if re.search(r"[A-Za-z,]{2,},? [A-Za-z“]{2,}|[a-z][.:;] ?$", plain):
        return True
    return call.rpartition(".")[2] in SHOWN and bool(re.match(r"&?[A-Z][a-z]+", plain))


def main() -> None:
    """Print the list."""
    file = ""
    for message in messages():
        if message.file != file:
            file = message.file
            sys.stdout.write(f"\n{file}\n")
        sys.stdout.write(f"{message.line:5} {message.text!r}\n")


if __name__ == "__main__":
    main()
