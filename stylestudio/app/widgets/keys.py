"""Keys that mean the same on every keyboard."""

from PySide6.QtCore import Qt

# The key that Macs call "delete" is Qt's backspace; theirs has no other, unless it is a large one.
DELETE_KEYS = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
