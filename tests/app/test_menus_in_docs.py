"""The page about menus lists every command with its keys."""

import re
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "window" / "menus.md"


@pytest.mark.skipif(sys.platform == "darwin", reason="the page lists the keys of Linux and Windows")
def test_every_command_of_the_menus_is_listed_with_its_keys(bare_window):
    text = PAGE.read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| \w+ \| (.*?) \| (.*?) ?\|$", text, flags=re.MULTILINE))
    for action in bare_window.actions_by_id.values():
        named = listed[action.text().replace("&", "")]
        keys = [keys.toString() for keys in action.shortcuts()]  # some keyboards have more
        assert bool(named) == bool(keys), action.text()
        assert not named or set(named.split(", ")) <= set(keys), action.text()
