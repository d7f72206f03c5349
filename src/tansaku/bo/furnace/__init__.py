"""Furnace runs: shared settings, and the samples within them, decided together."""
