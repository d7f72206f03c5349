"""Limits: a mixture that meets values which are only seen from one side.

A limit enters the likelihood by the probability that the value lies beyond it (Tobin, Econometrica
26 (1958) 24; for Gaussian processes Ertin, IEEE SSP 2007), by expectation propagation under every
process of the mixture; the processes then see it as a value with a noise of its own
(``Sites.as_values``), after the measured ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from tansaku.bo.propagation import Sites, propagate
from tansaku.bo.surrogates.gp import GP
from tansaku.bo.surrogates.mixture import Mixture, systematic
from tansaku.bo.surrogates.observations import Limits
from tansaku.bo.surrogates.quadrature import NEGLIGIBLE, NUMBERS

ASKED = 512
"""Samples up to which each is asked about the limits."""
DRAWN = 256
"""Of more samples so many are drawn (sampling importance resampling: Rubin, in Bayesian Statistics
3 (1988) 395), half of them by their weights without the limits and half by the square root of
these: a limit that older data did not expect leaves samples that hardly counted before."""
CONTRADICTION = 1e-4
"""Probability, given all other results, below which a limit is set aside, one after the other: it
lies outside the 99.99 % interval. A value as far off is taken for noise by all samples that can;
but nothing bounds how far beyond a limit a value may lie, so noise that could bear with a wrong
limit has no place among samples that are spread by what the values differ."""


def proposal_of(log_weights: Float[Tensor, "b S"]) -> Float[Tensor, "b S"]:
    """By which samples are drawn before the limits are asked."""
    return (torch.softmax(log_weights, -1) + torch.softmax(log_weights / 2, -1)) / 2


def with_limits(
    mixture: Mixture, limits: Limits, rngs: Sequence[np.random.Generator]
) -> tuple[Mixture, Float[Tensor, "b c"]]:
    """(The mixture after the limits, ln of the probability of each limit by all other results);
    those that contradict the others are set aside."""
    (b, S), Z, c = mixture.log_weights.shape, mixture.null.shape[-1], limits.number
    index, origin = torch.arange(S, device=limits.bound.device).expand(b, S), mixture.origin
    weights = mixture.log_weights
    if S > ASKED:
        proposal = proposal_of(weights)
        index = systematic(proposal, DRAWN, rngs)
        origin = index, S
        weights = (weights - proposal.log()).gather(-1, index) - math.log(DRAWN)
    M = index.shape[-1]
    every = torch.cat([index, torch.arange(S, S + Z, device=index.device).expand(b, Z)], 1)
    draws = mixture.uniforms(rngs, M + Z)
    before = torch.cat([weights, mixture.null + mixture.log_odds], 1)
    near = before > weights.amax(-1, keepdim=True) - NEGLIGIBLE
    near[:, M:] = True
    evidence = torch.full_like(before, -math.inf)
    value, noise = before.new_zeros(b, M + Z, c), before.new_zeros(b, M + Z, c)
    likely = torch.zeros_like(limits.bound)

    def processes(problem: Int[Tensor, " k"], at: Int[Tensor, " k"]) -> GP:
        own = None if draws is None else draws[problem, at]
        return mixture.condition(problem, every[problem, at], own)

    gp = mixture.before()
    size = max(1, NUMBERS // ((M + Z) * (gp.alpha.shape[-1] + c) ** 2))
    for some in torch.arange(b, device=index.device).split(size):
        row, at = near[some].nonzero(as_tuple=True)
        problem = some[row]
        gp = processes(problem, at)
        sites, likely[some] = without_contradictions(
            sites_of(gp, limits.take(problem)), row, before[problem, at], likely[some]
        )
        evidence[problem, at] = sites.log_evidence
        value[problem, at], noise[problem, at] = sites.as_values()

    def condition(
        problem: Int[Tensor, " k"], at: Int[Tensor, " k"], _draws: Float[Tensor, " k"] | None
    ) -> GP:
        where = problem, at
        return processes(*where).joined(limits.X[problem], value[where], noise[where])

    met = replace(
        mixture,
        log_weights=weights + evidence[:, :M],
        null=mixture.null + evidence[:, M:],
        condition=condition,
        posterior=None,
        warm=None,
        chancy=False,
        origin=origin,
    )
    return met, likely


def sites_of(gp: GP, limits: Limits) -> Callable[[Bool[Tensor, "k c"]], Sites]:
    """What the limits are under each process, its values given and the uncertainty of its mean
    included; those set aside tell nothing."""
    cross = gp.cross(limits.X)
    mean, solved = gp.solve(limits.X, cross)
    lever = 1 - ((gp.root @ cross).mT @ gp.root.sum(-1, keepdim=True)).squeeze(-1)
    unsure = gp.mean_variance.view(-1, 1, 1) * lever.unsqueeze(-1) * lever.unsqueeze(-2)
    covariance = gp.left_over(limits.X, solved) + unsure
    bound = (limits.bound - gp.data.centre.unsqueeze(-1)) / gp.data.scale.unsqueeze(-1)
    noise = gp.error_variance.unsqueeze(-1).expand_as(bound)
    return lambda aside: propagate(
        mean, covariance, limits.side, bound, torch.where(aside, math.inf, noise)
    )


def without_contradictions(
    sites: Callable[[Bool[Tensor, "k c"]], Sites],
    problem: Int[Tensor, " k"],
    log_weight: Float[Tensor, " k"],
    likely: Float[Tensor, "b c"],
) -> tuple[Sites, Float[Tensor, "b c"]]:
    """(What the limits are under k laws, ln of the probability of each limit by all other results):
    in each problem, one after the other, the least likely is set aside, while it is a
    ``CONTRADICTION``.

    Args:
        sites: The limits under each law, without those set aside.
        problem: Whose each law is.
        log_weight: ln of the unnormalised probability of each law, without the limits.
        likely: Zeros.
    """
    mine = (problem == torch.arange(len(likely), device=problem.device).unsqueeze(-1)).unsqueeze(-1)
    aside = torch.zeros_like(likely, dtype=torch.bool)
    while True:
        found = sites(aside[problem])
        # Without one limit, a law's evidence is what it was over the probability of that limit.
        joint = (log_weight + found.log_evidence).unsqueeze(-1)
        every, without = (
            torch.where(mine, each, -math.inf).logsumexp(1)
            for each in (joint, joint - found.log_by_others)
        )
        likely = torch.where(aside, likely, every - without)
        open_ones = torch.where(aside, 0.0, likely)
        least = open_ones.amin(-1, keepdim=True)
        wrong = (open_ones == least) & (least < math.log(CONTRADICTION))
        if not wrong.any():
            return found, likely
        aside = aside | wrong
