"""Encodings from the formula: the laws, and what each column is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import tansaku as tk
from tansaku.chem.composition import Composition
from tansaku.encode import ENCODINGS, FormulaColumns, encoder_for
from tansaku.errors import DataError, SpaceError, UnknownNameError
from tansaku.space import (
    Categorical,
    CompositionTemplate,
    Continuous,
    ListedFormulas,
    Settable,
    Space,
    Stepped,
    composed,
)
from tansaku.space.chemistry import ENCODINGS as CHOICES

NASICON = "Li(?)Ca(y)Y(x)Zr(2-x-y)(PO4)3"
M = "M: Zr,Y,Ca = 2"
X, Y = (Stepped(name=n, low=0, high=0.375, step=0.0625) for n in "xy")
GAS = Categorical(name="gas", values=("air", "Ar"))


def space_of(encoding: str, *more: Settable, **said: object) -> Space:
    template = CompositionTemplate.model_validate(
        {"text": NASICON, "encoding": encoding, "sites": (M,), **said}
    )
    return Space.from_parameters([X, Y, *more], (), template)


@pytest.mark.parametrize("encoding", sorted(ENCODINGS))
@pytest.mark.parametrize("more", [(), (GAS,), (GAS, Stepped(name="T", low=1, high=3, step=1))])
def test_every_candidate_decodes_to_one_that_looks_the_same(
    encoding: str, more: tuple[Settable, ...]
) -> None:
    space = space_of(encoding, *more)
    encoder = encoder_for(space)
    assert isinstance(encoder, FormulaColumns)
    design = encoder.encode(space.matrix)
    assert design.X.shape == (len(space), len(encoder.names))
    assert len(encoder.spans) == len(encoder.names) == len(set(encoder.names))
    assert design.X.min() >= -1e-12
    assert design.X.max() <= 1 + 1e-12
    assert (np.ptp(design.X, axis=0) > 0).all()  # nothing constant is left
    again = encoder.encode(encoder.decode(design.X))
    np.testing.assert_allclose(again.X, design.X, atol=1e-12)
    if encoding != "descriptors":  # these two tell all compositions apart
        np.testing.assert_array_equal(encoder.decode(design.X), space.matrix)


def test_the_names_are_those_that_a_campaign_can_store() -> None:
    assert set(CHOICES) == {"parameters", *ENCODINGS}


def test_elements_are_moles_over_their_range() -> None:
    space = space_of("elements")
    encoder = encoder_for(space)
    assert encoder.names == ("Li", "Ca", "Y", "Zr")
    found = composed(space, space.matrix)
    assert found is not None
    X = encoder.encode(space.matrix).X
    for j, symbol in enumerate(encoder.names):
        moles = np.array([Composition.parse(text)[symbol] for text in found.formulas])
        np.testing.assert_allclose(X[:, j], (moles - moles.min()) / np.ptp(moles), atol=1e-9)
        assert encoder.spans[j] == pytest.approx(np.ptp(moles))


def test_what_was_made_moves_the_point_and_not_the_pool() -> None:
    space = space_of("elements")
    encoder = encoder_for(space)
    assert isinstance(encoder, FormulaColumns)
    from tansaku.chem.amounts import Amounts

    made = Amounts.of([Composition.parse("Li1.51Ca0.1Y0.2Zr1.7(PO4)3")])
    moved = encoder.encode(space.matrix[8:9], made).X[0]
    by_hand = (np.array([1.51, 0.1, 0.2, 1.7]) - encoder.low) / encoder.spans
    np.testing.assert_allclose(moved, by_hand)


def test_sites_and_descriptors_are_named_after_their_site() -> None:
    assert encoder_for(space_of("sites")).names == ("M.Zr", "M.Y", "M.Ca")
    assert encoder_for(space_of("descriptors", descriptors=("M.charge_mean",))).names == (
        "M.charge_mean",
    )
    assert "M.radius_mean" in encoder_for(space_of("descriptors")).names
    assert "radius_mean" in encoder_for(space_of("descriptors", sites=())).names


def test_what_cannot_be_seen_is_refused() -> None:
    with pytest.raises(SpaceError, match="declared sites"):
        encoder_for(space_of("sites", sites=()))
    with pytest.raises(UnknownNameError, match="no_such"):
        encoder_for(space_of("descriptors", descriptors=("no_such",)))
    with pytest.raises(SpaceError, match="same for every candidate"):
        encoder_for(space_of("descriptors", descriptors=("net_charge",)))
    with pytest.raises(SpaceError, match="can be listed"):
        encoder_for(space_of("elements", Continuous(name="T", low=0, high=1)))
    with pytest.raises(DataError, match="radius"):
        encoder_for(space_of("descriptors", descriptors=("M.radius_mean",),
                             sites=("M (20): Zr,Y,Ca = 2",)))  # fmt: skip


def test_formulas_of_a_table_are_seen_beside_its_inputs() -> None:
    listed = ListedFormulas(formulas=("Li2O", "Li2S", "Na2O"), encoding="elements")
    space = Space.from_matrix(("T",), np.array([[1.0], [2.0], [4.0]]))
    space = space.model_copy(update={"chemistry": listed})
    encoder = encoder_for(space)
    assert sorted(encoder.names) == ["Li", "Na", "O", "S", "T"]
    assert encoder.columns.tolist() == [4]
    np.testing.assert_array_equal(encoder.decode(encoder.encode(space.matrix).X), space.matrix)


@pytest.mark.usefixtures("own_registries")
def test_an_encoding_of_ones_own_is_one_like_the_others(tmp_path: Path) -> None:
    """By its name in a campaign that is kept; without the package the campaign still opens."""
    ENCODINGS.add("own", ENCODINGS["elements"])
    table = {
        "formula": ["Li2ZrCl6", "Li3YCl6", "Li2.5Y0.5Zr0.5Cl6", "Li2.2Y0.2Zr0.8Cl6", "Li3InCl6"],
        "y": [1.0, 2.0, 3.0, 2.5, None],
    }
    pool = ListedFormulas(encoding="own")
    made = tk.Campaign.from_table(pd.DataFrame(table), formula=pool, target="y:max")
    usual = tk.Campaign.from_table(
        pd.DataFrame(table), formula=ListedFormulas(encoding="elements"), target="y:max"
    )
    assert encoder_for(made.space).names == encoder_for(usual.space).names
    asked, expected = made.suggest(1), usual.suggest(1)
    assert [s.predicted for s in asked] == [s.predicted for s in expected]
    made.save(tmp_path / "kept.json")
    del ENCODINGS._entries["own"]
    ENCODINGS._names.discard("own")
    opened = tk.Campaign.load(tmp_path / "kept.json")
    assert opened.status().encoding == "own"
    with pytest.raises(UnknownNameError, match=r"'own'.*Known: parameters, elements, sites"):
        opened.suggest(1)
    with pytest.raises(UnknownNameError, match="'own'"):
        tk.Campaign.from_table(pd.DataFrame(table), formula=pool, target="y:max")
