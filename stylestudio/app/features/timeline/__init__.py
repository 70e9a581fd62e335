"""Clips: keyframes, recording, playing, export, sessions."""
