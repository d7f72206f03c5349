"""Crowd: a furnace run filled at every shared setting at once, sample by sample.

All settings go in lock-step: at each step the sample that adds most at its setting is taken, its
value is imagined in many futures, and the next sample is chosen with that in mind.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.device import to_device, to_host
from tansaku.bo.furnace.joint_gain import bettered, log_mean_gain
from tansaku.bo.kernels import Several, squared_distance
from tansaku.bo.surrogates.belief import VARIANCE_FLOOR, Belief
from tansaku.design import Bools, Direction, Floats, Ints


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


@dataclass(frozen=True, slots=True)
class Filled:
    """A run at each of G settings.

    Attributes:
        picks: Pool indices in the order of choosing, shape (G, k); -1 for an empty crucible.
        log_gain: ln of what each adds, shape (G, k); -inf for an empty crucible.
    """

    picks: Ints
    log_gain: Floats

    @property
    def total(self) -> Floats:
        """ln of the expected gain of each run, shape (G,)."""
        return np.logaddexp.reduce(self.log_gain, axis=1)


def fill(
    belief: Belief,
    best: Float[Tensor, "c s 1"],
    layout: Layout,
    taken: Bools,
    draws: Float[Tensor, "k f"],
    *,
    direction: Direction = Direction.MAXIMISE,
    match: float = 0.0,
) -> Filled:
    """Fill a run of k crucibles at every setting.

    Args:
        belief: About the pool, earlier runs imagined; one problem, c components.
        best: The value to beat in each future.
        layout: The candidates by setting.
        taken: Candidates that no run may hold, shape (N,).
        draws: Standard normal, a row for each crucible; the same futures at every setting.
        direction: What is wanted.
        match: The wanted value, with MATCH.
    """
    allowed = to_device(layout.there & ~taken[layout.members])
    view = _View.of(belief, to_device(layout.members), best)
    rows = torch.arange(len(layout.members), device=best.device)
    works = torch.zeros((), dtype=best.dtype, device=best.device)
    if belief.works is not None:  # a sample that fails adds nothing
        works = belief.works[0, view.members].log()
    picks, gains = [], []
    for step in range(len(draws)):
        score = (view.score(direction, match) + works).masked_fill(~allowed, -torch.inf)
        gain, place = score.max(-1)
        found = allowed.any(-1)
        picks.append(torch.where(found, view.members[rows, place], -1))
        gains.append(gain)
        allowed[rows, place] = False
        if step + 1 < len(draws):
            view = view.imagine(place, draws[step], direction, match)
    return Filled(to_host(torch.stack(picks, 1)), to_host(torch.stack(gains, 1)))


@dataclass(frozen=True, slots=True)
class _View:
    """A belief seen by setting: c components, s futures, G settings of w candidates.

    Attributes:
        belief: What the views are cut from.
        members: Pool indices, shape (G, w).
        rows: Rows whose products are the covariance explained so far, shape (c, r, G, w), in
            standardised units.
        mean: In model units.
        variance: In model units squared.
        best: The value to beat, in each future at each setting.
    """

    belief: Belief
    members: Int[Tensor, "G w"]
    rows: Float[Tensor, "c r G w"]
    mean: Float[Tensor, "c s G w"]
    variance: Float[Tensor, "c G w"]
    best: Float[Tensor, "c s G 1"]

    @classmethod
    def of(cls, belief: Belief, members: Int[Tensor, "G w"], best: Float[Tensor, "c s 1"]) -> _View:
        return cls(
            belief,
            members,
            belief.solved[:, :, members],
            belief.mean[:, :, members],
            belief.variance[:, members],
            best.unsqueeze(2).expand(-1, -1, len(members), -1),
        )

    def score(self, direction: Direction, match: float) -> Float[Tensor, "G w"]:
        """ln of what each candidate would add."""
        futures = self.mean.shape[1]
        sd = self.variance.sqrt().repeat_interleave(futures, 0)
        mean, best = self.mean.flatten(0, 1), self.best.flatten(0, 1)
        return log_mean_gain(mean, sd, best, direction, match)

    def imagine(
        self,
        place: Int[Tensor, " G"],
        draws: Float[Tensor, " f"],
        direction: Direction,
        match: float,
    ) -> _View:
        """The view after an imagined value of candidate ``place`` of each setting."""
        gp, settings = self.belief.gp, torch.arange(len(place), device=place.device)
        scale = gp.data.scale.view(-1, 1, 1)
        own = self.rows[:, :, settings, place]
        prior = self._prior(self.members[settings, place])
        covariance = prior - torch.einsum("crg,crgw->cgw", own, self.rows)
        sd = (self.variance[:, settings, place].unsqueeze(-1) / scale.square()).sqrt()
        known = self.variance.sqrt() / scale  # no covariance exceeds both sds, but by rounding
        row = torch.maximum(torch.minimum(covariance / sd, known), -known)
        shift = (row * scale).unsqueeze(1)
        mean = self.mean + draws.view(1, -1, 1, 1) * shift
        seen = mean[:, :, settings, place].unsqueeze(-1)
        floor = VARIANCE_FLOOR * gp.hyperparameters.signal.view(-1, 1, 1) * scale.square()
        return _View(
            self.belief,
            self.members,
            torch.cat([self.rows, row.unsqueeze(1)], 1),
            mean,
            torch.maximum(self.variance - shift.squeeze(1).square(), floor),
            bettered(self.best.expand(-1, mean.shape[1], -1, -1), seen, direction, match),
        )

    def _prior(self, picked: Int[Tensor, " G"]) -> Float[Tensor, "c G w"]:
        """Prior covariance of one candidate of each setting with all of its setting."""
        gp, (G, w) = self.belief.gp, self.members.shape
        h, c = gp.hyperparameters, len(gp.alpha)
        which = torch.arange(c, device=picked.device).repeat_interleave(G)
        one = self.belief.pool[picked].unsqueeze(1).repeat(c, 1, 1)
        all_ = self.belief.pool[self.members].repeat(c, 1, 1)
        s = squared_distance(one, all_, h.length_scales[which])
        kernel = gp.kernel.take(which) if isinstance(gp.kernel, Several) else gp.kernel
        return h.signal.view(-1, 1, 1) * kernel.value(s).view(c, G, w)
