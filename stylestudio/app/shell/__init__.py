"""The window around the features: menus, docks, messages; it knows no capability."""
