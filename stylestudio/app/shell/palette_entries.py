"""What the command palette finds: commands of the menus, and numbers of the recipe."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtGui import QKeySequence

from stylestudio.app.shell.menus import LACKING
from stylestudio.recipe import RecipeError, parameters, parse_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from stylestudio.app.core.document import Document
    from stylestudio.app.core.feature import Action, Takes
    from stylestudio.recipe import Parameter

MOST = 60  # lines, where something was typed
EXACT, START, INSIDE = 0.0, 1.0, 2.0  # how well a word that was typed fits; less is better
TOLD = 10.0  # where a word stands only in what a command says of itself
PER_WORD = 0.1  # what each further word of a name costs
MADE_FOR_IT = 0.25  # by which a command that takes a number is better than a part of the recipe
UNUSABLE = "This can't be used right now."


@dataclass(frozen=True)
class Entry:
    """A line of the palette."""

    text: str
    note: str  # at its right: keys, the present value, or why it is greyed out
    run: Callable[[], object] | None = None  # None: greyed out, or there is more to type
    completion: str = ""  # what the line becomes where there is more to type

    @property
    def is_usable(self) -> bool:
        """Whether it leads anywhere."""
        return self.run is not None or bool(self.completion)


class Typed(NamedTuple):
    """What was typed: words to find something by, and the number for it."""

    words: tuple[str, ...]
    number: float | None


class Command(NamedTuple):
    """A command with the titles of the menus it stands in."""

    path: str
    action: QAction

    @property
    def title(self) -> str:
        """What it is called."""
        return plain(self.action.text())


def commands_of(bar: QWidget) -> list[Command]:
    """All commands of a menu bar, in their order; menus that fill themselves are filled."""
    return list(_leaves("", bar))


def _leaves(path: str, menu: QWidget) -> Iterator[Command]:
    for action in menu.actions():
        inner: Any = action.menu()
        if inner is not None:
            inner.aboutToShow.emit()
            yield from _leaves(f"{path}{plain(action.text())} › ", inner)
        elif not action.isSeparator() and action.text():
            yield Command(path, action)


def found(
    query: str, commands: Iterable[Command], entries: dict[str, Action], document: Document
) -> list[Entry]:
    """The lines for what was typed, the best first; for nothing, all commands."""
    readings = read(query)
    ranked: list[tuple[float, Entry]] = []
    for command in commands:
        entry = entries.get(command.action.objectName())
        if entry is not None and entry.takes is not None:
            texts = (command.title, command.path + command.title)
            lines = _numbers(readings, texts, partial(_of_taker, entry, entry.takes, command))
            ranked += [(rank - MADE_FOR_IT, line) for rank, line in lines]
        else:
            rank = _rank_of_command(readings[-1].words, command)
            if rank is not None:
                ranked.append((rank, _of_command(command)))
    if document.current is not None and query.strip():
        model, recipe = document.current
        for parameter in parameters(model, recipe):
            texts = (parameter.name, f"{parameter.name} {parameter.path}")
            ranked += _numbers(readings, texts, partial(_of_parameter, parameter, document))
    ranked.sort(key=lambda each: each[0])
    return [entry for _, entry in (ranked[:MOST] if query.strip() else ranked)]


def read(query: str) -> list[Typed]:
    """How a query may be meant: with its last word as a number, and as words alone."""
    words = tuple(re.findall(r"[^\s=›]+", query.casefold()))
    readings = [Typed(words, None)]
    try:
        number = parse_number(words[-1]) if words else None
    except RecipeError:
        number = None
    if number is not None:
        readings.insert(0, Typed(words[:-1], number))
    return readings


def rank_of(words: Iterable[str], name: str, text: str) -> float | None:
    """How well words fit a name, less being better; None where one isn't even in its `text`."""
    rank = 0.0
    known, more = _words(name), _words(text)
    for word in words:
        parts = _words(word) or [word]
        for part in parts:
            fits = min((_fit(part, each) for each in known), default=None, key=_last_if_none)
            if fits is None:
                fits = min((_fit(part, each) for each in more), default=None, key=_last_if_none)
                if fits is None:
                    return None
                fits += INSIDE
            rank += fits
    return rank + PER_WORD * len(known)


def _rank_of_command(words: tuple[str, ...], command: Command) -> float | None:
    """How well words fit a command; those of what it says of itself come after all names."""
    text = command.path + command.title
    rank = rank_of(words, command.title, text)
    if rank is None:
        rank = rank_of(words, command.title, f"{text} {command.action.statusTip()}")
        return None if rank is None else rank + TOLD
    return rank


def plain(text: str) -> str:
    """A menu's text without its underlined letter."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").partition("\t")[0]


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text.casefold())


def _fit(part: str, word: str) -> float | None:
    if part == word:
        return EXACT
    if word.startswith(part):
        return START
    return INSIDE if part in word else None


def _last_if_none(fit: float | None) -> float:
    return float("inf") if fit is None else fit


def _numbers(
    readings: list[Typed], texts: tuple[str, str], make: Callable[[float | None], Entry]
) -> list[tuple[float, Entry]]:
    """A line for a number, read in the way that fits best; a number alone fits no parameter."""
    ranked = []
    for words, number in readings:
        rank = rank_of(words, *texts)
        if rank is not None:
            ranked.append((rank, make(number)))
    return [min(ranked, key=lambda each: each[0])] if ranked else []


def _of_command(command: Command) -> Entry:
    action = command.action
    text = f"{command.path}{command.title}"
    if not action.isEnabled():
        return Entry(text, str(action.property(LACKING) or UNUSABLE))
    note = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    if action.isCheckable():
        note = f"{'on' if action.isChecked() else 'off'}   {note}".strip()
    return Entry(text, note, action.trigger)


def _of_taker(entry: Action, takes: Takes, command: Command, number: float | None) -> Entry:
    title = command.title.removesuffix("…")
    if not command.action.isEnabled():
        return Entry(title, str(command.action.property(LACKING) or UNUSABLE))
    if number is None:
        keys = command.action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        reach = _reach(takes.range, takes.unit)
        return Entry(command.path + command.title, keys or reach, completion=f"{title} ")
    problem = _problem(takes.range, takes.whole, number)
    run: Callable[..., object] = entry.run
    return Entry(f"{title} {number:.12g}", problem, None if problem else partial(run, number))


def _of_parameter(parameter: Parameter, document: Document, number: float | None) -> Entry:
    assert document.current is not None
    model, recipe = document.current
    lacking = parameter.available(model)
    if lacking:
        return Entry(parameter.name, lacking)
    now = f"now {parameter.get(recipe):.6g}"
    if number is None:
        reach = _reach(parameter.range, parameter.unit)
        return Entry(parameter.name, f"{now}, {reach}", completion=f"{parameter.name} ")
    problem = _problem(parameter.range, parameter.whole, number)
    text = f"{parameter.name} {number:.12g}"
    if problem:
        return Entry(text, problem)
    return Entry(text, now, partial(_set, parameter, document, number))


def _set(parameter: Parameter, document: Document, number: float) -> None:
    if document.recipe is not None:
        text = f"{parameter.name} {number:.12g}"
        document.set(parameter.set(document.recipe, number), text)


def _reach(range: tuple[float, float], unit: str) -> str:
    low, high = range
    return f"{low:.12g} to {high:.12g}{f' {unit}' if unit else ''}"


def _problem(range: tuple[float, float], whole: bool, number: float) -> str:
    """Why a number can't be taken, "" where it can."""
    if not range[0] <= number <= range[1]:
        return f"It goes from {_reach(range, '')}."
    return "It must be a whole number." if whole and number != int(number) else ""
