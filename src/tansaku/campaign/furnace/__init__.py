"""Furnace: the next runs of a furnace that several samples share."""
