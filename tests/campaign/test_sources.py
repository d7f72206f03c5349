"""Campaigns with older data: what is attached, how it is compared, and what it changes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import tansaku as tk
from tansaku.campaign import Campaign, CampaignDocument
from tansaku.campaign.history.model_inputs import model_inputs_of
from tansaku.campaign.sources.relevance import source_notices
from tansaku.campaign.suggest.campaign_search import CampaignSearch
from tansaku.errors import (
    ModelError,
    NotInPoolError,
    PoolExhaustedError,
    TableError,
    UnknownNameError,
    UsageError,
)
from tests.campaign.conftest import LYCZP, STANDARD, Judge, columns, finished, measured, searched
from tests.seeds import generator


def test_campaigns_with_formulas_are_compared_by_elements(lyczp: pd.DataFrame) -> None:
    campaign = searched()
    (notice,) = campaign.sources.add_campaign(finished(lyczp).document)
    assert "compared by the amounts of Ca, Si, Y" in notice
    (source,) = campaign.sources
    assert (source.name, source.kind, source.by) == ("old", "campaign", "elements")
    assert source.target == "sigma_lowT_S_cm"
    model_inputs = model_inputs_of(campaign.space, campaign.targets[0], (source,), STANDARD)
    expected = np.log10(lyczp["sigma_lowT_S_cm"])
    np.testing.assert_allclose(model_inputs.sources[0].y, expected, atol=1e-12)
    wanted = np.c_[lyczp["y_Ca"], 0 * expected, lyczp["x_Y"]] / [0.375, 0.3, 0.375]
    np.testing.assert_allclose(model_inputs.sources[0].X, wanted, atol=1e-9)


def test_a_table_with_a_template_is_the_same_source(lyczp: pd.DataFrame) -> None:
    """Also where its columns are found by the variables' names, or its formulas are written."""
    of_campaign, by_template, by_name, written = (searched() for _each in range(4))
    of_campaign.sources.add_campaign(finished(lyczp).document)
    template = tk.CompositionTemplate(text=LYCZP)
    by_template.sources.add_table(lyczp, columns(template=template))
    by_name.sources.add_table(
        lyczp, tk.SourceSpec(inputs=("x_Y", "y_Ca"), target="sigma_lowT_S_cm", template=template)
    )
    amounts = template.amounts(("x", "y"), lyczp[["x_Y", "y_Ca"]].values)
    told = lyczp.assign(composition=amounts.texts())
    written.sources.add_table(told, tk.SourceSpec(target="sigma_lowT_S_cm", formula="composition"))
    (first,) = of_campaign.sources
    for each in (by_template, by_name, written):
        (source,) = each.sources
        assert source.formulas == first.formulas
        np.testing.assert_allclose(source.values, first.values)
        assert source.pairs == ()
        a, b = (
            model_inputs_of(c.space, c.targets[0], tuple(c.sources), STANDARD).sources[0]
            for c in (of_campaign, each)
        )
        np.testing.assert_allclose(a.X, b.X, atol=1e-6)


def test_a_source_is_a_copy_that_undo_and_removal_take_away(lyczp: pd.DataFrame) -> None:
    old, campaign = finished(lyczp, 10), searched()
    campaign.sources.add_campaign(old.document)
    before = campaign.document
    old.record(lyczp.rename(columns={"x_Y": "x", "y_Ca": "y"})[10:12])
    assert len(next(iter(campaign.sources)).values) == 10
    assert campaign.document == before
    campaign.sources.add_campaign(old.document)  # again: replaces it
    assert [len(each.values) for each in campaign.sources] == [12]
    campaign.undo()
    assert [len(each.values) for each in campaign.sources] == [10]
    campaign.sources.remove("old")
    assert len(campaign.sources) == 0
    again = CampaignDocument.model_validate_json(campaign.document.model_dump_json())
    assert again == campaign.document
    restored = Campaign(again)
    restored.undo()
    assert [each.name for each in restored.sources] == ["old"]
    with pytest.raises(UnknownNameError, match=r"no source 'other'.*old"):
        restored.sources.remove("other")


def test_strategies_that_ignore_sources_suggest_as_without(
    lyczp: pd.DataFrame, lczsp: pd.DataFrame
) -> None:
    plain, told = (measured(searched(), lczsp) for _each in range(2))
    told.sources.add_campaign(finished(lyczp).document)
    for strategy in ("alone", "random"):
        found = told.suggest(3, strategy=strategy)
        without = plain.suggest(3, strategy=strategy)
        assert [s.pool_row for s in found.suggestions] == [s.pool_row for s in without.suggestions]
        assert found.sources == ()
        assert f"strategy {strategy} makes no use of the older data (old)" in found.notices[-1]
    at = {"x": 0.1, "y": 0.05}
    assert told.predict(at, strategy="alone") == plain.predict(at, strategy="alone")
    assert told.predict(at) != plain.predict(at)


def test_a_source_is_asked_from_the_first_sample_on(lyczp: pd.DataFrame, judge: Judge) -> None:
    """Nothing measured: the source's own best region is where it sends one, not random search."""
    judge("open", 0.7, 0.0)
    campaign = searched()
    campaign.sources.add_campaign(finished(lyczp).document)
    (found,) = campaign.suggest(1, strategy="mixed").suggestions
    assert found.reason.kind == "from_sources"
    assert found.chance_to_beat_best is None
    assert found.predicted["sigma_S_cm"].mean > lyczp["sigma_lowT_S_cm"].median()


def test_what_was_thought_of_sources_is_kept(
    lyczp: pd.DataFrame, lczsp: pd.DataFrame, judge: Judge
) -> None:
    campaign = measured(searched(), lczsp)
    campaign.sources.add_campaign(finished(lyczp).document)
    judge("hurts", 0.04, -0.5)
    found = campaign.suggest(1)
    assert [v.verdict for v in found.sources] == ["hurts"]
    assert found.document()["sources"][0]["words"].startswith("Older data 'old' hurt")
    judge("helps", 0.95, 0.5)
    assert [v.verdict for v in campaign.sources.verdicts()] == ["helps"]
    event = campaign.document.events[-1]
    assert event.kind == "suggested"
    assert event.sources == found.sources
    assert "sources" not in searched().document.model_dump_json()


def test_probes_are_asked_of_the_gatekeeper(
    lyczp: pd.DataFrame, lczsp: pd.DataFrame, judge: Judge
) -> None:
    campaign = measured(searched(), lczsp)
    campaign.sources.add_campaign(finished(lyczp).document)
    judge("open", 0.6, 0.1)
    (notice,) = campaign.suggest(1).notices
    assert "'suggest --probe' suggests it" in notice
    found = campaign.suggest(2, probe=True)
    free = [c.pool_row for c in campaign.candidates() if c.state != "measured"]
    assert {s.pool_row for s in found.suggestions} == set(free[3:5])
    assert {s.reason.kind for s in found.suggestions} == {"probe"}
    with pytest.raises(PoolExhaustedError, match="3 probes were asked for; 2 open"):
        campaign.suggest(3, probe=True)
    with pytest.raises(UsageError, match="no older data"):
        campaign.suggest(1, strategy="alone", probe=True)


def test_declared_columns(lyczp: pd.DataFrame) -> None:
    """Pairs win over formulas; a column that one lacks is 0, or what is said."""
    campaign = searched()
    notices = campaign.sources.add_table(
        lyczp,
        tk.SourceSpec(inputs=("x_Y", "y_Ca"), target="sigma_lowT_S_cm", match=("x=x_Y", "y=y_Ca")),
    )
    assert "columns matched: x = x_Y, y = y_Ca" in notices[0]
    hot = lyczp.assign(T=25.0)
    hot.loc[::2, "T"] = 60.0
    filled = searched()
    told = filled.sources.add_table(
        hot,
        tk.SourceSpec(
            inputs=("x_Y", "y_Ca", "T"),
            target="sigma_lowT_S_cm",
            match=("x=x_Y", "y=y_Ca"),
            fill={"T": 25.0},
            source="hot",
        ),
    )
    assert "Taken as T = 25 in the target." in told
    model_inputs = model_inputs_of(filled.space, filled.targets[0], tuple(filled.sources), STANDARD)
    assert model_inputs.encoder.names == ("x", "y", "T")
    assert set(model_inputs.encoder.encode(filled.space.matrix).X[:, 2]) == {0.0}
    assert set(model_inputs.sources[0].X[:, 2]) == {0.0, 1.0}
    with pytest.raises(UsageError, match=r"of the source T.*--match =T.*--fill T=VALUE"):
        searched().sources.add_table(
            hot,
            tk.SourceSpec(
                inputs=("x_Y", "y_Ca", "T"), target="sigma_lowT_S_cm", match=("x=x_Y", "y=y_Ca")
            ),
        )


@pytest.mark.parametrize("match", [("sites",), ("Ca=Ca", "Si=Y")])
def test_elements_in_the_same_place(lyczp: pd.DataFrame, match: tuple[str, ...]) -> None:
    """By sites that both declare, or by pairs of elements: Si counts as Y does."""
    campaign = searched(sites=("A: Ca", "D: Si"))
    old = finished(lyczp, sites=("A: Ca", "D: Y"))
    (notice,) = campaign.sources.add_campaign(old.document, tk.SourceSpec(match=match))
    assert "elements in the same place: Ca = Ca, Si = Y." in notice
    model_inputs = model_inputs_of(
        campaign.space, campaign.targets[0], tuple(campaign.sources), STANDARD
    )
    np.testing.assert_allclose(model_inputs.sources[0].X * 0.375, lyczp[["y_Ca", "x_Y"]], atol=1e-9)


def test_descriptors_compare_systems_without_a_common_element() -> None:
    frame = pd.DataFrame(
        {"formula": ["NaCl", "NaBr", "NaCl0.5Br0.5", "KBr"], "y": [1.0, 2.0, 4.0, 3.0]}
    )
    rows = {"formula": ["LiF", "LiI", "LiF0.5I0.5"], "y": [1.0, None, None]}
    campaign = Campaign.from_table(pd.DataFrame(rows), formula="formula", target="y")
    with pytest.raises(UsageError, match="no element in common"):
        campaign.sources.add_table(frame, tk.SourceSpec(source="older"))
    listed = Campaign.from_table(
        pd.DataFrame(rows),
        formula=tk.ListedFormulas(column="formula", descriptors=("molar_mass", "mobile_amount")),
        target="y",
    )
    listed.sources.add_table(frame, tk.SourceSpec(source="older", match=("descriptors",)))
    (source,) = listed.sources
    assert source.descriptors == ("molar_mass", "mobile_amount")


def test_a_search_without_a_list_takes_sources(judge: Judge) -> None:
    """Compared by inputs: the older range is wider, the suggestion is a setting."""
    judge("helps", 0.9, 0.2)
    a, b = (tk.Continuous(name=n, low=0, high=1, resolution=0.001) for n in "ab")
    campaign = Campaign.from_space([a, b], ["a + b <= 1.5"], target="y", name="free")
    for x, z in ((0.1, 0.2), (0.6, 0.5), (0.9, 0.1)):
        campaign.record_at({"a": x, "b": z}, {"y": -((x - 0.5) ** 2) - (z - 0.4) ** 2})
    grid = np.array([(x, z) for x in (-0.5, 0.3, 0.8, 1.5) for z in (0.0, 0.5, 1.0)])
    frame = pd.DataFrame(grid, columns=["a", "b"])
    frame["y"] = 0.1 - (frame["a"] - 0.5) ** 2 - (frame["b"] - 0.4) ** 2
    campaign.sources.add_table(frame, tk.SourceSpec(source="older", factor=1.0))
    (found,) = campaign.suggest(1).suggestions
    assert campaign.space.locate(found.inputs).row is not None
    assert len(campaign.sources.verdicts()) == 1


def test_expectations_before_the_first_result_say_whose_they_are(
    lyczp: pd.DataFrame, lczsp: pd.DataFrame
) -> None:
    """The older data stand in; their interval knows nothing of how far the systems lie apart."""
    campaign = searched()
    with pytest.raises(ModelError, match="no measurement to learn from"):
        campaign.predict({"x": 0.1, "y": 0.05})
    campaign.sources.add_campaign(finished(lyczp).document)
    assert campaign.predict({"x": 0.1, "y": 0.05})["sigma_S_cm"].mean > 0
    (said,) = campaign.sources.standing_in
    assert "what the older data say" in said
    assert said in campaign.suggest(1).notices
    measured(campaign, lczsp)
    assert campaign.sources.standing_in == ()
    with pytest.raises(ModelError):
        searched().predict({"x": 0.1, "y": 0.05}, strategy="alone")


def test_choices_of_a_table_are_matched_by_name() -> None:
    """A column of names in the source's table is a choice of the target."""
    x, gas = (
        tk.Stepped(name="x", low=0, high=1, step=0.25),
        tk.Categorical(name="gas", values=("air", "O2", "Ar")),
    )
    campaign = Campaign.from_space([x, gas], target="y", name="new")
    table = pd.DataFrame(
        {"x": [0.0, 0.5, 1.0, 0.5], "atm": ["Ar", "air", "ar", "Ar"], "y": [1.0, 2.0, 4.0, 3.0]}
    )
    told = campaign.sources.add_table(table, tk.SourceSpec(source="old", match=("gas=atm",)))
    assert any("'ar' is read as 'Ar'" in text for text in told)
    (source,) = campaign.sources
    assert source.rows == ((0.0, "Ar"), (0.5, "air"), (1.0, "Ar"), (0.5, "Ar"))
    model_inputs = model_inputs_of(campaign.space, campaign.targets[0], (source,), STANDARD)
    assert model_inputs.sources[0].X[:, 1:].argmax(axis=1).tolist() == [2, 0, 2, 2]
    with pytest.raises(NotInPoolError, match="'N2' is no choice of gas"):
        campaign.sources.add_table(
            table.replace("air", "N2"), tk.SourceSpec(source="other", match=("gas=atm",))
        )


def test_inputs_of_one_name_that_mean_different_things(lyczp: pd.DataFrame) -> None:
    """Each system lacks the x of the other, and the words say which x is 0 where."""
    campaign = searched()
    told = campaign.sources.add_table(lyczp, columns(match=("x=", "=x", "y=y"), source="old"))
    assert "Taken as 0 in the source: x of the target." in told
    assert "Taken as 0 in the target: x of the source." in told
    model_inputs = model_inputs_of(
        campaign.space, campaign.targets[0], tuple(campaign.sources), STANDARD
    )
    assert model_inputs.encoder.names == ("x", "y", "old: x")
    assert not model_inputs.encoder.encode(campaign.space.matrix).X[:, 2].any()
    assert not model_inputs.sources[0].X[:, 0].any()


OBELIX = pd.DataFrame(
    {
        "Reduced Composition": ["Li7P3S11", "LiZr2(PO4)3", "Li1.3Al0.3Ti1.7(PO4)3", "Li3BiO3"],
        "True Composition": [
            "Li14.0P6.0S22.0",
            "Li6Zr12P18O72",
            "Li7.8Al1.8Ti10.2P18O72",
            "Li24Bi8O24",
        ],
        "Ionic conductivity (S cm-1)": ["3.2e-3", "1e-9", "7e-4", "<1e-10"],
        "Family": ["sulfides", "NASICON", "NASICON", "oxides"],
    }
)


def test_a_public_table_needs_no_words() -> None:
    """Formulas per formula unit, conductivities, and whom to cite; what is said counts instead."""
    template = "Li(?)Y(x)Zr(2-x)(PO4)3"
    x = tk.Stepped(name="x", low=0, high=0.5, step=0.125)
    made = Campaign.from_space([x], template=template, target="sigma", scale="log10", unit="S/cm")
    told = made.sources.add_table(OBELIX, tk.SourceSpec(source="obelix"))
    (source,) = made.sources
    assert source.formulas == ("Li7P3S11", "LiZr2P3O12", "Li1.3Ti1.7Al0.3P3O12")
    assert any("OBELiX" in text and "10.1039/d5dd00441a" in text for text in told)
    other = Campaign.from_space([x], template=template, target="density")
    with pytest.raises(TableError, match="density"):
        other.sources.add_table(OBELIX, tk.SourceSpec(source="obelix"))
    said = Campaign.from_space([x], template=template, target="sigma", scale="log10")
    spec = tk.SourceSpec(source="cells", formula="True Composition", target=OBELIX.columns[2])
    assert not any("OBELiX" in text for text in said.sources.add_table(OBELIX, spec))


def test_a_public_table_tells_in_the_unit_and_of_the_one_target_that_it_is_about() -> None:
    template = "Li(?)Y(x)Zr(2-x)(PO4)3"
    x = tk.Stepped(name="x", low=0, high=0.5, step=0.125)
    for sigma in (
        tk.Target(name="sigma", scale="log10", unit="mS/cm"),
        tk.Target(name="sigma (mS/cm)", scale="log10"),
    ):
        wanted = [tk.Target(name="density"), sigma]
        made = Campaign.from_space([x], template=template, target=wanted)
        told = made.sources.add_table(OBELIX, tk.SourceSpec(source="obelix"))
        (source,) = made.sources
        assert (source.about, source.factor) == (sigma.name, 1000.0)
        np.testing.assert_allclose(source.values, [3.2, 1e-6, 0.7])
        assert any("tells nothing of density" in text for text in told)
    other = Campaign.from_space([x], template=template, target="sigma T [K S/cm]")
    with pytest.raises(TableError, match="sigma T"):
        other.sources.add_table(OBELIX, tk.SourceSpec(source="obelix"))
    said = Campaign.from_space([x], template=template, target=sigma)
    said.sources.add_table(OBELIX, tk.SourceSpec(source="obelix", factor=2.0))
    assert next(iter(said.sources)).factor == 2.0


def test_a_large_source_is_attached_whole_and_held_against_the_results_in_part() -> None:
    """As large as a model is tested with; a row of the target itself is found in it as in a small
    one, and pooled with the results all of it teaches."""
    rng = generator(4)
    old = pd.DataFrame(rng.random((700, 2)).round(4), columns=["a", "b"])
    old["y"] = old["a"] * (1 - old["a"]) + old["b"]
    points = {"a": [0.1, 0.5, 0.9, 0.3], "b": [0.9, 0.2, 0.6, 0.4]}
    campaign = Campaign.from_table(
        pd.DataFrame(points | {"y": [1.1, 0.5, 0.8, None]}), inputs=["a", "b"], target="y"
    )
    spec = tk.SourceSpec(source="old.csv", inputs=("a", "b"), target="y")
    own = pd.DataFrame([{"a": 0.5, "b": 0.2, "y": 0.5}])
    with pytest.raises(TableError, match=r"rows of the target itself.*row 701"):
        campaign.sources.add_table(pd.concat([old, own]), spec)
    campaign.sources.add_table(old, spec)
    said = "Of the 700 older values in 'old.csv' 500 are held against the new results"
    assert [said in each for each in source_notices([*campaign.sources], {}, STANDARD, None)] == [
        True
    ]
    mixed = tk.STRATEGIES["mixed"]
    assert source_notices([*campaign.sources], {}, mixed, None) == ()
    (notice,) = CampaignSearch.of(campaign.document.campaign, campaign.state, mixed).notices(())
    assert "With more than 200 results" in notice
    many = pd.DataFrame({"a": np.arange(50_001) / 50_001, "b": 0.0, "y": np.arange(50_001.0)})
    with pytest.raises(TableError, match=r"has 50001 measured points; up to 50000 can be used"):
        campaign.sources.add_table(many, tk.SourceSpec(source="m", inputs=("a", "b"), target="y"))
