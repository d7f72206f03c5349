"""Every verb answers with a model whose JSON schema says what its document holds."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, get_type_hints

import pytest
from pydantic import ValidationError

from tansaku import services
from tansaku.campaign.description import CampaignDescription
from tansaku.campaign.sources.source_spec import SourceSpec
from tansaku.services.availability import block
from tansaku.services.doctor import doctor
from tansaku.services.exchange import export
from tansaku.services.explain import explain
from tansaku.services.formula import formula
from tansaku.services.history import history, redo, undo
from tansaku.services.look import look
from tansaku.services.new import new
from tansaku.services.plan_furnace import plan_runs
from tansaku.services.pool import pool
from tansaku.services.predict import predict
from tansaku.services.ready import about
from tansaku.services.record import correct, mark, record_at
from tansaku.services.results import results
from tansaku.services.sample_files import attach, attachments, content
from tansaku.services.source import add
from tansaku.services.status import list_, status
from tansaku.services.study import Replay, study, study_of
from tansaku.services.suggest_samples import suggest
from tansaku.services.trash import remove, trash
from tansaku.services.weigh import weigh
from tansaku.spec import Answer

HELD: Final = ("opened", "job_worker")
"""Modules whose functions are no verbs: a campaign out of its store, and what does the jobs."""
AT_THE_DOOR: Final = (
    "account.has_administrator",
    "account.holder",
    "account.log_in",
    "account.log_out",
    "ready.shown_store",
)
"""What a server asks of who comes in, and tells nobody."""
FILES: Final = ("jobs.plot_study", "plan_furnace.write_run_sheet")
"""What writes the one file that a page shows."""


def verbs() -> Iterator[tuple[str, Callable[..., Any]]]:
    """The functions of services that ask for a store, by their names."""
    for module in pkgutil.iter_modules(services.__path__):
        if module.name in HELD:
            continue
        found = importlib.import_module(f"{services.__name__}.{module.name}")
        for name, verb in inspect.getmembers(found, inspect.isfunction):
            called = f"{module.name}.{name}"
            own = verb.__module__ == found.__name__ and not name.startswith("_")
            asks = own and "store" in inspect.signature(verb).parameters
            if asks and called not in (*AT_THE_DOOR, *FILES):
                yield called, verb


@pytest.mark.parametrize("verb", [pytest.param(v, id=name) for name, v in verbs()])
def test_every_verb_answers_with_a_model(verb: Callable[..., Any]) -> None:
    answered = get_type_hints(verb)["return"]
    assert issubclass(answered, Answer)
    assert answered.model_config["frozen"]
    schema = answered.model_json_schema(mode="serialization")
    assert schema.get("type") == "object" or "$ref" in schema  # one that holds others of its kind


def answers(store: str, table: Path) -> Iterator[Answer]:
    """What a campaign answers from its making to its end."""
    yield new(
        store, "lab", CampaignDescription(table=table, inputs=["a", "b"], targets=["y:max:log10"])
    )
    older = table.with_name("older.csv")
    older.write_text("a,b,y\n0,0,3e-6\n1,1,7e-6\n3,2,4e-6\n2,1,8e-6\n", encoding="utf-8")
    yield add(store, "lab", SourceSpec(source=str(older)))
    found = suggest(store, "lab", 2)
    yield found
    yield record_at(store, "lab", "s1", {"y": 3e-6}, note="x", confirm=True)
    yield record_at(store, "lab", {"a": 3, "b": 1}, status="failed", why="cracked")
    yield correct(store, "lab", "m1", values={"y": 1.1e-6}, confirm=True)
    yield mark(store, "lab", ["m2"], status="doubtful", why="pale")
    yield explain(store, "lab", "s1", recompute=True)
    yield predict(store, "lab", {"a": 1.5, "b": 1})
    yield attach(store, "lab", "s1", [table])
    yield attachments(store, "lab")
    yield content(store, "lab", "f1")
    yield block(store, "lab", "a > 2")
    yield plan_runs(store, "lab", crucibles=2, shared=["a"])
    yield results(store, "lab")
    yield study_of(store, "lab", Replay(strategies=["standard"], runs=2, start=2, steps=3))
    several = Replay(strategies=["standard"], runs=2, start=2, steps=3, out=older.with_name("out"))
    yield study(older, inputs=["a"], targets=["y:max", "b:min"], replayed=several)
    yield undo(store, "lab")
    yield redo(store, "lab")
    yield history(store, "lab")
    yield pool(store, "lab")
    yield status(store, "lab")
    yield export(store, "lab", table.with_name("lab.json"))
    yield list_(store)
    yield remove(store, "lab")
    yield trash(store)
    yield doctor(store)
    yield about(store)
    yield look(table)
    yield formula("Li2SiO3")
    yield weigh("Li2SiO3", precursors=["Li2CO3", "SiO2"], mass=1.0)


def test_the_schema_tells_what_the_document_holds(store: str, table: Path) -> None:
    for answer in answers(store, table):
        schema = type(answer).model_json_schema(mode="serialization")
        assert schema.get("properties") or schema["$ref"]  # it says what the fields are
        wrong = list(strange(answer.document(), schema, schema.get("$defs", {})))
        assert wrong == [], type(answer).__name__
        with pytest.raises(ValidationError):
            answer.campaign = "other"  # type: ignore[attr-defined]


TYPES: Final[dict[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def strange(
    found: Any, schema: dict[str, Any], named: dict[str, Any], place: str = ""
) -> Iterator[str]:
    """Where a document holds something else than its schema says."""
    if "$ref" in schema:
        schema = named[schema["$ref"].rpartition("/")[2]]
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        if all(any(strange(found, each, named)) for each in options):
            yield place
        return
    if not isinstance(found, TYPES.get(schema.get("type", ""), (object,))):
        yield f"{place}: {found!r} is no {schema['type']}"
    elif isinstance(found, list):
        for i, each in enumerate(found):
            yield from strange(each, schema.get("items", {}), named, f"{place}[{i}]")
    elif isinstance(found, dict):
        fields, other = schema.get("properties", {}), schema.get("additionalProperties", False)
        yield from (
            f"{place}.{name} is missing" for name in schema.get("required", ()) if name not in found
        )
        for name, value in found.items():
            if name in fields:
                yield from strange(value, fields[name], named, f"{place}.{name}")
            elif isinstance(other, dict):
                yield from strange(value, other, named, f"{place}.{name}")
            elif not other and schema:
                yield f"{place}.{name} is not in the schema"
