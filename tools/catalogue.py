"""The catalogue of translations: every text of the program, gathered, checked and compiled.

    python tools/catalogue.py            gather new texts into the .po files, compile the .mo files
    python tools/catalogue.py --check    say what is missing or stale, change nothing

A text is the literal first argument of a call of ``_``, or of ``Registry`` (the noun that it puts
into its errors), in the program and in its templates. Texts are found in the syntax tree, so
nothing is imported or run. ``tools/pages.py`` keeps the translations of the pages by the same
functions.
"""

from __future__ import annotations

import argparse
import ast
import string
import struct
import sys
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

import jinja2
import jinja2.nodes

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "tansaku"
LOCALE = SOURCE / "locale"
DOMAIN = "tansaku"
MARKERS = ("_", "Registry")
FLAG = "python-brace-format"

_MAGIC = 0x950412DE
"""First word of a .mo file (GNU gettext manual, "The Format of GNU MO Files")."""

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
_UNESCAPED = {written[1]: read for read, written in _ESCAPES.items()}


def gathered(source: Path = SOURCE) -> tuple[str, ...]:
    """Every text of the program, sorted: a file that moves changes nothing in a catalogue."""
    found: set[str] = set()
    for path in source.rglob("*.py"):
        name = path.relative_to(source.parents[1]).as_posix()
        found.update(_texts(ast.parse(path.read_text(encoding="utf-8"), filename=name), name))
    for path in source.rglob("*.jinja"):
        found.update(_template_texts(path.read_text(encoding="utf-8")))
    return tuple(sorted(found))


def _template_texts(template: str) -> Iterator[str]:
    for call in jinja2.Environment().parse(template).find_all(jinja2.nodes.Call):
        named = isinstance(call.node, jinja2.nodes.Name) and call.node.name in MARKERS
        if named and call.args and isinstance(call.args[0], jinja2.nodes.Const):
            yield call.args[0].value


def _texts(tree: ast.AST, name: str) -> Iterator[str]:
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        called = call.func.value if isinstance(call.func, ast.Subscript) else call.func
        if not (isinstance(called, ast.Name) and called.id in MARKERS and call.args):
            continue
        text = call.args[0]
        if isinstance(text, ast.JoinedStr):
            raise SystemExit(
                f"{name}:{call.lineno}: fill placeholders after translating, not before"
            )
        if isinstance(text, ast.Constant) and isinstance(text.value, str) and text.value:
            yield text.value


class Catalogue(NamedTuple):
    """What a .po file holds: its header, {text: translation}, and {text: the text that was
    translated} of the translations that are fuzzy, because the text has changed since."""

    header: str
    translations: dict[str, str]
    fuzzy: dict[str, str]

    def holding(self) -> dict[str, str]:
        """The translations that say what their texts say."""
        return {t: said for t, said in self.translations.items() if said and t not in self.fuzzy}


def read_po(path: Path) -> Catalogue:
    """The content of a .po file; nothing but a header where there is none yet."""
    language = path.parts[path.parts.index("LC_MESSAGES") - 1]
    header = f"Language: {language}\nContent-Type: text/plain; charset=UTF-8\n"
    found = Catalogue(header, {}, {})
    field, parts, fuzzy = "", dict.fromkeys(("before", "msgid", "msgstr"), ""), False
    for line in [*_lines(path), ""]:
        if line.startswith("#,"):
            fuzzy = "fuzzy" in line
        written = line.removeprefix("#| ")
        if written.startswith(("msgid ", "msgstr ")):
            field, _space, written = written.partition(" ")
            field = "before" if line.startswith("#|") else field
        if written.startswith('"'):
            parts[field] += _unquoted(written)
        elif not line and field:
            found.translations[parts["msgid"]] = parts["msgstr"]
            if fuzzy:
                found.fuzzy[parts["msgid"]] = parts["before"]
            field, parts, fuzzy = "", dict.fromkeys(parts, ""), False
    return found._replace(header=found.translations.pop("", header))


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split("\n") if path.exists() else []


def po_text(catalogue: Catalogue, messages: Sequence[str], flag: str = "") -> str:
    """A .po file: every text with its translation, empty where there is none. What has a brace
    gets the flag."""
    blocks = [f'msgid ""\nmsgstr {_quoted(catalogue.header)}']
    for text in messages:
        flags = [flag] if flag and "{" in text else []
        before = []
        if text in catalogue.fuzzy:
            flags.insert(0, "fuzzy")
            before = f"msgid {_quoted(catalogue.fuzzy[text])}".split("\n")
        lines = [f"#, {', '.join(flags)}"] if flags else []
        lines += [f"#| {line}" for line in before]
        lines += [f"msgid {_quoted(text)}"]
        lines += [f"msgstr {_quoted(catalogue.translations.get(text, ''))}"]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def mo_bytes(catalogue: Catalogue) -> bytes:
    """The compiled catalogue; texts without a translation that holds are left out."""
    pairs = sorted(
        (text.encode(), translation.encode())
        for text, translation in {"": catalogue.header, **catalogue.holding()}.items()
    )
    n = len(pairs)
    start = 28 + 16 * n
    tables, body = [b"", b""], b""
    for column in (0, 1):
        for pair in pairs:
            tables[column] += struct.pack("<II", len(pair[column]), start + len(body))
            body += pair[column] + b"\0"
    head = struct.pack("<7I", _MAGIC, 0, n, 28, 28 + 8 * n, 0, 28 + 16 * n)
    return head + tables[0] + tables[1] + body


def incomplete(catalogue: Catalogue, messages: Sequence[str]) -> list[str]:
    """The texts without a translation that holds, and translations of texts that are gone."""
    found = [f"not translated: {t!r}" for t in messages if not catalogue.translations.get(t)]
    found += [f"changed since it was translated: {text!r}" for text in catalogue.fuzzy]
    gone = catalogue.translations.keys() - {*messages}
    return found + [f"not used any more: {text!r}" for text in sorted(gone)]


def problems(po: Path, messages: Sequence[str]) -> list[str]:
    """What is wrong with a catalogue, one line each; empty where all is well."""
    catalogue = read_po(po)
    found = incomplete(catalogue, messages)
    for text, translation in catalogue.holding().items():
        if _placeholders(text) != _placeholders(translation):
            found.append(f"other placeholders: {text!r} -> {translation!r}")
    mo = po.with_suffix(".mo")
    if not mo.exists() or mo.read_bytes() != mo_bytes(catalogue):
        found.append(f"{mo.name} is stale")
    if po.exists() and po.read_text(encoding="utf-8") != po_text(catalogue, messages, FLAG):
        found.append(f"{po.name} is not as this script writes it")
    return found


def updated(catalogue: Catalogue, messages: Sequence[str]) -> Catalogue:
    """New texts in, translations kept, dead texts out. A text that has changed keeps its
    translation, which is fuzzy until somebody has looked at it."""
    kept = {text: said for text in messages if (said := catalogue.translations.get(text))}
    dead = {t: said for t, said in catalogue.translations.items() if said and t not in kept}
    fuzzy = {text: before for text, before in catalogue.fuzzy.items() if text in kept}
    for text in messages:
        for near in () if text in kept else get_close_matches(text, dead, n=1):
            kept[text] = dead.pop(near)
            fuzzy[text] = catalogue.fuzzy.get(near, near)
    fuzzy = {text: before for text, before in fuzzy.items() if text != before}
    return Catalogue(catalogue.header, kept, fuzzy)


def update(po: Path, messages: Sequence[str]) -> None:
    """Bring a catalogue up to date, and compile it."""
    catalogue = updated(read_po(po), messages)
    po.parent.mkdir(parents=True, exist_ok=True)
    po.write_text(po_text(catalogue, messages, FLAG), encoding="utf-8")
    po.with_suffix(".mo").write_bytes(mo_bytes(catalogue))


def _placeholders(text: str) -> set[tuple[str, str, str]]:
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return {(text, "", "")}
    return {(name, spec or "", how or "") for _text, name, spec, how in parts if name is not None}


def _quoted(text: str) -> str:
    lines = [f'"{"".join(_ESCAPES.get(c, c) for c in line)}"' for line in text.splitlines(True)]
    return "\n".join(['""', *lines] if len(lines) > 1 else lines) or '""'


def _unquoted(line: str) -> str:
    read, escaped = "", False
    for c in line.strip()[1:-1]:
        if escaped:
            read, escaped = read + _UNESCAPED[c], False
        elif c == "\\":
            escaped = True
        else:
            read += c
    return read


def catalogues(locale: Path = LOCALE) -> Iterable[Path]:
    """The .po file of every language."""
    return sorted(locale.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def main() -> int:
    """Update or check all catalogues; 1 where a check finds something."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing, say what is wrong")
    check = parser.parse_args().check
    messages = gathered()
    wrong = 0
    for po in catalogues():
        if not check:
            update(po, messages)
        for line in problems(po, messages):
            sys.stderr.write(f"{po.relative_to(ROOT)}: {line}\n")
            wrong += 1
    return 1 if check and wrong else 0


if __name__ == "__main__":
    sys.exit(main())
