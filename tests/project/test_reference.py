"""The reference is complete and current, and what it says of each name is enough to use it; the
schema of spec files is current, and takes and refuses what the program does."""

from __future__ import annotations

import importlib.util
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError
from ruamel.yaml import YAML, YAMLError
from typer.main import get_command

import tansaku
from tansaku.campaign.description import CampaignDescription
from tansaku.cli.app import app
from tansaku.language import LANGUAGES

ROOT = Path(__file__).parents[2]
WRITTEN = re.compile(
    r"cat > \S+\.yaml <<'(?P<end>\w+)'\n(?P<lines>.*?)^(?P=end)$"
    r"|printf '(?P<printed>[^']*)' > \S+\.yaml"
    r"|^```text\n(?P<shown>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
"""A spec file that a page writes in a shell, or shows."""


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    """tools/reference.py, which is no package."""
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_the_page_and_the_schema_are_current(reference: ModuleType) -> None:
    for language, page in reference.PAGES.items():
        assert page.read_text(encoding="utf-8") == reference.page(language)
    assert reference.SCHEMA.read_text(encoding="utf-8") == reference.schema()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_public_name_has_its_entry(reference: ModuleType, language: str) -> None:
    headings = set(reference.PAGES[language].read_text(encoding="utf-8").splitlines())
    for name in tansaku.__all__:
        assert f"### {name}" in headings
        for member in (
            vars(getattr(tansaku, name)) if inspect.isclass(getattr(tansaku, name)) else ()
        ):
            value = getattr(getattr(tansaku, name), member, None)
            if inspect.isroutine(value) and not member.startswith("_"):
                assert f"#### {name}.{member}" in headings


def test_commands_are_told_in_the_language_of_the_page(reference: ModuleType) -> None:
    """Every command and every option of its own; in Japanese nothing but what is typed is
    English."""
    commands = dict(get_command(app).commands)  # type: ignore[attr-defined]
    options = [each for one in commands.values() for each in one.params]
    own = [each for each in options if not {*each.opts} & {*reference.SHARED}]
    for page in reference.PAGES.values():
        text = page.read_text(encoding="utf-8")
        there = re.findall(r"^### tansaku (\S+)\n\n(.+)\n", text, re.MULTILINE)
        assert [name for name, _help in there] == sorted(commands)
        entries = re.findall(r"^- `[^`]+`: (.+)$", text[text.index("### tansaku ") :], re.MULTILINE)
        assert len(entries) == len(own)
    said = [*entries, *(help for _name, help in there)]
    assert [each for each in said if not re.search("[\u3041-\u30ff\u4e00-\u9fff]", each)] == []


@pytest.mark.parametrize(
    "name", [n for n in tansaku.__all__ if n not in ("__version__", "STRATEGIES")]
)
def test_every_public_name_shows_an_example(name: str) -> None:
    """It runs with the doctests of its module."""
    assert ">>> " in (inspect.getdoc(getattr(tansaku, name)) or "")


def test_what_they_give_back_shows_one_too(reference: ModuleType) -> None:
    for name, module in reference.GIVEN_BACK.items():
        assert ">>> " in (inspect.getdoc(getattr(importlib.import_module(module), name)) or ""), (
            name
        )


def test_arguments_that_a_method_takes_are_told() -> None:
    """Every argument of a public function or of a method of ``Campaign`` stands in its text."""
    functions = [tansaku.study, tansaku.study_campaign]
    functions += [f for n, f in inspect.getmembers(tansaku.Campaign, callable) if n[0] != "_"]
    silent = [
        f"{function.__qualname__}: {name}"
        for function in functions
        for name in inspect.signature(function).parameters
        if name not in ("self", "cls")
        and not re.search(rf"\b{name}\b", inspect.getdoc(function) or "")
    ]
    assert silent == []


@pytest.fixture(scope="module")
def by_schema(reference: ModuleType) -> Draft202012Validator:
    """What an editor holds a spec file against."""
    schema = json.loads(reference.SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def read(text: str) -> Any:
    """What a text says as YAML, or None."""
    try:
        return YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        return None


def spec_files() -> Iterator[tuple[str, dict[str, Any]]]:
    """(page, content) of every spec file of the documents and examples; a part of one, which
    names no targets, with one."""
    for page in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]):
        for found in WRITTEN.finditer(page.read_text(encoding="utf-8")):
            text = found["lines"] or found["shown"] or found["printed"].replace("\\n", "\n")
            content = read(text)
            if isinstance(content, dict) and set(content) <= set(CampaignDescription.model_fields):
                yield str(page.relative_to(ROOT)), {"targets": ["y"]} | content
    for file in sorted((ROOT / "examples").glob("*.yaml")):
        yield str(file.relative_to(ROOT)), read(file.read_text(encoding="utf-8"))


def test_every_spec_file_of_the_documents_is_valid(by_schema: Draft202012Validator) -> None:
    """To an editor and to the program, on each page that has some."""
    pages = set()
    for page, content in spec_files():
        assert [error.message for error in by_schema.iter_errors(content)] == [], page
        CampaignDescription.model_validate(content)
        pages.add(page)
    with_some = {"furnace-runs", "processes", "sources", "spaces", "templates"}
    assert pages >= {f"docs/{folder}{name}.md" for folder in ("", "ja/") for name in with_some}


SHORT: list[dict[str, Any]] = [
    {"parameters": ["x=0:1:0.5", {"kind": "discrete", "name": "T", "values": [600, 850]}]},
    {"profile": [{"hold": {"at": "T", "time": "90 min"}}]},
    {"profile": {"segments": [{"ramp": {"to": 900, "rate": "5 K/min"}}], "columns": ["dose"],
                 "activation_energy": 400}},
    {"columns": {"choices": ["gas", "grain=fine<coarse"]}},
    {"columns": {"choices": {"gas": None}, "scales": {"c": "log10"}}},
    {"sources": [{"source": "old", "inputs": "x", "match": {"x": "x_Y"}, "factor": {"y": 0.1}}]},
    {"sources": [{"source": "old.csv", "template": "Li(?)Ca(y)Zr(2-y)(PO4)3", "fill": {"T": 25}}]},
    {"sources": [{"template": {"text": "Li(?)Ca(y)Zr(2-y)(PO4)3"}}]},
    {"table": [{"a": 1, "gas": "air", "y": None}], "inputs": ["a", "gas"]},
    {"targets": ["y:max", {"name": "z", "goal": "keep", "low": 0.5}], "reference": {"y": 1}},
]  # fmt: skip
WRONG: list[dict[str, Any]] = [
    {"paramters": ["x=0:1:0.5"]},
    {"targets": []},
    {"targets": [{"goal": "max"}]},
    {"parameters": [{"kind": "stepped", "name": "x", "low": "a", "high": 1, "step": 0.5}]},
    {"parameters": [{"kind": "stepped", "name": "x", "low": 0, "high": 1}]},
    {"profile": [{"soak": {"time": 1}}]},
    {"profile": []},
    {"weighing": {"precursors": ["Li2CO3"], "mass": 0}},
    {"decimal": "full stop"},
    {"sources": [{"source": "old", "factor": "x"}]},
]


@pytest.mark.parametrize("content", SHORT)
def test_what_the_program_takes_is_right_to_an_editor(
    by_schema: Draft202012Validator, content: dict[str, Any]
) -> None:
    """Also what it takes in short."""
    whole = {"targets": ["y"]} | content
    CampaignDescription.model_validate(whole)
    assert [error.message for error in by_schema.iter_errors(whole)] == []


@pytest.mark.parametrize("content", WRONG)
def test_what_is_wrong_is_marked(by_schema: Draft202012Validator, content: dict[str, Any]) -> None:
    whole = {"targets": ["y"]} | content
    with pytest.raises(ValidationError):
        CampaignDescription.model_validate(whole)
    assert not by_schema.is_valid(whole)
