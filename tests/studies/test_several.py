"""Studies of several targets: volumes, random search exactly, bad tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import tansaku as tk
from tansaku.errors import DataError, UsageError

LECTURE = {
    "inputs": ["x_Y", "y_Ca"],
    "target": ["sigma_lowT_S_cm:max", "relative_density:max"],
    "reference": {"sigma_lowT_S_cm": -1e-4, "relative_density": 0.604},
}


def test_the_lectures_table(lyczp: pd.DataFrame) -> None:
    found = tk.study(lyczp, **LECTURE, runs=8, start=5, steps=34, strategies=["random", "standard"])
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
    volume = standard.curves["hypervolume"]
    assert volume.mean[-1] > found.metrics["hypervolume"].random[33]
    assert volume.levels["hv_n99"] is not None
    assert volume.levels["hv_n99"] < document["random_exact"]["hv_n99"]
    assert found.frame["samples"].max() == 34


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
    assert set(found.metrics) == {"discovery", "regret"}


def test_limits_and_known_targets(lyczp: pd.DataFrame) -> None:
    frame = lyczp.assign(price=np.linspace(1, 2, 47))
    found = tk.study(
        frame, inputs=["x_Y", "y_Ca"], runs=2, start=4, steps=6, strategies=["standard"],
        target=["relative_density:max:<=0.9", "impurity_fraction:<=0.05", "price:min:known"],
    )  # fmt: skip
    best = frame[found.table.front]
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
