"""Columns that say how sure results are: found by name, or named, and never mistaken."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from tansaku.campaign import Campaign
from tansaku.errors import CellError, TableError
from tansaku.space import ColumnRoles, Target
from tansaku.tables.spreads import spread_columns, spread_kind

NAMES = [
    ("sd", ("sd", ())),
    ("σ sd", ("sd", ("σ",))),
    ("σ_SD [S/cm]", ("sd", ("σ",))),
    ("標準偏差", ("sd", ())),
    ("伝導度の標準偏差", ("sd", ("伝導度",))),
    ("Std. Dev. of density", ("sd", ("density",))),
    ("Standardabweichung", ("sd", ())),
    ("y SEM", ("sem", ("y",))),
    ("標準誤差", ("sem", ())),
    ("standard error of the mean", ("sem", ())),
    ("誤差", ("error", ())),
    ("σ error", ("error", ("σ",))),
    ("±", ("error", ())),
    ("n", ("repeats", ())),
    ("Ｎ数", ("repeats", ())),
    ("測定回数", ("repeats", ())),
    ("replicates", ("repeats", ())),
    ("N", None),
    ("Se", None),
    ("Nd", None),
    ("sdp", None),
    ("standard", None),
]


@pytest.mark.parametrize(("name", "said"), NAMES, ids=[n[0] for n in NAMES])
def test_a_name_says_what_a_column_tells(name: str, said: object) -> None:
    assert spread_kind(name) == said


def test_several_targets_need_the_name_of_one() -> None:
    labels = ["x", "σ", "density", "σ sd", "sd", "density sem", "n"]
    found = spread_columns(labels, ["σ", "density"], ["x", "σ", "density"])
    assert (found.sd, found.sem) == ({"σ": "σ sd"}, {"density": "density sem"})
    assert found.repeats == "n"


def test_an_n_without_a_spread_is_no_count() -> None:
    assert spread_columns(["x", "n", "y"], ["y"], ["x", "y"]).repeats == ""
    assert spread_columns(["x", "replicates", "y"], ["y"], ["x", "y"]).repeats == "replicates"


def test_the_spread_of_a_log_scale_is_not_taken_for_that_of_the_value() -> None:
    assert spread_columns(["y", "y_log10_sd"], ["y"], ["y"]).sd == {}


def table(**columns: list[object]) -> pd.DataFrame:
    return pd.DataFrame({"x": [0.0, 0.1, 0.2, 0.3], "y": [1.0, 2.0, 3.0, None], **columns})


def made(frame: pd.DataFrame, **roles: object) -> Campaign:
    return Campaign.from_table(
        frame, inputs=["x"], target="y", columns=ColumnRoles.model_validate(roles)
    )


def test_standard_deviations_and_counts_are_kept() -> None:
    campaign = made(table(**{"y sd": [0.1, None, "0.3", None], "n": [3, 1, "２", None]}))
    found = campaign.state.measurements
    assert [m.sd for m in found] == [{"y": 0.1}, {}, {"y": 0.3}]
    assert [m.repeats for m in found] == [3, 1, 2]
    assert "'y sd' is the standard deviation of 'y'" in campaign.notices[-1]


def test_a_standard_error_counts_the_measurements() -> None:
    found = made(table(sem=[0.1, 0.2, 0.3, None], n=[4, 9, None, None])).state.measurements
    assert [m.sd["y"] for m in found] == pytest.approx([0.2, 0.6, 0.3])
    for m, sem in zip(found, [0.1, 0.2, 0.3], strict=True):
        assert m.sd["y"] / math.sqrt(m.repeats or 1) == pytest.approx(sem)


def test_a_doubtful_name_is_asked_about_and_can_be_said() -> None:
    frame = table(error=[0.1, 0.2, 0.3, None])
    asked = made(frame)
    assert all(not m.sd for m in asked.state.measurements)
    assert "--sd TARGET='error' or --sem TARGET='error'" in asked.notices[-1]
    assert made(frame, sd={"y": "error"}).state.measurements[0].sd == {"y": 0.1}


def test_results_that_come_later_tell_it_too() -> None:
    campaign = made(table())
    rows = pd.DataFrame({"x": [0.3], "y": [4.0], "標準偏差": [0.5], "測定回数": [5]})
    (found,) = campaign.record(rows).measurements
    assert (found.sd, found.repeats) == ({"y": 0.5}, 5)
    (found,) = campaign.record(
        rows.rename(columns={"標準偏差": "u"}), columns=ColumnRoles(sem={"y": "u"}), confirm=True
    ).measurements
    assert found.sd["y"] == pytest.approx(0.5 * math.sqrt(5))


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"sd": [0.1, "gray", 0.3, None]}, ["row 2", "'sd'", "'gray'"]),
        ({"sd": [0.1, -1, 0.3, None]}, ["row 2", "'sd'", "-1 is no standard"]),
        ({"sd": [0.1, 0, 0.3, None]}, ["row 2", "'sd'", "0 is no standard"]),
        ({"sd": [0.1, "<1", 0.3, None]}, ["row 2", "'sd'", "'<1'"]),
        ({"sd": [0.1, 0.1, 0.1, 1], "n": [1, 2.5, 3, 1]}, ["row 2", "'n'", "2.5 is no"]),
        ({"sd": [0.1, 0.1, 0.1, 1], "n": [1, "many", 3, 1]}, ["row 2", "'n'", "'many'"]),
    ],
)
def test_cells_that_tell_no_spread_are_named(
    columns: dict[str, list[object]], words: list[str]
) -> None:
    with pytest.raises(CellError) as caught:
        made(table(**columns))
    told = caught.value.message.replace("'2.5'", "2.5")
    assert [word for word in words if word not in told] == []


def test_a_0_of_one_measurement_says_nothing() -> None:
    found = made(table(sd=[0.0, 0.2, 0.3, None], n=[1, 2, 3, None])).state.measurements
    assert found[0].sd == {}


def test_two_different_sds_contradict_each_other() -> None:
    frame = table(sd=[0.1, 0.2, 0.3, None])
    frame["y"] = ["1.0 ± 0.1", "2.0 ± 0.5", "3.0 ± 0.3", None]
    with pytest.raises(CellError, match=r"row 2, column 'y': ± 0\.5 stands in the cell and 0\.2"):
        made(frame)


def test_named_columns_are_checked() -> None:
    frame = table(u=[0.1] * 4, **{"v [%]": [1.0] * 4}).rename(columns={"y": "y [S/cm]"})
    for roles, words in (
        ({"sd": {"z": "u"}}, "'z' is no target"),
        ({"sd": {"y [S/cm]": "w"}}, "no column 'w'"),
        ({"sem": {"y [S/cm]": "v [%]"}}, "'v \\[%\\]' is in %, the target"),
    ):
        with pytest.raises(TableError, match=words):
            Campaign.from_table(
                frame, inputs=["x"], target="y [S/cm]", columns=ColumnRoles.model_validate(roles)
            )


def test_a_spread_in_another_unit_is_not_taken() -> None:
    frame = table(**{"sd [%]": [1.0] * 4})
    wanted = Target(name="y", unit="S/cm")
    campaign = Campaign.from_table(frame, inputs=["x"], target=wanted)
    assert all(not m.sd for m in campaign.state.measurements)
