"""python -m bench.failures: samples until the best is found, failed ones counted; over five seeds.

Four ways to treat a failed sample, from the same first one: the default learns from it, while the
first samples are drawn as well as afterwards; it does so from the model on only; the sample is
dropped (not made again, and that is all); or it is entered as the poorest value so far, as is often
done.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from bench.failures.tables import TABLES, Table
from bench.seeds import SEEDS, spread
from bench.to_the_best import UntilTheBest, over_runs, saved, to_the_best
from tansaku.bo.threads import threads_for
from tansaku.campaign import Campaign
from tansaku.campaign.history.records import Status
from tansaku.campaign.history.state import State
from tansaku.design import Ints


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="bench.failures", description=__doc__)
    parser.add_argument("--runs", type=int, default=49, help="starts of each table")
    runs = parser.parse_args().runs
    print("| table | way | samples | failed | saved by learning |\n|---|---|---|---|---|")
    for name, table in TABLES.items():
        found = {
            way: np.array(
                [over_runs(table, runs, partial(searched, way=way, seed=s)) for s in SEEDS]
            )
            for way in WAYS
        }
        learned = found["learned"][..., 0]
        for way, each in found.items():
            steps, failed = each[..., 0], each[..., 1].mean()
            told = "" if way == "learned" else saved(steps - learned)
            samples = spread(steps.mean(1), 1)
            print(f"| {name} | {way} | {samples} | {failed:.1f} | {told} |", flush=True)


def searched(table: Table, runs: Sequence[int], way: str, seed: int = 0) -> Ints:
    """(Samples until the best is found, failed ones counted; how many failed) of a search from each
    of ``runs`` first samples, shape (runs, 2)."""
    picks, steps = to_the_best(made(table), runs, WAYS[way], seed)
    last = steps.clip(max=len(picks[0])) - 1
    failed = (~table.works)[picks].cumsum(1)[np.arange(len(picks)), last]
    return np.stack([steps, failed], -1)


def made(table: Table) -> Campaign:
    """A campaign in which every candidate was made: its value, or that it failed."""
    frame = pd.DataFrame(table.X, columns=["a", "b"]).assign(
        y=np.where(table.works, table.y, np.nan)
    )
    campaign = Campaign.from_table(frame, inputs=["a", "b"], target="y", name="failures")
    for a, b in table.X[~table.works].tolist():
        campaign.record_at({"a": a, "b": b}, status="failed")
    return campaign


class FromTheModelOn(UntilTheBest):
    """What failed is known once a model is asked."""

    def known(self, picks: Ints) -> State:
        """As the search would have it."""
        state = UntilTheBest.known(self, picks)
        worked = tuple(m for m in state.measurements if m.counts)
        early = len(worked) < self.strategy.start_samples
        return replace(state, measurements=worked) if early else state


class Dropped(UntilTheBest):
    """What failed is not made again, and that is all."""

    def known(self, picks: Ints) -> State:
        """As the search would have it."""
        state = UntilTheBest.known(self, picks)
        return replace(state, measurements=tuple(m for m in state.measurements if m.counts))


class Poorest(UntilTheBest):
    """What failed has the poorest value so far."""

    def known(self, picks: Ints) -> State:
        """As the search would have it."""
        state = UntilTheBest.known(self, picks)
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


WAYS: dict[str, type[UntilTheBest]] = {
    "learned": UntilTheBest,
    "model only": FromTheModelOn,
    "dropped": Dropped,
    "poorest": Poorest,
}


if __name__ == "__main__":
    with threads_for(1):
        main()
