"""Maximum a posteriori (or, with flat priors, maximum likelihood) hyperparameters, in batches."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.device import to_device
from tansaku.bo.kernels import kernels_named
from tansaku.bo.optimize import minimise
from tansaku.bo.optimize.bfgs import VALUE_TOLERANCE
from tansaku.bo.priors import PRIORS, HyperparameterPrior, PriorSet, start_points
from tansaku.bo.surrogates.gp import GP, Data, Hyperparameters, Noise, standardise
from tansaku.bo.surrogates.inducing import EXACT, condition_induced
from tansaku.bo.surrogates.mixture import Mixture, uniforms
from tansaku.bo.surrogates.observations import Observations
from tansaku.strategy import SurrogateSpec

FEW = 400
"""Measurements up to which every start is searched with all of them. An evaluation costs n^3: at
2,000 points four searches took minutes, and the same four at 400 points a few seconds."""
MOST = 1000
"""Measurements that any search of hyperparameters sees; all of them are learned from afterwards."""
ENOUGH = 0.01
"""Gain in ln posterior of a step below which the search with more than ``FEW`` measurements ends:
nobody sees a hundredth, and half of the evaluations at 1,000 and 2,000 points went into less."""
SHORT, WIDE = 0.1, 1.0
"""Length scale of a column that speaks alone, and of the others, which begin at their median and
again at ``WIDE``, the width of the pool: peaks of the posterior that the middle of the priors does
not lead to. Without such starts 13 of 800 problems of 4 to 24 points ended up to 5.5 below SciPy's
best of seven searches, with the first of them none; one of 200 others then ended 1.5 lower from a
quarter of its random starts, with both from none of 12."""
SMALL, FIRST_STEPS, KEPT = 40, 15, 3
"""Above ``SMALL`` measurements the searches are compared after ``FIRST_STEPS``, and ``KEPT`` of
them go on to their end: 1 of 200 problems of 80 to 250 points then ended lower. Of 800 smaller
ones 7 did, and there a step costs little."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How the free hyperparameters lie in the vector that is searched, as natural logarithms.

    First the length scales (d, or 1 where shared), then the noise variance, then the signal
    variance where it is free.
    """

    d: int
    shared: bool
    priors: PriorSet

    @property
    def scales(self) -> int:
        """Number of free length scales."""
        return 1 if self.shared else self.d

    @property
    def of_each(self) -> tuple[HyperparameterPrior, ...]:
        """One per component of the vector."""
        signal = () if self.priors.signal is None else (self.priors.signal,)
        return (self.priors.length_scale,) * self.scales + (self.priors.noise, *signal)

    def unpack(self, theta: Float[Tensor, "k p"]) -> Hyperparameters:
        """Vectors -> hyperparameters."""
        scales = theta[:, : self.scales].exp().expand(-1, self.d)
        noise = theta[:, self.scales].exp()
        free = self.priors.signal is not None
        signal = theta[:, self.scales + 1].exp() if free else torch.ones_like(noise)
        return Hyperparameters(scales, signal, noise)

    def gradient(self, gp: GP) -> Float[Tensor, "k p"]:
        """The likelihood's gradient along the vector."""
        d_scales, d_signal, d_noise = gp.gradient()
        if self.shared:
            d_scales = d_scales.sum(-1, keepdim=True)
        parts = [d_scales, d_noise.unsqueeze(-1)]
        if self.priors.signal is not None:
            parts.append(d_signal.unsqueeze(-1))
        return torch.cat(parts, -1)

    def log_prior(
        self, theta: Float[Tensor, "k p"]
    ) -> tuple[Float[Tensor, " k"], Float[Tensor, "k p"]]:
        """Log prior density and its gradient along the vector."""
        value, slope = torch.zeros_like(theta[:, 0]), torch.zeros_like(theta)
        for i, prior in enumerate(self.of_each):
            if prior.prior is not None:
                value = value + prior.prior.log_density(theta[:, i])
                slope[:, i] = prior.prior.slope(theta[:, i])
        return value, slope


def fit_map(
    observed: Observations,
    spec: SurrogateSpec,
    rngs: Sequence[np.random.Generator],
    start: Any = None,
) -> Mixture:
    """A mixture of one sample; see :func:`tansaku.bo.surrogates.fitting.fit`.

    Every problem is searched from ``spec.restarts`` points (and ``start``); the best end is kept.
    Above ``FEW`` measurements these searches see ``FEW`` of them, drawn at random, and one search
    from their best end sees all, or ``MOST`` of them; above ``EXACT`` what all say is told by
    inducing points. Of several kernels the first is fitted.
    """
    n, d = observed.X.shape[1:]
    data = standardise(observed.X, observed.y, observed.noise)
    layout = Layout(d, spec.length_scales == "shared", PRIORS[spec.prior](d))
    starts = _starts(layout, spec.restarts, rngs)
    first = starts[:, 0]
    if isinstance(start, torch.Tensor):  # of a search for maxima; others are of no use here
        starts = torch.cat([starts, start.unsqueeze(1)], 1)
    if n > FEW:
        theta, _cut = _search(layout, starts, _some(data, FEW, rngs), spec)
        starts = theta.unsqueeze(1)
    seen = data if n <= MOST else _some(data, MOST, rngs)
    theta, cut = _search(layout, starts, seen, spec)
    learn = GP.condition if n <= EXACT else condition_induced
    gp = _condition(layout, theta, data, spec, learn)
    found = Mixture.of_one(gp, gp, "map", {"cut": cut}, warm=theta)
    return replace(found, before=cache(lambda: _condition(layout, first, data, spec, learn)))


def _search(
    layout: Layout, starts: Float[Tensor, "b r p"], data: Data, spec: SurrogateSpec
) -> tuple[Float[Tensor, "b p"], bool]:
    """(The best end of r searches for each problem, whether the time was up before their end)."""
    b, r, p = starts.shape
    low, high = (
        starts.new_tensor([math.log(v) for v in bounds])
        for bounds in zip(*((v.low, v.high) for v in layout.of_each), strict=True)
    )
    each = torch.arange(b, device=starts.device)
    problem = each.repeat_interleave(r)

    def objective(
        theta: Float[Tensor, "k p"], index: Int[Tensor, " k"]
    ) -> tuple[Float[Tensor, " k"], Float[Tensor, "k p"]]:
        gp = _condition(layout, theta, data.take(problem[index]), spec)
        prior, slope = layout.log_prior(theta)
        return -(gp.log_marginal_likelihood + prior), -(layout.gradient(gp) + slope)

    if r > KEPT and data.z.shape[-1] > SMALL:
        found = minimise(objective, starts.reshape(b * r, p), low, high, FIRST_STEPS)
        first = found.value.view(b, r).topk(KEPT, largest=False).indices
        starts, r = found.x.view(b, r, p)[each.unsqueeze(-1), first], KEPT
        problem = each.repeat_interleave(r)
    enough = ENOUGH if data.z.shape[-1] > FEW else VALUE_TOLERANCE
    found = minimise(objective, starts.reshape(b * r, p), low, high, tolerance=enough)
    best = found.value.view(b, r).argmin(-1)
    return found.x.view(b, r, p)[each, best], found.cut


def _some(data: Data, number: int, rngs: Sequence[np.random.Generator]) -> Data:
    """So many measurements of each problem, on the scale of all."""
    n = data.z.shape[-1]
    rows = to_device(np.stack([rng.permutation(n)[:number] for rng in rngs]))
    problem = torch.arange(len(rows), device=rows.device).unsqueeze(-1)
    noise = data.noise
    few = Noise(*(each[problem, rows] for each in (noise.counts, noise.known, noise.runs)))
    return replace(data, X=data.X[problem, rows], z=data.z[problem, rows], noise=few)


def _condition(
    layout: Layout,
    theta: Float[Tensor, "k p"],
    data: Data,
    spec: SurrogateSpec,
    learn: Callable[..., GP] = GP.condition,
) -> GP:
    return learn(
        kernels_named(spec.kernel)[0],
        layout.unpack(theta),
        data,
        constant_mean=spec.mean == "constant",
        nugget=spec.nugget,
    )


def _starts(
    layout: Layout, restarts: int, rngs: Sequence[np.random.Generator]
) -> Float[Tensor, "b r p"]:
    of_each = layout.of_each
    draws = uniforms(rngs, restarts, len(of_each))
    columns = [
        start_points(prior, restarts, draws[:, :, i].T.contiguous()).T
        for i, prior in enumerate(of_each)
    ]
    drawn = torch.stack(columns, -1)
    middle = [math.log(b.start) if b.prior is None else b.prior.mu for b in of_each]
    alone = drawn.new_tensor(middle).repeat(layout.scales + 1, 1)
    alone[:, layout.scales] = math.log(layout.priors.noise.start)
    short = torch.eye(layout.scales, dtype=torch.bool, device=drawn.device)
    short = torch.cat([short, torch.ones_like(short[:1])])
    wide = alone.clone()
    wide[:, : layout.scales] = math.log(WIDE)
    for starts in (alone, wide):
        starts[:, : layout.scales][short] = math.log(SHORT)
    alone = torch.cat([alone, wide[:-1]])  # where all speak, no others are left
    return torch.cat([drawn, alone.expand(len(drawn), -1, -1)], 1)
