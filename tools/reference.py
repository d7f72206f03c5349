"""The reference: every public name, its signature and its docstring, and every command with its
options, as one page in each language; and the schema of the file behind ``new --spec``, for
editors.

    python tools/reference.py            write docs/reference.md, docs/ja/reference.md,
                                         docs/_static/spec.schema.json
    python tools/reference.py --check    say which is stale, change nothing

The page is made of what Python's ``help`` and ``--help`` would say, the schema of the class that
reads the file, so that there is one text of each name, option and field.
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
from typing import Any, Final

from typer.main import get_command

from tansaku.cli.app import app
from tansaku.cli.main import main as _registers_the_commands  # noqa: F401
from tansaku.language import _, current, use

ROOT = Path(__file__).resolve().parents[1]
PAGES: Final = {"en": ROOT / "docs" / "reference.md", "ja": ROOT / "docs" / "ja" / "reference.md"}
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
WORDS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "title": "Reference",
        ", ": ", ",
        ":": ":",
        "intro": "Every name of `tansaku`, made from its docstring by `tools/reference.py`, and"
        " below them [every command](#commands). Pages with more about them:"
        " [In Python](python.md), [Spaces](spaces.md), [Strategies](strategies.md),"
        " [Older data](sources.md).",
        "offered": "What `import tansaku` offers",
        "given back": "What they give back",
        "version": "The version, as text.",
        "holds": "A {kind}: {names}.",
        "commands": "Commands",
        "about commands": "As `tansaku COMMAND --help` tells them; {shared} go with every one. With"
        " examples, defaults and what is printed: [Commands](commands.md). What the server is asked"
        " for stands in [The REST API](api.md), what errors mean in [Errors](errors.md).",
    },
    "ja": {
        "title": "リファレンス",
        ", ": "、",
        ":": "：",
        "intro": "`tansaku` のすべての名前と、その下に[すべてのコマンド](#コマンド)を、"
        "`tools/reference.py` がまとめたページです。名前の説明は docstring そのもので、英語です。"
        "日本語の説明は[Python で](python.md)、[空間](spaces.md)、[戦略](strategies.md)、"
        "[過去のデータ](sources.md)にあります。",
        "offered": "`import tansaku` にあるもの",
        "given back": "返されるもの",
        "version": "バージョンを表す文字列です。",
        "holds": "{kind}：{names}。",
        "commands": "コマンド",
        "about commands": "`tansaku COMMAND --help --lang ja` が示すとおりの説明です。"
        "{shared} はどのコマンドにも付けられます。例、既定値、表示されるものは"
        "[コマンド](commands.md)にあります。サーバーに頼めることは[REST API](api.md)、"
        "エラーの意味は[エラー](errors.md)にあります。",
        "Args": "引数",
        "Attributes": "属性",
        "Raises": "例外",
        "Example": "例",
        "Returns": "戻り値",
        "Source": "出典",
    },
}
"""What the page says itself; the rest is said by the program."""
SHARED: Final = ("--store", "--json", "--lang", "--quiet")
"""Options of every command."""
LISTED = ("Args", "Attributes", "Raises")
"""Sections of a docstring that are lists of names, and what is said of each."""
SECTION = re.compile(r"^(Args|Attributes|Raises|Example|Returns|Source):", re.MULTILINE)


def page(language: str) -> str:
    """The whole page in a language."""
    package = importlib.import_module("tansaku")
    with use(language):
        parts = [f"# {word('title')}", word("intro"), f"## {word('offered')}"]
        for name in package.__all__:
            parts += entry(name, getattr(package, name))
        parts.append(f"## {word('given back')}")
        for name, module in GIVEN_BACK.items():
            parts += entry(name, getattr(importlib.import_module(module), name))
        parts += commands()
    return "\n\n".join(parts) + "\n"


def word(name: str) -> str:
    """What the page says itself, in the language in use; the name of a section as it is, else."""
    return WORDS[current()].get(name, name)


def commands() -> Iterator[str]:
    """Every command, what it does, and its options."""
    yield f"## {word('commands')}"
    shared = word(", ").join(f"`{option}`" for option in SHARED)
    yield word("about commands").format(shared=shared)
    for name, found in sorted(dict(get_command(app).commands).items()):  # type: ignore[attr-defined]
        yield f"### tansaku {name}"
        yield _(found.help)
        yield "\n".join(
            f"- `{called(each)}`: {prose(_(each.help))}"
            for each in found.params
            if not set(each.opts) & {*SHARED, "--help"}
        )


def called(option: Any) -> str:
    """An argument or option as it is typed."""
    if option.param_type_name == "argument":
        return str(option.metavar or option.name.upper())
    spelled = ", ".join(option.opts)
    if option.is_flag:
        return spelled
    choices = option.type_descriptor.annotation
    return f"{spelled} {option.metavar or '|'.join(each.value for each in choices)}"


def entry(name: str, found: Any) -> Iterator[str]:
    """A name and, of a class, its public methods and properties."""
    yield f"### {name}"
    if isinstance(found, str):
        yield word("version")
        return
    if inspect.isfunction(found):
        yield signature(name, found)
    if not inspect.isclass(found) and not inspect.isfunction(found) and not inspect.ismodule(found):
        names = word(", ").join(f"`{each}`" for each in found)
        yield word("holds").format(kind=type(found).__name__, names=names)
        return
    yield from told(found)
    for member, value in members(found):
        yield f"#### {name}.{member}"
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
        yield word(title) + word(":")
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
    made = {file: page(language) for language, file in PAGES.items()} | {SCHEMA: schema()}
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
