"""What recipes are made of, with room for what a later StyleStudio writes beside it.

In files, what this StyleStudio can't read stands where its writer put it. In memory it is kept
as text, in the part that it belongs to, so that it moves, is undone and is saved with it.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct, inspect

from stylestudio.recipe.errors import RecipeError

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST = 64  # levels of lists and objects in what can't be read
LISTED = 5  # names in a sentence


class Unknown(Struct, frozen=True, tag="unknown", forbid_unknown_fields=True):
    """Something in a file that this StyleStudio can't read."""

    name: str  # its field; in a list, what its `type` says
    json: str  # its value

    @classmethod
    def of(cls, name: str, value: Any) -> Unknown:
        """Keep a value as decoded from JSON. Raises RecipeError where it is nested too deeply."""
        if isinstance(value, dict | list):
            _check_depth(value)
        return cls(name, json.dumps(value))


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a recipe; `unknown` holds the fields of it that can't be read."""

    unknown: tuple[Unknown, ...] = ()


def from_file(tree: Any, kind: type[Struct]) -> Any:
    """Turn a part as files have it into the form that msgspec converts to `kind`.

    Fields that `kind` lacks go to its `unknown`. In lists that may hold `Unknown`, so do entries
    of a `type` that is none of the list's. Not every field need be there. What is no part at all
    comes back as it is, for msgspec to complain of.
    """
    return _from_file(tree, _type_of(kind))


def to_file(tree: Any) -> Any:
    """Turn a part, as msgspec made builtins of it, into the form that files have."""
    if isinstance(tree, dict):
        if tree.get("type") == "unknown":
            return json.loads(tree["json"])
        fields = {name: to_file(value) for name, value in tree.items() if name != "unknown"}
        return fields | {each["name"]: json.loads(each["json"]) for each in tree.get("unknown", ())}
    if isinstance(tree, list | tuple) and tree and isinstance(tree[0], dict | list | tuple):
        return [to_file(value) for value in tree]
    return tree


def unread(value: Any, path: str = "") -> Iterator[str]:
    """Name everything in a part, or in a tuple of parts, that could not be read."""
    if isinstance(value, Unknown):
        yield f"{path} ({_shown(value.name)})" if value.name else path
    elif isinstance(value, Part):
        yield from (_join(path, _shown(each.name)) for each in value.unknown)
        for name in value.__struct_fields__:
            if name != "unknown":
                yield from unread(getattr(value, name), _join(path, name))
    elif isinstance(value, tuple):
        for i, item in enumerate(value):
            yield from unread(item, _join(path, str(i)))


def unread_note(names: tuple[str, ...]) -> str:
    """Say in a sentence what could not be read; "" where everything could."""
    if not names:
        return ""
    listed = ", ".join(names[:LISTED])
    if len(names) > LISTED:
        listed += f" and {len(names) - LISTED} more"
    return (
        f"It contains parts this StyleStudio can't read: {listed}. Files keep them, but "
        "pictures are made without them; update StyleStudio to use them."
    )


@cache
def _type_of(kind: type[Struct]) -> inspect.Type:
    return inspect.type_info(kind)


@cache
def _fields(kind: type[Struct]) -> dict[str, inspect.Type]:
    """The fields of a part in files, each with its type if there are parts in it."""
    info = _type_of(kind)
    assert isinstance(info, inspect.StructType)
    fields = {field.encode_name: field.type for field in info.fields}
    if info.tag_field:
        fields[info.tag_field] = inspect.StrType()
    fields.pop("unknown", None)
    return fields


def _from_file(tree: Any, info: inspect.Type) -> Any:
    if isinstance(info, inspect.VarTupleType) and isinstance(tree, list):
        item = info.item_type
        if isinstance(item, inspect.StructType | inspect.UnionType):
            return [_from_file(value, item) for value in tree]
        return tree
    kinds = info.types if isinstance(info, inspect.UnionType) else (info,)
    structs = [kind for kind in kinds if isinstance(kind, inspect.StructType)]
    known = [kind for kind in structs if kind.cls is not Unknown]
    if isinstance(tree, dict):
        for kind in known:
            if kind.tag_field is None or tree.get(kind.tag_field) == kind.tag:
                return _opened(tree, kind.cls)
    if len(known) < len(structs):
        name = tree.get("type", "") if isinstance(tree, dict) else ""
        kept = Unknown.of(name if isinstance(name, str) else "", tree)
        return msgspec.to_builtins(kept)
    return tree


def _opened(tree: dict[str, Any], kind: type[Struct]) -> dict[str, Any]:
    fields = _fields(kind)
    opened = {name: _from_file(tree[name], fields[name]) for name in tree if name in fields}
    rest = [Unknown.of(name, value) for name, value in tree.items() if name not in fields]
    return opened | {"unknown": msgspec.to_builtins(rest)} if rest else opened


def _check_depth(value: dict[str, Any] | list[Any], depth: int = 0) -> None:
    if depth > DEEPEST:
        raise RecipeError("This is not a valid recipe: it is nested too deeply.")
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, dict | list):
            _check_depth(item, depth + 1)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shown(name: str) -> str:
    """A name out of a stranger's file, fit to stand in a sentence."""
    return name if name.replace("-", "_").isidentifier() else repr(name[:40])
