"""Columns that two systems share: laws, and what is 0, held or told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tansaku.chem.amounts import Amounts
from tansaku.chem.composition import Composition
from tansaku.design import Floats
from tansaku.encode import Comparison, OneHot, OtherSystem, SharedColumns, encoder_for, region_of
from tansaku.encode.shared import determined_by, fewest
from tansaku.errors import SpaceError, UsageError
from tansaku.space import Categorical, CompositionTemplate, Continuous, Space, Stepped
from tests.seeds import generator

LCZSP = CompositionTemplate(text="Li(?)Ca(y)Zr(2-y)Si(x)P(3-x)O12")
LYCZP = CompositionTemplate(text="Li(?)Ca(y)Y(x)Zr(2-x-y)(PO4)3")
GRID = np.array([(x, y) for x in (0.0, 0.125, 0.375) for y in (0.0, 0.25, 0.375)])


def target(**more: Any) -> Space:
    x, y = (Stepped(name=n, low=0, high=0.3, step=0.05) for n in "xy")
    more_inputs = [Stepped(name="T", low=900, high=1200, step=50)] if more.pop("fired", 0) else []
    return Space.from_parameters([x, y, *more_inputs], template=LCZSP.model_copy(update=more))


def older(inputs: Floats | None = None, **more: Any) -> OtherSystem:
    given = np.full((len(GRID), 2), np.nan) if inputs is None else inputs
    return OtherSystem(given, amounts=LYCZP.amounts(("x", "y"), GRID), **more)


def test_elements_are_a_union_of_few() -> None:
    """Guests are kept and hosts follow from them; each system lacks the other's guest."""
    space = target()
    shared = SharedColumns.of(space, Comparison((), by="elements"), [older()])
    assert shared.names == ("Ca", "Si", "Y")
    mine, theirs = shared.encode(space.matrix).X, shared.others[0]
    assert (mine[:, 2] == 0).all()
    assert (theirs[:, 1] == 0).all()
    np.testing.assert_allclose(mine * shared.spans, np.c_[space.matrix[:, ::-1], 0 * mine[:, 2]])
    np.testing.assert_allclose(theirs[:, [2, 0]] * 0.375, GRID)
    both = np.concatenate([mine, theirs])
    assert both.min() == 0
    np.testing.assert_allclose(both.max(axis=0), 1)


@pytest.mark.parametrize("by", ["elements", "sites", "descriptors"])
@pytest.mark.parametrize("fired", [False, True])
def test_round_trip_of_candidates(by: str, fired: bool) -> None:
    space = target(fired=fired)
    compared = Comparison(
        ("T",) if fired else (),
        by=by,
        elements=((("Ca", "Ca"), ("Si", "Y")),),
        descriptors=("mobile_amount", "radius_mean"),
    )
    inputs = np.c_[np.full((len(GRID), 2), np.nan), np.linspace(800, 1300, len(GRID))]
    shared = SharedColumns.of(space, compared, [older(inputs[:, : len(space.inputs)])])
    X = shared.encode(space.matrix).X
    np.testing.assert_allclose(shared.encode(shared.decode(X)).X, X)
    assert X.shape[1] == len(shared.names) == len(shared.spans)
    if fired:
        column = shared.columns[2]
        assert shared.columns.tolist() == [-1, -1, column]
        assert shared.names[column] == "T"
        assert shared.spans[column] == 500  # over both tables


def test_amounts_that_were_made_count() -> None:
    """As in a campaign that learns from weighed masses."""
    space = target()
    shared = SharedColumns.of(space, Comparison((), by="elements"), [older()])
    made = Amounts.of([Composition.parse("Li1.2Ca0.06Zr1.94Si0.08P2.92O12")])
    X = shared.encode(space.matrix[:1], made).X
    np.testing.assert_allclose(X * shared.spans, [[0.06, 0.08, 0.0]], atol=1e-12)


def test_names_without_older_ranges_are_the_plain_encoding() -> None:
    """A source within the target's ranges changes nothing but rounding."""
    gas = Categorical(name="gas", values=("air", "Ar", "O2"))
    x = Stepped(name="x", low=0, high=1, step=0.25)
    space = Space.from_parameters([x, gas])
    inside = OtherSystem(space.matrix[::4])
    shared = SharedColumns.of(space, Comparison(space.names), [inside])
    plain = encoder_for(space)
    assert isinstance(plain, OneHot)
    np.testing.assert_allclose(shared.encode(space.matrix).X, plain.encode(space.matrix).X)
    np.testing.assert_allclose(shared.decode(plain.encode(space.matrix).X), space.matrix)
    np.testing.assert_allclose(shared.others[0], plain.encode(space.matrix[::4]).X)


@given(st.floats(0.1, 5.0), st.floats(-3.0, 3.0), st.lists(st.floats(-2, 2), min_size=2))
def test_every_column_spans_both_systems(high: float, shift: float, values: list[float]) -> None:
    space = Space.from_parameters([Continuous(name="x", low=0, high=high)])
    theirs = np.array(values)[:, None] + shift
    other = OtherSystem(theirs, {"z": np.array(values)})
    shared = SharedColumns.of(space, Comparison(("x",), {"z": 0.5}), [other])
    ends = shared.encode(np.array([[0.0], [high]])).X
    both = np.concatenate([ends, shared.others[0]])
    assert np.ptp(both, axis=0).max() <= 1 + 1e-9
    assert np.ptp(both[:, 0]) == pytest.approx(1)
    assert ends[0, 0] == 0  # levels of the search are counted from there
    np.testing.assert_allclose(shared.decode(ends), [[0.0], [high]], atol=1e-9)
    back = shared.others[0] * shared.spans + shared.low
    np.testing.assert_allclose(back, np.c_[theirs, values], atol=1e-9)


def test_steps_of_a_wider_range_are_shorter() -> None:
    """Neighbours of a search without a list are one step apart in the shared columns, too."""
    space = Space.from_parameters([Continuous(name="x", low=0, high=1, resolution=0.1)])
    shared = SharedColumns.of(space, Comparison(("x",)), [OtherSystem(np.array([[-1.0], [3.0]]))])
    region = region_of(space.grid, shared)
    assert region.steps.tolist() == [0.1 / 4]
    some = np.arange(11)[:, None]
    np.testing.assert_allclose(region.encode(some), some * region.steps, atol=1e-12)


def test_a_column_of_another_source_is_as_in_the_target() -> None:
    space = Space.from_parameters([Stepped(name="x", low=0, high=1, step=0.5)])
    point = np.array([[0.5]])
    first, second = OtherSystem(point, {"T": np.array([3.0])}), OtherSystem(point)
    shared = SharedColumns.of(space, Comparison(("x",), {"T": 1.0}), [first, second])
    np.testing.assert_allclose(shared.others[0], [[0.5, 1.0]])
    np.testing.assert_allclose(shared.others[1], [[0.5, 0.0]])


def test_systems_without_a_common_element() -> None:
    other = OtherSystem(np.full((1, 2), np.nan), amounts=Amounts.of([Composition.parse("NaCl")]))
    with pytest.raises(UsageError, match=r"no element in common.*descriptors"):
        SharedColumns.of(target(), Comparison((), by="elements"), [other])


def test_formulas_need_candidates_that_are_listed() -> None:
    x, y = (Continuous(name=n, low=0, high=0.3) for n in "xy")
    space = Space.from_parameters([x, y], template=LCZSP)
    with pytest.raises(SpaceError, match="few enough to be listed"):
        SharedColumns.of(space, Comparison((), by="elements"), [older()])


def test_the_fewest_columns_tell_all() -> None:
    """By brute force: what is left out is a weighted sum of what is kept, and nothing kept is."""
    rng = generator(0)
    for _trial in range(20):
        basis = rng.random((30, 3)) * (rng.random((30, 3)) > 0.4)
        mixed = basis @ rng.random((3, 3)) + rng.random(3)
        matrix = np.c_[mixed, basis]
        kept = fewest(matrix, np.ones(6, dtype=bool))
        A = np.c_[np.ones(30), matrix[:, kept]]
        left = matrix - A @ np.linalg.lstsq(A, matrix, rcond=None)[0]
        assert np.abs(left).max() < 1e-9
        assert np.linalg.matrix_rank(A) == A.shape[1] == 4
        assert kept[3:].all()  # the guests, absent from some rows


def test_inputs_that_formulas_tell() -> None:
    amounts = LYCZP.amounts(("x", "y"), GRID).matrix
    rounded = np.round(amounts, 2)  # as people write them
    temperature = np.array([900.0, 950, 900, 1000, 1000, 950, 900, 950, 1000])
    matrix = np.c_[GRID, GRID[:, 0] + 2 * GRID[:, 1], temperature]
    assert determined_by(amounts, matrix).tolist() == [True, True, True, False]
    assert determined_by(rounded, matrix).tolist() == [True, True, True, False]
    assert not determined_by(amounts[:4], matrix[:4]).any()  # any four numbers are such a sum


def test_a_system_that_lacks_an_extra_column_stands_where_the_target_does() -> None:
    """Of two older ones the first has varied it."""
    space = Space.from_matrix(("x",), np.array([[0.0], [0.5]]))
    first = OtherSystem(np.array([[0.0], [1.0]]), {"T": np.array([900.0, 1100.0])})
    second = OtherSystem(np.array([[0.25], [0.75]]))
    shared = SharedColumns.of(space, Comparison(("x",), {"T": 1050.0}), [first, second])
    assert shared.names == ("x", "T")
    held = shared.encode(space.matrix).X[:, 1]
    np.testing.assert_allclose(held, 0.75)
    np.testing.assert_allclose(shared.others[1], [[0.25, 0.75], [0.75, 0.75]])
    np.testing.assert_allclose(shared.others[0], [[0.0, 0.0], [1.0, 1.0]])
