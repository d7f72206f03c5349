"""Hypervolume: how much of the space above a reference point is reached by some point.

Zitzler, Thiele, IEEE Trans. Evol. Comput. 3 (1999) 257. Larger is better in every objective. Two
and three objectives by sweeping (Fonseca, Paquete, Lopez-Ibanez, CEC 2006); any number by the
exclusive volume of each point in turn (WFG: While, Bradstreet, Barone, IEEE Trans. Evol. Comput. 16
(2012) 86). numpy only.
"""

from __future__ import annotations

import numpy as np

from tansaku.bo.objectives.pareto import pareto
from tansaku.design import Floats, Ints


def hypervolume(points: Floats, reference: Floats) -> float:
    """Volume that n points dominate above the reference point.

    Args:
        points: Shape (n, m); those that do not beat the reference in everything add nothing.
        reference: Shape (m,).

    Example:
        >>> hypervolume(np.array([[1.0, 2.0], [2.0, 1.0]]), np.zeros(2))
        3.0
    """
    above = points[(points > reference).all(1)] - reference
    if not len(above):
        return 0.0
    front = np.unique(above[pareto(above)], axis=0)
    m = front.shape[1]
    if m == 1:
        return float(front.max())
    if m == 2:
        return _area(front)
    if m == 3:
        return _volume(front)
    return _wfg(front[np.argsort(-front[:, -1], kind="stable")])


def _area(front: Floats) -> float:
    """Of distinct points of a front above 0, shape (p, 2)."""
    order = np.argsort(-front[:, 0], kind="stable")
    x, y = front[order].T
    return float((x * np.diff(y, prepend=0.0)).sum())


def _volume(front: Floats) -> float:
    """Of distinct points of a front above 0, shape (p, 3): the area that is reached, from the top
    of the third objective down."""
    order = np.argsort(-front[:, 2], kind="stable")
    front = front[order]
    heights = front[:, 2] - np.append(front[1:, 2], 0.0)
    total = 0.0
    for k in np.flatnonzero(heights > 0).tolist():
        seen = front[: k + 1, :2]
        total += _area(np.unique(seen[pareto(seen)], axis=0)) * float(heights[k])
    return total


def _wfg(front: Floats) -> float:
    """Of distinct points of a front above 0, shape (p, m)."""
    if front.shape[1] == 3:
        return _volume(front)
    total = 0.0
    for i, point in enumerate(front):
        total += float(np.prod(point)) - hypervolume(
            np.minimum(front[i + 1 :], point), np.zeros(len(point))
        )
    return total


def growing_hypervolume(
    values: Floats, picks: Ints, reference: Floats, known: dict[bytes, float]
) -> Floats:
    """Hypervolume after 1, 2, .. samples, shape (k,).

    Args:
        values: Of all N candidates, shape (N, m).
        picks: Candidates in the order of sampling, shape (k,).
        reference: Shape (m,).
        known: Hypervolumes of fronts met before, by their candidates; filled.
    """
    found, front, last = np.empty(len(picks)), np.empty(0, dtype=np.int64), 0.0
    for step, pick in enumerate(picks.tolist()):
        new = values[pick]
        if (new > reference).all() and not (values[front] >= new).all(1).any():
            kept = front[~(new >= values[front]).all(1)]
            front = np.sort(np.append(kept, pick))
            key = front.tobytes()
            if key not in known:
                known[key] = hypervolume(values[front], reference)
            last = known[key]
        found[step] = last
    return found
