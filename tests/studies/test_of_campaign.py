"""Studies of campaigns, with the older data that they have attached."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import tansaku as tk
from tansaku.campaign import Campaign
from tansaku.errors import TableError, UsageError
from tests.campaign.conftest import finished, measured, searched

HOW: dict[str, Any] = {"strategies": ["alone", "standard"], "runs": 2, "start": 2, "steps": 4}


def test_a_campaign_is_studied_with_its_older_data(
    lyczp: pd.DataFrame, lczsp: pd.DataFrame
) -> None:
    """As the table of its results is, with the same source."""
    campaign = measured(searched(), lczsp, step=4)
    campaign.sources.add_campaign(finished(lyczp).document)
    found = tk.study_campaign(campaign, **HOW)
    rows = lczsp.dropna()[::4].rename(columns={"x_Si": "x", "y_Ca": "y"})
    again = tk.study(
        rows,
        inputs=["x", "y"],
        target="sigma_S_cm",
        scale="log10",
        template="Li(?)Ca(y)Zr(2-y)Si(x)P(3-x)O12",
        sources=[tk.Older(finished(lyczp).document)],
        **HOW,
    )
    assert found.n_candidates == 11
    assert found.document()["sources"] == again.document()["sources"]
    for a, b in zip(found.strategies, again.strategies, strict=True):
        np.testing.assert_array_equal(a.picks, b.picks)
    assert [s.uses_source for s in found.strategies] == [False, True]


def test_what_was_measured_since_is_no_source(lyczp: pd.DataFrame, lczsp: pd.DataFrame) -> None:
    """A row of the source that the campaign then repeats, value and all, would tell the answer."""
    campaign = measured(searched(), lczsp)
    older = pd.DataFrame({"x": [0.1, 0.2, 0.3], "y": [0.1, 0.2, 0.0], "s": [1e-6, 2e-6, 3e-6]})
    campaign.sources.add_table(
        older, tk.SourceSpec(inputs=("x", "y"), target="s", match=("names",), source="older")
    )
    campaign.record_at({"x": 0.1, "y": 0.1}, {"sigma_S_cm": 1e-6})
    with pytest.raises(TableError, match=r"rows of the target itself.*x=0.1"):
        tk.study_campaign(campaign, **HOW)


def test_a_campaign_without_results_is_no_study() -> None:
    with pytest.raises(UsageError, match="'new' has 0 measured samples"):
        tk.study_campaign(searched(), **HOW)


def several() -> Campaign:
    a, b = (tk.Stepped(name=n, low=0, high=1, step=0.25) for n in "ab")
    made = Campaign.from_space([a, b], target=["y:max", "z:max"], name="two")
    rows = pd.DataFrame([(x, w) for x in (0, 0.5, 1) for w in (0, 0.25, 1)], columns=["a", "b"])
    made.record(rows.assign(y=1 - (rows["a"] - 0.5) ** 2, z=rows["b"] - 0.5 * rows["a"]))
    return made


def test_several_targets_use_older_data_each() -> None:
    """And the same in a table; without any the search is the one without."""
    grid = pd.DataFrame([(x, w) for x in (0.1, 0.6, 0.9) for w in (0.2, 0.7)], columns=["a", "b"])
    older = grid.assign(y=1.1 - (grid["a"] - 0.5) ** 2, z=grid["b"] - 0.4 * grid["a"])
    campaign = several()
    plain = tk.study_campaign(campaign, **HOW)
    campaign.sources.add_table(older, tk.SourceSpec(source="older"))
    found = tk.study_campaign(campaign, **HOW)
    document = found.document()
    assert [each["about"] for each in document["sources"]] == ["y", "z"]
    assert [each["uses_source"] for each in document["strategies"]] == [False, True]
    np.testing.assert_array_equal(found.strategies[0].picks, plain.strategies[0].picks)
    of_table = tk.study(
        pd.DataFrame([m.inputs | m.values for m in campaign.state.measurements]),
        inputs=["a", "b"],
        target=["y:max", "z:max"],
        sources=[tk.Older(older)],
        **HOW,
    )
    for one, other in zip(of_table.strategies, found.strategies, strict=True):
        np.testing.assert_array_equal(one.picks, other.picks)
    assert of_table.table.volume == pytest.approx(found.table.volume)
    assert plain.document()["sources"] == []
