"""Keys that mean the same on every keyboard."""

import re
import sys

from PySide6.QtCore import Qt

# The key that Macs call "delete" is Qt's backspace; theirs has no other, unless it is a large one.
DELETE_KEYS = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)

# Property of a widget: keys that it takes while it has the focus, before commands do.
OWN_KEYS = "own_keys"

_ON_MACS = {"Ctrl": "Cmd", "Alt": "Option"}  # where Qt's control key is the command key


def keys_named(text: str) -> str:
    """A text for people, with keys called as they are on the keyboards of this system."""
    is_mac = sys.platform == "darwin"
    return re.sub(r"\b(Ctrl|Alt)\b", lambda key: _ON_MACS[key[0]] if is_mac else key[0], text)
