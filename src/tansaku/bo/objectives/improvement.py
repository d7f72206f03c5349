"""Expected hypervolume improvement, exact for independent normal beliefs, and the chance of any.

Over the boxes that the front leaves free the improvement is a sum of products (Emmerich, Deutz,
Klinkenberg, CEC 2011; Yang, Emmerich, Deutz, Back, J. Glob. Optim. 75 (2019) 3): in each box every
objective adds what it is expected to gain between the lower and the upper edge. Where a belief is
a mixture, each objective's part is averaged over its components first, because the objectives are
independent. All on a log scale, so that candidates far below the front are still told apart.

Axes: b problems, k components, t edges, c boxes, N candidates, m objectives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.objectives.boxes import Boxes
from tansaku.bo.objectives.normal import (
    log_expected_closeness,
    log_mean,
    log_mean_improvement,
    log_probability_of_closeness,
    log_probability_of_improvement,
)
from tansaku.design import Direction, Want

BOX_NUMBERS = 4_000_000
"""Boxes x candidates that are summed at a time: 32 MB an array, a few of which are alive."""
EDGE_NUMBERS = 200_000
"""Edges x components x candidates above which gains are computed at a time: 1.6 MB an array, which
stays in the processor's cache; with a few hundred candidates all edges in one pass."""


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


def log_hypervolume_improvement(outcomes: Sequence[Outcome], boxes: Boxes) -> Float[Tensor, "b N"]:
    """ln of the expected volume that a candidate adds to what the front dominates."""
    return _over_boxes(
        [_edgewise(log_gain, each, boxes, j) for j, each in enumerate(outcomes)], boxes
    )


def log_chance_of_improvement(outcomes: Sequence[Outcome], boxes: Boxes) -> Float[Tensor, "b N"]:
    """ln of the probability that a candidate lies where no point of the front dominates it."""
    return _over_boxes(
        [_edgewise(log_chance, each, boxes, j) for j, each in enumerate(outcomes)], boxes
    )


def _edgewise(
    how: Callable[[Outcome, Float[Tensor, "c 1"]], Float[Tensor, "c N"]],
    outcome: Outcome,
    boxes: Boxes,
    j: int,
) -> Float[Tensor, "b t N"]:
    """``log_gain`` or ``log_chance`` above every edge; the first edge is infinite."""
    b, _k, N = outcome.mean.shape
    above = [outcome.mean.new_full((b, 1, N), -torch.inf)]
    for edges in boxes.edges[:, 1:, j].split(max(1, EDGE_NUMBERS // outcome.mean.numel()), 1):
        t = edges.shape[1]
        mean, sd = (each.repeat_interleave(t, 0) for each in (outcome.mean, outcome.sd))
        found = how(Outcome(mean, sd, outcome.want), edges.reshape(-1, 1))
        above.append(found.unflatten(0, (b, t)))
    return torch.cat(above, 1)


def _over_boxes(above: Sequence[Float[Tensor, "b t N"]], boxes: Boxes) -> Float[Tensor, "b N"]:
    """ln of the sum over boxes of the product over objectives of what lies between the edges."""
    b, c, _m = boxes.lower.shape
    N = above[0].shape[-1]
    size = max(1, BOX_NUMBERS // max(1, b * N))
    total = above[0].new_full((b, N), -torch.inf)
    for start in range(0, c, size):
        inside = above[0].new_zeros(())
        for j, each in enumerate(above):
            lower, upper = (
                each.gather(1, edge[:, start : start + size, j, None].expand(-1, -1, N))
                for edge in (boxes.lower, boxes.upper)
            )
            inside = inside + log_difference(lower, upper)
        total = torch.logaddexp(total, torch.logsumexp(inside, 1))
    return total
