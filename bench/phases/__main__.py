"""python -m bench.phases: samples until the best is found, with and without their phases told.

On the same starts the default is told the phase of every sample, of every other one, or of none.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from bench.phases.tables import TABLES, Table
from bench.seeds import SEEDS, spread
from bench.to_the_best import UntilTheBest, over_runs, saved, to_the_best
from tansaku.bo.threads import threads_for
from tansaku.campaign import Campaign
from tansaku.campaign.history.state import State
from tansaku.design import Ints


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="bench.phases", description=__doc__)
    parser.add_argument("--runs", type=int, default=47, help="starts of each table")
    runs = parser.parse_args().runs
    print("| table | way | samples | saved against not told |\n|---|---|---|---|")
    for name, table in TABLES.items():
        found = {
            way: np.array(
                [over_runs(table, runs, partial(searched, way=way, seed=s)) for s in SEEDS]
            )
            for way in WAYS
        }
        for way, steps in found.items():
            told = "" if way == "not told" else saved(found["not told"] - steps)
            print(f"| {name} | {way} | {spread(steps.mean(1), 1)} | {told} |", flush=True)


def searched(table: Table, runs: Sequence[int], way: str, seed: int = 0) -> Ints:
    """Samples until the best is found, of a search from each of ``runs`` first samples."""
    return to_the_best(made(table), runs, WAYS[way], seed)[1]


def made(table: Table) -> Campaign:
    """A campaign in which every candidate was made, and its phase found."""
    frame = pd.DataFrame(table.X, columns=["a", "b"])
    frame = frame.assign(y=table.y, phase=[f"phase {p}" for p in table.phase])
    return Campaign.from_table(frame, inputs=["a", "b"], target="y", name="phases")


class EveryOther(UntilTheBest):
    """The phase of every other sample is found."""

    def known(self, picks: Ints) -> State:
        """As the search would have it."""
        state = UntilTheBest.known(self, picks)
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


WAYS: dict[str, type[UntilTheBest]] = {
    "told": UntilTheBest,
    "every other": EveryOther,
    "not told": NotFound,
}


if __name__ == "__main__":
    with threads_for(1):
        main()
