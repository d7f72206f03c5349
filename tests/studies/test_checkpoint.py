"""Studies that are stopped and go on: what is finished is kept, and only that is taken for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tansaku as tk
from tansaku.errors import StoreError
from tansaku.studies import Study, checkpoint, replay
from tansaku.studies.checkpoint import fingerprint
from tansaku.studies.stopped import StudyStopped
from tests.seeds import generator

RUNS = 3
ONE: dict[str, Any] = {
    "inputs": ["x_Si", "y_Ca"],
    "target": "sigma_S_cm:max:log10",
    "strategies": ["random", "standard", "thompson"],
    "runs": RUNS,
    "start": 3,
    "steps": 6,
}
TOTAL = RUNS * len(ONE["strategies"])
PICKS = ONE["steps"] - ONE["start"]
Stop = Callable[[str, int, int], None]


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """One run a chunk, one chunk at a time: a stop comes where the test says."""
    monkeypatch.setattr(replay, "MOST_RUNS", 1)
    monkeypatch.setattr(replay, "processors", lambda: 1)


def after(picks: int) -> Stop:
    """Ctrl-C once so many picks were made in this call; those made before it do not count."""
    before: dict[str, int] = {}
    made: dict[str, int] = {}

    def stop(name: str, done: int, _total: int) -> None:
        made[name] = done - before.setdefault(name, done)
        if sum(made.values()) >= picks:
            raise KeyboardInterrupt

    return stop


def same(a: Study, b: Study) -> bool:
    """Equal in every pick and number, but for the time they took."""
    first, second = a.document(), b.document()
    for document in (first, second):
        for each in document["strategies"]:
            each.pop("seconds")
    picks = zip(a.strategies, b.strategies, strict=True)
    return first == second and all(np.array_equal(x.picks, y.picks) for x, y in picks)


def several(lyczp: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Two goals with costs."""
    options = {
        "inputs": ["x_Y", "y_Ca"],
        "target": ["sigma_lowT_S_cm:max", "relative_density:max"],
        "cost": "1 + x_Y",
        "strategies": ["random", "standard", "thompson"],
        "runs": RUNS,
        "start": 4,
        "steps": 7,
    }
    return lyczp, options


@pytest.mark.parametrize("goals", [1, 2])
def test_stopped_anywhere_is_not_stopped(
    goals: int, lczsp: pd.DataFrame, lyczp: pd.DataFrame, tmp_path: Path
) -> None:
    """A study stopped at any pick and gone on with is the study that was never stopped."""
    frame, options = (lczsp, ONE) if goals == 1 else several(lyczp)
    whole = tk.study(frame, **options)
    for picks in range(1, PICKS * TOTAL + 1, 4):
        place = tmp_path / f"{picks}.checkpoint"
        with pytest.raises(StudyStopped) as stopped:
            tk.study(frame, **options, checkpoint=place, progress=after(picks))
        # The pick that is stopped ends no run.
        assert (stopped.value.done, stopped.value.total) == ((picks - 1) // PICKS, TOTAL)
        part = () if stopped.value.study is None else stopped.value.study.strategies
        assert sum(each.runs for each in part) == stopped.value.done
        for each, wanted in zip(part, whole.strategies, strict=False):
            assert each.name == wanted.name
            assert np.array_equal(each.picks, wanted.picks[: each.runs])
        assert same(tk.study(frame, **options, checkpoint=place), whole)


def test_stopped_again_and_again(lczsp: pd.DataFrame, tmp_path: Path) -> None:
    """Each call finishes a run more and loses none; at the end nothing is replayed."""
    place, done, whole = tmp_path / "a.checkpoint", [], tk.study(lczsp, **ONE)
    for _run in range(TOTAL - 1):
        with pytest.raises(StudyStopped, match=r"kept in .*a\.checkpoint") as stopped:
            tk.study(lczsp, **ONE, checkpoint=place, progress=after(PICKS + 1))
        done.append(stopped.value.done)
    assert done == list(range(1, TOTAL))
    assert same(tk.study(lczsp, **ONE, checkpoint=place), whole)
    told: list[tuple[int, int]] = []
    again = tk.study(lczsp, **ONE, checkpoint=place, progress=lambda _s, d, n: told.append((d, n)))
    assert same(again, whole)
    assert told == [(RUNS * PICKS, RUNS * PICKS)] * 3


def test_without_a_checkpoint_what_is_done_is_still_told(lczsp: pd.DataFrame) -> None:
    with pytest.raises(StudyStopped, match="go on, name --out") as stopped:
        tk.study(lczsp, **ONE, progress=after(PICKS * (RUNS + 1) + 1))
    found = stopped.value.study
    assert found is not None
    assert [each.runs for each in found.strategies] == [RUNS, 1]
    assert found.document()["notices"][-1] == f"Stopped: {RUNS + 1} of {TOTAL} searches are done."


@pytest.fixture
def stopped_at(lczsp: pd.DataFrame, tmp_path: Path) -> Path:
    """The checkpoint of a study with four finished runs."""
    place = tmp_path / "stopped.checkpoint"
    with pytest.raises(StudyStopped):
        tk.study(lczsp, **ONE, checkpoint=place, progress=after(PICKS * 4 + 1))
    return place


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"seed": 1}, "seed 0, not 1"),
        ({"runs": 4, "start": 2}, "searches 3, not 4; start samples 3, not 2"),
        ({"steps": 7}, "samples 6, not 7"),
        (
            {"strategies": ["random", "standard"]},
            "strategies random, standard, thompson, not random",
        ),
        ({"target": "sigma_S_cm:min:log10"}, "another table"),
        ({"target": "sigma_S_cm:max"}, "another table"),
        ({"inputs": ["x_Si"]}, "another table"),
        ({"value": 2.561e-5}, "another table"),
        ({"row": 1}, "another table"),
        ({"own": 3.0}, "another table"),
    ],
)
def test_another_study_is_not_gone_on_with(
    changes: dict[str, Any], said: str, lczsp: pd.DataFrame, stopped_at: Path
) -> None:
    """Whatever may change a pick is told, before the work; what is kept stays as it is."""
    frame, options, kept = lczsp.copy(), dict(ONE), stopped_at.read_bytes()
    if "value" in changes:
        frame.loc[frame["sigma_S_cm"].idxmax(), "sigma_S_cm"] = changes.pop("value")
    if "row" in changes:
        frame = frame.drop(index=frame["sigma_S_cm"].idxmin())
        changes.pop("row")
    if "own" in changes:
        own = tk.STRATEGIES["standard"].but(beta=changes.pop("own"))
        options["strategies"] = ["random", own, "thompson"]
    with pytest.raises(StoreError, match=said):
        tk.study(frame, **options | changes, checkpoint=stopped_at)
    assert stopped_at.read_bytes() == kept


def test_another_version_is_not_gone_on_with(
    lczsp: pd.DataFrame, stopped_at: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "__version__", "9.0")
    with pytest.raises(StoreError, match=r"version tansaku .*, not tansaku 9\.0"):
        tk.study(lczsp, **ONE, checkpoint=stopped_at)


def test_words_that_change_nothing_go_on(lczsp: pd.DataFrame, stopped_at: Path) -> None:
    """Rows without a value take no part, so they do not tell studies apart."""
    whole, frame = tk.study(lczsp, **ONE), lczsp[lczsp["sigma_S_cm"].notna()]
    found = tk.study(frame, **ONE, checkpoint=stopped_at)
    assert all(
        np.array_equal(a.picks, b.picks)
        for a, b in zip(found.strategies, whole.strategies, strict=True)
    )


def test_torn_and_damaged_lines_are_replayed(
    lczsp: pd.DataFrame, stopped_at: Path, tmp_path: Path
) -> None:
    """However a file is cut, or one of its bits flipped: the same study, or a refusal."""
    whole, content = tk.study(lczsp, **ONE), stopped_at.read_bytes()
    head = content.index(b"\n") + 1
    rng = generator(5)
    place = tmp_path / "torn.checkpoint"
    for cut in [0, head - 1, head, *rng.integers(head, len(content), 3), len(content) - 1]:
        place.write_bytes(content[:cut])
        assert same(tk.study(lczsp, **ONE, checkpoint=place), whole)
        assert checkpoint.read(place).runs == TOTAL
    for where in [*rng.integers(0, head, 6), *rng.integers(head, len(content), 4)]:
        place.write_bytes(bytes(b ^ (i == where) for i, b in enumerate(content)))
        held = None if where < head else checkpoint.read(place)
        if held is None:
            with pytest.raises(StoreError, match="damaged"):
                tk.study(lczsp, **ONE, checkpoint=place)
            continue
        assert (held.damaged, held.runs) == (1, 3) or content[where : where + 1] == b"\n"
        assert same(tk.study(lczsp, **ONE, checkpoint=place), whole)


def test_lines_of_another_study_are_not_taken(lczsp: pd.DataFrame, tmp_path: Path) -> None:
    """Two studies that began in one place at a time: the first line says whose the others are."""
    whole, places = tk.study(lczsp, **ONE), [tmp_path / "a", tmp_path / "b"]
    for seed, place in enumerate(places):
        with pytest.raises(StudyStopped):
            tk.study(lczsp, **ONE, seed=seed, checkpoint=place, progress=after(PICKS * 4 + 1))
    mine, other = (place.read_bytes() for place in places)
    places[0].write_bytes(mine[: mine.index(b"\n") + 1] + other)
    assert (checkpoint.read(places[0]).runs, checkpoint.read(places[0]).damaged) == (0, 5)
    assert same(tk.study(lczsp, **ONE, checkpoint=places[0]), whole)


def test_what_is_no_checkpoint_is_left_alone(lczsp: pd.DataFrame, tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("a\nb\n", encoding="utf-8")
    with pytest.raises(StoreError, match="no checkpoint"):
        tk.study(lczsp, **ONE, checkpoint=other)
    assert other.read_text(encoding="utf-8") == "a\nb\n"
    with pytest.raises(StoreError, match="cannot be used"):
        tk.study(lczsp, **ONE, checkpoint=tmp_path / "nowhere" / "a.checkpoint")


def test_fingerprints_tell_apart() -> None:
    """A bit of an array, its shape and type, and where one part ends and the next begins."""
    x = np.array([0.1, 0.2])
    values: list[object] = [
        x,
        np.nextafter(x, 1.0),
        x[:, None],
        x.view(np.int64),
        [0.1, 0.2],
        [[0.1], 0.2],
        ["ab", "c"],
        ["a", "bc"],
        "None",
        None,
        0,
        0.0,
        False,
        -0.0,
    ]
    assert len({fingerprint(value) for value in values}) == len(values)
    assert fingerprint(x) == fingerprint(x.copy())
    with pytest.raises(TypeError):
        fingerprint(object())
