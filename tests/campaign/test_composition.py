"""Campaigns over compositions: formulas in every answer, and learning from what was made."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import tansaku as tk
from tansaku.campaign import Campaign, CampaignDocument
from tansaku.campaign.history.problem import learned
from tansaku.campaign.history.state import history_of
from tansaku.chem.composition import Composition
from tansaku.encode import encoder_for
from tansaku.errors import (
    CellError,
    NotInPoolError,
    SpaceError,
    TableError,
    UsageError,
    WeighingError,
)

NASICON = "Li(?)Ca(y)Y(x)Zr(2-x-y)(PO4)3"
X, Y = (tk.Stepped(name=n, low=0, high=0.375, step=0.0625) for n in "xy")
PLAN = tk.WeighingPlan(
    precursors=("Li2CO3", "CaCO3", "Y2O3", "ZrO2", "NH4H2PO4"), mass=5.0, excess=("Li=10%",)
)
POINTS = [(0.0, 0.0, 1.0), (0.25, 0.125, 3.0), (0.125, 0.25, 2.0), (0.375, 0.0, 1.5)]


def nasicon(**said: object) -> Campaign:
    template = tk.CompositionTemplate.model_validate({"text": NASICON, **said})
    made = Campaign.from_space([X, Y], template=template, weighing=PLAN, target="s", name="n")
    for x, y, value in POINTS:
        made.record_at({"x": x, "y": y}, {"s": value})
    return made


def masses(formula: str) -> dict[str, float]:
    """The grams of an exact batch of a formula by the plan, worked out by hand."""
    found = Composition.parse(formula)
    units = 5.0 / found.molar_mass
    made_of = {"Li2CO3": ("Li", 1.1 / 2), "CaCO3": ("Ca", 1), "Y2O3": ("Y", 1 / 2),
               "ZrO2": ("Zr", 1), "NH4H2PO4": ("P", 1)}  # fmt: skip
    return {
        name: units * found[symbol] * share * Composition.parse(name).molar_mass
        for name, (symbol, share) in made_of.items()
    }


def test_every_answer_carries_the_formula() -> None:
    campaign = nasicon()
    found = campaign.suggest(2)
    for one in found.suggestions:
        x, y = float(one.inputs["x"]), float(one.inputs["y"])
        wanted = Composition.of(
            {"Li": 1 + x + 2 * y, "Ca": y, "Y": x, "Zr": 2 - x - y, "P": 3, "O": 12}
        )
        assert one.formula == wanted.text()
    assert list(found.frame["formula"]) == [s.formula for s in found.suggestions]
    status = campaign.status()
    assert status.best is not None
    assert status.best.formula == "Li1.5Ca0.125Y0.25Zr1.625P3O12"
    assert status.template == "Li(1+x+2*y)Ca(y)Y(x)Zr(2-x-y)(PO4)3"
    assert all(c.formula and c.molar_mass and c.net_charge == 0 for c in campaign.candidates())
    assert campaign.state.measurements[0].formula == "LiZr2P3O12"
    text = campaign.document.model_dump_json()
    again = Campaign(CampaignDocument.model_validate_json(text))
    assert again.document == campaign.document
    assert again.suggest(1, seed=1).document() == campaign.suggest(1, seed=1).document()


@pytest.mark.parametrize("said", [{}, {"encoding": "elements"}])
def test_the_model_learns_from_what_was_made(said: dict[str, object]) -> None:
    """An exact batch changes nothing; a slip moves the point by what it is, and undo takes it
    back."""
    plain = nasicon(**said)
    plain.record_at({"x": 0.1875, "y": 0.125}, {"s": 2.5})
    wanted = plain.suggest(1).suggestions[0]
    exact = nasicon(**said)
    grams = masses("Li1.4375Ca0.125Y0.1875Zr1.6875(PO4)3")
    exact.record_at({"x": 0.1875, "y": 0.125}, {"s": 2.5}, weighed=grams)
    spec = exact.document.campaign
    before = learned(encoder_for(spec.space), history_of(spec, plain.state)).X
    np.testing.assert_allclose(
        learned(encoder_for(spec.space), history_of(spec, exact.state)).X, before, atol=2e-5
    )
    exact.undo()
    slip = grams | {"Y2O3": 1.1 * grams["Y2O3"]}
    made = exact.record_at({"x": 0.1875, "y": 0.125}, {"s": 2.5}, weighed=slip).measurements[0]
    assert made.made is not None
    assert Composition.parse(made.made.formula)["Y"] == pytest.approx(0.20625, rel=1e-4)
    after = learned(encoder_for(spec.space), history_of(spec, exact.state)).X
    np.testing.assert_allclose(after[:-1], before[:-1])
    if said:
        y = learned(encoder_for(spec.space), history_of(spec, exact.state)).names.index("Y")
        assert (after - before)[-1, y] == pytest.approx(0.01875 / 0.375, rel=1e-3)
    else:
        # x alone is 0.01875 too large: least squares over Li = 1+x+2y, Ca = y, Y = x, Zr = 2-x-y.
        A = np.array([[1, 2], [0, 1], [1, 0], [-1, -1]])
        shift = np.linalg.lstsq(A, np.array([0, 0, 0.01875, 0]), rcond=None)[0]
        np.testing.assert_allclose((after - before)[-1] * 0.375, shift, atol=2e-5)
    assert exact.status().measured == 5  # as planned
    at_plan = exact.predict({"x": 0.1875, "y": 0.125})["s"]
    assert at_plan.mean != plain.predict({"x": 0.1875, "y": 0.125})["s"].mean
    exact.undo()
    exact.record_at({"x": 0.1875, "y": 0.125}, {"s": 2.5})
    assert exact.suggest(1).suggestions[0].predicted == wanted.predicted


def test_what_was_analysed_counts_over_what_was_weighed() -> None:
    """Input by input: the others are as the masses say."""
    campaign, at = nasicon(), {"x": 0.1875, "y": 0.125}
    # Zr for Y: the masses of a batch with x = 0.25 and y = 0.125
    grams = masses("Li1.5Ca0.125Y0.25Zr1.625(PO4)3")
    campaign.record_at(at, {"s": 2.5}, weighed=grams, made={"y": 0.15})
    history = history_of(campaign.document.campaign, campaign.state)
    np.testing.assert_allclose(history.matrix[-1], [0.25, 0.15], atol=1e-4)


def test_replicates_of_one_plan_average_what_was_made() -> None:
    campaign = nasicon()
    grams = masses("Li1.4375Ca0.125Y0.1875Zr1.6875(PO4)3")
    for share in (1.05, 0.95):
        slip = grams | {"Y2O3": share * grams["Y2O3"]}
        campaign.record_at({"x": 0.1875, "y": 0.125}, {"s": 2.5}, weighed=slip, confirm=True)
    history = history_of(campaign.document.campaign, campaign.state)
    np.testing.assert_allclose(history.matrix[-1], [0.1875, 0.125], atol=1e-4)
    assert history.counts[-1] == 2
    assert history.amounts is not None
    assert history.amounts.column("Y")[-1] == pytest.approx(0.1875, rel=1e-4)


def test_the_plan_of_the_suggestion_counts_and_masses_may_stand_alone() -> None:
    bare = Campaign.from_space([X, Y], template=NASICON, target="s")
    other = PLAN.model_copy(update={"excess": ()})
    s = bare.suggest(1, strategy="random", weighing=other).suggestions[0]
    assert s.formula is not None
    grams = {k: v for k, v in masses(s.formula).items() if v > 0}
    grams["Li2CO3"] /= 1.1
    for _way in range(2):
        made = bare.record_at(s.inputs, {"s": 1.0}, weighed=grams).measurements[0].made
        assert made is not None
        assert Composition.parse(made.formula)["Li"] == pytest.approx(
            Composition.parse(s.formula)["Li"], rel=1e-4
        )
        bare.undo()
        bare.undo()  # the suggestion, too: then only the names of the precursors are known
        bare.suggest(1, strategy="random")
    with pytest.raises(WeighingError, match="SiO2"):
        bare.record_at(s.inputs, {"s": 1.0}, weighed=grams | {"SiO2": 1.0})


def test_masses_in_the_columns_of_a_table() -> None:
    campaign = nasicon()
    grams = masses("Li1.4375Ca0.125Y0.1875Zr1.6875(PO4)3")
    row = {"x": 0.1875, "y": 0.125, "s": 2.5} | {f"weighed {k}": v for k, v in grams.items()}
    empty = {"x": 0.0, "y": 0.25, "s": 1.0}
    event = campaign.record(pd.DataFrame([row, empty]))
    assert [m.made is not None for m in event.measurements] == [True, False]
    with pytest.raises(CellError, match="weighed Y2O3"):
        campaign.record(pd.DataFrame([row | {"weighed Y2O3": "much"}]))
    table = pd.DataFrame({"a": [0.0, 1.0], "s": [1.0, None]})
    plain = Campaign.from_table(table, inputs=["a"], target="s")
    with pytest.raises(UsageError, match="knows no formulas"):
        plain.record_at({"a": 1.0}, {"s": 1.0}, weighed={"Li2CO3": 1.0})


TABLE = pd.DataFrame(
    {
        "composition": ["LiZr2(PO4)3", "Li1.1Zr1.9Y0.1(PO4)3", "Li1.2Zr1.8Y0.2(PO4)3",
                        "Li1.2Ca0.1Zr1.9P3O12", "Li1.4Ca0.2Zr1.8P3O12"],
        "x": [0.0, 0.1, 0.2, 0.0, 0.0],
        "y": [0.0, 0.0, 0.0, 0.1, 0.2],
        "s": [1.0, 2.0, None, 1.5, None],
    }
)  # fmt: skip


def test_a_table_with_formulas_carries_them() -> None:
    campaign = Campaign.from_table(TABLE, inputs=["x", "y"], target="s")
    assert [c.formula for c in campaign.candidates()][1] == "Li1.1Y0.1Zr1.9P3O12"
    found = campaign.suggest(2).suggestions
    assert {s.formula for s in found} == {"Li1.2Y0.2Zr1.8P3O12", "Li1.4Ca0.2Zr1.8P3O12"}
    campaign.record_at({"composition": "Li1.2Zr1.8Y0.2(PO4)3"}, {"s": 3.0})
    assert campaign.status().measured == 4
    bad = TABLE.assign(composition=["LiZr2(PO4)3", "Li1.1Zr", "what", "", "Li2O"])
    noted = Campaign.from_table(bad, inputs=["x", "y"], target="s")
    assert "'composition' is not used as formulas" in noted.notices[-1]
    with pytest.raises(CellError, match=r"row 3, column 'composition'"):
        Campaign.from_table(bad, inputs=["x", "y"], formula="composition", target="s")
    with pytest.raises(TableError, match="0 columns 'kind'"):
        Campaign.from_table(bad, inputs=["x", "y"], formula="kind", target="s")
    same = TABLE.assign(x=[0.0, 0.1, 0.1, 0.0, 0.0], s=[1.0, 2.0, 3.0, 1.5, None])
    with pytest.raises(TableError, match=r"row 2 and row 3 .* different formulas"):
        Campaign.from_table(same, inputs=["x", "y"], target="s")


@pytest.mark.parametrize("encoding", ["parameters", "elements", "descriptors"])
def test_a_table_of_formulas_alone_is_a_space(encoding: str) -> None:
    column = tk.ListedFormulas.model_validate({"column": "composition", "encoding": encoding})
    campaign = Campaign.from_table(TABLE, formula=column, target="s")
    assert campaign.space.names == ("Li", "Ca", "Y", "Zr")
    assert len(campaign.suggest(2).suggestions) == 2
    campaign.record(pd.DataFrame({"composition": ["Li1.4Ca0.2Zr1.8(PO4)3"], "s": [4.0]}))
    assert campaign.status().measured == 4
    with pytest.raises(NotInPoolError, match=r"row 1.*Li2O"):
        campaign.record(pd.DataFrame({"composition": ["Li2O"], "s": [4.0]}))
    grams = {"Li2CO3": 1.2, "ZrO2": 5.0, "Y2O3": 0.6, "NH4H2PO4": 8.0}
    made = campaign.record_at({"composition": "Li1.2Zr1.8Y0.2P3O12"}, {"s": 2.0}, weighed=grams)
    assert made.measurements[0].made is not None
    history = history_of(campaign.document.campaign, campaign.state)
    fired = Composition.parse(made.measurements[0].made.formula)
    np.testing.assert_allclose(history.matrix[-1], [fired[e] for e in campaign.space.names])


def test_the_encoding_is_chosen_once_and_stored() -> None:
    campaign = nasicon(encoding="descriptors", sites=("M: Zr,Y,Ca = 2",))
    assert campaign.status().encoding == "descriptors"
    lengths = campaign.suggest().model["hyperparameters"]["after"]["length_scales"]
    assert set(lengths) == {"mobile_amount", "M.radius_mean", "M.radius_mismatch",
                            "M.electronegativity_mean", "M.charge_mean"}  # fmt: skip
    assert campaign.predict({"x": 0.1, "y": 0.2})["s"].sd > 0
    assert campaign.landscape().mean.shape == (49,)
    with pytest.raises(SpaceError, match="declared sites"):
        nasicon(encoding="sites")


def test_a_free_space_of_compositions_is_searched() -> None:
    x = tk.Continuous(name="x", low=0, high=0.5, resolution=0.01)
    heat = tk.Stepped(name="T", low=1000, high=1200, step=50)
    campaign = Campaign.from_space([x, Y, heat], template=NASICON, weighing=PLAN, target="s")
    for k in range(6):
        strategy = "random" if k < 4 else "standard"
        s = campaign.suggest(1, strategy=strategy, seed=k).suggestions[0]
        assert s.formula is not None
        grams = {name: v for name, v in masses(s.formula).items() if v > 0}
        campaign.record_at(s.inputs, {"s": float(s.inputs["x"])}, weighed=grams)
    assert campaign.status().measured == 6


FIRED = pd.DataFrame(
    {
        "組成式": ["Li6PS5Cl", "Li6PS5Cl0.5Br0.5", "Li6PS5Br", "Li6PS5Cl", "Li6PS5Cl0.5Br0.5",
                   "Li6PS5Cl0.5Br0.5"],
        "T": [550, 550, 550, 500, 500, 600],
        "s": [1.0, 2.0, 1.5, 0.8, None, None],
    }
)  # fmt: skip


@pytest.mark.parametrize("inputs", [["組成式", "T"], ["T"]])
@pytest.mark.parametrize("encoding", ["parameters", "elements"])
def test_formulas_are_varied_beside_a_firing(inputs: list[str], encoding: str) -> None:
    """Every row is a candidate of its own: its amounts and its temperature."""
    column = tk.ListedFormulas.model_validate({"column": "組成式", "encoding": encoding})
    campaign = Campaign.from_table(FIRED, inputs=inputs, formula=column, target="s")
    assert campaign.space.matrix.tolist() == [
        [0, 1, 550], [0.5, 0.5, 550], [1, 0, 550], [0, 1, 500], [0.5, 0.5, 500], [0.5, 0.5, 600]
    ]  # fmt: skip
    assert campaign.space.roles == {"Br": "composition", "Cl": "composition", "T": "process"}
    assert any("are inputs, too" in notice for notice in campaign.notices) == (inputs == ["T"])
    design = encoder_for(campaign.space).encode(campaign.space.matrix)
    assert design.names == ("Br", "Cl", "T")
    np.testing.assert_allclose(design.X[:, 2], [0.5, 0.5, 0.5, 0, 0, 1])
    found = campaign.suggest(2).suggestions
    assert {(s.formula, s.inputs["T"]) for s in found} == {
        ("Li6PS5Br0.5Cl0.5", 500), ("Li6PS5Br0.5Cl0.5", 600)
    }  # fmt: skip
    campaign.record_at({"組成式": "Li6PS5Br0.5Cl0.5", "T": 600}, {"s": 3.0})
    campaign.record(pd.DataFrame({"組成式": ["Li6PS5Cl1"], "T": [500], "s": [0.9]}))
    rows = [(m.inputs["Br"], m.inputs["T"], m.values["s"]) for m in campaign.state.measurements]
    assert rows[-2:] == [(0.5, 600, 3.0), (0.0, 500, 0.9)]


def test_a_formula_that_several_candidates_have_needs_what_tells_them_apart() -> None:
    campaign = Campaign.from_table(FIRED, inputs=["組成式", "T"], target="s")
    words = "3 candidates with the formula Li6PS5Br0.5Cl0.5 differ in T"
    with pytest.raises(NotInPoolError, match=f"^{words}"):
        campaign.record_at({"formula": "Li6PS5Br0.5Cl0.5"}, {"s": 3.0})
    with pytest.raises(NotInPoolError, match=f"row 1: {words}"):
        campaign.record(pd.DataFrame({"組成式": ["Li6PS5Br0.5Cl0.5"], "s": [4.0]}))
    with pytest.raises(NotInPoolError, match="No candidate of the pool has Br=1, Cl=0, T=600"):
        campaign.record_at({"formula": "Li6PS5Br", "T": 600}, {"s": 3.0})
    campaign.record(pd.DataFrame({"組成式": ["Li6PS5Br"], "s": [4.0]}))  # fired once only
    assert campaign.state.measurements[-1].inputs == {"Br": 1.0, "Cl": 0.0, "T": 550.0}
    x = Campaign.from_table(FIRED.assign(x=[0, 0.5, 1, 0, 0.5, 0.5]), inputs=["x", "T"], target="s")
    assert x.space.names == ("x", "T")
    x.record(pd.DataFrame({"組成式": ["Li6PS5Br0.5Cl0.5"], "T": [600], "s": [4.0]}))
    assert x.state.measurements[-1].inputs == {"x": 0.5, "T": 600.0}


def test_an_amount_and_another_column_of_one_name_are_not_mixed_up() -> None:
    pressed = FIRED.rename(columns={"T": "P"})  # phosphorus does not vary
    campaign = Campaign.from_table(pressed, inputs=["組成式", "P"], target="s")
    assert campaign.space.roles["P"] == "process"
    with pytest.raises(TableError, match="called as an element that varies: Br"):
        Campaign.from_table(FIRED.rename(columns={"T": "Br"}), inputs=["組成式", "Br"], target="s")


def test_decimal_commas_of_formulas_in_a_table_are_read_or_named_by_their_cell() -> None:
    table = FIRED.assign(組成式=[text.replace(".", ",") for text in FIRED["組成式"]])
    found = Campaign.from_table(table, inputs=["組成式", "T"], target="s")
    assert found.space == Campaign.from_table(FIRED, inputs=["組成式", "T"], target="s").space
    mixed = table.assign(組成式=["Li6PS5Cl", "Li6PS5Cl0,5Br0.5", *table["組成式"][2:]])
    with pytest.raises(CellError, match=r"row 2, column '組成式': .*what the comma"):
        Campaign.from_table(mixed, inputs=["組成式", "T"], target="s")
