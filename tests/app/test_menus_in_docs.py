"""The page about menus lists every command with its keys."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "window" / "menus.md"


def test_every_command_of_the_menus_is_listed_with_its_keys(bare_window):
    text = PAGE.read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| \w+ \| (.*?) \| (.*?) ?\|$", text, flags=re.MULTILINE))
    for action in bare_window.actions_by_id.values():
        keys = ", ".join(keys.toString() for keys in action.shortcuts())
        assert listed.get(action.text().replace("&", "")) == keys, action.text()
