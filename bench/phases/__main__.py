"""python -m bench.phases: samples until the best is found, with and without their phases told.

On the same starts the default is told the phase of every sample, of every other one, or of none.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from bench.failures.__main__ import saved
from bench.phases.tables import TABLES, Table
from bench.seeds import SEEDS, spread
from tansaku.bo.threads import threads_for
from tansaku.campaign import Campaign
from tansaku.campaign.history.state import State
from tansaku.design import Ints
from tansaku.strategy import STRATEGIES
from tansaku.studies.history_search import HistorySearch
from tansaku.studies.metrics import discovery, first_reached
from tansaku.studies.of_campaign import history_search
from tansaku.studies.replay import replay

MOST = 100
"""Samples after which a search ends; one that has not met the best counts as one more."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="bench.phases", description=__doc__)
    parser.add_argument("--runs", type=int, default=47, help="starts of each table")
    runs = parser.parse_args().runs
    print("| table | way | samples | saved against not told |\n|---|---|---|---|")
    for name, table in TABLES.items():
        found = {way: np.array([over_runs(table, runs, way, s) for s in SEEDS]) for way in WAYS}
        for way, steps in found.items():
            told = "" if way == "not told" else saved(found["not told"] - steps)
            print(f"| {name} | {way} | {spread(steps.mean(1), 1)} | {told} |", flush=True)


def searched(table: Table, runs: Sequence[int], way: str, seed: int = 0) -> Ints:
    """Samples until the best is found, of a search from each of ``runs`` first samples."""
    campaign, N = made(table), len(table.y)
    search = history_search(
        campaign.document.campaign,
        campaign.state,
        STRATEGIES["standard"],
        samples=min(N, MOST),
        seed=seed,
        kind=WAYS[way],
    )
    picks = replay(search, np.array(runs)[:, None] % N)
    found = first_reached(discovery(np.arange(N) == table.y.argmax()).of(picks))
    return np.where(found, found, MOST + 1)


def over_runs(table: Callable[[int], Table], runs: int, way: str, seed: int) -> Ints:
    """Of every first sample; searches of one table go together."""
    first, second = table(0), table(1)
    if np.array_equal(first.y, second.y):
        return searched(first, range(runs), way, seed)
    return np.concatenate([searched(table(r), [r], way, seed) for r in range(runs)])


def made(table: Table) -> Campaign:
    """A campaign in which every candidate was made, and its phase found."""
    frame = pd.DataFrame(table.X, columns=["a", "b"])
    frame = frame.assign(y=table.y, phase=[f"phase {p}" for p in table.phase])
    return Campaign.from_table(frame, inputs=["a", "b"], target="y", name="phases")


class EveryOther(HistorySearch):
    """The phase of every other sample is found."""

    def known(self, picks: Ints) -> State:
        """As the search would have it."""
        state = HistorySearch.known(self, picks)
        return replace(
            state,
            measurements=tuple(
                m.model_copy(update={"phase": m.phase if self.seen(i) else None})
                for i, m in enumerate(state.measurements)
            ),
        )

    def seen(self, i: int) -> bool:
        """Whether the phase of the sample made i-th is found."""
        return i % 2 == 0


class NotFound(EveryOther):
    """No phase is found."""

    def seen(self, i: int) -> bool:
        """Of none."""
        return i < 0


WAYS: dict[str, type[HistorySearch]] = {
    "told": HistorySearch,
    "every other": EveryOther,
    "not told": NotFound,
}


if __name__ == "__main__":
    with threads_for(1):
        main()
