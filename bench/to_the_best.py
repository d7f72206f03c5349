"""Searches of a campaign's own history until its best candidate is found, and what one way of
knowing saves against another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

import numpy as np

from tansaku.campaign import Campaign
from tansaku.design import Floats, Ints, Joint
from tansaku.strategy import STRATEGIES
from tansaku.studies.history_search import HistorySearch
from tansaku.studies.metrics import discovery, first_reached
from tansaku.studies.of_campaign import history_search
from tansaku.studies.replay import replay

MOST = 100
"""Samples after which a search ends; one that has not met the best counts as one more."""
DRAWS = 10_000
"""Bootstrap draws of the runs behind an interval."""


class Finished(Protocol):
    """A finished table, one value of each candidate; larger is better."""

    @property
    def y(self) -> Floats:
        """The values, shape (N,)."""


T = TypeVar("T", bound=Finished)


def best_of(search: HistorySearch) -> int:
    """The candidate with the largest value of those that worked."""
    worked = [[m.values["y"] for m in each if m.counts] for each in search.reports]
    return int(np.argmax([max(values, default=-np.inf) for values in worked]))


class UntilTheBest(HistorySearch):
    """The default, told all that was reported. A run that has met the best stands still: nothing
    is asked of what it would do next."""

    def groups(self, picks: Ints) -> Iterator[tuple[Sequence[int], Joint]]:
        """Of the runs that go on."""
        going = np.flatnonzero((picks != best_of(self)).all(1))
        for rows, joint in HistorySearch.groups(self, picks[going]):
            yield going[list(rows)].tolist(), joint


def to_the_best(
    campaign: Campaign, runs: Sequence[int], kind: type[UntilTheBest], seed: int
) -> tuple[Ints, Ints]:
    """(Picks, shape (runs, samples); samples until the best is found, shape (runs,)) of the default
    from each of ``runs`` first samples."""
    document = campaign.document.campaign
    N = len({m.candidate for m in campaign.state.measurements})
    search = history_search(
        document,
        campaign.state,
        STRATEGIES["standard"],
        samples=min(N, MOST),
        seed=seed,
        kind=kind,
    )
    picks = replay(search, np.array(runs)[:, None] % N)
    found = first_reached(discovery(np.arange(N) == best_of(search)).of(picks))
    return picks, np.where(found, found, MOST + 1)


def over_runs(
    table: Callable[[int], T], runs: int, searched: Callable[[T, Sequence[int]], Ints]
) -> Ints:
    """Of every first sample; searches of one table go together."""
    first, second = table(0), table(1)
    if all(map(np.array_equal, vars(first).values(), vars(second).values())):
        return searched(first, range(runs))
    return np.concatenate([searched(table(r), [r]) for r in range(runs)])


def saved(fewer: Floats) -> str:
    """The mean of paired differences, shape (seeds, starts), with its 95 % interval: each start
    with the mean of its seeds, bootstrapped over the starts."""
    low, high = interval(fewer.mean(0))
    return f"{fewer.mean():.1f} ({low:.1f} to {high:.1f})"


def interval(saved: Floats) -> tuple[float, float]:
    """95 % of the bootstrapped means of the paired differences."""
    rng = np.random.default_rng(0)
    index = rng.integers(len(saved), size=(DRAWS, len(saved)))
    low, high = np.quantile(saved[index].mean(1), [0.025, 0.975])
    return float(low), float(high)
