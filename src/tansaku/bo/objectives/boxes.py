"""Boxes: the space that a front leaves free, cut into boxes, for many fronts at once.

Cutting by the last objective first and by the staircase of the others below each cut, as the
improvement of the hypervolume then is a sum over boxes of products over objectives (Hupkens,
Deutz, Yang, Emmerich, EMO 2015; Yang, Emmerich, Deutz, Back, J. Glob. Optim. 75 (2019) 3). Axes: b
fronts, p points, m objectives, c boxes, t thresholds.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Boxes:
    """The part above a reference point that b fronts do not dominate, as disjoint boxes.

    Attributes:
        edges: Where boxes begin and end, objective by objective, shape (b, t, m); the first is
            infinite, the last the reference.
        lower: Index of the lower edge of each box, shape (b, c, m).
        upper: Index of its upper edge, of the first objective always the infinite one; an empty box
            fills up shorter lists.
    """

    edges: Float[Tensor, "b t m"]
    lower: Int[Tensor, "b c m"]
    upper: Int[Tensor, "b c m"]

    @classmethod
    def above(
        cls,
        front: Float[Tensor, "b p m"],
        reference: Float[Tensor, "b m"],
        counts: Bool[Tensor, "b p"] | None = None,
    ) -> Boxes:
        """Cut what the points leave free.

        Args:
            front: Larger is better; dominated points do no harm.
            reference: What every objective must beat.
            counts: Which points are there; by default all.
        """
        above = (front > reference.unsqueeze(1)).all(-1)
        if counts is not None:
            above = above & counts
        infinite = torch.full_like(reference, torch.inf).unsqueeze(1)
        if reference.shape[1] == 1:  # a single box, above the best
            best = torch.where(above.unsqueeze(-1), front, reference.unsqueeze(1))
            best = torch.cat([best, reference.unsqueeze(1)], 1).amax(1, keepdim=True)
            lower = torch.ones_like(best, dtype=torch.int64)
            return cls(torch.cat([infinite, best], 1), lower, torch.zeros_like(lower))
        front, active = _shortened(front, above)
        edges = torch.cat([infinite, front, reference.unsqueeze(1)], 1)
        lower, upper = _cut(edges, active)
        at = edges.unsqueeze(1).expand(-1, lower.shape[1], -1, -1)
        widths = _gather(at, upper) - _gather(at, lower)
        full = (widths > 0).all(-1)
        order = full.long().argsort(dim=1, descending=True, stable=True)
        order = order[:, : int(full.sum(1).max())].unsqueeze(-1).expand(-1, -1, lower.shape[-1])
        lower, upper, full = lower.gather(1, order), upper.gather(1, order), full.sum(1)
        spare = torch.arange(lower.shape[1], device=full.device) >= full.unsqueeze(1)
        upper[..., 1:] = torch.where(spare.unsqueeze(-1), lower, upper)[..., 1:]
        return cls(edges, lower, upper)


def _gather(edges: Float[Tensor, "b c t m"], index: Int[Tensor, "b c m"]) -> Float[Tensor, "b c m"]:
    """The edges with these indices."""
    return edges.gather(2, index.unsqueeze(2)).squeeze(2)


def _shortened(
    front: Float[Tensor, "b p m"], above: Bool[Tensor, "b p"]
) -> tuple[Float[Tensor, "b q m"], Bool[Tensor, "b q"]]:
    """The points that nothing dominates, first in each list, and which they are."""
    a, b = front.unsqueeze(2), front.unsqueeze(1)  # a at index 1, b at index 2
    beaten = (a >= b).all(-1) & ((a > b).any(-1) | _earlier(above)) & above.unsqueeze(2)
    best = above & ~beaten.any(1)
    order = best.long().argsort(dim=1, descending=True, stable=True)
    order = order[:, : int(best.sum(1).max()) if best.numel() else 0]
    index = order.unsqueeze(-1).expand(-1, -1, front.shape[-1])
    return front.gather(1, index), best.gather(1, order)


def _earlier(above: Bool[Tensor, "b p"]) -> Bool[Tensor, "p p"]:
    """Whether point i stands before point j: of equal points the first one stays."""
    order = torch.arange(above.shape[1], device=above.device)
    return order.unsqueeze(1) < order.unsqueeze(0)


def _cut(
    edges: Float[Tensor, "b t m"], active: Bool[Tensor, "b p"]
) -> tuple[Int[Tensor, "b c m"], Int[Tensor, "b c m"]]:
    """(lower, upper) edges of the boxes; edge i + 1 is that of point i, the last the reference."""
    b, p = active.shape
    m, last = edges.shape[-1], p + 1
    value = torch.where(active, edges[:, 1:last, m - 1], edges[:, last, None, m - 1])
    order = value.argsort(dim=1, descending=True, stable=True)
    name = torch.where(active.gather(1, order), order + 1, last)
    first, end = name.new_zeros(b, 1), name.new_full((b, 1), last)
    lower, upper = torch.cat([name, end], 1), torch.cat([first, name], 1)  # (b, p + 1)
    if m == 2:  # below each slab lies the best of the points that reach it
        top = torch.where(active, edges[:, 1:last, 0], -torch.inf).gather(1, order)
        best, at = top.cummax(1)
        floor = torch.where(torch.isneginf(best), last, name.gather(1, at))
        low = torch.cat([end, floor], 1)
        return torch.stack([low, lower], -1), torch.stack([torch.zeros_like(upper), upper], -1)
    place = order.argsort(dim=1)  # of each point, from the top
    slabs = torch.arange(p + 1, device=name.device).view(1, -1, 1)
    reach = (place.unsqueeze(1) < slabs) & active.unsqueeze(1)  # points that reach the slab
    inner = _cut(edges[..., : m - 1].repeat_interleave(p + 1, 0), reach.reshape(b * (p + 1), p))
    c = inner[0].shape[1]
    own_lower, own_upper = (
        v.unsqueeze(2).expand(-1, -1, c).reshape(b, -1, 1) for v in (lower, upper)
    )
    inner_lower, inner_upper = (v.reshape(b, (p + 1) * c, m - 1) for v in inner)
    return torch.cat([inner_lower, own_lower], -1), torch.cat([inner_upper, own_upper], -1)
