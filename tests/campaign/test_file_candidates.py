"""Candidates from a file: what is chosen is what would be chosen if they were the whole space."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

import tansaku as tk
from tansaku.bo import row_scan
from tansaku.campaign import Campaign
from tansaku.campaign.recompute import recomputed
from tansaku.errors import NotInPoolError, StoreError, TableError, UsageError
from tansaku.tables import parquet_files
from tests.seeds import generator

X = tk.Stepped(name="x", low=0, high=1, step=0.05)
Y = tk.Stepped(name="y", low=0, high=1, step=0.05)
GAS = tk.Categorical(name="gas", values=("air", "Ar", "O2"))
SPACE = (X, Y, GAS)
PART = "x + y <= 0.8"

Asked = Callable[[], Campaign]


def every() -> pd.DataFrame:
    """All settings of the space, in no order."""
    grid = Campaign.from_space(SPACE, target="s").space
    rows = [grid.inputs_of(i) for i in range(len(grid))]
    return pd.DataFrame(rows).sample(frac=1, random_state=1)


def written(folder: Path, frame: pd.DataFrame, name: str = "pool.parquet") -> Path:
    """A file of candidates."""
    path = folder / name
    frame.to_csv(path, index=False) if path.suffix == ".csv" else parquet.write_table(
        pa.Table.from_pandas(frame, preserve_index=False), path, row_group_size=100
    )
    return path


def strength(frame: pd.DataFrame) -> pd.Series:
    gas = frame["gas"].map({"air": 0.0, "Ar": 0.4, "O2": 0.1})
    return gas - (frame["x"] - 0.3) ** 2 - (frame["y"] - 0.35) ** 2


def measured(campaign: Campaign, **targets: pd.Series) -> Campaign:
    rows = every().iloc[:14].reset_index(drop=True)
    values = targets or {"s": strength(rows)}
    campaign.record(rows.assign(**{name: column.iloc[:14] for name, column in values.items()}))
    return campaign


def plain() -> Campaign:
    return measured(Campaign.from_space(SPACE, target="s"))


def costly() -> Campaign:
    return measured(Campaign.from_space(SPACE, target="s", cost="1 + 2*x"))


def failing() -> Campaign:
    campaign = plain()
    for x in (0.2, 0.25):
        campaign.record(pd.DataFrame([{"x": x, "y": 0.6, "gas": "Ar", "s": "failed"}]))
    return campaign


def two_goals() -> Campaign:
    wanted = [tk.Target(name="s"), tk.Target(name="d", goal="min")]
    rows = every().iloc[:14].reset_index(drop=True)
    campaign = Campaign.from_space(SPACE, target=wanted)
    return measured(campaign, s=strength(rows), d=rows["x"] * rows["y"])


def limited() -> Campaign:
    wanted = [tk.Target(name="s"), tk.Target(name="d", goal="keep", high=0.1)]
    rows = every().iloc[:14].reset_index(drop=True)
    campaign = Campaign.from_space(SPACE, target=wanted)
    return measured(campaign, s=strength(rows), d=rows["x"] * rows["y"])


@pytest.fixture(params=[7, 65_536], ids=["blocks of 7", "one block"])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(parquet_files, "BLOCK", request.param)
    return int(request.param)


@pytest.mark.parametrize("make", [plain, costly, failing, two_goals, limited])
@pytest.mark.usefixtures("block")
def test_a_file_is_searched_as_the_same_candidates_are(make: Asked, tmp_path: Path) -> None:
    """All settings, and those that keep a condition: the same picks, with the same numbers."""
    frame = every()
    for rows, among in ((frame, ()), (frame[frame["x"] + frame["y"] <= 0.8], PART)):
        path = written(tmp_path, rows)
        there, here = make(), make()
        wanted = there.suggest(3, among=among, seed=3)
        found = here.suggest(3, candidates=path, seed=3)
        assert [s.inputs for s in found] == [s.inputs for s in wanted]
        assert [s.pool_row for s in found] == [s.pool_row for s in wanted]
        for one, other in zip(found, wanted, strict=True):
            assert one.predicted["s"].mean == pytest.approx(other.predicted["s"].mean, rel=1e-6)


@pytest.mark.parametrize("strategy", ["random", "thompson", "standard"])
def test_only_rows_of_the_file_are_chosen(strategy: str, tmp_path: Path) -> None:
    """With a model and without one; what is measured, under way or blocked is not among them."""
    frame = every().iloc[10:40]
    path = written(tmp_path, frame)
    rows = {(r.x, r.y, r.gas) for r in frame.itertuples()}
    campaign = plain()
    campaign.block("gas = O2", why="no oxygen")
    known = {tuple(s.values()) for s in campaign.state.measured.values()}
    first = campaign.suggest(2, candidates=path, strategy=strategy, by="Sato")
    second = campaign.suggest(2, candidates=path, strategy=strategy, by="Suzuki")
    chosen = [tuple(s.inputs.values()) for s in (*first, *second)]
    assert len(set(chosen)) == 4
    assert set(chosen) <= rows - known
    assert all(gas != "O2" for _x, _y, gas in chosen)
    other = written(tmp_path, every().iloc[40:43], "other.parquet")
    (again,) = campaign.suggest(1, candidates=other, strategy=strategy, by="Sato")
    assert again.inputs in every().iloc[40:43].to_dict("records")  # and not what was asked before


def test_the_best_of_a_long_file_is_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Far more rows than are kept: the first pick has the highest acquisition value of all, by
    looking at each."""
    monkeypatch.setattr(row_scan, "BEST", 16)
    monkeypatch.setattr(parquet_files, "BLOCK", 500)
    names = ["a", "b", "c"]
    space = [tk.Continuous(name=n, low=0, high=1) for n in names]
    rng = generator(5)
    frame = pd.DataFrame(rng.random((4000, 3)), columns=names)
    path = written(tmp_path, frame)
    told = pd.DataFrame(rng.random((12, 3)), columns=names)
    campaign = Campaign.from_space(space, target="s")
    campaign.record(told.assign(s=-((told - 0.4) ** 2).sum(axis=1)))
    score = campaign.posterior(frame).score()
    (found,) = campaign.suggest(1, candidates=path)
    assert found.inputs == frame.iloc[int(np.argmax(score))].to_dict()
    assert found.pool_row is None


def test_rows_that_are_no_candidates_are_left_out_and_counted(tmp_path: Path) -> None:
    """Each kind once, and the first one with its reason; other columns are not read."""
    rows = [
        {"x": 0.1, "y": 0.2, "gas": "Ar"},
        {"x": 0.12, "y": 0.2, "gas": "Ar"},
        {"x": 0.1, "y": None, "gas": "Ar"},
        {"x": 0.1, "y": 0.2, "gas": "N2"},
        {"x": 0.15, "y": 0.25, "gas": "O2"},
    ]
    for first, why in ((1, "nearest setting is x=0.1,"), (2, "y is empty"), (3, "none of air, Ar")):
        frame = pd.DataFrame([rows[0], rows[first], *rows[1:]]).assign(note=b"ink")
        for name in ("pool.parquet", "pool.csv"):
            found = plain().suggest(2, candidates=written(tmp_path, frame, name))
            assert {s.inputs["x"] for s in found} == {0.1, 0.15}
            (told,) = [each for each in found.notices if "pool" in each]
            assert told.startswith(f"4 of the 6 rows of '{name}' are no candidates")
            assert "Row 2: " in told
            assert why in told


def test_numbers_are_read_as_they_are_meant(tmp_path: Path) -> None:
    """Of single precision, whole, decimal or text: the settings that a person means."""
    columns = {
        "x": pa.array([0.1, 0.35], pa.float32()),
        "y": pa.array(["0.2", "0.65"]).cast(pa.decimal128(5, 3)),
        "gas": pa.array(["Ar", "air"]).dictionary_encode(),
    }
    path = tmp_path / "pool.parquet"
    parquet.write_table(pa.table(columns), path)
    found = plain().suggest(2, candidates=path)
    assert {tuple(s.inputs.values()) for s in found} == {(0.1, 0.2, "Ar"), (0.35, 0.65, "air")}
    free = Campaign.from_space([tk.Continuous(name="z", low=0, high=20)], target="s")
    parquet.write_table(pa.table({"z": pa.array([1, 7, None, 12], pa.int16())}), path)
    assert {s.inputs["z"] for s in free.suggest(3, candidates=path)} == {1, 7, 12}
    parquet.write_table(pa.table({"z": pa.array([0.1, 1 / 3], pa.float32())}), path)
    assert sorted(s.inputs["z"] for s in free.suggest(2, candidates=path)) == [0.1, 0.33333334]


def test_a_text_where_a_number_is_needed_names_its_row(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": ["0.1", "much"], "y": [0.1, 0.2], "gas": "Ar"})
    campaign = plain()
    before = campaign.events
    with pytest.raises(UsageError, match=r"Row 2 of 'pool.parquet': 'much' for x is not a number"):
        campaign.suggest(1, candidates=written(tmp_path, frame))
    assert campaign.events == before


def test_what_cannot_be_chosen_from_says_so(tmp_path: Path) -> None:
    """And stores nothing."""
    campaign, frame = plain(), every()
    before = campaign.events
    path = written(tmp_path, frame)
    with pytest.raises(StoreError, match="There is no file"):
        campaign.suggest(1, candidates=tmp_path / "none.parquet")
    with pytest.raises(TableError, match=r"'gas.parquet' has no column 'y', 'gas'.*columns are: x"):
        campaign.suggest(1, candidates=written(tmp_path, frame[["x"]], "gas.parquet"))
    with pytest.raises(NotInPoolError, match=r"No row of .* is a candidate.*Row 1: .*gas is none"):
        campaign.suggest(1, candidates=written(tmp_path, frame.assign(gas="N2"), "n.parquet"))
    torn = tmp_path / "torn.parquet"
    content = path.read_bytes()
    torn.write_bytes(content[:40] + bytes(400) + content[440:])
    with pytest.raises(TableError, match=r"'torn.parquet' is damaged"):
        campaign.suggest(1, candidates=torn)
    own = Campaign.from_table(frame.assign(s=strength(frame)), inputs=["x", "y"], target="s")
    with pytest.raises(UsageError, match="stand in its own table"):
        own.suggest(1, candidates=path)
    assert campaign.events == before


def test_a_choice_from_a_file_is_chosen_again(tmp_path: Path) -> None:
    """From the same content; a file that has changed is told."""
    campaign = plain()
    path = written(tmp_path, every().iloc[:200])
    campaign.suggest(2, candidates=path)
    again = recomputed(campaign.document, len(campaign.events))
    assert again.same
    written(tmp_path, every().iloc[:201])
    with pytest.raises(UsageError, match="has changed"):
        recomputed(campaign.document, len(campaign.events))


def test_when_the_time_is_up_the_rest_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_files, "BLOCK", 100)
    monkeypatch.setattr(row_scan, "passed", lambda: True)
    found = plain().suggest(1, candidates=written(tmp_path, every()))
    assert "The time was up after 200 of the 1323 rows of 'pool.parquet'." in found.notices
