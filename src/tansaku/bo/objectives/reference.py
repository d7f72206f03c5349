"""The reference point: what an objective has to beat to count."""

from __future__ import annotations

import numpy as np

from tansaku.design import Direction, Floats, Joint, Problems, Want

BELOW_WORST = 0.1
"""The default lies this share of the measured range below the worst measured value, so that the
ends of a front count, too: a point at the very worst value would add no volume (Ishibuchi, Imada,
Setoguchi, Nojima, Evol. Comput. 26 (2018) 411, who advise 1 / (points on the front) about)."""


def goodness_of(values: Floats, want: Want) -> Floats:
    """Model values -> larger is better, as ``improvement.objective_score``; any shape."""
    if want.direction is Direction.MATCH:
        return -np.maximum(np.abs(values - want.match) - want.tolerance, 0.0)
    return values


def default_reference(good: Floats) -> Floats:
    """Of the goodness of n measured values of one objective, shape (b, n) -> (b,).

    Example:
        >>> default_reference(np.array([[1.0, 2.0, 3.0]])).tolist()
        [0.8]
    """
    worst, spread = good.min(1), good.max(1) - good.min(1)
    size = np.where(np.abs(worst) > 0, np.abs(worst), 1.0)
    return worst - BELOW_WORST * np.where(spread > 0, spread, size)


def reference_of(joint: Joint) -> Floats:
    """What each objective has to beat in each problem, as goodness, shape (b, objectives): as
    given, else the default; a lower limit of the objective itself raises it."""
    found = np.empty((joint.size, len(joint.objectives)))
    for column, j in enumerate(joint.objectives):
        want, problems = joint.wants[j], joint.outcomes[j]
        if want.reference is not None:
            found[:, column] = want.reference
        else:
            known = _values(problems) if want.known is None else want.known
            found[:, column] = default_reference(goodness_of(np.atleast_2d(known), want))
        if absorbed(want) and want.lower is not None:
            found[:, column] = np.maximum(found[:, column], want.lower)
    return found


def _values(problems: Problems) -> Floats:
    """What was measured of an outcome; where nothing was, what older data or limits tell of it."""
    if problems.measured or not (problems.sources or problems.limits):
        return problems.y
    if problems.limits is not None:
        return problems.limits.bound
    return np.concatenate([each.y for each in problems.sources])


def absorbed(want: Want) -> bool:
    """Whether a lower limit acts through the reference point: a maximised outcome below its limit
    then gains nothing, exactly, and needs no probability of its own."""
    return want.direction is Direction.MAXIMISE and want.lower is not None
