"""Expected hypervolume improvement, exact for independent normal beliefs, and the chance of any.

Over the boxes that the front leaves free the improvement is a sum of products (Emmerich, Deutz,
Klinkenberg, CEC 2011; Yang, Emmerich, Deutz, Back, J. Glob. Optim. 75 (2019) 3): in each box every
objective adds what it is expected to gain between the lower and the upper edge. Where a belief is
a mixture, each objective's part is averaged over its components first, because the objectives are
independent. Where that underflows it is done with logarithms, so that candidates far below the
front are still told apart.

Axes: b problems, k components, t edges, c boxes, N candidates, m objectives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.objectives.boxes import Boxes
from tansaku.bo.objectives.normal import (
    density,
    log_expected_closeness,
    log_mean,
    log_mean_improvement,
    log_probability_of_closeness,
    log_probability_of_improvement,
    ndtr,
)
from tansaku.design import Direction, Want

UNDERFLOW = 1e-250
"""Gains above this keep their digits as plain numbers, whatever the units."""
NUMBERS = 1 << 16
"""Boxes or edges and components x candidates at a time: 512 kB an array, a few of which are alive
and stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is believed of one outcome of every candidate: k normal laws, weighed alike.

    Attributes:
        mean: Shape (b, k, N), model units.
        sd: Shape (b, k, N), > 0.
        want: What is wanted of it.
    """

    mean: Float[Tensor, "b k N"]
    sd: Float[Tensor, "b k N"]
    want: Want


def objective_score(values: Float[Tensor, "*shape"], want: Want) -> Float[Tensor, "*shape"]:
    """Model values -> larger is better: themselves, or minus the distance to what is to be
    matched, beyond the tolerance."""
    if want.direction is Direction.MATCH:
        return -((values - want.match).abs() - want.tolerance).clamp_min(0.0)
    return values


def log_gain(outcome: Outcome, edge: Float[Tensor, "b #k"]) -> Float[Tensor, "b N"]:
    """ln E[max(goodness - edge, 0)]; each component may have an edge of its own."""
    want, at = outcome.want, edge.unsqueeze(-1)
    if want.direction is not Direction.MATCH:
        return log_mean_improvement(outcome.mean, outcome.sd, at)
    offset, reach = outcome.mean - want.match, (-at).clamp_min(0.0)
    wide = _closeness(offset, outcome.sd, reach + want.tolerance)
    if want.tolerance == 0:
        return log_mean(wide)
    inner = _closeness(offset, outcome.sd, torch.full_like(reach, want.tolerance))
    return log_mean(log_difference(wide, inner))


def log_chance(outcome: Outcome, edge: Float[Tensor, "b #k"]) -> Float[Tensor, "b N"]:
    """ln P(goodness > edge); each component may have an edge of its own."""
    want, at = outcome.want, edge.unsqueeze(-1)
    if want.direction is not Direction.MATCH:
        return log_mean(log_probability_of_improvement(outcome.mean, outcome.sd, at))
    reach = torch.where(at < 0, want.tolerance - at, 0.0)
    within = log_probability_of_closeness(
        outcome.mean - want.match, outcome.sd, reach.clamp_min(_NARROWEST)
    )
    return log_mean(torch.where(reach > 0, within, -torch.inf))


_NARROWEST = 1e-300
"""Half-width of a window that is closed: keeps logarithms finite where the answer is set anyway."""


def _closeness(
    offset: Float[Tensor, "b k N"], sd: Float[Tensor, "b k N"], reach: Float[Tensor, "b #k 1"]
) -> Float[Tensor, "b k N"]:
    """ln E[max(reach - |offset|, 0)]; -inf where the reach is 0."""
    found = log_expected_closeness(offset, sd, reach.clamp_min(_NARROWEST))
    return torch.where(reach > 0, found, -torch.inf)


def log_difference(
    a: Float[Tensor, "*#shape"], b: Float[Tensor, "*#shape"]
) -> Float[Tensor, "*shape"]:
    """ln(exp(a) - exp(b)) for a >= b; -inf where they are equal, up to rounding."""
    apart = (b - a).clamp_max(0.0)
    found = a + torch.log(-torch.expm1(apart))
    return torch.where(torch.isneginf(a), a, found)


def hypervolume_improvement(outcomes: Sequence[Outcome], boxes: Boxes) -> Float[Tensor, "b N"]:
    """The expected volume that a candidate adds to what the front dominates, as a plain number:
    below ``UNDERFLOW`` it loses digits."""
    return _sum_over_boxes(_gains, outcomes, boxes)


def log_hypervolume_improvement(outcomes: Sequence[Outcome], boxes: Boxes) -> Float[Tensor, "b N"]:
    """ln of the expected volume that a candidate adds to what the front dominates."""
    return _logarithm(hypervolume_improvement(outcomes, boxes), log_gain, outcomes, boxes)


def log_chance_of_improvement(outcomes: Sequence[Outcome], boxes: Boxes) -> Float[Tensor, "b N"]:
    """ln of the probability that a candidate lies where no point of the front dominates it."""
    return _logarithm(_sum_over_boxes(_chances, outcomes, boxes), log_chance, outcomes, boxes)


def _logarithm(
    plain: Float[Tensor, "b N"],
    how: Callable[[Outcome, Float[Tensor, "c 1"]], Float[Tensor, "c N"]],
    outcomes: Sequence[Outcome],
    boxes: Boxes,
) -> Float[Tensor, "b N"]:
    """Of a sum over boxes; of one that underflows from the logarithms of its parts."""
    answer = plain.clamp_min(UNDERFLOW).log()
    few = (plain < UNDERFLOW).any(0)
    if bool(few.any()):
        some = [Outcome(each.mean[..., few], each.sd[..., few], each.want) for each in outcomes]
        above = [_edgewise(how, each, boxes.edges[:, 1:, j]) for j, each in enumerate(some)]
        inside = _between(above, boxes, -torch.inf, log_difference, torch.add)
        exact = torch.stack([each.logsumexp(1) for each in inside]).logsumexp(0)
        answer[:, few] = torch.where(plain[:, few] < UNDERFLOW, exact, answer[:, few])
    return answer


def _sum_over_boxes(
    how: Callable[[Outcome, Float[Tensor, "b t"]], Float[Tensor, "b t N"]],
    outcomes: Sequence[Outcome],
    boxes: Boxes,
) -> Float[Tensor, "b N"]:
    """The sum over boxes of the product over objectives of what lies between the edges, some
    problems at a time. Where next to nothing lies between two of them digits are lost, but not of
    the sum: what is open to a value is open to higher ones, and there lies the rest."""
    size = max(1, NUMBERS // max(1, boxes.lower.shape[1] * outcomes[0].mean.shape[-1]))
    found = []
    for start in range(0, len(boxes.edges), size):
        at = slice(start, start + size)
        some = Boxes(boxes.edges[at], boxes.lower[at], boxes.upper[at])
        above = [
            how(Outcome(each.mean[at], each.sd[at], each.want), some.edges[:, 1:, j])
            for j, each in enumerate(outcomes)
        ]
        inside = _between(above, some, 0.0, lambda a, b: a.sub_(b).clamp_min_(0.0), torch.mul)
        found.append(torch.stack([each.sum(1) for each in inside]).sum(0))
    return torch.cat(found)


def _between(
    above: Sequence[Float[Tensor, "b t N"]],
    boxes: Boxes,
    beyond: float,
    apart: Callable[[Tensor, Tensor], Tensor],
    joined: Callable[[Tensor, Tensor], Tensor],
) -> Iterator[Float[Tensor, "b c N"]]:
    """What lies between the edges of each box, joined over the objectives, some boxes at a time.
    ``above`` tells what lies above each edge but the first, which is infinite: ``beyond``."""
    b, t, N = above[0].shape
    first = torch.arange(b, device=above[0].device).mul(t + 1).unsqueeze(1)  # row of each problem
    edges = [torch.cat([each.new_full((b, 1, N), beyond), each], 1).flatten(0, 1) for each in above]
    size = max(1, NUMBERS // max(1, b * N))
    for lower, upper in zip(boxes.lower.split(size, 1), boxes.upper.split(size, 1), strict=True):
        low, high = ((first.unsqueeze(2) + each).flatten(0, 1).mT for each in (lower, upper))
        inside = edges[0].index_select(0, low[0])  # it has no upper edge
        for j, each in enumerate(edges[1:], 1):
            between = apart(each.index_select(0, low[j]), each.index_select(0, high[j]))
            inside = joined(inside, between)
        yield inside.unflatten(0, (b, -1))


def _gains(outcome: Outcome, edges: Float[Tensor, "b t"]) -> Float[Tensor, "b t N"]:
    """E[max(goodness - edge, 0)] above every edge, averaged over the components."""
    if outcome.want.direction is Direction.MATCH:
        return _edgewise(log_gain, outcome, edges).exp()
    parts = []
    for u, sd in _standardised(outcome, edges):
        gain = density(u).addcmul_(u, ndtr(u)).clamp_min_(0.0)
        parts.append(gain.mul_(sd).sum(2))
    return torch.stack(parts).sum(0) / outcome.mean.shape[1]


def _chances(outcome: Outcome, edges: Float[Tensor, "b t"]) -> Float[Tensor, "b t N"]:
    """P(goodness > edge) above every edge, averaged over the components."""
    if outcome.want.direction is Direction.MATCH:
        return _edgewise(log_chance, outcome, edges).exp()
    parts = [ndtr(u).sum(2) for u, _sd in _standardised(outcome, edges)]
    return torch.stack(parts).sum(0) / outcome.mean.shape[1]


def _standardised(
    outcome: Outcome, edges: Float[Tensor, "b t"]
) -> Iterator[tuple[Float[Tensor, "b t k N"], Float[Tensor, "b 1 k N"]]]:
    """(Means above the edges in units of the sds, sds), some components at a time."""
    size = max(1, NUMBERS // max(1, edges.numel() * outcome.mean.shape[-1]))
    for some in zip(outcome.mean.split(size, 1), outcome.sd.split(size, 1), strict=True):
        mean, sd = (each.unsqueeze(1) for each in some)
        yield (mean - edges[..., None, None]).div_(sd), sd


def _edgewise(
    how: Callable[[Outcome, Float[Tensor, "c 1"]], Float[Tensor, "c N"]],
    outcome: Outcome,
    edges: Float[Tensor, "b t"],
) -> Float[Tensor, "b t N"]:
    """``log_gain`` or ``log_chance`` above every edge, some edges at a time."""
    found = []
    for some in edges.split(max(1, NUMBERS // max(1, outcome.mean.numel())), 1):
        mean, sd = (each.repeat_interleave(some.shape[1], 0) for each in (outcome.mean, outcome.sd))
        each = how(Outcome(mean, sd, outcome.want), some.reshape(-1, 1))
        found.append(each.unflatten(0, some.shape))
    return torch.cat(found, 1)
