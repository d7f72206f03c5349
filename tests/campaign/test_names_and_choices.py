"""What the lab calls its samples, and which candidates may be chosen."""

from __future__ import annotations

import math
import time

import numpy as np
import pandas as pd
import pytest

import tansaku as tk
from tansaku.campaign import Campaign, CampaignDocument
from tansaku.errors import (
    CellError,
    ConfirmationError,
    NotInPoolError,
    PoolExhaustedError,
    TableError,
    TansakuError,
    UnknownNameError,
    UsageError,
)

TABLE = pd.DataFrame(
    {
        "sample": [f"LLZ-{i:02d}" for i in range(1, 13)],
        "x": np.repeat([0.1, 0.2, 0.3, 0.4], 3),
        "T": np.tile([900.0, 950.0, 1000.0], 4),
        "gas": ["Ar", "O2", "Ar"] * 4,
        "y": [1.0, 1.2, 1.5, 2.0, 2.2, None, None, 3.1, None, None, 2.9, None],
    }
)


def lab(**options: object) -> Campaign:
    return Campaign.from_table(TABLE, inputs=["x", "T", "gas"], target="y", **options)


def test_names_are_read_kept_shown_and_a_way_to_record() -> None:
    campaign = lab()
    assert {m.sample for m in campaign.state.measurements} < set(TABLE["sample"])
    names = {c.pool_row: c.sample for c in campaign.candidates()}
    assert list(names.values()) == TABLE["sample"].tolist()
    found = campaign.suggest(2)
    assert [s.sample for s in found.suggestions] == [names[s.pool_row] for s in found.suggestions]
    assert found.frame["sample"].tolist() == [s.sample for s in found.suggestions]
    by_name = campaign.record("llz-06", y=2.5).measurements[0]
    assert (by_name.pool_row, by_name.sample) == (5, "LLZ-06")
    by_id = campaign.record(found.suggestions[0].id, y=2.4, note="white").measurements[0]
    assert (by_id.inputs, by_id.note) == (found.suggestions[0].inputs, "white")
    by_value = campaign.record(found.suggestions[1], y=2.6).measurements[0]
    assert by_value.sample == found.suggestions[1].sample
    table = pd.DataFrame({"sample": ["LLZ-07", "LLZ-09", "LLZ-10"], "y": [2.0, 2.1, 2.2]})
    left = table[~table["sample"].isin([by_id.sample, by_value.sample])]
    rows = campaign.record(left).measurements
    assert [m.sample for m in rows] == left["sample"].tolist()
    again = CampaignDocument.model_validate_json(campaign.document.model_dump_json())
    assert again == campaign.document


def test_names_that_say_nothing_or_too_much() -> None:
    campaign = lab()
    with pytest.raises(UnknownNameError, match=r"knows no sample 'LLZ-99'.*LLZ-01"):
        campaign.record("LLZ-99", y=1)
    with pytest.raises(UnknownNameError, match="LLZ-99"):
        campaign.record(pd.DataFrame({"sample": ["LLZ-99"], "y": [1.0]}))
    twice = TABLE.assign(sample=["A"] * 12)
    other = Campaign.from_table(twice, inputs=["x", "T", "gas"], target="y")
    assert not other.document.campaign.samples
    assert any("'A' stands for several" in notice for notice in other.notices)
    clash = TABLE.assign(sample=[f"s{i}" for i in range(1, 13)])
    confused = Campaign.from_table(clash, inputs=["x", "T", "gas"], target="y")
    found = confused.suggest(1).suggestions[0]
    if found.sample != found.id:
        with pytest.raises(UsageError, match="not the same"):
            confused.record("s1", y=1)


def test_a_grown_table_asks_and_only_new_knows_what_was_corrected() -> None:
    campaign = lab()
    grown = TABLE.assign(y=TABLE["y"].where(TABLE["sample"] != "LLZ-06", 2.3))
    with pytest.raises(ConfirmationError, match="m1 is stored with the same result") as asked:
        campaign.record(grown)
    assert len(asked.value.questions) == 7
    new = campaign.record(grown, only_new=True).measurements
    assert [m.sample for m in new] == ["LLZ-06"]
    campaign.entries.correct(
        campaign.measurement("LLZ-06"), inputs={}, values={"y": 3.2}, limits={}, sd={}, details={}
    )
    with pytest.raises(TableError, match="stored already"):
        campaign.record(grown, only_new=True)
    changed = grown.assign(y=grown["y"].where(grown["sample"] != "LLZ-01", 1.1))
    with pytest.raises(ConfirmationError, match=r"LLZ-01 is stored as m1 with y=1, and now y=1\.1"):
        campaign.record(changed.head(1))


def test_inputs_can_be_corrected_and_keep_their_time() -> None:
    campaign = lab()
    (before,) = campaign.record("LLZ-06", y=2.5, run="r9").measurements
    _old, after = campaign.entries.correct(
        before, inputs={"T": 950, "gas": "O2"}, values={}, limits={}, sd={}, details={}
    )
    assert (after.pool_row, after.run, after.at, after.id) == (4, "r9", before.at, before.id)
    assert 5 not in campaign.state.measured
    line = campaign.history()[-1]
    assert line.before == (before,)
    with pytest.raises(UsageError, match="Nothing about"):
        campaign.entries.correct(after, inputs={}, values={}, limits={}, sd={}, details={})
    with pytest.raises(NotInPoolError):
        campaign.entries.correct(after, inputs={"T": 951}, values={}, limits={}, sd={}, details={})
    assert campaign.state.measurements[-1] == after


@pytest.mark.parametrize("targets", ["y", ["y", "z:min"]])
@pytest.mark.parametrize("strategy", ["standard", "random"])
def test_blocked_fixed_and_among(targets: str | list[str], strategy: str) -> None:
    frame = TABLE.assign(z=TABLE["y"].map(lambda v: None if v is None else 4 - v))
    campaign = Campaign.from_table(frame, inputs=["x", "T", "gas"], target=targets)
    campaign.block("x > 0.35", why="no CaCO3")
    for seed in range(5):
        found = campaign.suggest(2, strategy=strategy, seed=seed)
        assert all(s.inputs["x"] < 0.35 for s in found.suggestions)
    states = {c.sample: c.state for c in campaign.candidates()}
    assert states["LLZ-10"] == "blocked"
    assert states["LLZ-11"] == "measured"
    fixed = campaign.suggest(1, strategy=strategy, fixed={"x": 0.3}).suggestions
    assert fixed[0].inputs["x"] == 0.3
    among = campaign.suggest(1, strategy=strategy, among="T = 1000 and x < 0.25").suggestions
    assert among[0].sample == "LLZ-06"
    with pytest.raises(PoolExhaustedError, match=r"Asked for: gas=O2\..*Blocked: x > 0.35"):
        campaign.suggest(1, fixed={"gas": "O2"}, among=["x < 0.25"])
    campaign.unblock("x > 0.35")
    assert "blocked" not in {c.state for c in campaign.candidates()}
    with pytest.raises(UnknownNameError, match="is not blocked"):
        campaign.unblock("x > 0.35")
    with pytest.raises(TansakuError, match="no parameter 'q'"):
        campaign.block("q > 1")


@pytest.mark.parametrize("kind", ["grid", "free"])
def test_conditions_in_spaces_without_a_list(kind: str) -> None:
    """Rules of a large grid and of a continuous space: every suggestion keeps them."""
    x = (
        tk.Stepped(name="x", low=0, high=1, step=0.001)
        if kind == "grid"
        else tk.Continuous(name="x", low=0, high=1)
    )
    others = [tk.Stepped(name=n, low=0, high=1, step=0.01) for n in ("a", "b")]
    gas = tk.Categorical(name="gas", values=("Ar", "O2"))
    campaign = Campaign.from_space([x, *others, gas], target="y")
    for i in range(6):
        at = {"x": 0.1 * i, "a": 0.5, "b": 0.1 * i, "gas": "Ar"}
        campaign.record_at(at, {"y": -((0.1 * i - 0.4) ** 2)})
    campaign.block("a > 0.2 and gas = O2")
    campaign.block("x + b > 0.9")
    for strategy in ("standard", "thompson", "random"):
        found = campaign.suggest(3, strategy=strategy, fixed={"b": 0.3}, among="a >= 0.1")
        for s in found.suggestions:
            at = s.inputs
            assert at["b"] == 0.3
            assert at["a"] >= 0.1
            assert at["x"] + at["b"] <= 0.9 + 1e-9
            assert not (at["a"] > 0.2 and at["gas"] == "O2")
    runs = campaign.plan_runs(1, crucibles=2, shared=["a"])
    assert all(s.inputs["x"] + s.inputs["b"] <= 0.9 + 1e-9 for s in runs.suggestions)


def test_withdrawn_suggestions_are_free_again() -> None:
    campaign = lab()
    first = campaign.suggest(2).suggestions
    event = campaign.withdraw(first[0].id, why="crucible broke")
    assert event.suggestions == (first[0].id,)
    assert [s.id for s in campaign.state.open_suggestions] == [first[1].id]
    more = campaign.suggest(1, more=True).suggestions
    assert more[0].inputs == first[0].inputs
    with pytest.raises(UnknownNameError, match="no suggestion that is under way"):
        campaign.withdraw(first[0].id)
    campaign.withdraw(str(first[1].sample))
    assert first[1].id not in [s.id for s in campaign.state.open_suggestions]


def test_an_excluded_result_reopens_its_candidate_unless_told_otherwise() -> None:
    campaign = lab()
    one = campaign.measurement("LLZ-08")
    campaign.entries.mark([one.id], "excluded", keep=True)
    assert one.candidate in campaign.state.measured
    campaign.entries.mark([one.id], "excluded")
    assert one.candidate not in campaign.state.measured
    assert campaign.status().open == 6
    campaign.entries.mark([one.id], "ok")
    assert one.candidate in campaign.state.measured


def test_undo_can_name_an_event() -> None:
    campaign = lab()
    campaign.record("LLZ-06", y=2.5)
    campaign.record("LLZ-07", y=2.6)
    assert campaign.undo(2).measurements[0].sample == "LLZ-06"
    assert [m.sample for m in campaign.state.measurements[-1:]] == ["LLZ-07"]
    for number in (1, 2, 4, 9):
        with pytest.raises(UsageError, match=f"Event {number} cannot be taken back"):
            campaign.undo(number)


def test_who_did_it_is_kept() -> None:
    campaign = Campaign(lab().document, by="Sato")
    campaign.record("LLZ-06", y=2.5)
    campaign.suggest(1, by="Suzuki")
    campaign.block("x > 0.3")
    assert [e.by for e in campaign.document.events] == [None, "Sato", "Suzuki", "Sato"]


QUESTIONS = [
    ("a decade off", {"y": 2.2e-3}, {}, "is far from"),
    ("another unit", {"y": 2.2e-9}, {}, "another unit"),
    ("a limit below", {"y": 1e-9}, {"limits": {"y": "below"}}, "is far from"),
    ("a limit above", {"y": 1e-3}, {"limits": {"y": "above"}}, "is far from"),
]


def smooth(n: int = 9) -> Campaign:
    """A smooth surface over ten samples in a row, all but the sixth measured."""
    x = np.linspace(0, 0.9, 10)
    y = 10.0 ** (-6 + x)
    frame = pd.DataFrame({"x": x, "y": [v if i < n and i != 5 else None for i, v in enumerate(y)]})
    return Campaign.from_table(frame, inputs=["x"], target="y", scale="log10")


@pytest.mark.parametrize(("what", "values", "more", "says"), QUESTIONS, ids=lambda v: str(v)[:12])
@pytest.mark.parametrize("suggested", [True, False])
def test_what_lies_far_off_is_asked(
    what: str, values: dict[str, float], more: dict[str, object], says: str, suggested: bool
) -> None:
    campaign = smooth()
    if suggested:
        campaign.suggest(2)
    before = campaign.document
    with pytest.raises(ConfirmationError, match=says):
        campaign.record_at({"x": 0.5}, values, **more)
    assert campaign.document == before
    campaign.record_at({"x": 0.5}, values, confirm=True, **more)
    assert len(campaign.state.measurements) == 9


@pytest.mark.parametrize("factor", [0.2, 1.0, 5.0])
def test_what_is_likely_is_not_asked(factor: float) -> None:
    campaign = smooth()
    campaign.record_at({"x": 0.5}, {"y": factor * 10**-5.5})
    limit = smooth()
    limit.record_at({"x": 0.5}, {"y": 1e-3}, limits={"y": "below"})
    assert len(limit.state.measurements) == 9


def test_few_results_ask_about_another_unit_only() -> None:
    campaign = smooth(2)
    campaign.record_at({"x": 0.5}, {"y": 3e-5})
    with pytest.raises(ConfirmationError, match=r"factor of about 10\^3"):
        campaign.record_at({"x": 0.6}, {"y": 3e-2})


def test_details_tell_a_second_measurement_apart() -> None:
    campaign = lab()
    campaign.record("LLZ-06", y=2.5, pellet="A")
    campaign.record("LLZ-06", y=2.5, pellet="B")
    with pytest.raises(ConfirmationError, match="same result"):
        campaign.record("LLZ-06", y=2.5, pellet="B")
    both = pd.DataFrame({"sample": ["LLZ-07"] * 2, "y": [2.5, 2.5]})
    with pytest.raises(ConfirmationError, match="stands twice"):
        campaign.record(both)
    campaign.record(both, confirm=True)
    assert math.isclose(campaign.candidates()[6].values["y"], 2.5)


def test_a_name_for_other_inputs_is_refused() -> None:
    campaign = lab()
    rows = pd.DataFrame({"sample": ["LLZ-06"], "x": [0.3], "T": [900.0], "gas": ["Ar"], "y": [2.5]})
    with pytest.raises(CellError, match=r"LLZ-06 is x=0\.2, T=1000, gas=Ar"):
        campaign.record(rows)


def test_many_results_are_recorded_one_by_one_in_seconds() -> None:
    """The model is asked what the nearest results lead to expect, however many there are."""
    campaign = Campaign.from_space([tk.Stepped(name="x", low=0, high=999, step=1)], target="y")
    for x in range(300):
        campaign.record_at({"x": x}, {"y": 20.0 * math.sin(x / 50)}, confirm=x < 250)
    before = time.process_time()
    for x in range(300, 330):
        campaign.record_at({"x": x}, {"y": 20.0 * math.sin(x / 50)})
    assert time.process_time() - before < 15.0, "one fit of 300 results takes 3 s"
    with pytest.raises(ConfirmationError, match="far from what the other results lead to expect"):
        campaign.record_at({"x": 330}, {"y": 0.0})


def test_a_correction_is_asked_about_as_a_result_is() -> None:
    """Held against all other results, the wrong one not among them; nothing else is asked about."""
    campaign = Campaign.from_space([tk.Stepped(name="x", low=0, high=9, step=1)], target="y")
    for x in range(7):
        campaign.record_at({"x": x}, {"y": 2.0 + math.sin(x)}, confirm=True)
    known = campaign.measurement("m4")
    empty: dict[str, float] = {}
    some = {"inputs": {}, "limits": {}, "sd": empty, "details": {}}
    with pytest.raises(ConfirmationError, match="y = 2000 of x=3 is far from"):
        campaign.entries.correct(known, values={"y": 2000.0}, **some)
    assert campaign.measurement("m4") == known
    campaign.entries.correct(known, values={"y": 2000.0}, confirm=True, **some)
    campaign.entries.correct(
        campaign.measurement("m4"), values={}, **some | {"details": {"note": "?"}}
    )
    campaign.entries.correct(campaign.measurement("m4"), values={"y": 2.1}, **some)
    assert campaign.measurement("m4").values == {"y": 2.1}
