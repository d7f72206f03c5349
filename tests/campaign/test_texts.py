"""What is typed of one sample is read as a cell of a table would be, in the target's unit."""

from __future__ import annotations

import pandas as pd
import pytest

import tansaku as tk
from tansaku.campaign import Campaign
from tansaku.errors import TansakuError, UsageError
from tansaku.space import ColumnRoles

TABLE = pd.DataFrame(
    {
        "x": [0, 0.1, 0.2, 8 / 3],
        "T (℃)": [1100, 1150, 1200, 1150],
        "grade": ["1/2", "3/4", "3/4", "1/2"],
        "σ [S/cm]": [1e-4, 2e-4, None, None],
        "D (%)": [91.0, 92.0, None, None],
        "n": [1.0, 2.0, None, None],
    }
)
AT = {"x": 0.2, "T (℃)": 1200, "grade": "3/4"}


def campaign() -> Campaign:
    return Campaign.from_table(
        TABLE,
        inputs=["x", "T (℃)", "grade"],
        target=["σ [S/cm]:max", "D (%):max", "n:max"],
        columns=ColumnRoles(choices={"grade": None}),
    )


@pytest.mark.parametrize(
    ("target", "text", "value", "sd", "limit"),
    [
        ("σ [S/cm]", "5.5e-4 S/cm", 5.5e-4, None, None),
        ("σ [S/cm]", "0.55 mS cm-1", 5.5e-4, None, None),
        ("σ [S/cm]", "0.55 ± 0.01 mS/cm", 5.5e-4, 1e-5, None),
        ("σ [S/cm]", "5.5×10⁻⁴ ± 0.3×10⁻⁴", 5.5e-4, 3e-5, None),
        ("σ [S/cm]", "5.5e-4 ± 5%", 5.5e-4, 2.75e-5, None),
        ("σ [S/cm]", "５．５×１０－４", 5.5e-4, None, None),
        ("σ [S/cm]", "5,5e-4", 5.5e-4, None, None),
        ("σ [S/cm]", "<1e-8", 1e-8, None, "below"),
        ("σ [S/cm]", "≧ 10 mS/cm", 0.01, None, "above"),
        ("D (%)", "96.5%", 96.5, None, None),
        ("D (%)", "96.5 ± 2 %", 96.5, 2.0, None),
        ("D (%)", "96.5", 96.5, None, None),
        ("n", "8/3", 8 / 3, None, None),
        ("n", "3.2(1)", 3.2, 0.1, None),
    ],
)
def test_a_result_is_read_as_a_cell_of_its_column(
    target: str, text: str, value: float, sd: float | None, limit: str | None
) -> None:
    """The same value, standard deviation and limit as from a table with this cell."""
    typed, listed = campaign(), campaign()
    typed.record_at(AT, {target: text}, confirm=True)
    listed.record(pd.DataFrame([{**AT, target: text}]), confirm=True)
    for found in (typed, listed):
        last = found.state.measurements[-1]
        assert last.values == {target: pytest.approx(value, rel=1e-12)}
        assert last.sd.get(target) == (None if sd is None else pytest.approx(sd, rel=1e-12))
        assert last.limits.get(target) == limit
    assert bool(typed.notices) == ("mS" in text)


@pytest.mark.parametrize(
    ("target", "text", "words"),
    [
        ("σ [S/cm]", "5.5e-4 K", "is in K"),
        ("σ [S/cm]", "割れ", "is not a number"),
        ("σ [S/cm]", "ND", "is not a number"),
        ("σ [S/cm]", "1,200", "may mean thousands"),
        ("σ [S/cm]", "1_000", "is not a number"),
        ("σ [S/cm]", "", "is not a number"),
        ("n", "3 mS/cm", "no unit is known"),
        ("n", "96 %", "no unit is known"),
    ],
)
def test_a_result_that_is_no_cell_of_the_column_is_refused(
    target: str, text: str, words: str
) -> None:
    found = campaign()
    with pytest.raises(UsageError, match=words) as caught:
        found.record_at(AT, {target: text}, confirm=True)
    assert caught.value.hint
    assert len(found.state.measurements) == 2


def test_what_is_said_twice_is_refused() -> None:
    found = campaign()
    for more in ({"sd": {"n": 0.1}}, {"limits": {"n": "below"}}):
        text = "3 ± 0.2" if "sd" in more else "<3"
        with pytest.raises(UsageError, match="also given beside it"):
            found.record_at(AT, {"n": text}, **more)  # type: ignore[arg-type]


def test_inputs_are_read_so_too() -> None:
    """Fractions, full-width digits and units; the name of a choice stays a name."""
    found = campaign()
    for x, T, row in (
        ("8/3", "1423.15 K", 3),
        ("８／３", "1150℃", 3),
        ("０．２", "１２００", 2),
        (0.2, 1200, 2),
    ):
        at = {"x": x, "T (℃)": T, "grade": TABLE["grade"][row]}
        assert found.place(at).label == row
    assert found.predict({"x": "1/3", "T (℃)": "1150 ℃", "grade": "1/2"})["n"].sd > 0
    for x in ("<3", "3 ± 1", "three", "1150 ℃", "1,200"):
        with pytest.raises(UsageError):
            found.place({"x": x, "T (℃)": 1150, "grade": "1/2"})
    found.record_at({**AT, "x": "1/5"}, {"n": 2.0}, made={"x": "3/8"}, confirm=True)
    assert found.state.measurements[-1].achieved == {"x": 0.375}
    before, after = found.entries.correct(
        found.state.measurements[-1], inputs={}, values={"n": "5/2"}, limits={}, sd={}, details={}
    )
    assert (before.values, after.values) == ({"n": 2.0}, {"n": 2.5})


def test_a_unit_of_a_target_holds_for_cells_below_a_header_without_one() -> None:
    target = tk.Target(name="y", unit="S/cm")
    table = pd.DataFrame({"x": [1, 2, 3], "y": ["0.2 mS/cm", None, None]})
    found = Campaign.from_table(table, inputs=["x"], target=target)
    found.record(pd.DataFrame({"x": [2], "y": ["3 mS/cm"]}), confirm=True)
    assert [m.values["y"] for m in found.state.measurements] == [2e-4, 3e-3]
    unknown = Campaign.from_table(table.assign(y=[0.2, None, None]), inputs=["x"], target="y")
    with pytest.raises(TansakuError, match="no unit is known"):
        unknown.record(pd.DataFrame({"x": [2], "y": ["3 mS/cm"]}), confirm=True)
