"""Weighing: masses against hand calculation, brute force and the conservation of moles."""

from __future__ import annotations

import math

import numpy as np
import periodictable
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tansaku.chem.achieved import achieved
from tansaku.chem.composition import Composition
from tansaku.chem.precursor_masses import on_balance, weigh
from tansaku.chem.precursors import Precursor
from tansaku.errors import FormulaError, WeighingError
from tests.seeds import generator

NASICON = ("Li2CO3", "CaCO3", "Y2O3", "ZrO2", "NH4H2PO4")
SERIES = "Li1.4Ca0.1Y0.2Zr1.7(PO4)3"


def shelf(*texts: str) -> list[Precursor]:
    """Precursors as a person writes them."""
    return [Precursor.parse(text) for text in texts]


def mass(formula: str) -> float:
    """Molar mass by periodictable."""
    return float(periodictable.formula(formula).mass)


def test_nasicon_by_hand() -> None:
    """5 g of Li1.4Ca0.1Y0.2Zr1.7(PO4)3 with 10 mol% more Li from 99.5 % Li2CO3."""
    sheet = weigh(
        Composition.parse(SERIES),
        shelf("Li2CO3:purity=99.5%", *NASICON[1:]),
        5.0,
        excess={"Li": 0.1},
    )
    n = 5.0 / mass("Li1.4Ca0.1Y0.2Zr1.7P3O12")
    by_hand = {
        "Li2CO3": n * 1.4 * 1.1 / 2 * mass("Li2CO3") / 0.995,
        "CaCO3": n * 0.1 * mass("CaCO3"),
        "Y2O3": n * 0.2 / 2 * mass("Y2O3"),
        "ZrO2": n * 1.7 * mass("ZrO2"),
        "NH4H2PO4": n * 3 * mass("NH4H2PO4"),
    }
    for found, (name, expected) in zip(sheet.exact, by_hand.items(), strict=True):
        assert found == pytest.approx(expected, rel=2e-5), name  # two tables of atomic masses
        assert sheet.grams[name] == pytest.approx(expected, abs=0.5e-4 + 2e-5 * expected)
    assert sheet.total == pytest.approx(sum(by_hand.values()), abs=3e-4)
    assert sheet.leaving == ("C", "N", "H", "O")
    assert sheet.achieved.error < 1e-3


def test_garnet_from_hydrates_and_wet_oxide() -> None:
    """LiOH·H2O, and La2O3 that has become wet: its loss on ignition is made good."""
    target = Composition.parse("Li6.25Al0.25La3Zr2O12")
    sheet = weigh(
        target,
        shelf("LiOH·H2O", "Al2O3", "La2O3:loi=4%", "ZrO2:purity=98%"),
        20.0,
        excess={"Li": 0.15},
    )
    n = 20.0 / mass("Li6.25Al0.25La3Zr2O12")
    expected = [
        n * 6.25 * 1.15 * (mass("LiOH") + mass("H2O")),
        n * 0.125 * mass("Al2O3"),
        n * 1.5 * mass("La2O3") / 0.96,
        n * 2 * mass("ZrO2") / 0.98,
    ]
    assert sheet.exact == pytest.approx(expected, rel=2e-5)


def test_argyrodite_where_elements_come_tied() -> None:
    """Three precursors for four elements: S comes out right because the charges do."""
    target = Composition.parse("Li5.5PS4.5Cl1.5")
    sheet = weigh(target, shelf("Li2S", "P2S5", "LiCl"), 1.0)
    n = 1.0 / mass("Li5.5PS4.5Cl1.5")
    expected = [n * 2 * mass("Li2S"), n * 0.5 * mass("P2S5"), n * 1.5 * mass("LiCl")]
    assert sheet.exact == pytest.approx(expected, rel=2e-5)
    assert sheet.leaving == ("C", "N", "H")  # O is not set by an atmosphere that has none


def test_rounded_formulas_are_near_enough() -> None:
    """16/3 written as 5.33 cannot be met by tied elements, and the error is told."""
    sheet = weigh(Composition.parse("Li5.33PS4.333Cl1.667"), shelf("Li2S", "P2S5", "LiCl"), 1000.0)
    assert 1e-5 < sheet.achieved.error < 1e-3


PRECURSORS = st.lists(
    st.sampled_from(
        ["Li2CO3", "LiOH·H2O", "CaCO3", "Y2O3", "ZrO2", "NH4H2PO4", "(NH4)2HPO4", "La(OH)3",
         "Al(NO3)3·9H2O", "SiO2", "Nb2O5", "Li3PO4", "TiO2", "LiCl"]
    ),
    min_size=1, max_size=7, unique=True,
)  # fmt: skip
GONE = ("C", "H", "N", "O")


@given(PRECURSORS, st.data())
def test_moles_are_conserved(names: list[str], data: st.DataObject) -> None:
    """Whatever the precursors can make they do make: each mole that stays is where it should be.

    The moles in the masses are counted with periodictable, from purity, loss and mass alone.
    """
    precursors = [
        Precursor.of(
            name,
            purity=data.draw(st.floats(0.5, 1.0)),
            loss_on_ignition=data.draw(st.floats(0.0, 0.5)),
        )
        for name in names
    ]
    moles = [round(data.draw(st.floats(0.05, 5.0)), 3) for _name in names]
    made: dict[str, float] = {"O": 1.0}
    for each, amount in zip(precursors, moles, strict=True):
        for element, count in each.composition.amounts.items():
            if element not in GONE:
                made[element] = made.get(element, 0.0) + count * amount
    target = Composition.of(made)
    excess = data.draw(st.sampled_from([0.0, 0.05, 0.1]))
    batch = data.draw(st.floats(0.5, 500.0))
    free = set(made) - {"O"}
    # The same excess of all: then tied elements stay solvable.
    sheet = weigh(target, precursors, batch, excess=dict.fromkeys(free, excess), balance=1e-7)
    units = batch / target.molar_mass
    for element in free:
        reached = sum(
            grams * each.purity * (1 - each.loss_on_ignition)
            / each.composition.molar_mass * each.composition[element]
            for grams, each in zip(sheet.exact, precursors, strict=True)
        )  # fmt: skip
        assert reached == pytest.approx(units * target[element] * (1 + excess), rel=1e-9)
    assert all(grams >= 0 for grams in sheet.exact)
    back = achieved(
        target, precursors, sheet.grams, excess=dict.fromkeys(free, excess), balance=1e-7
    )
    assert back.amounts == sheet.achieved.amounts
    for element, amount in target.amounts.items():
        assert back.fired[element] == pytest.approx(amount, rel=1e-4)


@given(st.floats(1e-6, 1e3), st.sampled_from([1e-5, 1e-4, 0.001, 0.005, 0.01, 0.1, 1.0, 2]))
def test_masses_are_what_the_balance_shows(grams: float, step: float) -> None:
    """A whole number of steps, not further than half a step, and never above the stock."""
    shown = on_balance(grams, step)
    assert abs(shown - grams) <= step / 2 * (1 + 1e-9)
    assert math.isclose(shown / step, round(shown / step), rel_tol=1e-9, abs_tol=1e-9)
    assert on_balance(grams, step, stock=grams) <= grams


def test_one_slip_shows_in_its_own_element() -> None:
    """3 % too much phosphate is 3 % too much P, and the others stay; half a batch is as good."""
    target, precursors = Composition.parse(SERIES), shelf(*NASICON)
    exact = weigh(target, precursors, 5.0)
    slipped = dict(zip(NASICON, exact.exact, strict=True)) | {"NH4H2PO4": 1.03 * exact.exact[4]}
    found = achieved(target, precursors, {name: g / 2 for name, g in slipped.items()})
    assert found.error == pytest.approx(0.03, rel=1e-6)
    for element, amount in target.amounts.items():
        assert found.amounts[element] == pytest.approx(
            amount * (1.03 if element == "P" else 1), rel=1e-6
        )
    assert found.fired == Composition.parse("Li1.4Ca0.1Y0.2Zr1.7P3.09O12")


def test_a_forgotten_precursor() -> None:
    """Its element is gone; where most is missing nothing can be said."""
    target, precursors = Composition.parse(SERIES), shelf(*NASICON)
    masses = weigh(target, precursors, 5.0).grams
    found = achieved(target, precursors, masses | {"Y2O3": 0.0})
    assert found.amounts["Y"] == 0.0
    assert found.error == pytest.approx(1.0)
    assert "Y" not in found.fired.elements
    with pytest.raises(WeighingError, match="Nothing was weighed of Li, Ca, Y"):
        achieved(target, precursors, masses | {"Y2O3": 0.0, "Li2CO3": 0.0, "CaCO3": 0.0})


def test_uncertainty_is_that_of_reading_the_balance() -> None:
    """Against 40,000 simulated weighings, each with a rounded tare and reading: sds to 0.4 %."""
    target, precursors, step = Composition.parse(SERIES), shelf(*NASICON), 0.001
    sheet = weigh(target, precursors, 2.0, balance=step)
    units = 2.0 / target.molar_mass
    rng = generator(0)
    read = rng.uniform(-0.5, 0.5, (40_000, 5)) - rng.uniform(-0.5, 0.5, (40_000, 5))
    grams = np.array(sheet.exact) + step * read
    per_mole = [each.composition.molar_mass for each in precursors]
    per_formula = [2, 1, 2, 1, 1]  # Li in Li2CO3, Ca in CaCO3, ...
    simulated = (grams * per_formula / per_mole / units).std(axis=0)
    found = [sheet.achieved.sd[element] for element in ("Li", "Ca", "Y", "Zr", "P")]
    assert found == pytest.approx(simulated, rel=0.03)
    assert sheet.achieved.sd["O"] == 0.0


@pytest.mark.parametrize(
    ("formula", "precursors", "message", "hint"),
    [
        ("LiZr2(PO4)3", "Li2CO3 ZrO2", "No precursor brings P", "NH4H2PO4"),
        ("LiZr2(PO4)3", "Li2CO3", "No precursor brings Zr, P", "ZrO2"),
        ("LiZr2(PO4)3", "Li2CO3 ZrO2 NH4H2PO4 Na2CO3", "Na2CO3 brings Na", "Exchange it"),
        ("LiZr2(PO4)3", "LiCl ZrO2 NH4H2PO4", "LiCl brings Cl", "C, N, H, O"),
        ("LiZr2(PO4)3", "Li3PO4 ZrO2", "too little P", "NH4H2PO4"),
        ("LiZr2(PO4)3", "Li3PO4 ZrO2", "too much Li", "NH4H2PO4"),
        ("Li6PS5Cl", "Li2S P2S5", "No precursor brings Cl", "LiCl"),
        ("Li6PS5Cl", "Li2CO3 P2S5 LiCl", "Li2CO3 brings O", "Exchange it"),
        ("Li3PS4", "LiCl P2S5", "LiCl brings Cl", "Exchange it"),
        ("Li2SiO3", "Li2CO3 SiO2 Li2CO3:purity=99%", "same compound", "once"),
        ("LiOH", "Li2CO3", "No precursor brings H", "LiOH·H2O"),
        ("O2", "ZrO2", "Nothing of O2 stays", "fewer"),
        ("PO4^3-", "NH4H2PO4", "charge", "neutral"),
        ("Li2SiO3Y0.000001", "Li2CO3 SiO2 Y2O3", "Y2O3 needs", "larger batch"),
        ("Li2SiO3", "", "No precursors", "Name them"),
        ("Li2SiO3", "Li2CO3 SiO2 NH4NO3", "Nothing of NH4NO3 stays", "Leave it out"),
    ],
)
def test_what_cannot_be_made_is_refused(
    formula: str, precursors: str, message: str, hint: str
) -> None:
    """The error names the element and what would help."""
    with pytest.raises(WeighingError) as caught:
        weigh(Composition.parse(formula), shelf(*precursors.split()), 5.0)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_proposed_precursors_do_help() -> None:
    """Each that the hint names makes the set sufficient."""
    target, start = Composition.parse("LiZr2(PO4)3"), ("Li3PO4", "ZrO2")
    with pytest.raises(WeighingError) as caught:
        weigh(target, shelf(*start), 5.0)
    proposed = caught.value.hint.removeprefix("One of ").removesuffix(" beside them would do.")
    for name in proposed.split(", "):
        assert weigh(target, shelf(*start, name), 5.0).grams[name] > 0


def test_excess_of_a_tied_element() -> None:
    """More Li from Li2S brings more S: said so, and solvable with an excess of both."""
    target, precursors = Composition.parse("Li6PS5Cl"), shelf("Li2S", "P2S5", "LiCl")
    with pytest.raises(WeighingError) as caught:
        weigh(target, precursors, 5.0, excess={"Li": 0.05})
    assert "Without the excess of Li they can" in caught.value.hint
    both = weigh(target, precursors, 5.0, excess={"Li": 0.05, "S": 0.03})
    plain = weigh(target, precursors, 5.0)
    assert both.exact[0] == pytest.approx(plain.exact[0] * 2.65 / 2.5)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"mass": 0.0}, "batch of 0 g"),
        ({"mass": -5.0}, "batch of -5 g"),
        ({"mass": math.nan}, "batch of nan g"),
        ({"mass": math.inf}, "batch of inf g"),
        ({"mass": 1e6}, r"batch of 1e\+06 g"),
        ({"balance": 0.0}, "steps of 0 g"),
        ({"balance": -1e-4}, "steps of -0.0001 g"),
        ({"balance": math.nan}, "steps of nan g"),
        ({"balance": 10.0}, "more than the batch"),
        ({"excess": {"Na": 0.1}}, "excess of Na"),
        ({"excess": {"O": 0.1}}, "excess of O"),
        ({"excess": {"Li": -0.1}}, "excess of Li is -0.1"),
        ({"excess": {"Li": 10.0}}, "excess of Li is 10"),
        ({"excess": {"Li": math.nan}}, "excess of Li is nan"),
    ],
)
def test_bad_numbers_are_refused(changed: dict[str, object], told: str) -> None:
    """Each with what was given."""
    arguments = {"mass": 5.0, "balance": 1e-4} | changed
    with pytest.raises(WeighingError, match=told):
        weigh(Composition.parse("Li2SiO3"), shelf("Li2CO3", "SiO2"), **arguments)  # type: ignore[arg-type]


def test_leaving_can_be_declared() -> None:
    """Sulfur that leaves, oxygen that does not; what is declared must be an element."""
    target = Composition.parse("BaTiO3")
    sheet = weigh(target, shelf("BaSO4", "TiO2"), 5.0, leaving=("S", "O"))
    assert sheet.exact[0] == pytest.approx(5 / mass("BaTiO3") * mass("BaSO4"), rel=2e-5)
    sealed = weigh(Composition.parse("Li4SiO4"), shelf("Li2O", "SiO2"), 5.0, leaving=())
    assert sealed.achieved.sd["O"] > 0
    with pytest.raises(WeighingError, match="too much O"):
        weigh(Composition.parse("Li4SiO3"), shelf("Li2O", "SiO2"), 5.0, leaving=())
    with pytest.raises(FormulaError):
        weigh(target, shelf("BaSO4", "TiO2"), 5.0, leaving=("Xx",))


def test_weighed_masses_are_checked() -> None:
    """All of them, each of a precursor, none negative."""
    target, precursors = Composition.parse("Li2SiO3"), shelf("Li2CO3", "SiO2")
    for weighed, told in (
        ({"Li2CO3": 1.0}, "No weighed mass is given for SiO2"),
        ({"Li2CO3": 1.0, "SiO2": -1.0}, "SiO2 is -1.0 g"),
        ({"Li2CO3": 1.0, "SiO2": math.nan}, "SiO2 is nan g"),
        ({"Li2CO3": 1.0, "SiO2": 1.0, "ZrO2": 1.0}, "'ZrO2' was weighed"),
        ({"Li2CO3": 0.0, "SiO2": 0.0}, "Nothing was weighed of Li, Si"),
    ):
        with pytest.raises(WeighingError, match=told):
            achieved(target, precursors, weighed)
