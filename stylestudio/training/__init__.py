"""Trains the models that ship in resources/."""
