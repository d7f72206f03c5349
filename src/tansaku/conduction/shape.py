"""Shape: whether one straight Arrhenius line is the whole truth; a hint, never applied silently.

Two ways of failing are looked for: a *kink*, two separate lines that meet or jump between two
temperatures (a phase transition), and a *curvature*, a steady change of slope (the Vogel-Tammann-
Fulcher law of liquids and polymers). Each is compared with the one line by an F-test, the kink's
chance multiplied by the number of places it was sought at (Bonferroni). AICc (C. M. Hurvich, C.-L.
Tsai, Biometrika 76 (1989) 297) is told beside it, but decides nothing: with 8 points its penalty
for a kink's six parameters is so large that no kink would ever be found.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from tansaku.conduction.arrhenius import BOLTZMANN, SAME_TEMPERATURE, Convention, coordinates
from tansaku.design import Floats

ALARM: Final = 0.01
"""Chance at which a straight line would be doubted wrongly: once in a hundred samples, for each of
the two ways."""

FEWEST_ON_A_SIDE: Final = 3
"""Temperatures on each side of a kink: two would always lie on a line."""

FEWEST_FOR_A_CURVE: Final = 5
"""Temperatures for a curvature: three are spent on the curve, one would make a test of nothing."""

_ROUNDING: Final = 1e-9
"""Scatter in ln sigma below which the points are computed, not measured."""


@dataclass(frozen=True, slots=True)
class Hint:
    """What speaks against one straight line.

    Attributes:
        kind: A kink or a curvature.
        chance: Of points this far off if the line were straight (F-test).
        aicc_gain: AICc of the straight line less that of the alternative; None with too few points.
        temperature_K: Middle between the two temperatures beside the kink, in K; None for a curve.
        activation_energies_eV: Below and above the kink; for a curve at its cold and its hot end.

    Example:
        >>> T = np.arange(300.0, 420.0, 10.0)
        >>> noise = 0.01 * np.cos(7 * T)
        >>> lnsigma = np.where(T < 355, -0.6, -0.3) / BOLTZMANN * (1 / T - 1 / 355) + noise
        >>> found = hint(T, np.exp(lnsigma))
        >>> found.kind, found.temperature_K, [round(e, 2) for e in found.activation_energies_eV]
        ('kink', 355.0, [0.6, 0.3])
    """

    kind: Literal["kink", "curvature"]
    chance: float
    aicc_gain: float | None
    temperature_K: float | None
    activation_energies_eV: tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Line:
    """Coordinates of the points in the order of temperature, and what one line leaves of them."""

    T: Floats
    x: Floats
    y: Floats
    weights: Floats
    squares: float


def hint(
    temperatures: Floats,
    conductivities: Floats,
    *,
    convention: Convention = Convention.SIGMA,
    sd: Floats | None = None,
) -> Hint | None:
    """The stronger of the two objections to a straight line; None where there is none.

    With too few temperatures for a test (five for a curvature, six for a kink) there is no hint.

    Args:
        temperatures: In K, shape (n,).
        conductivities: In S/cm, shape (n,).
        convention: What is linear in 1/T.
        sd: Of the conductivities, shape (n,), as relative weights only.
    """
    order = np.argsort(temperatures, kind="stable")
    T = temperatures[order]
    x, y, weights = coordinates(
        T, conductivities[order], convention=convention, sd=None if sd is None else sd[order]
    )
    weights = weights / weights.mean()
    squares, _coefficients = _least_squares(x, y, weights, degree=1)
    if squares <= len(x) * _ROUNDING**2:
        return None
    line = _Line(T, x, y, weights, squares)
    found = [each for each in (_curvature(line), _kink(line)) if each is not None]
    believed = [each for each in found if each.chance < ALARM]
    return min(believed, key=lambda each: each.chance, default=None)


def _curvature(line: _Line) -> Hint | None:
    if len(_steps(line.T)) + 1 < FEWEST_FOR_A_CURVE:
        return None
    n = len(line.x)
    squares, c = _least_squares(line.x, line.y, line.weights, degree=2)
    slopes = [c[1] + 2 * c[2] * (end - line.x.mean()) for end in (line.x[0], line.x[-1])]
    return Hint(
        "curvature",
        chance=_chance(line.squares - squares, 1, squares, n - 3),
        aicc_gain=_aicc_gain(line.squares, squares, n, parameters=4),
        temperature_K=None,
        activation_energies_eV=(float(-BOLTZMANN * slopes[0]), float(-BOLTZMANN * slopes[1])),
    )


def _kink(line: _Line) -> Hint | None:
    places = list(_breaks(line.T))
    if not places:
        return None
    n = len(line.x)
    best: tuple[float, int, float, float] | None = None
    for place in places:
        sides = [
            _least_squares(line.x[side], line.y[side], line.weights[side], degree=1)
            for side in (slice(None, place), slice(place, None))
        ]
        squares = sides[0][0] + sides[1][0]
        if best is None or squares < best[0]:
            best = squares, place, float(sides[0][1][1]), float(sides[1][1][1])
    assert best is not None  # there was a place
    squares, place, cold, hot = best
    chance = _chance(line.squares - squares, 2, squares, n - 4)
    return Hint(
        "kink",
        chance=min(1.0, chance * len(places)),
        aicc_gain=_aicc_gain(line.squares, squares, n, parameters=6),
        temperature_K=float(line.T[place - 1] + line.T[place]) / 2,
        activation_energies_eV=(-BOLTZMANN * cold, -BOLTZMANN * hot),
    )


def _steps(T: Floats) -> list[int]:
    """Where the next temperature begins, of temperatures in order."""
    return (np.flatnonzero(np.diff(T) > SAME_TEMPERATURE * T[1:]) + 1).tolist()


def _breaks(T: Floats) -> Iterator[int]:
    """Number of points before each place where a kink may be."""
    steps = _steps(T)
    for i, place in enumerate(steps):
        below, above = i + 1, len(steps) - i
        if min(below, above) >= FEWEST_ON_A_SIDE:
            yield place


def _least_squares(x: Floats, y: Floats, weights: Floats, *, degree: int) -> tuple[float, Floats]:
    """Weighted squares left by a polynomial in x - mean(x), and its coefficients."""
    away = x - x.mean()
    size = np.abs(away).max()
    columns = (away / size)[:, None] ** np.arange(degree + 1)
    root = np.sqrt(weights)
    c, *_rest = np.linalg.lstsq(columns * root[:, None], y * root, rcond=None)
    left = float(weights @ (y - columns @ c) ** 2)
    return left, c / size ** np.arange(degree + 1)


def _chance(gained: float, more: int, left: float, freedom: int) -> float:
    """Upper tail of F for squares gained by ``more`` parameters against those left."""
    from scipy import special  # on demand: it takes longer than the comparison

    if left <= 0:
        return 0.0
    return float(special.fdtrc(more, freedom, max(gained, 0.0) / more / (left / freedom)))


def _aicc_gain(straight: float, other: float, n: int, *, parameters: int) -> float | None:
    """AICc(straight) - AICc(other); the variance and a kink's place count as parameters."""
    if n <= parameters + 1 or other <= 0:
        return None
    return _aicc(straight, n, 3) - _aicc(other, n, parameters)


def _aicc(squares: float, n: int, k: int) -> float:
    return n * math.log(squares / n) + 2 * k + 2 * k * (k + 1) / (n - k - 1)
