"""Text files: CSV as instruments and spreadsheets write it -> one grid.

The encoding is UTF-8 (with or without mark), UTF-16 with its mark, cp932 (Japanese Windows), or
cp1252 (western Europe) where only single letters and signs are beyond ASCII; the separator is the
one of comma, tab and semicolon that cuts the lines most evenly, or blanks where these do not and
blanks do.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tansaku.errors import TableError
from tansaku.language import _
from tansaku.tables.escape import as_meant
from tansaku.tables.grids import Grid, Rows
from tansaku.tables.quantities import written
from tansaku.tables.size_limits import check_cells

ZIP = b"PK\x03\x04"
SEPARATORS = (",", "\t", ";")
BLANK = " "
"""Between columns that are only set apart, as programs print them."""
SAMPLED_LINES = 200
"""Lines that are looked at for the separator: a whole table of a lab, the beginning of a log."""

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
_WESTERN = frozenset("°µ±²³¹·×§äöüÄÖÜßéèêàâçîôûñåøæÅØÆÉÈíóúáìòù–—’‘‰€½¼".encode("cp1252"))
"""Bytes of Windows text in western Europe (cp1252) that labs have in their tables."""

_LONE_KATAKANA = re.compile("(?<![\uff61-\uff9f])[\uff61-\uff9f](?![\uff61-\uff9f])")


_SAID: Final[dict[str, Callable[[], str]]] = {
    "cp932": lambda: _(
        "'{file}' is not UTF-8; it was read as Japanese Windows text (cp932). Check the names: "
        "{names}."
    ),
    "cp1252": lambda: _(
        "'{file}' is not UTF-8; it was read as western European Windows text (cp1252). Check the "
        "names: {names}."
    ),
}
"""What is said of encodings that are concluded from the bytes."""


@dataclass(frozen=True, slots=True)
class TextTable:
    """What a text file holds, and how it was written."""

    grid: Grid
    encoding: str
    separator: str
    notices: tuple[str, ...]


def read_text(file: str, content: bytes) -> TextTable:
    """The cells of a text file.

    Raises:
        TableError: no text in an encoding that is known; a quotation mark that is not closed; more
            cells than a table of samples has.
    """
    text, encoding = _decode(file, content)
    separator = _separator(text)
    reader = csv.reader(
        io.StringIO(_one_blank(text) if separator == BLANK else text, newline=""),
        strict=True,
        delimiter=separator,
    )
    rows: Rows = []
    cells = blank = 0  # blank lines are kept only where a filled one follows
    try:
        for row in reader:
            if not "".join(row).strip():
                blank += 1
                continue
            cells += blank + len(row)
            check_cells(file, cells)
            rows += [[] for _line in range(blank)]
            blank = 0
            rows.append([as_meant(cell) if cell[:1] == "'" else cell for cell in row])
    except csv.Error as error:
        raise TableError(
            _("'{file}' cannot be read as CSV near line {line}: {reason}.").format(
                file=file, line=reader.line_num, reason=error
            ),
            _("Look for a quotation mark that is not closed."),
        ) from error
    notices: tuple[str, ...] = ()
    if encoding in _SAID:
        notices = (_SAID[encoding]().format(file=file, names=text.splitlines()[0]),)
    return TextTable(Grid("", rows, ragged=True), encoding, separator, notices)


def _decode(file: str, content: bytes) -> tuple[str, str]:
    """The text and its encoding."""
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp932"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text):
            break
        if encoding == "cp932" and (_LONE_KATAKANA.search(text) or _is_western(content)):
            break
        return text, encoding.removesuffix("-sig")
    if not marked and _is_western(content):
        return content.decode("cp1252"), "cp1252"
    raise TableError(
        _(
            "'{file}' is no text in UTF-8, UTF-16 or one of the older encodings that are known."
        ).format(file=file),
        _("Open it where it was written and save it as CSV (UTF-8) or as .xlsx."),
    )


def _is_western(content: bytes) -> bool:
    """Whether the bytes beyond ASCII all stand alone and are letters and signs of western Europe:
    the degree of °C, the letters of Prüfkörper. In Japanese text they stand together."""
    beyond = _BEYOND_ASCII.findall(content)
    return (
        bool(beyond)
        and set(b"".join(beyond)) <= _WESTERN
        and all(len(each) == 1 for each in beyond)
        and _CONTROL.search(content.decode("latin-1")) is None
    )


def _separator(text: str) -> str:
    """The separator that cuts the first lines most evenly; a comma where none cuts them."""
    best, found = (0.0, 0), SEPARATORS[0]
    for separator in SEPARATORS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        try:
            sample = list(itertools.islice(reader, SAMPLED_LINES))
        except csv.Error:  # told with its line when the whole is read
            continue
        widths = Counter(len(row) for row in sample if any(cell.strip() for cell in row))
        wide = {width: n for width, n in widths.items() if width > 1}
        if not wide:
            continue
        width, n = max(wide.items(), key=lambda item: (item[1], item[0]))
        score = (n / sum(widths.values()), width)
        if score > best:
            best, found = score, separator
    return BLANK if best[0] < 1 and _in_blanks(text) else found


def _in_blanks(text: str) -> bool:
    """Whether blanks cut every line into as many pieces, most of them numbers."""
    lines = [line.split() for line in text.splitlines()[:SAMPLED_LINES] if line.strip()]
    pieces = [piece for line in lines[1:] for piece in line]
    return (
        len(lines) > 1
        and len({len(line) for line in lines}) == 1 < len(lines[0])
        and 2 * sum(written(piece) is not None for piece in pieces) > len(pieces)
    )


def _one_blank(text: str) -> str:
    """Every line with one blank between its pieces."""
    return "\n".join(" ".join(line.split()) for line in text.splitlines())
