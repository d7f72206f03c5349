"""Searches for several things at once, beside random: see docs/objectives.md."""
