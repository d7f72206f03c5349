"""The reference: every public name, its signature and its docstring, as one page; and the schema
of the file behind ``new --spec``, for editors.

    python tools/reference.py            write docs/reference.md, docs/_static/spec.schema.json
    python tools/reference.py --check    say which is stale, change nothing

The page is made of what Python's ``help`` would say, the schema of the class that reads the file,
so that there is one text of each name and of each field.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import re
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference.md"
SCHEMA = ROOT / "docs" / "_static" / "spec.schema.json"
DRAFT = "https://json-schema.org/draft/2020-12/schema"
"""The draft that pydantic writes."""
GIVEN_BACK = {
    "Suggestions": "tansaku.campaign.suggest.suggestion",
    "Posterior": "tansaku.campaign.campaign_posterior",
    "Study": "tansaku.studies",
    "Space": "tansaku.space",
    "Sources": "tansaku.campaign.sources.attach",
    "FurnacePlan": "tansaku.campaign.furnace.furnace_plan",
    "Health": "tansaku.campaign.model_health",
}
"""What public names give back, and where it is defined; nobody has to make one."""
ROLE = re.compile(r":\w+:`~?(?:[\w.]*\.)?(\w+)`")
QUOTED = re.compile(r"(: |-> )'([^']*)'")
"""An annotation as a signature writes it."""
FIELD = re.compile(r"^(\w+): (.+(?:\n +.+)*)", re.MULTILINE)
"""A field and what is said of it, in the section that lists them."""
ENTRY = re.compile(r"^([^\s:][^:\n]*): +(.+(?:\n +.+)*)$", re.MULTILINE)
LISTED = ("Args", "Attributes", "Raises")
"""Sections of a docstring that are lists of names, and what is said of each."""
SECTION = re.compile(r"^(Args|Attributes|Raises|Example|Returns|Source):", re.MULTILINE)


def page() -> str:
    """The whole page."""
    package = importlib.import_module("tansaku")
    parts = [
        "# Reference",
        "Every name of `tansaku`, made from its docstring by `tools/reference.py`. Pages with more"
        " about them: [In Python](python.md), [Spaces](spaces.md),"
        " [Strategies](strategies.md), [Older data](sources.md).",
    ]
    for name in package.__all__:
        parts += entry(name, getattr(package, name))
    parts.append("# What they give back")
    for name, module in GIVEN_BACK.items():
        parts += entry(name, getattr(importlib.import_module(module), name))
    return "\n\n".join(parts) + "\n"


def entry(name: str, found: Any) -> Iterator[str]:
    """A name and, of a class, its public methods and properties."""
    yield f"## {name}"
    if isinstance(found, str):
        yield "The version, as text."
        return
    if inspect.isfunction(found):
        yield signature(name, found)
    if not inspect.isclass(found) and not inspect.isfunction(found) and not inspect.ismodule(found):
        yield f"A {type(found).__name__}: {', '.join(f'`{each}`' for each in found)}."
        return
    yield from told(found)
    for member, value in members(found):
        yield f"### {name}.{member}"
        if not isinstance(value, property):
            yield signature(member, value)
        yield from told(value)


def members(found: Any) -> Iterator[tuple[str, Any]]:
    """Public methods and properties that a class defines itself, in their order."""
    for member, value in vars(found).items() if inspect.isclass(found) else ():
        plain = getattr(value, "__func__", value)
        if member.startswith("_") or not (inspect.isfunction(plain) or isinstance(plain, property)):
            continue
        yield member, plain


def signature(name: str, function: Any) -> str:
    """How it is called, one argument a line where they are many."""
    found = inspect.signature(function)
    kept = [each for each in found.parameters.values() if each.name not in ("self", "cls")]
    text = QUOTED.sub(r"\1\2", f"{name}{found.replace(parameters=kept)}")
    if len(text) > 100:
        text = text.replace(", *, ", ",\n    *,\n    ").replace("(", "(\n    ", 1)
        text = re.sub(r", (?=\w+: )", ",\n    ", text)
    return f"```text\n{text}\n```"


def told(found: Any) -> Iterator[str]:
    """A docstring: what it says first as text, its sections as they stand."""
    text = ROLE.sub(r"``\1``", inspect.getdoc(found) or "")
    where = [each.start() for each in SECTION.finditer(text)] + [len(text)]
    yield prose(text[: where[0]])
    for start, end in pairwise(where):
        title, _colon, body = text[start:end].partition(":")
        yield f"{title}:"
        body = inspect.cleandoc(body)
        if title in LISTED and not ENTRY.sub("", body).strip():
            yield "\n".join(
                f"- `{name}`: {prose(' '.join(says.split()))}" for name, says in ENTRY.findall(body)
            )
        else:
            yield f"```text\n{body}\n```"


def prose(text: str) -> str:
    """A text of a docstring as Markdown: what is code stays as it is."""
    parts = text.strip().replace("``", "`").split("`")
    return "`".join(part if at % 2 else part.replace("<", "&lt;") for at, part in enumerate(parts))


def schema() -> str:
    """What an editor completes a spec file by, and marks what is wrong in it."""
    described = importlib.import_module("tansaku.campaign.description").CampaignDescription
    made = {"$schema": DRAFT, **described.model_json_schema()}
    for part in (made, *made["$defs"].values()):
        text = ROLE.sub(r"``\1``", part.get("description", "")).replace("``", "`")
        what, _fields, rest = text.partition("\n\nAttributes:\n")
        part["description"] = " ".join(SECTION.split(what)[0].split())
        for name, words in FIELD.findall(inspect.cleandoc(SECTION.split(rest)[0])):
            part["properties"][name]["description"] = " ".join(words.split())
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the page and the schema, or check them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="change nothing")
    made = {PAGE: page(), SCHEMA: schema()}
    if parser.parse_args().check:
        stale = [file for file in made if file.read_text(encoding="utf-8") != made[file]]
        for file in stale:
            print(f"{file.relative_to(ROOT)} is stale: python tools/reference.py")
        return bool(stale)
    for file, text in made.items():
        file.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
