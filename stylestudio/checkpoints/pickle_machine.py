"""Runs the pickle language without its power: nothing is imported, called or hashed.

A pickle is a program for a small stack machine, and the ordinary machine lets that program
call any function. This one writes down what would have been called, as `Call` nodes; the
readers look for the few shapes they know among them.
"""

from __future__ import annotations

import pickle
import struct
from typing import TYPE_CHECKING, Any

from stylestudio.checkpoints import pickle_text
from stylestudio.checkpoints.errors import Unreadable
from stylestudio.checkpoints.pickle_values import Call, Global, LongText, OtherKey

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_STEPS = 2_000_000  # the largest published models need about a hundred thousand
MAX_INTEGER_BYTES = 64
MAX_NAME_BYTES = 512
LAZY_TEXT_BYTES = 1024  # longer text stays undecoded: source code, or bytes in protocol 0 to 2
_RECONSTRUCTORS = {("copy_reg", "_reconstructor"), ("copyreg", "_reconstructor")}


class PickleMachine:
    """Runs one pickle that starts at `position` of `data`; afterwards `position` is its end.

    Bytes come back as views of `data`, sets as lists, persistent ids through `persistent`.
    Raises Unreadable where the program is damaged, cut short or beyond every honest size.
    """

    def __init__(
        self,
        data: memoryview,
        position: int = 0,
        *,
        persistent: Callable[[Any], Any] | None = None,
        max_steps: int = MAX_STEPS,
    ) -> None:
        self.data = data
        self.position = position
        self.globals: set[Global] = set()
        self._persistent = persistent
        self._max_steps = max_steps
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}

    def run(self) -> Any:
        """The object that the pickle describes."""
        table, data, stop = _DISPATCH, self.data, pickle.STOP[0]
        for _ in range(self._max_steps):
            if self.position >= len(data):
                raise Unreadable("is truncated: it ends in the middle; download or copy it again")
            code = data[self.position]
            self.position += 1
            if code == stop:
                return self._pop()
            action = table[code]
            if action is None:
                raise Unreadable(
                    "is damaged, or holds a kind of pickle that no StyleGAN tool writes "
                    f"(byte {code:#04x} at {self.position - 1})"
                )
            action(self)
        raise Unreadable("takes far more steps than any model needs, so it was not read")

    # -- reading -------------------------------------------------------------------------

    def _take(self, size: int) -> memoryview:
        start = self.position
        if size > len(self.data) - start:
            raise Unreadable(
                f"is truncated or damaged: {size} bytes are announced at byte {start}, "
                f"{len(self.data) - start} are left"
            )
        self.position = start + size
        return self.data[start : start + size]

    def _number(self, size: int) -> int:
        return int.from_bytes(self._take(size), "little")

    def _line(self, at_most: int = MAX_NAME_BYTES) -> memoryview:
        """The rest of a line, without its end."""
        searched, size = 0, MAX_NAME_BYTES
        while searched < min(at_most, len(self.data) - self.position):
            window = bytes(self.data[self.position + searched :][: min(size, at_most - searched)])
            end = window.find(b"\n")
            if end >= 0:
                return self._take(searched + end + 1)[:-1]
            searched, size = searched + len(window), 4 * size
        raise Unreadable("is damaged: a name or text in it does not end")

    def _name(self) -> str:
        return str(self._line(), "utf-8")

    # -- the stack -----------------------------------------------------------------------

    def _pop(self) -> Any:
        if not self._stack:
            raise Unreadable("is damaged: a value is missing in it")
        return self._stack.pop()

    def _top(self) -> Any:
        if not self._stack:
            raise Unreadable("is damaged: a value is missing in it")
        return self._stack[-1]

    def _pop_to_mark(self) -> list[Any]:
        if not self._marks:
            raise Unreadable("is damaged: a group in it has no beginning")
        start = self._marks.pop()
        items = self._stack[start:]
        del self._stack[start:]
        return items

    # -- literals ------------------------------------------------------------------------

    def _push_int(self, size: int, signed: bool = False) -> None:
        self._stack.append(int.from_bytes(self._take(size), "little", signed=signed))

    def _push_long(self, size_bytes: int) -> None:
        size = self._number(size_bytes)
        if size > MAX_INTEGER_BYTES:
            raise Unreadable(f"contains an integer of {size} bytes; no model has one")
        self._push_int(size, signed=True)

    def _push_float(self) -> None:
        self._stack.append(struct.unpack(">d", self._take(8))[0])

    def _push_bytes(self, size_bytes: int) -> None:
        self._stack.append(self._take(self._number(size_bytes)))

    def _push_text(self, size_bytes: int, encoding: str = "utf-8") -> None:
        data = self._take(self._number(size_bytes))
        self._add_text(data, encoding)

    def _add_text(self, data: memoryview, encoding: str) -> None:
        if len(data) > LAZY_TEXT_BYTES and encoding != "latin-1":
            self._stack.append(LongText(data, encoding))
        else:
            self._stack.append(str(data, encoding, "surrogatepass"))

    def _push_text_line(self) -> None:
        self._add_text(self._line(len(self.data)), "raw-unicode-escape")

    def _push_string_line(self) -> None:
        self._stack.append(pickle_text.string(bytes(self._line(len(self.data)))))

    def _push_integer_line(self) -> None:
        self._stack.append(pickle_text.integer(bytes(self._line())))

    # -- names and calls -----------------------------------------------------------------

    def _push_global(self, module: Any, name: Any) -> None:
        if not (isinstance(module, str) and isinstance(name, str)):
            raise Unreadable("is damaged: a name in it is not text")
        if len(module) + len(name) > MAX_NAME_BYTES:
            raise Unreadable("is damaged: a name in it is longer than any real one")
        found = Global(module, name)
        self.globals.add(found)
        self._stack.append(found)

    def _global(self) -> None:
        module = self._name()
        self._push_global(module, self._name())

    def _stack_global(self) -> None:
        name = self._pop()
        self._push_global(self._pop(), name)

    def _call(self) -> None:
        args = self._pop()
        self._push_call(self._pop(), args)

    def _push_call(self, func: Any, args: Any) -> None:
        is_reconstructor = isinstance(func, Global) and func in _RECONSTRUCTORS
        if is_reconstructor and isinstance(args, tuple) and len(args) == 3:
            # Before protocol 2, every object is made by one function: (class, base, its content).
            call = Call(args[0], ())
            call.items = args[2] if isinstance(args[2], dict) else None
            call.members = args[2] if isinstance(args[2], list) else None
            self._stack.append(call)
        else:
            self._stack.append(Call(func, args))

    def _instance(self) -> None:
        args = tuple(self._pop_to_mark())
        self._global()
        self._push_call(self._pop(), args)

    def _object(self) -> None:
        parts = self._pop_to_mark()
        if not parts:
            raise Unreadable("is damaged: an object in it has no class")
        self._push_call(parts[0], tuple(parts[1:]))

    def _call_with_keywords(self) -> None:
        self._pop()
        self._call()

    def _build(self) -> None:
        state = self._pop()
        target = self._top()
        if not isinstance(target, Call):
            raise Unreadable("is damaged: a state in it belongs to no object")
        target.state = state

    def _persistent_id(self) -> None:
        identity = self._pop()
        if self._persistent is None:
            if isinstance(identity, tuple) and identity[:1] == ("storage",):
                raise Unreadable(
                    "is part of an unpacked torch file, without its weights; "
                    "open the whole .pt or .pth instead"
                )
            raise Unreadable("is damaged: it refers to data that is missing")
        self._stack.append(self._persistent(identity))

    # -- containers ----------------------------------------------------------------------

    def _tuple(self, size: int) -> None:
        if len(self._stack) < size:
            raise Unreadable("is damaged: a value is missing in it")
        items = tuple(self._stack[len(self._stack) - size :])
        del self._stack[len(self._stack) - size :]
        self._stack.append(items)

    def _add(self, items: list[Any]) -> None:
        target = self._top()
        if isinstance(target, Call):
            target.members = target.members or []
            target = target.members
        if not isinstance(target, list):
            raise Unreadable("is damaged: a list in it has no beginning")
        target.extend(items)

    def _dictionary(self) -> None:
        flat = self._pop_to_mark()
        self._stack.append({})
        self._set_items(flat)

    def _append(self) -> None:
        item = self._pop()
        self._add([item])

    def _set_items(self, flat: list[Any]) -> None:
        target = self._top()
        if isinstance(target, Call):
            target.items = target.items or {}
            target = target.items
        if not isinstance(target, dict) or len(flat) % 2:
            raise Unreadable("is damaged: a dictionary in it has no beginning")
        for key, value in zip(flat[::2], flat[1::2], strict=True):
            target[key if isinstance(key, str) else OtherKey(key)] = value

    def _set_item(self) -> None:
        value = self._pop()
        key = self._pop()
        self._set_items([key, value])

    # -- the memo ------------------------------------------------------------------------

    def _store(self, index: int) -> None:
        self._memo[index] = self._top()

    def _recall(self, index: int) -> None:
        if index not in self._memo:
            raise Unreadable("is damaged: it refers to a part that is missing")
        self._stack.append(self._memo[index])


def _dispatch_table() -> list[Callable[[PickleMachine], object] | None]:
    """Opcode -> action. Extension codes and out-of-band buffers are left out."""
    machine = PickleMachine
    actions: dict[bytes, Callable[[PickleMachine], object]] = {
        pickle.PROTO: lambda m: m._take(1),
        pickle.FRAME: lambda m: m._take(8),
        pickle.MARK: lambda m: m._marks.append(len(m._stack)),
        pickle.POP: machine._pop,
        pickle.POP_MARK: machine._pop_to_mark,
        pickle.DUP: lambda m: m._stack.append(m._top()),
        pickle.NONE: lambda m: m._stack.append(None),
        pickle.NEWTRUE: lambda m: m._stack.append(True),
        pickle.NEWFALSE: lambda m: m._stack.append(False),
        pickle.BININT: lambda m: m._push_int(4, signed=True),
        pickle.BININT1: lambda m: m._push_int(1),
        pickle.BININT2: lambda m: m._push_int(2),
        pickle.LONG1: lambda m: m._push_long(1),
        pickle.LONG4: lambda m: m._push_long(4),
        pickle.BINFLOAT: machine._push_float,
        pickle.BINBYTES: lambda m: m._push_bytes(4),
        pickle.SHORT_BINBYTES: lambda m: m._push_bytes(1),
        pickle.BINBYTES8: lambda m: m._push_bytes(8),
        pickle.BYTEARRAY8: lambda m: m._push_bytes(8),
        pickle.BINUNICODE: lambda m: m._push_text(4),
        pickle.SHORT_BINUNICODE: lambda m: m._push_text(1),
        pickle.BINUNICODE8: lambda m: m._push_text(8),
        pickle.BINSTRING: lambda m: m._push_text(4, "latin-1"),
        pickle.SHORT_BINSTRING: lambda m: m._push_text(1, "latin-1"),
        pickle.INT: machine._push_integer_line,
        pickle.LONG: machine._push_integer_line,
        pickle.FLOAT: lambda m: m._stack.append(float(m._name())),
        pickle.STRING: machine._push_string_line,
        pickle.UNICODE: machine._push_text_line,
        pickle.GLOBAL: machine._global,
        pickle.INST: machine._instance,
        pickle.OBJ: machine._object,
        pickle.STACK_GLOBAL: machine._stack_global,
        pickle.REDUCE: machine._call,
        pickle.NEWOBJ: machine._call,
        pickle.NEWOBJ_EX: machine._call_with_keywords,
        pickle.BUILD: machine._build,
        pickle.BINPERSID: machine._persistent_id,
        pickle.EMPTY_TUPLE: lambda m: m._stack.append(()),
        pickle.TUPLE1: lambda m: m._tuple(1),
        pickle.TUPLE2: lambda m: m._tuple(2),
        pickle.TUPLE3: lambda m: m._tuple(3),
        pickle.TUPLE: lambda m: m._stack.append(tuple(m._pop_to_mark())),
        pickle.FROZENSET: lambda m: m._stack.append(tuple(m._pop_to_mark())),
        pickle.LIST: lambda m: m._stack.append(m._pop_to_mark()),
        pickle.DICT: machine._dictionary,
        pickle.EMPTY_LIST: lambda m: m._stack.append([]),
        pickle.EMPTY_SET: lambda m: m._stack.append([]),
        pickle.APPEND: machine._append,
        pickle.APPENDS: lambda m: m._add(m._pop_to_mark()),
        pickle.ADDITEMS: lambda m: m._add(m._pop_to_mark()),
        pickle.EMPTY_DICT: lambda m: m._stack.append({}),
        pickle.SETITEM: machine._set_item,
        pickle.SETITEMS: lambda m: m._set_items(m._pop_to_mark()),
        pickle.MEMOIZE: lambda m: m._store(len(m._memo)),
        pickle.PUT: lambda m: m._store(pickle_text.integer(bytes(m._line()))),
        pickle.GET: lambda m: m._recall(pickle_text.integer(bytes(m._line()))),
        pickle.BINPUT: lambda m: m._store(m._number(1)),
        pickle.LONG_BINPUT: lambda m: m._store(m._number(4)),
        pickle.BINGET: lambda m: m._recall(m._number(1)),
        pickle.LONG_BINGET: lambda m: m._recall(m._number(4)),
    }
    table: list[Callable[[PickleMachine], object] | None] = [None] * 256
    for code, action in actions.items():
        table[code[0]] = action
    return table


_DISPATCH = _dispatch_table()
