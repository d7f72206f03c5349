"""Seeds: a row that rests on one seed is told with what other seeds make of it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

SEEDS = range(5)


def spread(values: Sequence[float], digits: int = 0, most: float = math.inf) -> str:
    """The median over the seeds, and the least and the most of them.

    Args:
        values: One for each seed; infinite where a level was never reached.
        digits: After the decimal point.
        most: What a search could have reached at the most; above it stands ``> most``.

    Example:
        >>> spread([14, 13, 16]), spread([9.0, 9.0], 1), spread([30, 25, 31], most=30)
        ('14 (13 to 16)', '9.0', '30 (25 to > 30)')
    """

    def told(value: float) -> str:
        return f"> {most:.{digits}f}" if value > most else f"{value:.{digits}f}"

    # one of the seeds', not the mean of two, where their number is even
    middle, low, high = np.quantile(values, [0.5, 0.0, 1.0], method="lower")
    texts = told(middle), told(low), told(high)
    return texts[0] if len(set(texts)) == 1 else f"{texts[0]} ({texts[1]} to {texts[2]})"
