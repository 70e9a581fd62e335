"""As in the program, windows that are forgotten are destroyed in their own thread."""

from garbage_here import garbage_is_collected_here  # noqa: F401 - a fixture
