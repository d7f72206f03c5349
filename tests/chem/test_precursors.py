"""Precursors: how they are written, and the table of common ones."""

from __future__ import annotations

import csv
from importlib.resources import files

import periodictable
import pytest

from tansaku.chem.composition import Composition
from tansaku.chem.precursors import (
    HANDLING,
    Precursor,
    common,
    grams,
    handling_sentence,
    share,
    suppliers,
)
from tansaku.errors import FormulaError, WeighingError

TABLE = list(
    csv.DictReader(
        files("tansaku.chem").joinpath("precursors.csv").read_text(encoding="utf-8").splitlines()
    )
)


@pytest.mark.parametrize("row", TABLE, ids=[row["formula"] for row in TABLE])
def test_common_precursors_weigh_what_they_should(row: dict[str, str]) -> None:
    """The molar mass agrees with periodictable, and the handling is of the known kinds."""
    found = common()[Composition.parse(row["formula"])]
    salt, _dot, water = row["formula"].partition("·")
    molecules = int(water.removesuffix("H2O") or "1") if water else 0
    mass = periodictable.formula(salt).mass + molecules * periodictable.formula("H2O").mass
    assert found.composition.molar_mass == pytest.approx(mass, rel=1e-4)
    assert set(found.handling) <= set(HANDLING)
    assert ("hydrate" in found.handling) <= bool(water)


def test_common_precursors_are_there_once() -> None:
    """No compound twice, and each kind of handling is told and used."""
    assert len(common()) == len(TABLE)
    used = {tag for each in common().values() for tag in each.handling}
    assert used == set(HANDLING)
    assert all(handling_sentence(tag).endswith(".") for tag in HANDLING)


def test_issue_precursors_are_common() -> None:
    """Those that a lab of solid electrolytes asks for first."""
    for formula in (
        "Li2CO3", "LiOH·H2O", "CaCO3", "SrCO3", "BaCO3", "Y2O3", "La2O3", "La(OH)3", "ZrO2", "SiO2",
        "TiO2", "GeO2", "Al2O3", "NH4H2PO4", "(NH4)2HPO4", "Li3PO4", "Nb2O5", "Ta2O5", "Li2S",
        "P2S5", "LiCl", "Al(NO3)3·9H2O",
    ):  # fmt: skip
        assert Composition.parse(formula) in common()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Li2CO3", (1.0, 0.0, None)),
        ("Li2CO3:purity=99.5%", (0.995, 0.0, None)),
        ("Li2CO3:purity=0.995:stock=20", (0.995, 0.0, 20.0)),
        (" Li2CO3 : loi = 0.3 % : purity=99.5% ", (0.995, 0.003, None)),
        ("Ｌｉ２ＣＯ３：ｐｕｒｉｔｙ＝９９．５％", (0.995, 0.0, None)),
        ("Li2CO3:purity=100%:loi=0:stock=0", (1.0, 0.0, 0.0)),
    ],
)
def test_text_form(text: str, expected: tuple[float, float, float | None]) -> None:
    """Shares with and without a percent sign, in any order, also from a Japanese keyboard."""
    found = Precursor.parse(text)
    assert found.name == "Li2CO3"
    assert found.composition == Composition.parse("Li2CO3")
    purity, loss, stock = expected
    assert found.purity == pytest.approx(purity, rel=1e-12)
    assert found.loss_on_ignition == pytest.approx(loss, rel=1e-12)
    assert found.stock == stock


def test_impure_and_wet_chemicals_weigh_more() -> None:
    """Grams for one mole: the loss comes off first, then what is not the compound."""
    plain = periodictable.formula("La2O3").mass
    found = Precursor.of("La2O3", purity=0.99, loss_on_ignition=0.04)
    assert found.grams_per_mole == pytest.approx(plain / 0.96 / 0.99, rel=1e-5)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Li2CO3:purity=120%", "Li2CO3: purity=1.2 is not"),
        ("Li2CO3:purity=99.5", "Li2CO3: purity=99.5 is not"),
        ("Li2CO3:purity=0", "Li2CO3: purity=0 is not"),
        ("Li2CO3:purity=-5%", "Li2CO3: purity=-0.05 is not"),
        ("Li2CO3:purity=nan", "no number"),
        ("Li2CO3:purity=1e999", "no number"),
        ("Li2CO3:purity=", "no number"),
        ("Li2CO3:loi=100%", "Li2CO3: loi=1 is not"),
        ("Li2CO3:loi=-1%", "Li2CO3: loi=-0.01 is not"),
        ("Li2CO3:stock=-1", "Li2CO3: stock=-1 is not"),
        ("Li2CO3:stock=5%", "a share and not a mass"),
        ("Li2CO3:stock=5 g", "no number"),
        ("Li2CO3:pureness=99%", "'pureness=99%'"),
        ("Li2CO3:99%", "'99%'"),
        ("Li2CO3:purity=99%:purity=98%", "'purity=98%'"),
        ("PO4^3-", "carries a charge"),
    ],
)
def test_bad_options_are_refused(text: str, told: str) -> None:
    """Each says what was given and what to write."""
    with pytest.raises(WeighingError) as caught:
        Precursor.parse(text)
    assert told in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("text", ["Xx2O3", "", ":purity=99%", "Li2CO3)", "kitchen salt"])
def test_bad_formulas_are_refused(text: str) -> None:
    """As the reader of formulas says it."""
    with pytest.raises(FormulaError):
        Precursor.parse(text)


def test_numbers() -> None:
    """Shares and grams as people write them."""
    assert share("10%", "excess") == pytest.approx(0.1)
    assert share("１０ ％", "excess") == pytest.approx(0.1)
    assert share(".1", "excess") == 0.1
    assert grams("2.5e1", "stock") == 25.0
    for text in ("10 mol%", "1,5", "0x10", "1_0", "", "--1"):
        with pytest.raises(WeighingError):
            share(text, "excess")


def test_suppliers_bring_nothing_foreign() -> None:
    """The plain ones first; in an oxide free of other elements, no salt of another metal."""
    found = [each.formula for each in suppliers("P", ["Li", "Zr", "P", "O"], ["C", "N", "H", "O"])]
    assert found[0] == "NH4H2PO4"
    assert "Li3PO4" in found
    assert "CaHPO4" not in found
    sulfide = [each.formula for each in suppliers("P", ["Li", "P", "S"], ["C", "N", "H"])]
    assert sulfide == ["P2S5"]
    assert suppliers("Rn", ["Rn"], []) == ()
