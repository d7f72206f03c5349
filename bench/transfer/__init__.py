"""Transfer benchmark: what older data is worth, where it helps and where it misleads."""
