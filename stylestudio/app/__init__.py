"""The Qt window: document, worker thread, panels, widgets, actions, theme."""
