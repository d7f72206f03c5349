"""Phases at the command line: from a column and from --phase to the reason and the prediction."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Tansaku

TABLE = """x,T,y,生成相
0.0,900,3.1e-6,α
0.0,1000,4.0e-6,α
0.1,900,8.8e-6,α
0.2,1000,2.1e-5,α相
0.3,900,2.4e-7,β
0.3,1100,2.9e-5,α
0.4,900,1.6e-7,β
0.3,1000,,
0.4,1100,,
0.4,1000,,
"""


def test_phases_from_the_table_to_the_prediction(tansaku: Tansaku, place: Path) -> None:
    (place / "phases.csv").write_text(TABLE, encoding="utf-8")
    new = ("new", "lab", "--table", "phases.csv", "--inputs", "x,T", "--target", "y:max:log10")
    assert tansaku(*new).code == 0
    told = tansaku("record", "lab", "--at", "x=0.4,T=1000", "--result", "y=2e-7", "--phase", "beta")
    assert told.code == 0, told.err
    found = tansaku("predict", "lab", "--at", "x=0.3,T=1000", "--json").json["predicted"]["y"]
    alpha, beta = found["phases"]["α"], found["phases"]["β"]
    assert alpha["chance"] + beta["chance"] > 0.999
    assert alpha["mean"] > 10 * beta["mean"]
    text = tansaku("predict", "lab", "--at", "x=0.3,T=1000").out
    assert "If it is α (" in text
    one = tansaku("suggest", "lab", "--json").json["suggestions"][0]
    assert "Phase expected: " in one["reason"]
    assert set(one["predicted"]["y"]["phases"]) == {"α", "β"}
    assert "If it is β (" in tansaku("explain", "lab", one["id"]).out
