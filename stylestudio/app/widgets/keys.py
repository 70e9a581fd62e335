"""Keys that mean the same on every keyboard."""

from PySide6.QtCore import Qt

# The key that Macs call "delete" is Qt's backspace; theirs has no other, unless it is a large one.
DELETE_KEYS = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)

# Property of a widget: keys that it takes while it has the focus, before commands do.
OWN_KEYS = "own_keys"
