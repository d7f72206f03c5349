"""Studies of several targets: volumes, random search exactly, bad tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import tansaku as tk
from tansaku.errors import DataError, UsageError
from tansaku.studies import SeveralStudy, Study
from tansaku.studies.volumes import (
    all_found,
    mean_band,
    random_all_found,
    random_volume,
    relative_volumes,
)
from tests.seeds import allowed, binomial_range, generator

LECTURE = {
    "inputs": ["x_Y", "y_Ca"],
    "target": ["sigma_lowT_S_cm:max", "relative_density:max"],
    "reference": {"sigma_lowT_S_cm": -1e-4, "relative_density": 0.604},
}


def test_the_lectures_table(lyczp: pd.DataFrame) -> None:
    found = tk.study(lyczp, **LECTURE, runs=8, start=5, steps=34, strategies=["random", "standard"])
    assert isinstance(found, SeveralStudy)
    document = found.document()
    assert [each["row"] for each in document["compromises"]] == [12, 14, 19, 21]
    assert document["random_exact"]["is_exact"]
    random, standard = found.strategies
    assert (random.picks[:, :5] == standard.picks[:, :5]).all()
    for each in document["strategies"]:
        curve, low, high = (np.array(each[k]) for k in ("hypervolume", "hv_low", "hv_high"))
        assert len(curve) == 34
        assert (np.diff(curve) >= -1e-12).all()
        assert ((low <= curve) & (curve <= high)).all()
    assert standard.mean[-1] > found.random[33]
    assert standard.levels["hv_n99"] is not None
    assert standard.levels["hv_n99"] < document["random_exact"]["hv_n99"]
    assert found.frame["samples"].max() == 34


def test_the_seed_decides(lyczp: pd.DataFrame) -> None:
    options = {**LECTURE, "runs": 3, "start": 4, "steps": 8, "strategies": ["standard"]}
    first, again, other = (tk.study(lyczp, **options, seed=seed) for seed in (0, 0, 1))
    assert (first.strategies[0].picks == again.strategies[0].picks).all()
    assert (first.strategies[0].picks != other.strategies[0].picks).any()


@pytest.mark.parametrize("m", [1, 2, 3])
def test_random_search_in_closed_form_as_by_drawing(m: int) -> None:
    rng = generator(m)
    good, kept, reference = rng.random((9, m)), rng.random(9) > 0.2, np.full(m, 0.1)
    expected, exact = random_volume(good, kept, reference, 0)
    orders = np.stack([rng.permutation(9) for _run in range(3000)])
    drawn = relative_volumes(good, kept, reference, orders)
    assert exact
    for n in range(8):  # after all nine nothing is left to chance
        assert abs(drawn[:, n].mean() - expected[n]) < allowed(drawn[:, n])
    assert expected[-1] == pytest.approx(1.0)


def test_too_many_cells_are_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    from tansaku.studies import volumes

    good = generator(0).random((8, 2))
    exact = random_volume(good, np.ones(8, dtype=bool), np.zeros(2), 0)[0]
    monkeypatch.setattr(volumes, "MOST_CELLS", 10)
    found, is_exact = random_volume(good, np.ones(8, dtype=bool), np.zeros(2), 0)
    assert not is_exact
    assert found == pytest.approx(exact, abs=0.05)  # simulated, with an sd below 0.01


def test_finding_all_of_some_candidates() -> None:
    rng = generator(0)
    wanted = np.array([True, False, True, False, False])
    orders = np.stack([rng.permutation(5) for _run in range(4000)])
    hits = all_found(orders, wanted)
    exact = random_all_found(5, 2)
    for n, chance in enumerate(exact.tolist(), 1):
        low, high = binomial_range(4000, chance)
        assert low <= (hits <= n).mean() <= high
    assert all_found(np.array([[1, 3, 0]]), wanted).tolist() == [0]


def test_band_of_one_run_says_nothing() -> None:
    mean, low, high = mean_band(np.array([[0.2, 0.5]]))
    assert (mean.tolist(), low.tolist(), high.tolist()) == ([0.2, 0.5], [0, 0], [1, 1])


def test_costs_are_counted(lyczp: pd.DataFrame) -> None:
    frame = lyczp.assign(price=np.where(lyczp["x_Y"] > 0.15, 10.0, 1.0))
    options = {**LECTURE, "runs": 6, "start": 4, "steps": 14, "strategies": ["standard"]}
    free, priced = tk.study(frame, **options), tk.study(frame, **options, cost="price")
    spent = priced.strategies[0].spent
    blind = frame["price"].to_numpy()[free.strategies[0].picks].cumsum(1).mean(0)
    assert spent is not None
    assert spent[-1] < blind[-1]


def test_one_plain_target_stays_a_study_of_discovery(lyczp: pd.DataFrame) -> None:
    found = tk.study(
        lyczp, inputs=["x_Y", "y_Ca"], target=["relative_density:max"], runs=2, steps=7,
        strategies=["random"],
    )  # fmt: skip
    assert isinstance(found, Study)


def test_limits_and_known_targets(lyczp: pd.DataFrame) -> None:
    frame = lyczp.assign(price=np.linspace(1, 2, 47))
    found = tk.study(
        frame, inputs=["x_Y", "y_Ca"], runs=2, start=4, steps=6, strategies=["standard"],
        target=["relative_density:max:<=0.9", "impurity_fraction:<=0.05", "price:min:known"],
    )  # fmt: skip
    best = frame[found.best]
    assert (best["relative_density"] <= 0.9).all()
    assert (best["impurity_fraction"] <= 0.05).all()


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"reference": {"relative_density": 0.95}}, DataError, "better than the reference"),
        ({"target": ["relative_density:>=0.7"], "reference": None}, UsageError, "needs a goal"),
        (
            {"target": ["relative_density:max", "impurity_fraction:<=-1"], "reference": None},
            DataError,
            "keeps all limits",
        ),
        ({"reference": {"x_Y": 1.0}}, UsageError, "no goal"),
        ({"start": 50}, UsageError, "start samples"),
    ],
)
def test_what_makes_no_study(
    lyczp: pd.DataFrame, change: dict[str, object], error: type, said: str
) -> None:
    with pytest.raises(error, match=said):
        tk.study(lyczp, **{**LECTURE, "runs": 2, **change})


def test_the_band_of_a_mean_agrees_with_scipy() -> None:
    volumes = generator(0).uniform(0.3, 0.7, (12, 4))
    mean, low, high = mean_band(volumes)
    expected = stats.norm.interval(0.95, volumes.mean(0), stats.sem(volumes))
    np.testing.assert_allclose([low, high], expected)
    np.testing.assert_allclose(mean, volumes.mean(0))
