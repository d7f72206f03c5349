"""Figures of trade-offs and hypervolumes, in both languages."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import tansaku as tk
from tansaku.errors import UsageError
from tansaku.language import use
from tansaku.plots.hypervolume_curve import VolumeCurve, hypervolume_figure
from tests.plots.conftest import cut_off

BOTH = ["sigma_lowT_S_cm:max:log10", "relative_density:max"]


@pytest.fixture(scope="module")
def campaign() -> tk.Campaign:
    frame = tk.datasets.load("lyczp_47")
    frame.loc[10:, ["sigma_lowT_S_cm", "relative_density", "impurity_fraction"]] = np.nan
    made = tk.Campaign.from_table(
        frame, inputs=["x_Y", "y_Ca"], target=[*BOTH, "impurity_fraction:<=0.5"]
    )
    made.record_at({"x_Y": 0.125, "y_Ca": 0.0}, {"relative_density": 0.61, "sigma_lowT_S_cm": 6e-7})
    made.suggest(2)
    return made


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_front_shows_every_sample_and_every_suggestion(
    campaign: tk.Campaign, language: str
) -> None:
    with use(language):
        figure = campaign.plot("pareto")
        assert cut_off(figure) == []
    (axes,) = figure.axes
    dots = {
        c.get_label(): len(c.get_offsets()) for c in axes.collections if c.get_label()[0] != "_"
    }
    compromises = len(campaign.status().compromises or ())
    assert sorted(dots.values()) == sorted([10 - compromises, compromises, 2, 1])
    assert axes.containers  # error bars
    shown = [c for c in axes.collections if c.get_label()[0] != "_"]
    drawn = np.concatenate([np.asarray(c.get_offsets()) for c in shown])
    assert -9 < drawn[:, 0].min() < drawn[:, 0].max() < -3  # decades of S/cm
    assert 0 < drawn[:, 1].min() < drawn[:, 1].max() < 1.2


def test_the_goals_can_be_chosen_and_must_be_two(campaign: tk.Campaign) -> None:
    turned = campaign.plot("pareto", over=["relative_density", "sigma_lowT_S_cm"])
    assert "relative" in turned.axes[0].get_xlabel()
    with pytest.raises(UsageError, match="two goals"):
        campaign.plot("pareto", over=["relative_density", "impurity_fraction"])


@pytest.mark.parametrize("language", ["en", "ja"])
def test_curves_say_where_they_reach_the_level(language: str) -> None:
    rising = np.linspace(0.5, 1.0, 30)
    curves = [VolumeCurve("standard", rising, rising - 0.05, np.minimum(rising + 0.05, 1))]
    with use(language):
        figure = hypervolume_figure(curves, random=np.linspace(0.4, 0.9, 30), title="$x$ 221")
        assert cut_off(figure) == []
    legend = figure.axes[0].get_legend()
    assert legend is not None
    words = [text.get_text() for text in legend.get_texts()]
    assert "30" in words[1]
    assert "0.99" in words[0]


def test_a_study_draws_itself(lyczp: pd.DataFrame, tmp_path: object) -> None:
    found = tk.study(
        lyczp, inputs=["x_Y", "y_Ca"], target=BOTH, runs=2, start=3, steps=5, strategies=["random"]
    )
    assert found.plot().axes
