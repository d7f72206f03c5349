"""Older data are described in one way: options, a campaign's file and Python say the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.main import get_command

import tansaku as tk
from tansaku.campaign.sources.source_spec import SourceSpec
from tansaku.cli.main import app
from tansaku.cli.source_command import OPTIONS, given_sources
from tansaku.errors import UsageError
from tansaku.services.spec_file import read_campaign_file
from tansaku.studies.entry import study

OWN: dict[str, set[str]] = {"new": set(), "study": set(), "source": {"source"}}
"""{command: what it has as an argument of its own}."""

SAID: dict[str, tuple[list[str], Any, str]] = {
    "source": (["old.csv"], "old.csv", "old.csv"),
    "inputs": (["a=c,b"], ("a=c", "b"), "[a=c, b]"),
    "target": (["y=s,z=rho"], {"y": "s", "z": "rho"}, "{y: s, z: rho}"),
    "formula": (["what"], "what", "what"),
    "template": (
        ["Li(x)Na(1-x)Cl"], tk.CompositionTemplate(text="Li(x)Na(1-x)Cl"), "Li(x)Na(1-x)Cl"
    ),
    "match": (["formulas,T=T_s"], ("formulas", "T=T_s"), "[formulas, T=T_s]"),
    "fill": (["T=25,gas=Ar"], {"T": 25.0, "gas": "Ar"}, "{T: 25, gas: Ar}"),
    "factor": (["y=0.001,z=2"], {"y": 0.001, "z": 2.0}, "{y: 0.001, z: 2}"),
}  # fmt: skip
"""{field: (behind its option, in the Spec, in a file)}."""


def test_every_field_has_its_option_and_its_argument() -> None:
    assert set(SAID) == set(SourceSpec.model_fields)
    assert set(OPTIONS) == set(SourceSpec.arguments())
    commands = dict(get_command(app).commands)  # type: ignore[attr-defined]
    for command, own in OWN.items():
        there = {option for each in commands[command].params for option in each.opts}
        for argument in OPTIONS:
            assert (f"--{argument.replace('_', '-')}" in there) == (argument not in own), argument


@pytest.mark.parametrize("left_out", ["formula", "template"])
def test_all_doors_describe_the_same_source(tmp_path: Path, left_out: str) -> None:
    fields = {name: said for name, said in SAID.items() if name != left_out}
    expected = SourceSpec(**{name: value for name, (_texts, value, _yaml) in fields.items()})
    options = {
        argument: fields[field][0] if field in fields else None
        for argument, field in SourceSpec.arguments().items()
    }
    assert given_sources(options) == (expected,)
    lines = [f"    {name}: {yaml}" for name, (_texts, _value, yaml) in fields.items()]
    text = "\n".join(["table: t.csv", "inputs: [a]", "targets: [y]", "sources:", "  -", *lines])
    (tmp_path / "lab.yaml").write_text(text, encoding="utf-8")
    assert read_campaign_file(tmp_path / "lab.yaml").sources == (expected,)
    assert SourceSpec.model_validate_json(expected.model_dump_json()) == expected


def test_a_study_takes_the_fields_of_one_source(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"a": [0.0, 1.0], "y": [1.0, 2.0]})
    found: list[Any] = []
    monkeypatch.setattr("tansaku.studies.entry.study_of_table", lambda *each: found.append(each))
    names = {n: f for n, f in SourceSpec.arguments().items() if f not in ("source", "formula")}
    study(
        frame, target="y", inputs=["a"], source=frame, **{n: SAID[f][1] for n, f in names.items()}
    )
    (older,) = found[0][1].sources
    assert older.spec == SourceSpec(**{f: SAID[f][1] for f in names.values()})


@pytest.mark.parametrize(
    ("said", "part"),
    [
        ({"formula": "what", "template": "Li(x)Na(1-x)Cl"}, "exclude each other"),
        ({"factor": {"y": -1.0}}, "multiplied by -1"),
        ({"factor": "much"}, "factor"),
        ({"inpust": ("a",)}, "no field inpust"),
    ],
)
def test_a_description_that_cannot_be(said: dict[str, Any], part: str) -> None:
    with pytest.raises(UsageError, match=part):
        SourceSpec(**said)


def test_a_source_without_a_name_is_refused(tansaku: Callable[..., Any], place: Path) -> None:
    (place / "lab.yaml").write_text(
        "parameters: ['x=0:1:0.5']\ntargets: ['y']\nsources:\n  - {target: y}\n", encoding="utf-8"
    )
    refused = tansaku("new", "lab", "--spec", "lab.yaml")
    assert refused.code == 2
    assert "names neither a file nor a campaign" in refused.err
