"""Older data that are refused, or asked about."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import tansaku as tk
from tansaku.campaign import Campaign
from tansaku.campaign.history.model_inputs import model_inputs_of
from tansaku.errors import NotInPoolError, TableError, UsageError
from tests.campaign.conftest import LYCZP, STANDARD, Judge, columns, finished, measured, searched


@pytest.mark.parametrize(
    ("change", "error", "part"),
    [
        ({"match": ("formulas",)}, UsageError, "compares formulas, and 'the source' has none"),
        ({"match": ("formulas", "names")}, UsageError, "one way of comparing at a time"),
        ({}, UsageError, r"of the target x, y.*--source-formula, --source-template"),
        ({"match": ("x=x_Y", "y=y_Ca"), "fill": {"z": 1.0}}, UsageError, "neither the target nor"),
        ({"match": ("x=x_Y", "y=y_Ca"), "fill": {"x": 1.0}}, UsageError, "both have it"),
        ({"match": ("x=x_Y", "y=y_Ca"), "fill": {"x": "much"}}, UsageError, "is not a number"),
        ({"match": ("x=x_Y", "y=y_Ca"), "fill": {"T": "hot"}}, UsageError, "is not a number"),
        ({"match": ("x=x_Y", "y=y_Ca"), "fill": {"T": np.nan}}, UsageError, "finite number"),
        ({"match": ("x=x_Y", "y=y_Ca"), "factor": 0.0}, UsageError, "multiplied by 0"),
        ({"match": ("x=x_Y", "y=y_Ca"), "factor": np.nan}, UsageError, "multiplied by nan"),
        ({"match": ("x=x_Y", "y=y_Ca"), "factor": -1.0}, UsageError, "multiplied by -1"),
    ],
)
def test_sources_that_cannot_be_compared(
    lyczp: pd.DataFrame, change: dict[str, Any], error: type, part: str
) -> None:
    campaign = searched()
    before = campaign.document
    with pytest.raises(error, match=part):
        campaign.sources.add_table(
            lyczp, tk.SourceSpec(inputs=("x_Y", "y_Ca"), target="sigma_lowT_S_cm", **change)
        )
    assert campaign.document == before


def test_units_and_sizes_are_asked(lyczp: pd.DataFrame, lczsp: pd.DataFrame) -> None:
    """A thousand times as large, or logarithms: nothing is guessed, and an answer is taken."""
    campaign = measured(searched(), lczsp)
    declared = ("x=x_Y", "y=y_Ca")
    for factor in (1000.0, 1e-3):
        other = lyczp.assign(sigma=lyczp["sigma_lowT_S_cm"] * factor)
        of: Any = {"inputs": ("x_Y", "y_Ca"), "target": "sigma"}
        with pytest.raises(UsageError, match=r"of another size.*--source-factor"):
            campaign.sources.add_table(other, tk.SourceSpec(**of, match=declared))
        told = campaign.sources.add_table(
            other, tk.SourceSpec(**of, match=declared, factor=1 / factor, source="said")
        )
        assert "Only one of 'sigma_S_cm' and 'sigma' says a unit" in " ".join(told)
        (source,) = campaign.sources
        np.testing.assert_allclose(source.values, lyczp["sigma_lowT_S_cm"])
        assert source.unit_known
    milli = lyczp.rename(columns={"sigma_lowT_S_cm": "sigma [mS/cm]"})
    milli["sigma [mS/cm]"] *= 1000
    of = {"inputs": ("x_Y", "y_Ca"), "target": "sigma [mS/cm]"}
    with pytest.raises(UsageError, match=r"S/cm.*mS/cm.*--source-factor"):
        campaign.sources.add_table(milli, tk.SourceSpec(**of, match=declared))
    linear = Campaign.from_table(lczsp, inputs=["x_Si", "y_Ca"], target="sigma_S_cm", name="l")
    logs = lyczp.assign(sigma=np.log10(lyczp["sigma_lowT_S_cm"]))
    with pytest.raises(UsageError, match="or a logarithm"):
        linear.sources.add_table(
            logs, tk.SourceSpec(inputs=("x_Y", "y_Ca"), target="sigma", match=("x_Si=x_Y",))
        )


def test_sizes_are_mentioned_when_results_come_later(
    lyczp: pd.DataFrame, lczsp: pd.DataFrame, judge: Judge
) -> None:
    judge("helps", 0.9, 0.2)
    campaign = searched()
    other = lyczp.assign(sigma=lyczp["sigma_lowT_S_cm"] * 1e4)
    of: Any = {"inputs": ("x_Y", "y_Ca"), "target": "sigma"}
    campaign.sources.add_table(
        other, tk.SourceSpec(**of, match=("x=x_Y", "y=y_Ca"), source="older")
    )
    (only,) = campaign.suggest(1).notices
    assert only.startswith("Nothing is measured of sigma_S_cm yet")
    notices = measured(campaign, lczsp).suggest(1).notices
    assert any("see that both are in one unit" in each for each in notices)


def test_results_count_once(lyczp: pd.DataFrame, lczsp: pd.DataFrame) -> None:
    """Neither the target's own results nor those of another source are a source."""
    campaign = measured(searched(), lczsp)
    with pytest.raises(UsageError, match="its own source"):
        campaign.sources.add_campaign(campaign.document)
    copy = campaign.document.model_copy(
        update={"campaign": campaign.document.campaign.model_copy(update={"name": "copy"})}
    )
    with pytest.raises(TableError, match=r"rows of the target itself.*x=0.*y="):
        campaign.sources.add_campaign(copy)
    campaign.sources.add_campaign(finished(lyczp).document)
    template = tk.CompositionTemplate(text=LYCZP)
    with pytest.raises(TableError, match="47 points of 'again' are in 'old' already"):
        campaign.sources.add_table(lyczp, columns(template=template, source="again"))


def test_all_sources_are_compared_in_one_way(lyczp: pd.DataFrame) -> None:
    campaign = searched()
    campaign.sources.add_campaign(finished(lyczp.iloc[:20]).document)
    rest = lyczp.iloc[20:]
    of: Any = {"inputs": ("x_Y", "y_Ca"), "target": "sigma_lowT_S_cm"}
    with pytest.raises(UsageError, match=r"another way than 'old'.*remove 'old' first"):
        campaign.sources.add_table(
            rest, tk.SourceSpec(**of, match=("x=x_Y", "y=y_Ca"), source="rest")
        )
    template = tk.CompositionTemplate(text=LYCZP)
    campaign.sources.add_table(rest, columns(template=template, source="rest"))
    model_inputs = model_inputs_of(
        campaign.space, campaign.targets[0], tuple(campaign.sources), STANDARD
    )
    assert [len(each.y) for each in model_inputs.sources] == [20, 27]


def test_choices_are_matched_by_name() -> None:
    """A choice that the source lacks is said; one that the target lacks is refused."""

    def of(*values: str, name: str) -> Campaign:
        gas = tk.Categorical(name="gas", values=values)
        x = tk.Stepped(name="x", low=0, high=1, step=0.25)
        return Campaign.from_space([x, gas], target="y", name=name)

    old = of("Ar", "air", name="old")
    for i, (x, gas) in enumerate([(0.0, "air"), (0.5, "Ar"), (1.0, "air")]):
        old.record_at({"x": x, "gas": gas}, {"y": float(i)})
    campaign = of("air", "O2", "Ar", name="new")
    campaign.sources.add_campaign(old.document)
    model_inputs = model_inputs_of(
        campaign.space, campaign.targets[0], tuple(campaign.sources), STANDARD
    )
    chosen = model_inputs.sources[0].X[:, 1:].argmax(axis=1).tolist()
    assert [campaign.space.inputs[1].values[i] for i in chosen] == ["air", "Ar", "air"]  # type: ignore[union-attr]
    with pytest.raises(NotInPoolError, match="'Ar' is no choice of gas"):
        of("air", "O2", name="fewer").sources.add_campaign(old.document)
    plain = pd.DataFrame({"x": [0.0, 0.5, 1.0], "y": [1.0, 3.0, 2.0]})
    with pytest.raises(UsageError, match=r"lacks the choice 'gas'.*--fill gas=air"):
        campaign.sources.add_table(
            plain, tk.SourceSpec(inputs=("x",), target="y", match=("gas=",), source="p")
        )
    told = campaign.sources.add_table(
        plain, tk.SourceSpec(inputs=("x",), target="y", fill={"gas": "O2"}, source="p")
    )
    assert "Taken as gas = O2 in the source." in told
    single = Campaign.from_space(
        [tk.Stepped(name="x", low=0, high=1, step=0.25)], target="y", name="single"
    )
    with pytest.raises(UsageError, match="lacks the choice 'gas' of the source"):
        single.sources.add_campaign(old.document, tk.SourceSpec(match=("=gas",)))


def test_inputs_that_a_table_lacks_are_asked_for(lyczp: pd.DataFrame) -> None:
    campaign = Campaign.from_space(
        [tk.Stepped(name=n, low=0, high=0.3, step=0.1) for n in ("y_Ca", "T")],
        target="s",
        scale="log10",
    )
    table = lyczp[["y_Ca", "sigma_lowT_S_cm"]].rename(columns={"sigma_lowT_S_cm": "s"})
    table = table.groupby("y_Ca", as_index=False).mean()
    with pytest.raises(
        TableError, match=r"no column for the inputs 'T'.*--match T=COLUMN.*y_Ca, s"
    ):
        campaign.sources.add_table(table, tk.SourceSpec(source="old"))
    told = campaign.sources.add_table(table, tk.SourceSpec(source="old", fill={"T": 0.2}))
    assert "Taken as T = 0.2 in the source." in told


def test_logarithms_are_asked_about(lyczp: pd.DataFrame) -> None:
    """On a log10 scale values below 0 are no results; the cells are not complained about one by
    one."""
    table = lyczp.assign(s=np.log10(lyczp["sigma_lowT_S_cm"]))
    with pytest.raises(UsageError, match=r"'s' in the .*, and 'sigma_S_cm' is.*logarithms already"):
        searched().sources.add_table(
            table, tk.SourceSpec(inputs=("x_Y", "y_Ca"), target="s", match=("x=x_Y", "y=y_Ca"))
        )


def test_the_same_results_rounded_are_mentioned(lczsp: pd.DataFrame) -> None:
    """One value that happens to agree is none of them."""
    campaign = measured(searched(), lczsp)
    rows = lczsp.dropna().rename(columns={"x_Si": "x", "y_Ca": "y", "sigma_S_cm": "s"})[::8]
    rounded = rows.assign(s=1.004 * rows["s"])
    of: Any = {"inputs": ("x", "y"), "target": "s"}
    told = campaign.sources.add_table(rounded, tk.SourceSpec(**of, match=("names",), source="a"))
    assert any("At all 6 settings of 'a'" in text for text in told)
    other = rounded.assign(s=[1.5 * rounded["s"].iloc[0], *rounded["s"].iloc[1:]])
    campaign.sources.remove("a")
    told = campaign.sources.add_table(other, tk.SourceSpec(**of, match=("names",), source="b"))
    assert not any("At all" in text for text in told)
