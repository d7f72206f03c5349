"""The table of elements: complete, sourced, and as periodictable has it."""

from __future__ import annotations

import copy
import csv
import importlib.util
from pathlib import Path
from types import ModuleType

import periodictable
import pytest

from tansaku.chem.elements import (
    SYMBOLS,
    atomic_mass,
    element,
    elements,
    is_symbol,
    ranks,
    suggestion,
)
from tansaku.errors import FormulaError

ROOT = Path(__file__).parents[2]
LANTHANIDES = SYMBOLS[56:71]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """tools/elements.py, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("elements_tool", ROOT / "tools" / "elements.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tool_finds_nothing(tool: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """The shipped table passes its check."""
    with pytest.raises(SystemExit) as left:
        tool.main()
    assert not left.value.code, capsys.readouterr().out


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("mass", "6.95"),
        ("mass", ""),
        ("mass_source", "hearsay"),
        ("mass_source", "CIAAW 2021 standard"),
        ("electronegativity", "9.8"),
        ("oxidation_states", "1 0"),
        ("oxidation_states", "1 7"),
        ("default_oxidation", "2"),
    ],
)
def test_the_tool_finds_a_wrong_row(tool: ModuleType, column: str, value: str) -> None:
    """Each rule of the check can fail."""
    with tool.TABLE.open(encoding="utf-8", newline="") as table:
        (row,) = [each for each in csv.DictReader(table) if each["symbol"] == "Li"]
    assert list(tool.findings(row)) == []
    assert list(tool.findings(row | {column: value}))


def test_symbols_are_those_of_the_table() -> None:
    """In order of atomic number, all 118."""
    assert tuple(elements()) == SYMBOLS
    assert [each.number for each in elements().values()] == list(range(1, 119))


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_masses_agree_with_periodictable(symbol: str) -> None:
    """To 1e-4; an element without a standard mass says so."""
    if element(symbol).mass is None:
        with pytest.raises(FormulaError, match=f"{symbol} has no standard atomic mass"):
            atomic_mass(symbol)
    else:
        reference = getattr(periodictable, symbol).mass
        assert atomic_mass(symbol) == pytest.approx(reference, rel=1e-4)


def test_elements_without_mass_are_the_radioactive_ones() -> None:
    """Tc, Pm, and what lies beyond bismuth, except thorium, protactinium and uranium."""
    missing = {each.number for each in elements().values() if each.mass is None}
    assert missing == ({43, 61} | set(range(84, 119))) - {90, 91, 92}


def test_defaults_are_common_states_of_one_sign() -> None:
    """A default is one of the common states, and ambiguous elements have none."""
    for each in elements().values():
        if each.default_oxidation is not None:
            assert each.default_oxidation in each.oxidation_states
    ambiguous = ("C", "N", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Ce", "Pr", "Tb", "Te", "Bi")
    assert {element(symbol).default_oxidation for symbol in ambiguous} == {None}


def test_defaults_that_ceramics_rely_on() -> None:
    """The states that NASICON, garnet, perovskite and argyrodite are written with."""
    expected = {
        1: "H Li Na K Rb Cs Ag", 2: "Mg Ca Sr Ba Zn", 3: "B Al Ga In Sc Y La Nd Gd Lu",
        4: "Ti Zr Hf Si Ge Sn", 5: "Nb Ta P As Sb", 6: "W Mo", -1: "F Cl Br I", -2: "O S Se",
    }  # fmt: skip
    for state, symbols in expected.items():
        for symbol in symbols.split():
            assert element(symbol).default_oxidation == state, symbol


def test_all_elements_of_ceramics_have_an_electronegativity() -> None:
    """Up to uranium only light noble gases and radon lack one."""
    missing = [each.symbol for each in elements().values() if each.electronegativity is None]
    assert [symbol for symbol in missing if element(symbol).number <= 92] == [
        "He", "Ne", "Ar", "Kr", "Rn",
    ]  # fmt: skip
    for symbol in LANTHANIDES:
        value = element(symbol).electronegativity
        assert value is not None
        assert 1.0 <= value <= 1.3


def test_canonical_order_begins_with_cations() -> None:
    """As a chemist writes LCZSP, and every symbol has a place of its own."""
    assert sorted(["O", "Si", "P", "Li", "Zr", "Ca"], key=ranks().__getitem__) == [
        "Li", "Ca", "Zr", "Si", "P", "O",
    ]  # fmt: skip
    assert sorted(ranks().values()) == list(range(118))


@pytest.mark.parametrize(
    ("wrong", "right"), [("LI", "Li"), ("zr", "Zr"), ("Sl", "S"), ("ZR", "Zr"), ("Lii", "Li")]
)
def test_wrong_symbols_get_the_nearest(wrong: str, right: str) -> None:
    """Case errors first; the error carries it, too."""
    assert right in suggestion(wrong)
    with pytest.raises(FormulaError, match=wrong) as caught:
        element(wrong)
    assert right in caught.value.hint


def test_isotopes_are_no_elements() -> None:
    """D and T are refused with their reason."""
    assert not is_symbol("D")
    with pytest.raises(FormulaError, match="Isotopes"):
        element("T")


def test_the_table_is_read_once() -> None:
    """Every look-up gives the same object; copies are equal."""
    assert element("Li") is element("Li")
    assert copy.deepcopy(element("Li")) == element("Li")
