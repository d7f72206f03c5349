"""Run candidates: a furnace run filled at every shared setting at once, sample by sample.

All settings go in lock-step: at each step the sample that adds most at its setting is taken, its
value is imagined in many futures, and the next sample is chosen with that in mind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.device import to_device, to_host
from tansaku.design import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Layout:
    """The candidates of a pool by their shared setting.

    Attributes:
        members: Pool indices, shape (G, w); rows are filled up with 0.
        there: Which entries are candidates, shape (G, w).

    Example:
        >>> Layout.of(np.array([0, 1, 0])).members.tolist()
        [[0, 2], [1, 0]]
    """

    members: Ints
    there: Bools

    @classmethod
    def of(cls, group: Ints) -> Layout:
        """From the setting 0 .. G - 1 of each candidate, shape (N,)."""
        order, sizes = np.argsort(group, kind="stable"), np.bincount(group)
        there = np.arange(sizes.max(initial=0)) < sizes[:, None]
        members = np.zeros(there.shape, dtype=np.int64)
        members[there] = order
        return cls(members, there)

    def take(self, settings: Ints) -> Layout:
        """Of these settings only."""
        there = self.there[settings]
        width = int(there.sum(axis=1).max(initial=0))
        return Layout(self.members[settings][:, :width], there[:, :width])


@runtime_checkable
class RunCandidates(Protocol):
    """What is believed of the candidates at every setting, and what a run is to gain."""

    def log_gain(self) -> Float[Tensor, "G w"]:
        """ln of what each candidate would add to what is imagined so far at its setting."""

    def fantasize(self, place: Int[Tensor, " G"], slot: int) -> RunCandidates:
        """After an imagined sample of candidate ``place`` of each setting, in crucible ``slot``."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A run at each of G settings.

    Attributes:
        picks: Pool indices in the order of choosing, shape (G, k); -1 for an empty crucible.
        log_gain: ln of what each adds, shape (G, k); -inf for an empty crucible.
        cost: What each costs, shape (G, k), 0 for an empty crucible; ``None`` where all cost the
            same.
    """

    picks: Ints
    log_gain: Floats
    cost: Floats | None = None

    @property
    def total(self) -> Floats:
        """ln of the expected gain of each run, per cost where there are costs, shape (G,)."""
        gain = np.logaddexp.reduce(self.log_gain, axis=1)
        if self.cost is None:
            return gain
        spent = self.cost.sum(axis=1)
        return gain - np.log(np.where(spent > 0, spent, 1.0))


def fill(
    crowd: RunCandidates,
    layout: Layout,
    taken: Bools,
    slots: Sequence[int],
    cost: Floats | None = None,
) -> Filled:
    """Fill a run at every setting.

    Args:
        crowd: What is believed at every setting, earlier runs imagined.
        layout: The candidates by setting.
        taken: Candidates that no run may hold, shape (N,).
        slots: The crucibles of the run, by the futures that belong to them.
        cost: Of each candidate, shape (N,): then the one that gains most per cost is taken.
    """
    allowed = to_device(layout.there & ~taken[layout.members])
    rows = torch.arange(len(layout.members), device=allowed.device)
    members = to_device(layout.members)
    prices = None if cost is None else to_device(cost)[members]
    picks, gains, spent = [], [], []
    for step, slot in enumerate(slots):
        gain = crowd.log_gain().masked_fill(~allowed, -torch.inf)
        place = (gain if prices is None else gain - prices.log()).argmax(-1)
        found = allowed.any(-1)
        picks.append(torch.where(found, members[rows, place], -1))
        gains.append(gain[rows, place])
        if prices is not None:
            spent.append(torch.where(found, prices[rows, place], 0.0))
        allowed[rows, place] = False
        if step + 1 < len(slots):
            crowd = crowd.fantasize(place, slot)
    return Filled(
        to_host(torch.stack(picks, 1)),
        to_host(torch.stack(gains, 1)),
        to_host(torch.stack(spent, 1)) if spent else None,
    )
