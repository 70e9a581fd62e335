"""Figures about the model: how good its pictures are, how varied, and how evenly they change."""
