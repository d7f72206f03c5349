"""Search bound: the best of all settable points, and the proof that no other is better."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.acquisition import acquisition_of, score_of
from tansaku.bo.device import to_device, to_host
from tansaku.bo.fantasy_posterior import MultiOutputModel
from tansaku.bo.kernels import squared_distance
from tansaku.bo.optimize.branch_and_bound import Bounded, branch_and_bound
from tansaku.bo.posteriors import block_size
from tansaku.bo.surrogates.gp import GP
from tansaku.design import Direction, Floats, Ints, Region

ROUNDING = 1e-15
"""Error of differences of correlations, which are at most 1."""


def best_of_all(
    model: MultiOutputModel, region: Region, found: Ints, values: Floats, gone: Ints, most: int
) -> Bounded | None:
    """What is known of all settable points, scores as logarithms; ``None`` where nothing bounds
    them: with a value to be matched, phases, older data, columns made of several parameters, or an
    acquisition that does not rise with mean and sd.

    Args:
        model: One problem, one outcome.
        region: What can be set.
        found: Points that are known, shape (k, p).
        values: Their scores, shape (k,).
        gone: Points that are not looked for, shape (z, p).
        most: Covariances with the data that are computed at the most.
    """
    asked, fitted = acquisition_of(model.strategy.acquisition), model.fitted[0]
    problem, open_ = model.joint.outcomes[0], ~(found[:, None] == gone).all(-1).any(-1)
    upwards = problem.direction is Direction.MAXIMISE
    if fitted is None or not (upwards and asked.rises and region.separable and open_.any()):
        return None
    if fitted.gate is not None or problem.sources:
        return None
    ordered = np.flatnonzero(region.columns >= 0)
    columns, steps = to_device(region.columns[ordered]), to_device(region.steps[ordered])
    variation = _Variation.of(fitted.processes, columns)

    def ln(score: Tensor) -> Floats:
        return to_host(score.log() if asked.kind == "gain" else score)[0]

    def ask(middle: Ints, reach: Ints) -> tuple[Floats, Floats]:
        X = to_device(region.encode(middle))
        given = model.over(X).acquisition_input(
            model.strategy.acquisition, [np.random.default_rng(0)]
        )
        up, wider = variation.around(X, to_device(reach[:, ordered]) * steps)
        (outcome,) = given.outcomes
        highest = replace(
            outcome,
            mean=outcome.mean + fitted.of_each(up),
            sd=outcome.sd + fitted.of_each(wider),
        )
        return ln(score_of(asked, given)), ln(asked.score(replace(given, outcomes=[highest])))

    score = float(ln(to_device(values[open_])[None]).max())
    slopes = np.zeros(len(region.sizes))
    slopes[ordered] = to_host((steps / variation.scales).mean(0))
    size = len(variation.norm) * max(problem.observations, 8)
    if not np.isfinite(score):
        return None
    return branch_and_bound(
        region,
        ask,
        score,
        slopes=slopes,
        gone=gone,
        most=most // size,
        at_a_time=block_size(fitted),
    )


class _Variation(NamedTuple):
    """How far the beliefs of u processes can vary over a box around c.

    With phi(x) = k(x, .), a posterior mean m and sd s keep, in the space of the kernel k,

    - m(x) - m(c) <= |m| |phi(x) - phi(c)|, and
      m(x) - m(c) <= grad m(c) . (x - c) + |m| |phi(x) - phi(c) - D phi(c) (x - c)|
      (Cauchy and Schwarz; |m| is the norm of the mean less its constant),
    - s(x) - s(c) <= |phi(x) - phi(c)|, as s is the distance from all that the data and their errors
      span.

    Both distances follow from k and its slope, and grow with the distance of x and c where k is a
    mixture of Gaussians, as all kernels here are.

    Attributes:
        gp: The processes.
        columns: The columns in which boxes extend, shape (o,).
        norm: |m|, standardised, shape (u, 1).
        scales: Length scales of the columns, shape (u, o).
    """

    gp: GP
    columns: Tensor
    norm: Float[Tensor, "u 1"]
    scales: Float[Tensor, "u o"]

    @classmethod
    def of(cls, gp: GP, columns: Tensor) -> _Variation:
        bent = gp.data.mean_of(gp) - gp.mean.unsqueeze(-1)  # K alpha, without the errors
        norm = (bent * gp.alpha).sum(-1, keepdim=True).clamp_min(0).sqrt()
        return cls(gp, columns, norm, gp.hyperparameters.length_scales[:, columns])

    def around(
        self, X: Float[Tensor, "k d"], side: Float[Tensor, "k o"]
    ) -> tuple[Float[Tensor, "u k"], Float[Tensor, "u k"]]:
        """How much mean and sd can rise within these sides of k points, model units."""
        kernel, signal = self.gp.kernel, self.gp.hyperparameters.signal.unsqueeze(-1)
        unit = self.gp.data.scale.unsqueeze(-1)
        sides = side / self.scales.unsqueeze(-2)
        farthest = sides.square().sum(-1)
        apart = 2 * (1 - kernel.value(farthest)) + ROUNDING
        wider = (signal * apart.clamp_min(0)).sqrt()
        up, start = self.norm * wider, kernel.slope(torch.zeros_like(signal))
        if bool(torch.isclose(start, kernel.slope(torch.full_like(start, 1e-16))).all()):
            left = apart + 4 * farthest * kernel.slope(farthest) - 2 * farthest * start
            curved = self.norm * (signal * left.clamp_min(ROUNDING)).sqrt()
            up = torch.minimum(up, (self._gradient(X).abs() * sides).sum(-1) + curved)
        return up * unit, wider * unit

    def _gradient(self, X: Float[Tensor, "k d"]) -> Float[Tensor, "u k o"]:
        """Of the means, standardised, along columns in units of their length scales."""
        h, data = self.gp.hyperparameters, self.gp.data
        points = X.expand(len(self.norm), -1, -1)
        squares = squared_distance(data.X, points, h.length_scales)
        weights = (self.gp.alpha.unsqueeze(-1) * self.gp.kernel.slope(squares)).mT
        scales = self.scales.unsqueeze(-2)
        there, known = points[..., self.columns] / scales, data.X[..., self.columns] / scales
        both = weights.sum(-1, keepdim=True) * there - weights @ known
        return 2 * h.signal.view(-1, 1, 1) * both
