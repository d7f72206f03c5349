"""Several targets in the shell."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Tansaku

TABLE = """a,b,y,z,price
0,0,1.0e-6,0.7,3
0,1,2.0e-6,0.8,2
0,2,,,1
1,0,4.0e-6,0.6,2
1,1,8.0e-6,,2
1,2,,,2
2,0,3.0e-6,0.9,2
2,1,,,4
"""


def test_the_loop_with_two_goals_and_a_limit(tansaku: Tansaku, place: Path) -> None:
    (place / "two.csv").write_text(TABLE, encoding="utf-8")
    made = tansaku(
        "new", "two", "--table", "two.csv", "--inputs", "a,b", "--target", "y:max:log10",
        "--target", "z:max:>=0.5", "--reference", "z=0.4", "--cost", "price", "--json",
    )  # fmt: skip
    assert made.code == 0, made.err
    assert made.json["targets"] == ["y:max:log10", "z:max:>=0.5"]
    assert made.json["best"] is None
    assert {each["pool_row"] for each in made.json["compromises"]} == {3, 6}
    assert made.json["partly_measured"] == 1
    found = tansaku("suggest", "two", "-n", "2", "--json").json
    assert set(found["suggestions"][0]["predicted"]) == {"y", "z"}
    assert found["model"]["way"] == "hypervolume"
    assert set(found["model"]["targets"]) == {"y", "z"}
    assert "z >= 0.5" in tansaku("suggest", "two").out or found
    assert tansaku("record", "two", "--at", "a=0,b=2", "--result", "z=0.75").code == 0
    status = tansaku("status", "two", "--picture", "front.png", "--goals", "z,y")
    assert status.code == 0, status.err
    assert (place / "front.png").read_bytes().startswith(b"\x89PNG")
    assert "Best compromises" in status.out
    again = tansaku("status", "two", "--picture", "front.png")
    assert again.code == 3
    assert "exists" in again.err
    explained = tansaku("explain", "two", "s1", "--json").json
    assert set(explained["predicted"]) == {"y", "z"}
    exported = tansaku("export", "two", "two.json")
    assert exported.code == 0, exported.err
    assert tansaku("import", "two.json", "--name", "copy", "--json").json["reference"]["z"] == 0.5


def test_a_spec_file_says_the_same(tansaku: Tansaku, place: Path) -> None:
    (place / "two.csv").write_text(TABLE, encoding="utf-8")
    (place / "two.yaml").write_text(
        "table: two.csv\ninputs: [a, b]\ntargets: ['y:max:log10', 'z:>=0.65']\ncost: price\n",
        encoding="utf-8",
    )
    made = tansaku("new", "two", "--spec", "two.yaml", "--json")
    assert made.code == 0, made.err
    assert made.json["targets"] == ["y:max:log10", "z:>=0.65"]
    assert made.json["best"]["pool_row"] == 6
    doubled = tansaku("new", "n", "--spec", "two.yaml", "--reference", "y=1")
    assert doubled.code == 2
    assert "--spec" in doubled.err


def test_a_study_of_two_goals(tansaku: Tansaku, place: Path) -> None:
    full = "a,b,y,z\n" + "".join(f"{i},{i % 3},{i}e-6,{1 - 0.05 * i}\n" for i in range(1, 9))
    (place / "full.csv").write_text(full, encoding="utf-8")
    found = tansaku(
        "study", "--table", "full.csv", "--inputs", "a,b", "--target", "y:max", "--target",
        "z:max", "--reference", "y=0,z=0.5", "--runs", "3", "--start", "2", "--steps", "6",
        "--out", "out", "--json",
    )  # fmt: skip
    assert found.code == 0, found.err
    for each in found.json["strategies"]:
        assert len(each["hypervolume"]) == len(each["hv_low"]) == len(each["hv_high"]) == 6
    assert (place / "out" / "hypervolume.png").exists()
    told = tansaku("study", "--table", "full.csv", "--inputs", "a,b", "--target", "y:max",
                   "--target", "z:max", "--runs", "2", "--steps", "6")  # fmt: skip
    assert "best compromises" in told.out
    nothing = tansaku("study", "--table", "full.csv", "--inputs", "a,b", "--target", "y:max",
                      "--target", "z:max", "--reference", "z=2")  # fmt: skip
    assert nothing.code == 3
    assert "reference point" in nothing.err
