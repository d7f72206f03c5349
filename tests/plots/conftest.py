"""What every figure is held to."""

from __future__ import annotations

from matplotlib.figure import Figure

SLACK = 0.01
"""Inches; a line may reach over the edge by half its width."""


def cut_off(figure: Figure) -> list[str]:
    """The sides of the picture over which something of it sticks out."""
    figure.draw_without_rendering()
    box = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    over = {
        "left": -box.x0,
        "bottom": -box.y0,
        "right": box.x1 - width,
        "top": box.y1 - height,
    }
    return [side for side, inches in over.items() if inches > SLACK]
