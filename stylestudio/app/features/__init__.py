"""The capabilities of the window, a folder each."""
