"""A search put away in one file, so that whatever ends the program costs a few steps."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import msgspec
import safetensors.torch

from stylestudio.checkpoints import CheckpointError, load_tensors
from stylestudio.files import replacing
from stylestudio.text.finding import FindSettings, Found

if TYPE_CHECKING:
    from pathlib import Path

    from stylestudio.text.finding import Search

_DESCRIPTION = "stylestudio.search"


def save_search(search: Search, found: Found, path: Path) -> None:
    """Write where a search stands; an older file is replaced only by a complete one."""
    facts = {**_facts(search), "step": found.step, "likeness": found.likeness}
    tensors = {"ws": found.ws.contiguous(), "start": found.start.contiguous()}
    content = safetensors.torch.save(tensors, {_DESCRIPTION: msgspec.json.encode(facts).decode()})
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        temporary.write_bytes(content)  # safetensors' own writing raises errors of its own


def load_search(search: Search, path: Path) -> Found | None:
    """Where the same search stood; None where the file is none, or another search's."""
    if not path.is_file():
        return None
    try:
        metadata, tensors = load_tensors(path)
        facts = msgspec.json.decode(metadata[_DESCRIPTION])
        step, likeness = int(facts.pop("step")), float(facts.pop("likeness"))
        ws, start = tensors["ws"].float(), tensors["start"].float()
    except (CheckpointError, msgspec.MsgspecError, KeyError, TypeError, ValueError):
        return None  # whatever is damaged, the search begins anew
    size = (search.model.num_ws, search.model.w_dim)
    whole = ws.shape == start.shape == size and bool((ws + start).isfinite().all())
    same = facts == msgspec.json.decode(msgspec.json.encode(_facts(search)))
    if not (whole and same and 0 <= step <= search.settings.steps):
        return None
    return Found(step, likeness, ws, start)


def _facts(search: Search) -> dict[str, object]:
    """What the search has to be the same in."""
    settings: FindSettings = search.settings
    begins = None if search.start is None else search.start.sum().item()
    return {
        "model": search.model.sha256,
        "text": search.text.sha256,
        "settings": asdict(settings),
        "begins": begins,
    }
