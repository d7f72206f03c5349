"""The catalogue of translations: every text of the program, gathered, checked and compiled.

    python tools/catalogue.py            gather new texts into the .po files, compile the .mo files
    python tools/catalogue.py --check    say what is missing or stale, change nothing

A text is the literal first argument of a call of ``_``, or of ``Registry`` (the noun that it puts
into its errors), in the program and in its templates. Texts are found in the syntax tree, so
nothing is imported or run.
"""

from __future__ import annotations

import argparse
import ast
import string
import struct
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import jinja2
import jinja2.nodes

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "tansaku"
LOCALE = SOURCE / "locale"
DOMAIN = "tansaku"
MARKERS = ("_", "Registry")

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


def read_po(path: Path) -> tuple[str, dict[str, str]]:
    """The header and {text: translation} of a .po file."""
    entries: dict[str, str] = {}
    field, parts = "", {"msgid": "", "msgstr": ""}
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for line in [*lines, ""]:
        if line.startswith(("msgid ", "msgstr ")):
            field, _space, line = line.partition(" ")
            parts[field] = ""
        if line.startswith('"'):
            parts[field] += _unquoted(line)
        elif not line and field:
            entries[parts["msgid"]] = parts["msgstr"]
            field, parts = "", {"msgid": "", "msgstr": ""}
    header = entries.pop(
        "", f"Language: {path.parts[-3]}\nContent-Type: text/plain; charset=UTF-8\n"
    )
    return header, entries


def po_text(header: str, translations: dict[str, str], messages: Sequence[str]) -> str:
    """A .po file: every text with its translation, empty where there is none."""
    blocks = ['msgid ""\nmsgstr ""\n' + "\n".join(_quoted(h) for h in header.splitlines(True))]
    for text in messages:
        flag = "#, python-brace-format\n" if "{" in text else ""
        translation = _quoted(translations.get(text, ""))
        blocks.append(f"{flag}msgid {_quoted(text)}\nmsgstr {translation}")
    return "\n\n".join(blocks) + "\n"


def mo_bytes(header: str, translations: dict[str, str]) -> bytes:
    """The compiled catalogue; texts without translation are left out."""
    pairs = sorted(
        (text.encode(), translation.encode())
        for text, translation in {"": header, **translations}.items()
        if translation
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


def problems(po: Path, messages: Sequence[str]) -> list[str]:
    """What is wrong with a catalogue, one line each; empty where all is well."""
    header, translations = read_po(po)
    found = [f"not translated: {text!r}" for text in messages if not translations.get(text)]
    found += [f"not in the program any more: {t!r}" for t in translations if t not in messages]
    for text, translation in translations.items():
        if translation and _placeholders(text) != _placeholders(translation):
            found.append(f"other placeholders: {text!r} -> {translation!r}")
    mo = po.with_suffix(".mo")
    if not mo.exists() or mo.read_bytes() != mo_bytes(header, translations):
        found.append(f"{mo.name} is stale")
    if po.exists() and po.read_text(encoding="utf-8") != po_text(header, translations, messages):
        found.append(f"{po.name} is not as this script writes it")
    return found


def update(po: Path, messages: Sequence[str]) -> None:
    """Bring a catalogue up to date: new texts in, translations kept, dead texts out, compiled."""
    header, translations = read_po(po)
    kept = {text: translations[text] for text in messages if translations.get(text)}
    po.parent.mkdir(parents=True, exist_ok=True)
    po.write_text(po_text(header, kept, messages), encoding="utf-8")
    po.with_suffix(".mo").write_bytes(mo_bytes(header, kept))


def _placeholders(text: str) -> set[tuple[str, str, str]]:
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return {(text, "", "")}
    return {(name, spec or "", how or "") for _text, name, spec, how in parts if name is not None}


def _quoted(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(c, c) for c in text) + '"'


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
