"""A campaign is described in one way: options of new, its file and Python say the same."""

from __future__ import annotations

import inspect
import shlex
from pathlib import Path
from typing import Any, Final, get_type_hints

import pandas as pd
import pytest
from typer.main import get_command

import tansaku as tk
from tansaku.campaign import Campaign
from tansaku.campaign.description import CampaignDescription
from tansaku.campaign.history.records import DETAILS, Details, Firing, Measurement
from tansaku.campaign.history.weighing_plan import WeighingPlan
from tansaku.cli.main import app
from tansaku.cli.source_command import OPTIONS
from tansaku.services import plan_furnace, record, suggest_samples
from tansaku.services.opened import load
from tansaku.space import ColumnRoles, ListedFormulas
from tansaku.space.notation import parse_parameter
from tests.cli.conftest import Tansaku

SHELL: Final = {"store", "as_json", "lang", "quiet", "name", "spec", "as_read"}
"""Options of ``new`` that say where, how to answer, or that all stands elsewhere."""

TOLD_BY: Final[dict[str, tuple[set[str], set[str]]]] = {
    "table": ({"table"}, {"frame"}),
    "sheet": ({"sheet"}, set()),
    "decimal": ({"decimal"}, set()),
    "inputs": ({"inputs"}, {"inputs"}),
    "columns": ({"choices", "scale", "sd", "sem", "repeats"}, {"columns"}),
    "formula": ({"formula"}, {"formula"}),
    "parameters": ({"vary"}, {"parameters"}),
    "constraints": ({"constraint"}, {"constraints"}),
    "template": ({"template"}, {"template"}),
    "neutral": (set(), {"template"}),
    "sites": ({"site"}, {"formula", "template"}),
    "states": ({"states"}, {"formula", "template"}),
    "encoding": ({"encoding"}, {"formula", "template"}),
    "descriptors": ({"descriptors"}, {"formula", "template"}),
    "profile": (set(), {"profile"}),
    "weighing": ({"precursors", "mass", "excess", "balance", "leaving"}, {"weighing"}),
    "sources": (set(OPTIONS), set()),
    "targets": ({"target"}, {"target", "goal", "scale", "value", "unit"}),
    "reference": ({"reference"}, {"reference"}),
    "cost": ({"cost"}, {"cost"}),
    "expect": ({"expect"}, {"expect"}),
}
"""{field: (options of new, arguments of Campaign.from_table and from_space)}. A profile has too
many parts for options; in Python a table is read before, and sources are attached afterwards."""


def options_of(command: str) -> dict[str, Any]:
    """{argument of a command: its default}."""
    found = dict(get_command(app).commands)[command]  # type: ignore[attr-defined]
    return {each.name: each.default for each in found.params}


def arguments_of(call: Any) -> dict[str, Any]:
    """{argument: its default}, as one value where there is nothing."""
    return {
        name: each.default or None
        for name, each in inspect.signature(call).parameters.items()
        if name not in ("self", "store", "name") and each.kind is not each.VAR_KEYWORD
    }


def test_every_field_has_its_options_and_arguments() -> None:
    assert set(TOLD_BY) == set(CampaignDescription.model_fields)
    told = {option for options, _arguments in TOLD_BY.values() for option in options}
    assert set(options_of("new")) - SHELL == told
    in_python = {argument for _options, arguments in TOLD_BY.values() for argument in arguments}
    doors = arguments_of(Campaign.from_table) | arguments_of(Campaign.from_space)
    assert set(doors) == in_python
    assert TOLD_BY["columns"][0] - {"scale"} | {"scales"} == set(ColumnRoles.model_fields)
    assert TOLD_BY["weighing"][0] == set(WeighingPlan.model_fields)


def test_defaults_are_the_same() -> None:
    """What is not said means the same in Python as in a file."""
    fields = CampaignDescription.model_fields
    for door in (Campaign.from_table, Campaign.from_space):
        for name, default in arguments_of(door).items():
            if name in fields and default is not inspect.Parameter.empty:
                of_file = fields[name].get_default(call_default_factory=True)
                empty = not of_file or of_file == ColumnRoles()
                assert default == (None if empty else of_file), name


TABLE: Final = """what,sigma,err,price,density
Li2O,1.0,0.1,2,3
Na2O,2.0,0.2,3,4
LiNaO,1.5,0.1,2,
K2O,,,1,
"""

OF_TABLE: Final = (
    "--table t.csv --formula what --encoding elements --states Na=1 --target sigma:max"
    " --target 'density:min' --reference sigma=0.5,density=9 --cost price --sd sigma=err"
)
OF_SPACE: Final = (
    "--vary x=0:0.4:0.1 --vary T=900:1000:50 --constraint 'x <= 0.3' --template"
    " 'Li(?)Y(x)Zr(2-x)(PO4)3' --site 'M: Y,Zr = 2' --encoding sites --states Zr=4"
    " --precursors Li2CO3,Y2O3,ZrO2,NH4H2PO4 --mass 5 --excess Li=10% --balance 0.001"
    " --leaving C,N,H,O --target sigma:max:log10 --cost '1 + 2*x' --expect edge"
)
FILES: Final = {
    OF_TABLE: """
table: t.csv
formula: what
encoding: elements
states: {Na: 1}
targets: ["sigma:max", "density:min"]
reference: {sigma: 0.5, density: 9}
cost: price
columns: {sd: {sigma: err}}
""",
    OF_SPACE: """
parameters: ["x=0:0.4:0.1", "T=900:1000:50"]
constraints: ["x <= 0.3"]
template: Li(?)Y(x)Zr(2-x)(PO4)3
sites: ["M: Y,Zr = 2"]
encoding: sites
states: {Zr: 4}
weighing:
  precursors: [Li2CO3, Y2O3, ZrO2, NH4H2PO4]
  mass: 5
  excess: ["Li=10%"]
  balance: 0.001
  leaving: [C, N, H, O]
targets: ["sigma:max:log10"]
cost: 1 + 2*x
expect: edge
""",
}


def in_python(options: str, place: Path) -> Campaign:
    """The same, out of a program."""
    if options == OF_TABLE:
        return Campaign.from_table(
            pd.read_csv(place / "t.csv"),
            formula=ListedFormulas(column="what", encoding="elements", states={"Na": 1}),
            target=["sigma:max", "density:min"],
            reference={"sigma": 0.5, "density": 9},
            cost="price",
            columns=ColumnRoles(sd={"sigma": "err"}),
            name="python",
        )
    return Campaign.from_space(
        [parse_parameter("x=0:0.4:0.1"), parse_parameter("T=900:1000:50")],
        ["x <= 0.3"],
        template=tk.CompositionTemplate(
            text="Li(?)Y(x)Zr(2-x)(PO4)3", sites=("M: Y,Zr = 2",), encoding="sites",
            states={"Zr": 4},
        ),
        weighing=WeighingPlan(
            precursors=("Li2CO3", "Y2O3", "ZrO2", "NH4H2PO4"), mass=5, excess=("Li=10%",),
            balance=0.001, leaving=("C", "N", "H", "O"),
        ),
        target="sigma", scale="log10", cost="1 + 2*x", expect="edge", name="python",
    )  # fmt: skip


@pytest.mark.parametrize("options", FILES, ids=["a table", "a space"])
def test_all_doors_make_the_same_campaign(tansaku: Tansaku, place: Path, options: str) -> None:
    (place / "t.csv").write_text(TABLE, encoding="utf-8")
    (place / "lab.yaml").write_text(FILES[options], encoding="utf-8")
    assert tansaku("new", "options", *shlex.split(options)).code == 0
    assert tansaku("new", "file", "--spec", "lab.yaml").code == 0
    store = f"sqlite:///{place}/tansaku.db"
    made = [load(store, "options"), load(store, "file"), in_python(options, place)]
    specs = [each.document.campaign.model_dump(exclude={"name"}) for each in made]
    assert specs[0] == specs[1] == specs[2]
    taught = [[m.model_dump(exclude={"at"}) for m in each.state.measurements] for each in made]
    assert taught[0] == taught[1] == taught[2]


@pytest.mark.parametrize(
    ("command", "service", "method", "renamed", "beside"),
    [
        (
            "suggest", suggest_samples.suggest, Campaign.suggest, {"fix": "fixed"},
            {*TOLD_BY["weighing"][0], "show"},
        ),
        ("plan", plan_furnace.plan_runs, Campaign.plan_runs, {}, set()),
    ],
    ids=["suggest", "plan"],
)  # fmt: skip
def test_what_is_asked_for_is_the_same_in_every_door(
    command: str, service: Any, method: Any, renamed: dict[str, str], beside: set[str]
) -> None:
    """Options, the verb and Python take the same, with the same defaults."""
    options = {
        renamed.get(name, name): default or None
        for name, default in options_of(command).items()
        if name not in SHELL | beside
    }
    files = {"sheet", "force"}
    verb, python = arguments_of(service), arguments_of(method)
    assert set(options) - files == set(verb) - files - {"weighing"} == set(python) - {"weighing"}
    for name in set(python) - {"weighing"}:
        assert verb[name] == python[name], name
        if python[name] is not inspect.Parameter.empty:
            assert options[name] == python[name], name
    if command == "plan":
        assert set(Firing.model_fields) <= set(python)


def test_what_is_told_of_a_sample_is_the_same_in_every_door() -> None:
    """Options of ``record``, what may stand in its documents, and the fields that are stored."""
    assert set(DETAILS) == set(Details.__annotations__) <= set(Measurement.model_fields)
    assert set(DETAILS) - {"amount"} <= set(options_of("record"))  # behind --why: '..=12%'
    verb, python = arguments_of(record.record_at), arguments_of(Campaign.record_at)
    made_of = ("excess", "precursors")  # ``weighing`` in Python
    assert {n: d for n, d in verb.items() if n not in ("at", *made_of)} == {
        n: d for n, d in python.items() if n not in ("inputs", "weighing")
    }
    for door in (record.record_at, record.record_file, record.correct, Campaign.record_at):
        assert get_type_hints(door)["details"].__args__ == (Details,)
