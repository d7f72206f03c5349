"""History search: runs over a campaign's own history, of which each has seen a part.

What a run knows is the campaign's state without the candidates that it has not made yet, read by
the code that reads a campaign for a suggestion: failures, limits, stated sds, replicates, phases,
furnace runs and older data teach in a study as they do in the lab.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np

from tansaku.bo import engine
from tansaku.campaign.history.model_inputs import ModelInputs
from tansaku.campaign.history.records import CampaignSpec, Measurement
from tansaku.campaign.history.state import State
from tansaku.campaign.suggest.campaign_search import CampaignSearch
from tansaku.campaign.suggest.candidates import Listing
from tansaku.design import Floats, Ints, Joint
from tansaku.strategy import Strategy
from tansaku.studies.finished_table import ROUNDING
from tansaku.studies.replay import SOURCE_NUMBERS, Meter, runs_per_chunk

NOTHING: Ints = np.empty((1, 0), dtype=np.int64)


@dataclass(frozen=True, slots=True)
class HistorySearch:
    """What every run of a replay shares: a search over the candidates that a campaign has results
    of, each of which reveals all that was reported of it.

    Attributes:
        spec: The campaign's space and targets.
        state: All that has happened, with the older data that are used.
        reports: All that was reported of each candidate, length N.
        listing: The N candidates, encoded.
        inputs: How points become columns for each target, and what older data say.
        samples: Samples in all.
        strategy: How to choose, from its start samples on.
        seed: Run i draws from the generator of [seed, i, 1], whatever the strategy.
    """

    spec: CampaignSpec
    state: State
    reports: tuple[tuple[Measurement, ...], ...]
    listing: Listing
    inputs: tuple[ModelInputs, ...]
    samples: int
    strategy: Strategy
    seed: int

    @property
    def size(self) -> int:
        """Runs that go in lock-step at a time: each fit is made anew, by quadrature."""
        known = max((sum(len(s.y) for s in each.sources) for each in self.inputs), default=0)
        N = len(self.listing.matrix)
        alone = runs_per_chunk(self.samples, N, self.strategy, known)
        return max(1, min(alone, SOURCE_NUMBERS // self.samples**2) // len(self.spec.targets))

    @property
    def identity(self) -> object:
        """What tells it from other searches."""
        return self.spec, self.reports, self.state.sources, self.strategy

    def run(self, picks: Ints, first: int, meter: Meter) -> Ints:
        """As :meth:`tansaku.studies.replay.PoolSearch.run`; those runs of a step that know equally
        much, of each kind, go together."""
        rngs = [np.random.default_rng([self.seed, first + i, 1]) for i in range(len(picks))]
        while picks.shape[1] < self.samples and not meter.stopped.is_set():
            chosen = picks[:, -1:].copy()  # where a run is in no group, it stands still
            for rows, joint in self.groups(picks):
                answer = engine.propose(joint, self.strategy, 1, [rngs[i] for i in rows])
                chosen[rows] = answer.picks
            picks = np.concatenate([picks, chosen], axis=1)
            meter.add(len(picks))
        return picks

    def groups(self, picks: Ints) -> Iterator[tuple[Sequence[int], Joint]]:
        """(runs, what they know after their picks), shape (k, n), those of one shape together."""
        found = [self.joint(row) for row in picks]
        groups: dict[object, list[int]] = {}
        for i, joint in enumerate(found):
            # Values that do not differ yet are learned in a unit of their own: alone.
            level = any(_level(each.y[0]) for each in joint.outcomes)
            groups.setdefault((_shapes(joint), i if level else -1), []).append(i)
        for rows in groups.values():
            yield rows, _stacked([found[i] for i in rows])

    def joint(self, picks: Ints) -> Joint:
        """What one run knows after its picks, shape (n,)."""
        search = CampaignSearch.of(self.spec, self.known(picks), self.strategy, self.inputs)
        taken = np.zeros((1, len(self.listing.matrix)), dtype=np.bool_)
        taken[0, picks] = True
        return search.joint(self.listing, taken, NOTHING)

    def known(self, picks: Ints) -> State:
        """The campaign as it stands after these picks, shape (n,), in their order."""
        return replace(
            self.state,
            measurements=tuple(m for i in picks.tolist() for m in self.reports[i]),
            suggestions=(),
            open_suggestions=(),
            asked_by={},
        )


def _level(y: Floats) -> bool:
    """Whether values differ by rounding only, shape (n,)."""
    return bool(np.ptp(y) <= ROUNDING * np.abs(y).max()) if len(y) else False


BATCHED = (
    "outcomes", "X", "y", "counts", "taken", "pending", "noise", "limits", "tried", "phases",
    "runs", "bound", "side", "worked", "of", "values",
)  # fmt: skip
"""Fields of a problem and its parts with an entry for each search; the others are shared."""


def _shapes(part: Any) -> object:
    """What problems that go together have in common: which parts they have, and how large."""
    if isinstance(part, np.ndarray):
        return part.shape
    if isinstance(part, tuple):
        return tuple(map(_shapes, part))
    if is_dataclass(part):
        each = (f.name for f in fields(part))
        inner = tuple(_shapes(getattr(part, name)) for name in each if name in BATCHED)
        return inner, getattr(part, "number", None)
    return part


def _stacked(parts: Sequence[Any]) -> Any:
    """Problems of one shape as one batch."""
    first = parts[0]
    if isinstance(first, np.ndarray):
        return np.concatenate(parts)
    if isinstance(first, tuple):
        return tuple(_stacked(each) for each in zip(*parts, strict=True))
    if not is_dataclass(first) or isinstance(first, type):
        return first
    each = (f.name for f in fields(first) if f.name in BATCHED)
    return replace(first, **{name: _stacked([getattr(p, name) for p in parts]) for name in each})
