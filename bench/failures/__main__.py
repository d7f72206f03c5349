"""python -m bench.failures: samples until the best is found, failed ones counted; over five seeds.

Four ways to treat a failed sample, from the same first one: the default learns from it, while the
first samples are drawn as well as afterwards; it does so from the model on only; the sample is
dropped (not made again, and that is all); or it is entered as the poorest value so far, as is often
done.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from bench.failures.tables import TABLES, Table
from bench.seeds import SEEDS, spread
from tansaku.bo.threads import threads_for
from tansaku.campaign import Campaign
from tansaku.campaign.history.records import Status
from tansaku.campaign.history.state import State
from tansaku.design import Floats, Ints, Joint
from tansaku.strategy import STRATEGIES
from tansaku.studies.history_search import HistorySearch
from tansaku.studies.metrics import discovery, first_reached
from tansaku.studies.of_campaign import history_search
from tansaku.studies.replay import replay

STRATEGY = STRATEGIES["standard"]
MOST = 100
"""Samples after which a search ends; one that has not met the best counts as one more."""
DRAWS = 10_000
"""Bootstrap draws of the runs behind an interval."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="bench.failures", description=__doc__)
    parser.add_argument("--runs", type=int, default=49, help="starts of each table")
    runs = parser.parse_args().runs
    print("| table | way | samples | failed | saved by learning |\n|---|---|---|---|---|")
    for name, table in TABLES.items():
        found = {way: np.array([over_runs(table, runs, way, s) for s in SEEDS]) for way in WAYS}
        learned = found["learned"][..., 0]
        for way, each in found.items():
            steps, failed = each[..., 0], each[..., 1].mean()
            told = "" if way == "learned" else saved(steps - learned)
            samples = spread(steps.mean(1), 1)
            print(f"| {name} | {way} | {samples} | {failed:.1f} | {told} |", flush=True)


def searched(table: Table, runs: Sequence[int], way: str, seed: int = 0) -> Ints:
    """(Samples until the best is found, failed ones counted; how many failed) of a search from each
    of ``runs`` first samples, shape (runs, 2)."""
    campaign, N = made(table), len(table.y)
    search = history_search(
        campaign.document.campaign,
        campaign.state,
        STRATEGY,
        samples=min(N, MOST),
        seed=seed,
        kind=WAYS[way],
    )
    picks = replay(search, np.array(runs)[:, None] % N)
    found = first_reached(discovery(np.arange(N) == table.best).of(picks))
    steps = np.where(found, found, MOST + 1)
    failed = (~table.works)[picks].cumsum(1)[
        np.arange(len(picks)), steps.clip(max=len(picks[0])) - 1
    ]
    return np.stack([steps, failed], -1)


def over_runs(table: Callable[[int], Table], runs: int, way: str, seed: int) -> Ints:
    """Of every first sample; searches of one table go together."""
    first, second = table(0), table(1)
    if np.array_equal(first.works, second.works):
        return searched(first, range(runs), way, seed)
    return np.concatenate([searched(table(r), [r], way, seed) for r in range(runs)])


def made(table: Table) -> Campaign:
    """A campaign in which every candidate was made: its value, or that it failed."""
    frame = pd.DataFrame(table.X, columns=["a", "b"]).assign(
        y=np.where(table.works, table.y, np.nan)
    )
    campaign = Campaign.from_table(frame, inputs=["a", "b"], target="y", name="failures")
    for a, b in table.X[~table.works].tolist():
        campaign.record_at({"a": a, "b": b}, status="failed")
    return campaign


class UntilTheBest(HistorySearch):
    """A run that has met the best stands still: nothing is asked of what it would do next."""

    def groups(self, picks: Ints) -> Iterator[tuple[Sequence[int], Joint]]:
        """Of the runs that go on."""
        values = [
            max((m.values["y"] for m in each if m.counts), default=-np.inf) for each in self.reports
        ]
        going = np.flatnonzero((picks != int(np.argmax(values))).all(1))
        for rows, joint in HistorySearch.groups(self, picks[going]):
            yield going[list(rows)].tolist(), joint


class FromTheModelOn(UntilTheBest):
    """What failed is known once a model is asked."""

    def known(self, picks: Ints) -> State:
        """As the search would have it."""
        state = HistorySearch.known(self, picks)
        worked = tuple(m for m in state.measurements if m.counts)
        early = len(worked) < self.strategy.start_samples
        return replace(state, measurements=worked) if early else state


class Dropped(UntilTheBest):
    """What failed is not made again, and that is all."""

    def known(self, picks: Ints) -> State:
        """As the search would have it."""
        state = HistorySearch.known(self, picks)
        return replace(state, measurements=tuple(m for m in state.measurements if m.counts))


class Poorest(UntilTheBest):
    """What failed has the poorest value so far."""

    def known(self, picks: Ints) -> State:
        """As the search would have it."""
        state = HistorySearch.known(self, picks)
        values = [m.values["y"] for m in state.measurements if m.counts]
        if not values:
            return replace(state, measurements=())
        poorest = {"status": Status.OK, "values": {"y": min(values)}}
        return replace(
            state,
            measurements=tuple(
                m if m.counts else m.model_copy(update=poorest) for m in state.measurements
            ),
        )


WAYS: dict[str, type[HistorySearch]] = {
    "learned": UntilTheBest,
    "model only": FromTheModelOn,
    "dropped": Dropped,
    "poorest": Poorest,
}


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


if __name__ == "__main__":
    with threads_for(1):
        main()
