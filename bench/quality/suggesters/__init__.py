"""One file for each peer: how it is asked for the next row, by its own documented recipe."""
