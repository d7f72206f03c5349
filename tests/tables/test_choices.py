"""Columns of names as inputs: what is one, what is complained about, and what comes of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tansaku.campaign import Campaign
from tansaku.errors import CellError, NotInPoolError, SpaceError, TableError
from tansaku.space import Categorical, ColumnRoles, Numeric, Target
from tansaku.tables import results_at, understand
from tansaku.tables.choices import are_choices, choices_in
from tests.seeds import generator

Y = [Target(name="y")]
TABLE = pd.DataFrame(
    {
        "T": [900, 900, 900, 950, 950, 950],
        "gas": ["Air", "N2", "Ｏ２", "air ", "N2", "O2"],
        "y": [1.0, 2.0, None, 4.0, None, None],
    }
)

COLUMNS: list[tuple[list[object], bool]] = [
    (["Air", "N2", "Air"], True),
    (["none", "NaCl", "none"], True),
    (["x", "melt", "x"], True),
    (["Na", "Nd", "K", "Na", "Nd"], True),
    (["5% H2", "Ar", "5% H2"], True),
    (["なし", "B2O3", "なし"], True),
    ([900, 950, 1000], False),
    (["900", "950", "1000"], False),
    (["900 ℃", "950 ℃"], False),
    (["about 700", "about 800", "about 700"], False),
    ([900, "RT", 900], False),
    (["S1", "S2", "S3", "S4", "S5"], False),
    (["2026-04-01", "2026-04-02", "2026-04-01"], False),
    ([True, False, True], False),
    (["1,5", "2,5"], False),
    ([None, "-", ""], False),
]


@pytest.mark.parametrize(("cells", "names"), COLUMNS, ids=[str(c[0][:2]) for c in COLUMNS])
def test_a_column_of_names_is_one_of_choices(cells: list[object], names: bool) -> None:
    assert are_choices(pd.Series(cells, dtype="object")) is names


def test_choices_become_inputs_and_rows_without_result_stay_open() -> None:
    reading = understand(TABLE, ["T", "gas"], Y)
    kinds = [type(each) for each in reading.space.inputs]
    assert kinds == [Numeric, Categorical]
    assert reading.space.inputs_of(2) == {"T": 900.0, "gas": "Ｏ２"}
    assert len(reading.space) == 6
    assert reading.positions == (0, 1, 3)
    assert any("'air' is read as 'Air'" in each for each in reading.notices)


def test_an_order_and_names_that_look_like_numbers_can_be_said() -> None:
    frame = TABLE.assign(crucible=[1, 2, 1, 2, 1, 2], grain=["fine", "coarse"] * 3)
    roles = ColumnRoles(choices=["crucible", "grain=fine<middle<coarse"])
    crucible, grain = understand(frame, ["crucible", "grain"], Y, roles=roles).space.inputs
    assert isinstance(crucible, Categorical)
    assert (crucible.values, crucible.encoding) == (("1", "2"), "one_hot")
    assert isinstance(grain, Categorical)
    assert (grain.values, grain.encoding) == (("fine", "middle", "coarse"), "ordinal")


def test_the_distance_of_choices_is_of_their_kind() -> None:
    campaign = Campaign.from_table(TABLE, inputs=["T", "gas"], target="y")
    with pytest.raises(NotInPoolError, match="nearest candidate is T=950, gas=N2"):
        campaign.record_at({"T": 960, "gas": "n2"}, {"y": 1})


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["Air", None, "N2", "Air", "N2", "Air"], ["row 2", "'gas'", "empty"]),
        (["Air", "-", "N2", "Air", "N2", "Air"], ["row 2", "'gas'", "'-' names none"]),
        ([1, 2, "RT", 1, 2, 1], ["row 3", "'gas'", "'RT' is not a number"]),
    ],
)
def test_cells_that_name_nothing_are_complained_about(
    cells: list[object], words: list[str]
) -> None:
    with pytest.raises(CellError) as caught:
        understand(TABLE.assign(gas=pd.Series(cells, dtype="object")), ["T", "gas"], Y)
    assert [word for word in words if word not in caught.value.message] == []
    if "RT" in caught.value.message:
        assert "--choices gas" in caught.value.hint


def test_one_name_alone_is_no_choice() -> None:
    with pytest.raises(TableError, match="'gas' has the same value Ar in every row"):
        understand(TABLE.assign(gas="Ar"), ["T", "gas"], Y)
    with pytest.raises(SpaceError, match="two or more"):
        understand(TABLE, ["T", "gas"], Y, roles=ColumnRoles(choices=["gas=Ar<Ar"]))


def test_a_new_name_in_results_is_refused_with_the_known_ones() -> None:
    space = understand(TABLE, ["T", "gas"], Y).space
    rows = pd.DataFrame({"T": [900, 950], "gas": ["o2", "CO2"], "y": [1, 2]})
    with pytest.raises(CellError, match=r"row 2, column 'gas': 'CO2' is no choice") as caught:
        results_at(rows, space, Y)
    assert "Air, N2" in caught.value.hint
    (found,) = results_at(rows.iloc[:1], space, Y)
    assert found.place.label == 2


def test_names_of_samples_are_said_to_teach_little() -> None:
    frame = pd.DataFrame({"solvent": [f"s{i}" for i in range(8)], "y": [*range(7), None]})
    with pytest.raises(CellError, match="'s0' is not a number"):
        understand(frame, ["solvent"], Y)
    reading = understand(frame, ["solvent"], Y, roles=ColumnRoles(choices=["solvent"]))
    assert any("hardly comes twice" in each for each in reading.notices)


@given(st.lists(st.sampled_from(["Air", "N2", "O2", "5% H2"]), min_size=8, max_size=20))
def test_every_candidate_is_found_again(names: list[str]) -> None:
    frame = pd.DataFrame({"T": range(len(names)), "gas": names, "y": None})
    if len(set(names)) < 2:
        return
    reading = understand(frame, ["T", "gas"], Y)
    for i, name in enumerate(names):
        assert reading.space.inputs_of(i) == {"T": float(i), "gas": name}
        assert reading.space.find({"T": i, "gas": f" {name.lower()} "}) == i


def test_a_campaign_learns_from_choices() -> None:
    """Only the gas matters: its means are told apart, and the open rows of the best come first."""
    gas = ["Air", "N2", "O2"] * 8
    level = {"Air": 0.0, "N2": 5.0, "O2": 1.0}
    rng = generator(0)
    y = [level[g] + 0.1 * rng.standard_normal() if i < 15 else None for i, g in enumerate(gas)]
    frame = pd.DataFrame({"T": np.repeat(range(8), 3) * 10.0, "gas": gas, "y": y})
    campaign = Campaign.from_table(frame, inputs=["T", "gas"], target="y")
    assert {each.inputs["gas"] for each in campaign.suggest(2, seed=0).suggestions} == {"N2"}
    found = campaign.predict({"T": 70, "gas": "N2"})["y"].mean
    assert found - campaign.predict({"T": 70, "gas": "Air"})["y"].mean > 2
    _columns, notices = choices_in(frame, ["T", "gas"], ColumnRoles())
    assert notices == []


@pytest.mark.parametrize("other", ["空気1150", "空気\u30001150", " 空気  1150 "])
def test_blanks_beside_japanese_make_no_other_choice(other: str) -> None:
    frame = pd.DataFrame({"gas": ["空気 1150", other, "Ar", "Ar"]})
    found, notices = choices_in(frame, ["gas"], ColumnRoles())
    assert found["gas"].values == ("空気 1150", "Ar")
    assert len(notices) == (other.strip() != "空気 1150")


@pytest.mark.parametrize("other", ["N2gas", "n2-gas", "N2_gas"])
def test_names_that_differ_by_a_blank_or_hyphen_are_asked_about(other: str) -> None:
    """Nothing is made before the person has said whether they are one."""
    frame = pd.DataFrame({"gas": ["N2 gas", other, "Ar", "Ar"]})
    with pytest.raises(TableError, match="one choice") as told:
        choices_in(frame, ["gas"], ColumnRoles())
    assert f"gas=N2 gas<{other}" in str(told.value.hint)
    said = ColumnRoles(choices={"gas": Categorical(name="gas", values=("N2 gas", other, "Ar"))})
    found, _notices = choices_in(frame, ["gas"], said)
    assert found["gas"].values == ("N2 gas", other, "Ar")
