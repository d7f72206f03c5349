"""Phases: values that jump where another phase forms, and which phase forms where.

The phase of a sample joins the inputs of the regression: one column for each phase, 1 / sqrt(2) in
the sample's own, so that two phases lie 1 apart. Values of one phase then teach about another as
far as their evidence says (the product covariance of Bonilla, Chai, Williams, NeurIPS 2007, with
hyperparameter samples in place of a matrix of its own). The phase of what is not made yet is not
known: a probit classifier for each phase against the others (``bo.feasibility``) says how likely it
is, and whatever is asked of a candidate is averaged over the phases with these probabilities, as
for gated experts (Rasmussen and Ghahramani, NeurIPS 2001).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from statistics import NormalDist

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo import feasibility
from tansaku.bo.device import to_device, to_host
from tansaku.design import Floats, Ints, Phases, Problems

EDGE = 1 / math.sqrt(2)
"""Height of a phase's column, for a distance of 1 between two phases: the unit of
``LABEL_SCALES``."""
SCATTERED = 0.02
"""Prior probability that phases have nothing to do with the inputs: small, because which phase
forms follows from composition and firing, unlike a crack."""
SHARED = (0.1, 0.2, 0.4, 0.8, 1.6)
"""Length scales that all columns share, times sqrt(d / 2): from a step of a 10-step grid on."""
OWN = 12
"""Settings with a length scale for each column, half of the weight where there are several: the
border between phases often depends on one input most. Their law is that of the regression's
(``bo.surrogates.hyperparameter_samples``)."""
OWN_MEDIAN, OWN_SIGMA = 0.5, 1.0
"""Log-normal law of these, times sqrt(d / 2)."""
SIGNALS = (8.0, 128.0)
"""Variances of the probit: between the borders a phase is nearly certain."""
KEPT = 16
"""Settings that are kept of each problem, the likeliest."""


@cache
def settings_for(d: int) -> feasibility.Settings:
    """What is averaged over in d columns."""
    unit = math.sqrt(d / 2)
    shared = np.repeat(unit * np.array(SHARED)[:, None], d, axis=1)
    own = np.empty((0, d))
    if d > 1:
        draws = torch.quasirandom.SobolEngine(d, scramble=True, seed=1).draw(
            OWN, dtype=torch.float64
        )
        normal = to_host(torch.special.ndtri(draws.clamp(1e-3, 1 - 1e-3)))
        own = unit * OWN_MEDIAN * np.exp(OWN_SIGMA * normal)
    scales = np.concatenate([np.repeat(each, len(SIGNALS), axis=0) for each in (shared, own)])
    shares = [1 - SCATTERED] if d == 1 else [(1 - SCATTERED) / 2] * 2
    numbers = [len(SIGNALS) * len(each) for each in (shared, own) if len(each)]
    weight = np.concatenate([np.full(n, s / n) for n, s in zip(numbers, shares, strict=True)])
    return feasibility.Settings(
        np.concatenate([np.ones((1, d)), scales]),
        np.concatenate([[0.0], np.tile(SIGNALS, sum(numbers) // len(SIGNALS))]),
        np.log(np.concatenate([[SCATTERED], weight])),
    )


@dataclass(frozen=True, slots=True)
class PhaseClassifier:
    """Which phase forms where, learned for b problems.

    Attributes:
        number: P, the number of phases.
        against: One classifier for each phase against the others, (b x P) problems; of two phases
            for the first alone, because the second is what is left.

    Example:
        >>> X = np.array([[[0.0], [0.2], [0.8], [1.0]]])
        >>> known = Phases(2, X, np.array([[0, 0, 1, 1]]), np.zeros((1, 0), dtype=int))
        >>> gate = PhaseClassifier.learn(known)
        >>> [round(float(p), 1) for p in gate.shares(torch.tensor([[0.1]]).double()).flatten()]
        [0.9, 0.1]
    """

    number: int
    against: feasibility.FeasibilityClassifier

    @classmethod
    def learn(cls, phases: Phases) -> PhaseClassifier:
        """From the samples whose phase was found."""
        number = phases.number
        asked = np.arange(number if number > 2 else 1)
        X = to_device(phases.X).repeat_interleave(len(asked), 0)
        own = asked[None, :, None] == phases.of[:, None]
        # Before any sample, each of the P phases is as likely as another.
        rare = NormalDist().inv_cdf(1 / number)
        mean = math.sqrt(1 + feasibility.MEAN_VARIANCE) * rare
        flags = to_device(own.reshape(-1, own.shape[-1]))
        learnt = feasibility.learn(X, flags, mean=mean, settings=settings_for(X.shape[-1]))
        return cls(number, learnt.likeliest(KEPT))

    def shares(self, points: Float[Tensor, "N d"]) -> Float[Tensor, "b P N"]:
        """P(phase) at each point, 1 in all; gradients pass through."""
        each = self.against.probability(points)
        if self.number == 2:
            return torch.stack([each, 1 - each], 1)
        each = each.view(-1, self.number, points.shape[0])
        return each / each.sum(1, keepdim=True)

    def spread(self, points: Float[Tensor, "N d"]) -> Float[Tensor, "M c"]:
        """The points in every phase, M = P x N, phase by phase, as the regression sees them."""
        one = EDGE * torch.eye(self.number, dtype=points.dtype, device=points.device)
        columns = one.repeat_interleave(len(points), 0)
        return torch.cat([points.repeat(self.number, 1), columns], -1)

    def widen(self, problems: Problems) -> Problems:
        """The searches with the phase among the inputs of values, limits and older data; where it
        was not found, each phase counts by its probability."""
        phases, limits = problems.phases, problems.limits
        if phases is None:
            return problems
        if problems.sources and problems.size > 1:
            raise ValueError("phases of older data are told in one search at a time")
        if limits is not None:
            limits = replace(limits, X=self.with_columns(limits.X, phases.limits))
        sources = tuple(
            replace(each, X=self.with_columns(each.X[None], np.full((1, len(each.X)), -1))[0])
            for each in problems.sources
        )
        X = self.with_columns(problems.X, phases.values)
        return replace(problems, X=X, limits=limits, sources=sources, positions=None)

    def with_columns(self, X: Floats, of: Ints) -> Floats:
        """Points and the phase found there, -1 where none was: (b, n, d) -> (b, n, d + P)."""
        columns = (np.arange(self.number) == of[..., None]).astype(np.float64)
        for i, missing in enumerate(of < 0):
            if missing.any():
                columns[i, missing] = to_host(self.shares(to_device(X[i, missing])))[i].T
        return np.concatenate([X, EDGE * columns], axis=-1)
