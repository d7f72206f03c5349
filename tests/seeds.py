"""Seeds: the one place where tests get their random numbers, shifted as a whole by --seed-shift.

A test that draws states, in its docstring or beside its tolerance, how large a deviation chance
alone allows. Under every shift it must hold with a false alarm below ``FALSE_ALARM``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FALSE_ALARM = 1e-6
"""Largest probability with which a sound program may fail one stochastic test."""
DEVIATIONS = 4.9
"""Standard errors of a normal mean beyond which lies ``FALSE_ALARM``, both sides together."""

shift = 0
"""Added to every seed; set once, from --seed-shift."""


def generator(seed: int | Sequence[int]) -> np.random.Generator:
    """The random generator of a seed; of several numbers the first is shifted."""
    if isinstance(seed, int | np.integer):
        return np.random.default_rng(int(seed) + shift)
    first, *rest = seed
    return np.random.default_rng([first + shift, *rest])
