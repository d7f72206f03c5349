"""Surrogates of one's own: learned on like any other, and told only what they make use of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tansaku as tk
from tansaku.bo.surrogates import SURROGATES, Mixture, Observations
from tansaku.errors import UnknownNameError, UsageError
from tansaku.strategy import SurrogateSpec

pytestmark = pytest.mark.usefixtures("own_registries")

MAXIMISED = tk.STRATEGIES["standard"].but(
    fit="map", kernel="matern52", scatter=0.0, sources="ignored", components=16
)


class Like:
    """Fits as another does, and notes what it was told."""

    def __init__(self, heeds: tuple[str, ...]) -> None:
        self.heeds = heeds
        self.told: list[Observations] = []

    def fit(
        self,
        observed: Observations,
        spec: SurrogateSpec,
        rngs: Sequence[np.random.Generator],
        start: Any,
    ) -> Mixture:
        self.told.append(observed)
        return SURROGATES["map"].fit(observed, spec, rngs, start)


def lab(**columns: object) -> tk.Campaign:
    """Results of every kind: values, limits and a failure."""
    x = np.linspace(0, 1, 12)
    values: list[object] = [1.0, None, 1.4, "<0.5", None, 2.2, None, "failed", None, 1.1, 0.9, None]
    table = pd.DataFrame({"x": x, "z": np.tile([0.0, 1.0, 2.0], 4), "y": values, **columns})
    return tk.Campaign.from_table(table, inputs=["x", "z"], target="y:max")


def told(campaign: tk.Campaign, strategy: tk.Strategy) -> list[tuple[object, ...]]:
    found = campaign.suggest(3, strategy=strategy, seed=5)
    return [(s.inputs, s.predicted, s.chance_to_beat_best, s.chance_to_work) for s in found]


def test_own_surrogate_learns_from_limits_failures_and_pending_samples_alike() -> None:
    own = SURROGATES.add("own", Like(("counts", "known")))
    assert told(lab(), MAXIMISED.but(fit="own")) == told(lab(), MAXIMISED)
    assert own.told
    assert own.told[0].limits.number == 1


def test_what_it_makes_no_use_of_is_withheld_and_said() -> None:
    own = SURROGATES.add("own", Like(()))
    table = pd.DataFrame({"x": np.arange(8.0), "y": [1.0, 2, 3, 2, None, 1, None, None]})
    made = tk.Campaign.from_table(table, inputs=["x"], target="y:max")
    made.record_at({"x": 6.0}, {"y": 2.5}, sd={"y": 0.4})
    found = made.suggest(1, strategy=MAXIMISED.but(fit="own"))
    assert not own.told[0].noise.known.any()
    assert any("left out" in notice for notice in found.notices)
    heard = SURROGATES.add("heeding", Like(("counts", "known")))
    found = made.suggest(1, strategy=MAXIMISED.but(fit="heeding"))
    assert heard.told[0].noise.known.any()
    assert not any("left out" in notice for notice in found.notices)


def test_a_study_and_a_recomputed_suggestion_ask_it_too(lyczp: pd.DataFrame) -> None:
    own = SURROGATES.add("own", Like(("counts", "known")))
    strategy = MAXIMISED.but(fit="own")
    made = lab()
    asked = made.suggest(2, strategy=strategy, seed=3)
    again = made.explain(asked.suggestions[0].id, recompute=True).recomputed
    assert again is not None
    assert again.same
    before = len(own.told)
    found = tk.study(
        lyczp, inputs=["x_Y", "y_Ca"], target="relative_density", strategies=[strategy], runs=2,
        start=3, steps=8,
    )  # fmt: skip
    assert found.best == lyczp["relative_density"].max()
    assert len(own.told) > before


def test_fields_and_names_that_no_surrogate_has() -> None:
    SURROGATES.add("own", Like(()))
    with pytest.raises(UsageError, match="'own' does not heed sources = weighed"):
        MAXIMISED.but(fit="own", sources="weighed")
    with pytest.raises(UnknownNameError, match=r"surrogate 'forest'.*Known: bank, lecture, map"):
        MAXIMISED.but(fit="forest")
