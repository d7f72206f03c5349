"""Amounts agree with single compositions, row by row, and are fast."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tansaku.chem.amounts import NOTHING, Amounts
from tansaku.chem.composition import LARGEST, Composition
from tansaku.errors import FormulaError
from tests.seeds import generator

ELEMENTS = ("Li", "Ca", "Y", "Zr", "P", "O")
CELLS = st.one_of(st.just(0.0), st.integers(0, 64).map(lambda n: n / 16), st.floats(0, 30))
ROWS = st.lists(st.lists(CELLS, min_size=6, max_size=6), min_size=1, max_size=12)


@given(ROWS)
def test_rows_are_compositions(rows: list[list[float]]) -> None:
    """Texts, masses and compositions are those of Composition; an empty row has no formula."""
    found = Amounts(ELEMENTS, np.array(rows))
    texts, masses = found.texts(), found.molar_masses()
    for i, row in enumerate(rows):
        if texts[i] == NOTHING:
            assert max(row) <= 5e-7
            with pytest.raises(FormulaError, match="holds nothing"):
                found.composition(i)
            continue
        one = Composition.of(dict(zip(ELEMENTS, row, strict=True)))
        assert found.composition(i) == one
        assert texts[i] == one.text()
        assert masses[i] == pytest.approx(one.molar_mass, abs=1e-3)


def test_of_compositions_has_the_union_of_elements() -> None:
    """In canonical order, zeros where a row lacks one."""
    compositions = [Composition.parse(text) for text in ("ZrO2", "Li2O", "CaCO3")]
    found = Amounts.of(compositions)
    assert found.elements == ("Li", "Ca", "Zr", "C", "O")
    assert [found.composition(i) for i in range(len(found))] == compositions
    assert found.column("C").tolist() == [0, 0, 1]
    assert found.column("Na").tolist() == [0, 0, 0]


def test_no_rows_and_no_columns() -> None:
    """Empty pools are no special case."""
    empty = Amounts(ELEMENTS, np.zeros((0, 6)))
    assert (empty.texts(), len(empty.molar_masses())) == ([], 0)
    bare = Amounts((), np.zeros((3, 0)))
    assert bare.texts() == [NOTHING] * 3
    assert Amounts.of([]).texts() == []


@pytest.mark.parametrize("amount", [-1.0, math.nan, math.inf, 2 * LARGEST])
def test_impossible_amounts_name_their_row(amount: float) -> None:
    """As single compositions refuse them."""
    found = Amounts(("Li", "O"), np.array([[1.0, 1.0], [1.0, amount]]))
    with pytest.raises(FormulaError, match=r"Row 1: .* of O"):
        found.texts()


def test_a_table_of_na_and_n_never_reads_as_no_value() -> None:
    """The one canonical text that pandas would take for a missing cell."""
    assert Amounts(("Na", "N"), np.ones((1, 2))).texts() == ["Na1N1"]


def test_a_hundred_thousand_rows_take_well_below_a_second() -> None:
    """Texts and masses of 1e5 template points, in processor time."""
    rng = generator(0)
    x, y = rng.integers(0, 300, (2, 100_000)) / 400
    matrix = np.stack([1 + x + 2 * y, y, x, 2 - x - y, np.full_like(x, 3), np.full_like(x, 12)], 1)
    found = Amounts(ELEMENTS, matrix)
    before = time.process_time()
    texts, masses = found.texts(), found.molar_masses()
    taken = time.process_time() - before
    assert len(texts) == len(masses) == 100_000
    assert taken < 1.0
