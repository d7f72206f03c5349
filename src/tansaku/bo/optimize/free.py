"""Local refinement of an acquisition between the settable points of a region.

BoTorch's optimiser (Balandat et al., NeurIPS 2020) climbs from each start in the numbers, with the
choices held; the place where it ends is rounded to the settable points around it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.optimize.settable import around
from tansaku.design import Ints, Region

Score = Callable[[Float[Tensor, "k d"]], Float[Tensor, " k"]]
"""The acquisition at k encoded points, larger is better; gradients pass through."""

CLIMB = 50
"""Steps of one climb: enough for the second digit that rounding leaves, in up to ten columns."""


def climb(region: Region, start: Ints, score: Score) -> Ints:
    """Settable points around the place where the climb from ``start``, shape (p,), ends: (k, p)."""
    from botorch.exceptions.warnings import OptimizationWarning  # on demand: 0.5 s to import
    from botorch.generation.gen import gen_candidates_scipy

    # What is counted and not there stays away; the neighbours of a point bring others in.
    absent = {i for rule in region.counts for i in rule.columns if start[i] == 0}
    ordered = np.array(
        [i for i, column in enumerate(region.columns) if column >= 0 and i not in absent],
        dtype=np.int64,
    )
    if not ordered.size:
        return start[None]
    begin = torch.from_numpy(region.encode(start[None]))
    columns = region.columns[ordered]
    upper = torch.ones(begin.shape[1], dtype=torch.float64)
    upper[columns] = torch.from_numpy((region.sizes[ordered] - 1) * region.steps[ordered])
    fixed = sorted(set(range(begin.shape[1])) - set(columns.tolist()))
    below, equal = _constraints(region, ordered)
    # A climb that stops early ends somewhere, too; what it found is rounded and judged. BoTorch
    # insists on telling, so its warnings are caught and all others passed on.
    with warnings.catch_warnings(record=True) as told:
        found, _value = gen_candidates_scipy(
            begin.unsqueeze(0),
            _Acquisition(score),  # type: ignore[arg-type]
            lower_bounds=torch.zeros_like(upper),
            upper_bounds=upper,
            inequality_constraints=below,
            equality_constraints=equal,
            fixed_features={column: float(begin[0, column]) for column in fixed} or None,
            options={"maxiter": CLIMB},
        )
    for each in told:
        if not issubclass(each.category, OptimizationWarning | RuntimeWarning):
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
    place = start.astype(np.float64)
    place[ordered] = found[0, 0].numpy()[columns] / region.steps[ordered]
    return around(region, np.clip(place, 0, region.sizes - 1))


class _Acquisition(torch.nn.Module):
    """The score in BoTorch's shape: (batch, 1, d) -> (batch,)."""

    def __init__(self, score: Score) -> None:
        super().__init__()
        self.score = score

    def forward(self, X: Float[Tensor, "batch 1 d"]) -> Float[Tensor, " batch"]:
        """The score of each point."""
        return self.score(X.squeeze(-2))


Linear = list[tuple[Tensor, Tensor, float]]


def _constraints(region: Region, ordered: Ints) -> tuple[Linear | None, Linear | None]:
    """The rules on encoded columns as BoTorch has them: (sum >= bound, sum == bound)."""
    below: Linear = []
    equal: Linear = []
    for rule in region.rules:
        factors = np.array([rule.coefficients[i] for i in ordered.tolist()], dtype=np.float64)
        factors = factors / region.steps[ordered]
        used = np.flatnonzero(factors)
        size = float(np.abs(factors).max(initial=0.0))
        if not used.size:
            continue
        columns = torch.from_numpy(region.columns[ordered][used])
        row = torch.from_numpy(factors[used] / size)
        if rule.equal:
            equal.append((columns, row, rule.bound / size))
        else:
            below.append((columns, -row, -rule.bound / size))
    return below or None, equal or None
