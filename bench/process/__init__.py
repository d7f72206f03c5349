"""Compositions and firings: the size of the space, furnace runs, and what sharing costs."""
