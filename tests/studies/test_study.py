"""Studies: common starts, the exact baseline, and the published result."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import tansaku as tk
from tansaku.design import Design
from tansaku.errors import TableError, UsageError
from tansaku.studies import Study, replay
from tests.seeds import generator

SETTING = {"inputs": ["x_Si", "y_Ca"], "target": "sigma_S_cm", "scale": "log10"}


def test_published_steps_of_the_standard_search(lczsp: pd.DataFrame) -> None:
    """44 runs, one per first sample: published 15 steps to 95 % for a standard Bayesian search
    and 42 for random (Fukuda et al., RSC Adv. 2022, doi:10.1039/d2ra04539g)."""
    strategies = ["random", "isotropic"]
    found = tk.study(lczsp, **SETTING, each_start=True, steps=22, strategies=strategies)
    random, model = found.strategies
    assert found.n_candidates == random.runs == model.runs == 44
    assert found.best == 2.56e-5
    assert found.document()["best_inputs"] == {"x_Si": 0.1, "y_Ca": 0.05}
    after = model.summary().document()["after_start"]
    assert 13 <= after["n95"] <= 18
    assert 7.0 <= after["mean"] <= 12.0
    assert found.document()["random_exact"]["n95"] == 42
    assert (model.discovery[10:22] > random.discovery[10:22]).all()
    assert model.enhancement[19] == pytest.approx(model.discovery[19] * 44 / 20)
    assert model.acceleration["n95"] == pytest.approx(42 / (after["n95"] + 1))
    assert "5 rows without a value" in found.notices[0]


def test_starts_are_common_and_the_seed_decides(lczsp: pd.DataFrame) -> None:
    def run(seed: int) -> Study:
        return tk.study(
            lczsp, **SETTING, runs=6, start=4, steps=7, seed=seed, strategies=["random", "ucb"]
        )

    first, again, other = run(0), run(0), run(1)
    random, model = first.strategies
    assert (random.picks[:, :4] == model.picks[:, :4]).all()
    assert (random.picks[:, 4:] != model.picks[:, 4:]).any()
    for a, b in zip(first.strategies, again.strategies, strict=True):
        assert (a.picks == b.picks).all()
    assert (first.strategies[1].picks != other.strategies[1].picks).any()
    for strategy in first.strategies:
        assert strategy.picks.shape == (6, 7)
        assert all(len(set(row)) == 7 for row in strategy.picks)


def test_the_seed_decides_with_several_goals(lyczp: pd.DataFrame) -> None:
    def run(seed: int) -> np.ndarray:
        found = tk.study(
            lyczp, inputs=["x_Y", "y_Ca"], runs=3, start=4, steps=8, strategies="standard",
            target=["sigma_lowT_S_cm:max", "relative_density:max"], seed=seed,
        )  # fmt: skip
        return found.strategies[0].picks

    first = run(0)
    assert (first == run(0)).all()
    assert (first != run(1)).any()


def test_sampled_random_search_agrees_with_theory(lczsp: pd.DataFrame) -> None:
    found = tk.study(lczsp, **SETTING, runs=400, start=1, strategies=["random"])
    result = found.strategies[0]
    curve, exact = result.curves["discovery"], found.metrics["discovery"].random
    inside = (curve.low <= exact + 1e-12) & (exact <= curve.high + 1e-12)
    assert inside.mean() > 0.9
    assert result.mean == pytest.approx(found.random_mean, abs=2.5)


def test_short_runs_leave_unreached_levels_empty(lczsp: pd.DataFrame) -> None:
    found = tk.study(lczsp, **SETTING, runs=20, start=1, steps=3, strategies=["random"])
    document = found.document()["strategies"][0]
    assert document["n95"] is None
    assert document["mean"] is None
    assert len(document["discovery"]) == len(document["low"]) == 3


def test_frame_and_progress(lczsp: pd.DataFrame) -> None:
    seen: list[tuple[str, int, int]] = []
    found = tk.study(
        lczsp,
        **SETTING,
        runs=5,
        start=2,
        steps=6,
        strategies=["random", "ucb"],
        progress=lambda name, done, total: seen.append((name, done, total)),
    )
    assert len(found.frame) == 12
    assert seen[-1] == ("ucb", 20, 20)
    assert [d for n, d, _t in seen if n == "ucb"] == [0, 5, 10, 15, 20]


def test_match_and_min_have_their_own_best(lyczp: pd.DataFrame) -> None:
    setting = {"inputs": ["x_Y", "y_Ca"], "target": "relative_density", "runs": 2, "steps": 8}
    lowest = tk.study(lyczp, **setting, goal="min", strategies=["random"])
    assert lowest.best == lyczp["relative_density"].min()
    near = tk.study(lyczp, **setting, goal="match", value=0.8, strategies=["random"])
    assert abs(near.best - 0.8) == (lyczp["relative_density"] - 0.8).abs().min()


def grid(values: np.ndarray) -> pd.DataFrame:
    """A finished table of that many candidates on a line."""
    return pd.DataFrame({"x": np.linspace(0, 1, len(values)), "y": values})


SMALL = {"inputs": ["x"], "target": "y", "runs": 12, "start": 2, "steps": 9}
MODELS = ["random", "standard"]


@pytest.mark.parametrize("scale", ["linear", "log10"])
def test_a_study_of_replicates_is_that_of_their_means(scale: str) -> None:
    """Means on the target's scale: of a log10 target geometric ones."""
    values = 10 ** generator(2).uniform(-7, -5, 14)
    repeats = np.array([1, 3, 1, 2, 1, 1, 2, 1, 1, 1, 4, 1, 1, 2])
    spread = 10 ** generator(3).uniform(-0.2, 0.2, repeats.sum())
    rows = np.repeat(np.arange(14), repeats)
    single = grid(values).loc[rows].reset_index(drop=True)
    single["y"] *= spread
    single = single.loc[generator(4).permutation(len(single))]
    if scale == "log10":
        means = 10 ** np.log10(single["y"]).groupby(single["x"]).mean()
    else:
        means = single.groupby("x")["y"].mean()
    order = single["x"].drop_duplicates()  # candidates stand where they first come
    averaged = pd.DataFrame({"x": order, "y": means.loc[order].to_numpy()})
    ours = tk.study(single, **SMALL, scale=scale, strategies=MODELS)
    wanted = tk.study(averaged, **SMALL, scale=scale, strategies=MODELS)
    np.testing.assert_allclose(ours.table.values, wanted.table.values, rtol=1e-12)
    assert ours.best == pytest.approx(float(means.max()))
    for one, other in zip(ours.strategies, wanted.strategies, strict=True):
        np.testing.assert_array_equal(one.picks, other.picks)
        np.testing.assert_array_equal(one.hits, other.hits)


@pytest.mark.parametrize("unit", [1.0, 2.0**-40, 0.1])
@pytest.mark.parametrize("goal", ["max", "min", "match"])
def test_ties_of_the_best_count_in_any_unit(goal: str, unit: float) -> None:
    """Whichever of the three best ones comes first is a hit, and nothing else is; 0.6 and 0.4 lie
    as far from 0.5, also where rounding has it otherwise."""
    values = generator(5).uniform(1.0, 2.0, 12)
    best = np.array([2, 7, 11])
    values[best] = {"max": 3.0, "min": 0.5, "match": 4.0}[goal]
    values[7] = 6.0 if goal == "match" else values[7]  # 1 beside 5, on the other side
    wanted = 5.0 * unit if goal == "match" else None
    found = tk.study(grid(values * unit), **SMALL, goal=goal, value=wanted, strategies=MODELS)
    for each in found.strategies:
        for row, hit in zip(each.picks.tolist(), each.hits.tolist(), strict=True):
            expected = [i + 1 for i, pick in enumerate(row) if pick in best]
            assert hit == (expected[0] if expected else 0)
    n = np.arange(1, 13)
    missed = (12 - n) * (11 - n) * (10 - n) / (12 * 11 * 10)
    np.testing.assert_allclose(found.metrics["discovery"].random, 1 - missed, atol=1e-12)
    assert found.random_mean == pytest.approx(13 / 4)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"runs": 0}, "0 runs"),
        ({"start": 0}, "0 start samples"),
        ({"start": 45}, "45 start samples.*44"),
        ({"steps": 3, "start": 6}, "3 samples in all"),
        ({"strategies": []}, "No strategy"),
        ({"strategies": ["random", "random"]}, "twice"),
        ({"strategies": ["bayes"]}, "Unknown strategy 'bayes'"),
        ({"scale": "ln"}, "Unknown scale 'ln'"),
    ],
)
def test_settings_that_make_no_study(
    lczsp: pd.DataFrame, change: dict[str, object], part: str
) -> None:
    with pytest.raises(UsageError, match=part):
        tk.study(lczsp, **SETTING | change)


def test_tables_that_make_no_study(lczsp: pd.DataFrame) -> None:
    with pytest.raises(TableError):
        tk.study(lczsp.assign(sigma_S_cm=np.nan), **SETTING)
    with pytest.raises(TableError):
        tk.study(lczsp.head(6), **SETTING)


@pytest.mark.parametrize("strategy", ["standard", "thompson", "isotropic"])
def test_picks_depend_neither_on_chunks_nor_on_threads(
    lczsp: pd.DataFrame, strategy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = SETTING | {"runs": 9, "start": 3, "steps": 7, "strategies": [strategy]}
    together = tk.study(lczsp, **setting).strategies[0].picks
    monkeypatch.setattr(replay, "MOST_RUNS", 2)
    monkeypatch.setattr(replay, "processors", lambda: 3)
    assert (tk.study(lczsp, **setting).strategies[0].picks == together).all()


def test_a_progress_that_raises_ends_the_study(lczsp: pd.DataFrame) -> None:
    def cancel(_name: str, done: int, _total: int) -> None:
        if done >= 40:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        tk.study(lczsp, **SETTING, runs=400, start=1, strategies=["standard"], progress=cancel)


def test_a_stop_while_the_runs_are_handed_out_is_a_stop() -> None:
    """Ctrl-C between two chunks being handed to the workers, not only while they are waited for."""

    class Chunks(dict[int, np.ndarray]):
        """The fourth one is interrupted."""

        def items(self) -> object:
            for first, begin in super().items():
                if first == 3:
                    raise KeyboardInterrupt
                yield first, begin

    class Waiting(replay.PoolSearch):
        """Runs that go on until they are told to stop."""

        size = 1

        def run(self, picks: np.ndarray, first: int, meter: replay.Meter) -> np.ndarray:
            told.append(meter.stopped.wait(timeout=20))
            return picks

    told: list[bool] = []
    pool = Design(np.array([[0.0], [1.0]]), ("x",))
    search = Waiting(pool, np.zeros((2, 1)), 2, tk.STRATEGIES["random"], 0)
    chunks = Chunks({first: np.zeros((1, 1), dtype=np.int64) for first in range(8)})
    with pytest.raises(KeyboardInterrupt):
        replay.Threads().run(search, chunks, replay.Meter("random"))
    assert told
    assert all(told)
