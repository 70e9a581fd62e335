"""Takes a pickled torch module apart into tensors and settings, by their dotted names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stylestudio.checkpoints.errors import Unreadable, shown
from stylestudio.checkpoints.inert import as_mapping, as_plain, called, describe, is_array
from stylestudio.checkpoints.pickle_values import Call, LongText, text_items
from stylestudio.checkpoints.torch_tensors import is_tensor

if TYPE_CHECKING:
    from stylestudio.checkpoints.torch_tensors import Array, Budget

MAX_DEPTH = 12
MAX_MODULES = 5000
_PERSISTENT = "torch_utils.persistence._reconstruct_persistent_obj"
_PERSISTENCE_VERSION = 6


@dataclass
class ModuleTree:
    """One network: what its layers hold, keyed by dotted names ("" is the network itself)."""

    class_names: dict[str, str] = field(default_factory=dict)
    tensors: dict[str, Array] = field(default_factory=dict)
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)  # still inert
    source: str = ""  # the beginning of the source text that the file carries, if any
    notes: list[str] = field(default_factory=list)

    def setting(self, module: str, name: str, default: Any = None) -> Any:
        """A plain setting of one layer, or `default` where the layer does not have it."""
        value = self.settings.get(module, {}).get(name, default)
        return default if value is None else as_plain(value)

    def agreed(self, modules: list[str], name: str, default: Any = None) -> Any:
        """A setting that must be the same in all of `modules`."""
        found = {self.setting(module, name, default) for module in modules}
        if len(found) > 1:
            listed = ", ".join(shown(value, 20) for value in sorted(found, key=str))
            raise Unreadable(f"is not a plain StyleGAN: its layers differ in {name} ({listed})")
        return found.pop() if found else default


def module_parts(value: Any) -> tuple[str, dict[Any, Any]] | None:
    """Class name and state of a pickled module of either kind, or None if it is not one."""
    if not isinstance(value, Call):
        return None
    if called(value, _PERSISTENT):
        meta = as_mapping(value.args[0]) if isinstance(value.args, tuple) and value.args else None
        state = None if meta is None else as_mapping(meta.get("state"))
        if meta is None or state is None or meta.get("type") != "class":
            raise Unreadable("is damaged: a layer in it has no contents")
        return str(meta.get("class_name")), state
    state = as_mapping(value.state)
    if state is not None and "_modules" in state and "_parameters" in state:
        return getattr(value.func, "name", "module"), state
    return None


def is_module(value: Any) -> bool:
    """Whether this is a pickled module, if only a damaged one."""
    try:
        return module_parts(value) is not None
    except Unreadable:
        return True


def children(value: Any) -> set[str]:
    """Names of the layers right inside a pickled module."""
    try:
        parts = module_parts(value)
    except Unreadable:  # which reading it will say
        return set()
    return set(text_items(as_mapping(parts[1].get("_modules")) or {})) if parts else set()


def unwrapped(value: Any) -> Any:
    """The module inside wrappers for training on several devices, which have just one layer."""
    for _ in range(3):
        if children(value) != {"module"}:
            break
        parts = module_parts(value)
        assert parts is not None
        inner = as_mapping(parts[1]["_modules"]) or {}
        value = inner["module"]
    return value


def read_module(value: Any, budget: Budget) -> ModuleTree:
    """Walk a pickled network. Raises Unreadable where a layer is something else."""
    tree = ModuleTree()
    waiting = [("", value, 0)]
    while waiting:
        name, node, depth = waiting.pop()
        parts = module_parts(node)
        if parts is None:
            place = f"as layer {shown(name)}" if name else "where a network is expected"
            raise Unreadable(f"holds {shown(describe(node))} {place}")
        if depth > MAX_DEPTH or len(tree.class_names) >= MAX_MODULES:
            raise Unreadable("nests its layers deeper than any network does")
        class_name, state = parts
        budget.work(len(state))
        tree.class_names[name] = class_name
        tree.settings[name] = text_items(state)
        if not name:
            _read_provenance(tree, node)
        prefix = f"{name}." if name else ""
        for key, loose in tree.settings[name].items():
            if is_tensor(loose) and not is_array(loose):  # numpy arrays are settings
                tree.notes.append(
                    f"Its layer {shown(prefix + key, 40)} is unknown and was ignored."
                )
        for group in ("_parameters", "_buffers"):
            for key, tensor in text_items(as_mapping(state.get(group)) or {}).items():
                budget.work(1)
                _add_tensor(tree, prefix + key, tensor, budget)
        for key, child in text_items(as_mapping(state.get("_modules")) or {}).items():
            budget.work(1)
            if child is not None:
                waiting.append((prefix + key, child, depth + 1))
    return tree


def _add_tensor(tree: ModuleTree, name: str, value: Any, budget: Budget) -> None:
    if value is None:  # a layer without bias, say
        return
    array = budget.tensor(value)
    if array is None:
        raise Unreadable(f"holds {shown(describe(value))} as {shown(name)}, where weights belong")
    tree.tensors[name] = array


def _read_provenance(tree: ModuleTree, node: Any) -> None:
    if not called(node, _PERSISTENT):
        return
    meta = as_mapping(node.args[0]) or {}
    version = meta.get("version")
    if version != _PERSISTENCE_VERSION:
        tree.notes.append(f"The file has form {shown(version, 10)}; forms up to 6 are known.")
    source = meta.get("module_src")
    if isinstance(source, LongText):
        source = bytes(source.data[:2000]).decode("utf-8", "replace")
    tree.source = source if isinstance(source, str) else ""
