"""The loop through the services: each verb stores what it says, and nothing on an error."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tansaku.campaign.description import CampaignDescription
from tansaku.errors import (
    CampaignExistsError,
    CampaignNotFoundError,
    CellError,
    DataError,
    NothingToUndoError,
    NotInPoolError,
    PoolExhaustedError,
    TableError,
    UnknownNameError,
    UsageError,
)
from tansaku.services.explain import explain
from tansaku.services.history import history, redo, undo
from tansaku.services.new import new
from tansaku.services.pool import pool
from tansaku.services.predict import predict
from tansaku.services.record import record_at, record_file
from tansaku.services.status import list_, status
from tansaku.services.suggest_samples import suggest
from tansaku.store import open_store

Rows = Callable[[str], Path]


def events(store: str) -> int:
    """Length of the campaign's log."""
    with open_store(store) as opened:
        return len(opened.load("lab").events)


def test_new_takes_filled_rows_as_measured(store: str, table: Path) -> None:
    """What the table holds is in the store."""
    found = new(
        store, "lab", CampaignDescription(table=table, inputs=["a", "b"], targets=["y:max:log10"])
    )
    document = found.document()
    assert document["campaign"] == "lab"
    assert (document["n_candidates"], document["measured"], document["open"]) == (12, 8, 4)
    best = {"pool_row": 7, "inputs": {"a": 2.0, "b": 1.0}, "formula": None, "value": 9e-6}
    assert document["best"] == best
    assert status(store, "lab").document() | {"notices": document["notices"]} == document
    assert document["notices"] == list(found.notices)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"inputs": ["a", "missing"]}, TableError),
        ({"inputs": ["a", "a"]}, DataError),
        ({"targets": ["y:best"]}, UsageError),
        ({"targets": ["y", "y:min"]}, UsageError),
        ({"targets": []}, UsageError),
        ({"name": ""}, UsageError),
        ({"name": "two\nlines"}, UsageError),
        ({"name": "x" * 101}, UsageError),
        ({"table": Path("nowhere.csv")}, DataError),
    ],
)
def test_new_refuses_and_stores_nothing(
    store: str, table: Path, change: dict[str, object], error: type[Exception]
) -> None:
    """A wrong call leaves no campaign, and no file."""
    call = {"name": "lab", "table": table, "inputs": ["a", "b"], "targets": ["y"]} | change
    with pytest.raises((error, UsageError)):
        new(store, call.pop("name"), CampaignDescription(**call))
    assert list_(store).campaigns == ()
    assert [p.name for p in table.parent.iterdir()] == ["table.csv"]


def test_new_refuses_a_name_that_is_taken(made: str, table: Path) -> None:
    """The first campaign stays."""
    with pytest.raises(CampaignExistsError):
        new(made, "lab", CampaignDescription(table=table, inputs=["a"], targets=["y"]))
    assert status(made, "lab").inputs == ("a", "b")


def test_one_name_however_it_is_typed(store: str, table: Path) -> None:
    """が as one character and as か with a mark are one campaign."""
    new(store, " か\u3099 ", CampaignDescription(table=table, inputs=["a", "b"], targets=["y"]))
    assert status(store, "が").campaign == "が"


def test_suggest_stores_what_it_says(made: str) -> None:
    """Suggestions are pending, open before, and the same for the same seed."""
    found = suggest(made, "lab", 2, seed=5)
    chosen = [each.pool_row for each in found.suggestions]
    assert len(set(chosen)) == 2
    assert set(chosen) <= {2, 6, 8, 10}
    states = {each.pool_row: each.state for each in pool(made, "lab").candidates}
    assert [states[row] for row in chosen] == ["pending", "pending"]
    again = suggest(made, "lab", 2, seed=5)
    assert [each.pool_row for each in again.suggestions] == chosen
    assert [each.predicted for each in again.suggestions] == [
        each.predicted for each in found.suggestions
    ]
    assert again.notices != ()


def test_more_keeps_what_is_under_way(made: str) -> None:
    """Four open candidates: two and two more are all of them, a fifth is refused."""
    first = suggest(made, "lab", 2)
    second = suggest(made, "lab", 2, more=True)
    chosen = {each.pool_row for each in (*first.suggestions, *second.suggestions)}
    assert chosen == {2, 6, 8, 10}
    before = events(made)
    with pytest.raises(PoolExhaustedError):
        suggest(made, "lab", 1, more=True)
    assert events(made) == before


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ({"n": 5}, PoolExhaustedError),
        ({"n": 0}, UsageError),
        ({"strategy": "magic"}, UnknownNameError),
    ],
)
def test_suggest_refuses(made: str, call: dict[str, object], error: type[Exception]) -> None:
    """A call that cannot be answered stores nothing."""
    with pytest.raises(error):
        suggest(made, "lab", **call)
    assert events(made) == 1


def test_record_closes_the_loop(made: str) -> None:
    """A result takes its candidate out of the open ones and can be the best."""
    row = suggest(made, "lab").suggestions[0]
    found = record_at(made, "lab", row.inputs, {"y": 3e-5}, note="second furnace")
    assert found.measurements[0].note == "second furnace"
    assert found.measurements[0].pool_row == row.pool_row
    document = found.document()
    assert document["recorded"] == 1
    assert document["status"]["best"]["value"] == pytest.approx(3e-5)
    assert document["status"]["measured"] == 9
    assert json.loads(json.dumps(document)) == document


def test_record_a_table_is_all_or_nothing(made: str, rows: Rows) -> None:
    """One bad row and none is stored; mended, all are."""
    with pytest.raises(NotInPoolError):
        record_file(made, "lab", rows("a,b,y\n0,2,3e-6\n7,7,1e-6\n"))
    with pytest.raises(CellError):
        record_file(made, "lab", rows("a,b,y\n0,2,3e-6\n2,2,wet\n"))
    assert events(made) == 1
    found = record_file(made, "lab", rows("a,b,y\n0,2,3e-6\n2,2,1e-6\n"))
    assert [each.pool_row for each in found.measurements] == [2, 8]
    assert status(made, "lab").measured == 10


def test_excluded_results_teach_nothing(made: str) -> None:
    """They are kept, and they are never the best."""
    record_at(made, "lab", {"a": 2, "b": 2}, {"y": 1.0}, status="excluded")
    found = status(made, "lab")
    assert found.measurements == 9
    assert found.best is not None
    assert found.best.value == 9e-6


@pytest.mark.parametrize(
    ("inputs", "values"),
    [
        ({"a": 0}, {"y": 1.0}),
        ({"a": 0, "b": 0, "c": 0}, {"y": 1.0}),
        ({"a": 0, "b": 0}, {"z": 1.0}),
        ({"a": 0, "b": 0}, {}),
        ({"a": 0, "b": 0}, {"y": -1.0}),
        ({"a": 0.5, "b": 0}, {"y": 1.0}),
    ],
)
def test_record_at_refuses(made: str, inputs: dict[str, float], values: dict[str, float]) -> None:
    """Inputs or results that do not fit store nothing."""
    with pytest.raises((DataError, UsageError)):
        record_at(made, "lab", inputs, values)
    assert events(made) == 1


def test_predict_anywhere(made: str) -> None:
    """In the pool or between, in the target's unit; nothing is stored."""
    found = predict(made, "lab", {"a": 1.5, "b": 1})
    document = found.document()
    expected = document["predicted"]["y"]
    assert expected["low"] < expected["mean"] < expected["high"]
    assert expected["mean"] == pytest.approx(10 ** expected["log10_mean"])
    assert document["inputs"] == {"a": 1.5, "b": 1.0}
    assert events(made) == 1
    with pytest.raises(DataError):
        predict(made, "lab", {"a": 1.5})


def test_explain_tells_the_outcome(made: str) -> None:
    """A suggestion is pending, then measured with its distance, or replaced."""
    first = suggest(made, "lab", 2, seed=3)
    one, other = first.suggestions
    told = explain(made, "lab", one.id)
    assert (told.state, told.strategy, told.seed, told.event) == ("pending", "standard", 3, 2)
    assert (told.id, told.inputs, told.predicted) == (one.id, one.inputs, one.predicted)
    assert told.reason == first.document()["suggestions"][0]["reason"]
    assert told.measured == {}
    said = one.predicted["y"]
    assert said.log10_mean is not None
    assert said.log10_sd is not None
    value = 10 ** (said.log10_mean + 1.5 * said.log10_sd)
    record_at(made, "lab", one.inputs, {"y": value})
    measured = explain(made, "lab", one.id)
    assert measured.state == "measured"
    assert measured.measured["y"].off_by_sd == pytest.approx(1.5)
    assert measured.document()["measured"]["y"]["mean"] == pytest.approx(value)
    for seed in range(20):
        (later,) = suggest(made, "lab", 1, strategy="random", seed=seed).suggestions
        if later.pool_row != other.pool_row:
            break
    assert explain(made, "lab", other.id).state == "replaced"
    with pytest.raises(UnknownNameError, match="s99"):
        explain(made, "lab", "s99")


def test_explain_without_a_model(store: str, rows: Rows) -> None:
    """A first sample, chosen at random, has a reason and no prediction."""
    new(
        store,
        "new",
        CampaignDescription(table=rows("a,y\n0,\n1,\n2,\n3,\n"), inputs=["a"], targets=["y"]),
    )
    found = suggest(store, "new", 2)
    assert found.model == {}
    told = explain(store, "new", found.suggestions[0].id)
    assert "random" in told.reason
    assert told.document()["predicted"] == {}
    assert told.document()["chance_to_beat_best"] is None
    record_at(store, "new", found.suggestions[0].inputs, {"y": 1.0})
    outcome = explain(store, "new", found.suggestions[0].id).measured["y"]
    assert (outcome.values, outcome.off_by_sd) == ((1.0,), None)


def test_undo_goes_back_step_by_step(made: str) -> None:
    """Each undo takes the last change that counts; the making stays."""
    row = suggest(made, "lab").suggestions[0]
    record_at(made, "lab", row.inputs, {"y": 3e-5})
    taken = undo(made, "lab")
    assert (taken.undone.number, taken.undone.event.kind) == (3, "recorded")
    assert taken.status.pending == 1
    taken = undo(made, "lab")
    assert (taken.undone.number, taken.undone.event.kind) == (2, "suggested")
    assert taken.document()["status"]["open"] == 4
    with pytest.raises(NothingToUndoError):
        undo(made, "lab")
    told = history(made, "lab")
    assert [line.event.kind for line in told.events] == [
        "created", "suggested", "recorded", "undone", "undone",
    ]  # fmt: skip
    assert [line.undone for line in told.events] == [False, True, True, False, False]
    assert [each["number"] for each in told.document()["events"]] == [1, 2, 3, 4, 5]


def test_redo_goes_forward_step_by_step(made: str) -> None:
    """Each redo brings back what the last undo took; a change in between ends that."""
    row = suggest(made, "lab").suggestions[0]
    record_at(made, "lab", row.inputs, {"y": 3e-5})
    before = status(made, "lab")
    undo(made, "lab")
    undo(made, "lab")
    assert history(made, "lab").redo == 2
    found = redo(made, "lab")
    assert (found.redone.number, found.redone.event.kind) == (2, "suggested")
    assert found.status.pending == 1
    found = redo(made, "lab")
    assert (found.redone.number, found.redone.event.kind) == (3, "recorded")
    assert found.status == before
    told = history(made, "lab")
    assert told.redo is None
    assert [line.undone for line in told.events] == [False] * 3 + [True] * 2 + [False] * 2
    assert [each.get("redone") for each in told.document()["events"][5:]] == [2, 3]
    assert undo(made, "lab").undone.number == 3
    suggest(made, "lab")
    with pytest.raises(NothingToUndoError) as refused:
        redo(made, "lab")
    assert refused.value.hint


def test_pool_and_list(made: str, table: Path) -> None:
    """Every candidate in the order of the table, every campaign in the order of its making."""
    document = pool(made, "lab").document()
    assert document["n"] == 12
    assert [each["pool_row"] for each in document["candidates"]] == list(range(12))
    first = document["candidates"][0]
    assert first["inputs"] == {"a": 0.0, "b": 0.0}
    assert (first["state"], first["formula"], first["values"]) == ("measured", None, {"y": 1e-6})
    new(made, "second", CampaignDescription(table=table, inputs=["a", "b"], targets=["y"]))
    assert [each["campaign"] for each in list_(made).document()["campaigns"]] == ["lab", "second"]


def test_unknown_campaign(made: str, store: str) -> None:
    """Every verb says which campaigns there are."""
    for verb in (status, pool, history, undo, redo, suggest):
        with pytest.raises(CampaignNotFoundError, match="lab"):
            verb(made, "lob")


def test_two_people_who_ask_in_turn_get_different_samples(made: str) -> None:
    """What another one makes is under way; asking again oneself is a new answer, and the same."""
    sato = suggest(made, "lab", 2, by="Sato")
    suzuki = suggest(made, "lab", 2, by="Suzuki")
    rows = {each.pool_row for each in (*sato.suggestions, *suzuki.suggestions)}
    assert rows == {2, 6, 8, 10}
    assert suzuki.notices == ()
    again = suggest(made, "lab", 2, by="Suzuki")
    assert [s.inputs for s in again.suggestions] == [s.inputs for s in suzuki.suggestions]
    assert "2" in again.notices[0]
    with pytest.raises(PoolExhaustedError):
        suggest(made, "lab", 3, by="Suzuki")
    states = [each.state for each in pool(made, "lab").candidates]
    assert states.count("pending") == 4
    assert [line.event.by for line in history(made, "lab").events[1:]] == [
        "Sato",
        "Suzuki",
        "Suzuki",
    ]


def test_what_nobody_in_particular_asked_for_is_replaced_by_anyone(made: str) -> None:
    """As it was before it was known who asks."""
    first = suggest(made, "lab", 2)
    second = suggest(made, "lab", 2, by="Sato")
    assert [s.inputs for s in second.suggestions] == [s.inputs for s in first.suggestions]
    third = suggest(made, "lab", 2)
    assert {s.pool_row for s in third.suggestions}.isdisjoint(
        s.pool_row for s in second.suggestions
    )
