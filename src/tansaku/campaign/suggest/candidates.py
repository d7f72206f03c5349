"""Listing: the candidates from which one step chooses, whatever the kind of space."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tansaku.bo.optimize.branch_and_bound import Bounded
from tansaku.bo.optimize.settable import distinct
from tansaku.bo.search import Found
from tansaku.campaign.history.records import CampaignSpec, Candidacy
from tansaku.campaign.history.state import History, State
from tansaku.design import Bools, Design, Floats, Ints
from tansaku.space import Space, Value


@dataclass(frozen=True, slots=True)
class Streams:
    """Randomness that changes with what teaches the model and what is under way, and with nothing
    else.

    Attributes:
        seed: Given by the person.
        measured: Measurements that teach, limits and failures among them.
        pending: Samples under way that are taken into account.
    """

    seed: int
    measured: int
    pending: int

    @classmethod
    def of(cls, seed: int, history: History, pending: int) -> Streams:
        """The streams of a campaign as it stands."""
        known = int(history.counts.sum()) + len(history.limits.bound) + history.trials.failed
        return cls(seed, known, pending)

    def model(self) -> np.random.Generator:
        """For the model and the choice; the same from its beginning at each call."""
        return np.random.default_rng([self.seed, self.measured, self.pending])

    def draw(self) -> np.random.Generator:
        """For the points of a search."""
        return np.random.default_rng([self.seed, self.measured, self.pending, 1])


@dataclass(frozen=True, slots=True)
class Listing:
    """N candidates.

    Attributes:
        matrix: In experimental units, shape (N, p).
        labels: ``pool_row`` of each, length N; ``None`` in a free space.
        positions: {candidate: its place 0 .. N-1} of those under way, and of those measured that
            are among the N.
        design: The candidates encoded, where that was done already.
        others: What is known of all that are not listed.
        notices: What a person should know of where they come from.
    """

    matrix: Floats
    labels: Ints | list[int] | None
    positions: dict[Candidacy, int]
    design: Design | None = None
    others: Bounded | None = None
    notices: tuple[str, ...] = ()

    def label(self, position: int) -> int | None:
        """``pool_row`` of the candidate at this place."""
        return None if self.labels is None else int(self.labels[position])

    def mask(self, candidates: Collection[Candidacy]) -> Bools:
        """Which of the N are these, as far as they are among them, shape (N,)."""
        found = np.zeros(len(self.matrix), dtype=np.bool_)
        found[[self.positions[c] for c in candidates if c in self.positions]] = True
        return found


def whole_pool(spec: CampaignSpec, state: State) -> Listing:
    """Every candidate of a space that is listed."""
    labels = spec.space.labels
    known = {*state.measured, *state.under_way}
    here = np.flatnonzero(np.isin(labels, [c for c in known if isinstance(c, int)]))
    return Listing(spec.space.matrix, labels, {int(labels[i]): int(i) for i in here})


def searched(space: Space, known: Mapping[Candidacy, Mapping[str, Value]], found: Found) -> Listing:
    """The candidates worth choosing from in a space that is not listed: those ``known``, measured
    or under way, and what the search has ``found``."""
    levels = levels_of(space, [space.row(inputs) for inputs in known.values()])
    # Two known ones may share their nearest setting, and each keeps its place.
    new = distinct(np.concatenate([levels, found.levels]))[len(distinct(levels)) :]
    every = np.concatenate([levels, new])
    return Listing(
        matrix=space.grid.matrix(every),
        labels=None if space.pool.kind == "free" else space.grid.labels(every),
        positions={candidate: i for i, candidate in enumerate(known)},
        others=found.others,
    )


def levels_of(space: Space, rows: Sequence[Floats]) -> Ints:
    """Rows of a matrix as levels, shape (k, p)."""
    parameters = space.grid.parameters
    matrix = np.array(rows).reshape(len(rows), len(parameters))
    columns = [p.levels(matrix[:, i])[0] for i, p in enumerate(parameters)]
    return np.stack(columns, axis=1)
