"""Local refinement of an acquisition between the settable points of a region.

SciPy climbs from each start in the numbers, with the choices held: L-BFGS-B (Byrd and others, SIAM
J. Sci. Comput. 16 (1995) 1190), or SLSQP under linear constraints (Kraft, DFVLR-FB 88-28, 1988).
The place where a climb ends is rounded to the settable points around it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.optimize.settable import around, distinct
from tansaku.design import Floats, Ints, Region

Score = Callable[[Float[Tensor, "k d"]], Float[Tensor, " k"]]
"""The acquisition at k encoded points, larger is better; gradients pass through."""

CLIMB = 50
"""Steps of one climb: enough for the second digit that rounding leaves, in up to ten columns."""


def climb(region: Region, starts: Ints, score: Score) -> Ints:
    """Settable points around the places where climbs from these points, shape (k, p), end: (j, p).

    Without linear constraints the climbs are one search for the largest sum, so that all are scored
    at once; SLSQP, which holds a full matrix of curvatures, ends lower in so many columns.
    """
    groups = starts[:, None] if region.rules else starts[None]
    places = np.concatenate([_ends(region, group, score) for group in groups])
    return distinct(np.concatenate([around(region, place) for place in places]))


def _ends(region: Region, starts: Ints, score: Score) -> Floats:
    """Where climbs from these points end, between the levels, shape (k, p)."""
    from scipy.optimize import LinearConstraint, minimize  # on demand: 0.2 s to import

    places, ordered = starts.astype(np.float64), np.flatnonzero(region.columns >= 0)
    if not ordered.size:
        return places
    columns, steps = torch.from_numpy(region.columns[ordered]), region.steps[ordered]
    begin = torch.from_numpy(region.encode(starts))
    upper = np.tile((region.sizes[ordered] - 1) * steps, (len(starts), 1))
    for count in region.counts:  # what is not there stays away; neighbours bring it in
        upper[(starts[:, ordered] == 0) & np.isin(ordered, count.columns)] = 0.0

    def loss(x: Floats) -> tuple[float, Floats]:
        at = torch.from_numpy(x).requires_grad_()
        value = -score(begin.index_copy(1, columns, at.view(len(starts), -1))).sum()
        (slope,) = torch.autograd.grad(value, at)
        return value.item(), slope.numpy()

    held, rules = np.where(region.columns >= 0, 0, starts), []
    for rule in region.rules:
        row = np.array([rule.coefficients[i] for i in ordered.tolist()], dtype=np.float64) / steps
        size, bound = float(np.abs(row).max()), float(rule.bound - rule.left(held)[0])
        if size:
            low = bound / size if rule.equal else -np.inf
            rules.append(LinearConstraint(row / size, low, bound / size))
    # A climb that stops early ends somewhere, too; what it found is rounded and judged.
    found = minimize(
        loss,
        begin[:, columns].numpy().ravel(),
        jac=True,
        method="SLSQP" if rules else "L-BFGS-B",
        bounds=np.stack([np.zeros(upper.size), upper.ravel()], axis=1),
        constraints=rules,
        options={"maxiter": CLIMB},
    )
    places[:, ordered] = found.x.reshape(len(starts), -1) / steps
    return places.clip(0, region.sizes - 1)
