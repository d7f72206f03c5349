"""Text files: CSV as instruments and spreadsheets write it -> one grid.

The encoding is UTF-8 (with or without mark), UTF-16 with its mark, or cp932 (Japanese Windows); the
separator is the one of comma, tab and semicolon that cuts the lines most evenly.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from dataclasses import dataclass

from tansaku.errors import TableError
from tansaku.language import _
from tansaku.tables.escape import as_meant
from tansaku.tables.grids import Grid, Rows
from tansaku.tables.limits import check_cells

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""First bytes of an OLE file: an encrypted .xlsx, or an old .xls."""

ZIP = b"PK\x03\x04"
SEPARATORS = (",", "\t", ";")
SAMPLED_LINES = 200
"""Lines that are looked at for the separator: a whole table of a lab, the beginning of a log."""

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_LONE_KATAKANA = re.compile("(?<![\uff61-\uff9f])[\uff61-\uff9f](?![\uff61-\uff9f])")


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
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    rows: Rows = []
    cells = 0
    try:
        for row in reader:
            cells += len(row)
            check_cells(file, cells)
            rows.append([as_meant(cell) if cell[:1] == "'" else cell for cell in row])
    except csv.Error as error:
        raise TableError(
            _("'{file}' cannot be read as CSV near line {line}: {reason}.").format(
                file=file, line=reader.line_num, reason=error
            ),
            _("Look for a quotation mark that is not closed."),
        ) from error
    notices: tuple[str, ...] = ()
    if encoding == "cp932":
        notice = _(
            "'{file}' is not UTF-8; it was read as Japanese Windows text (cp932). Check the names: "
            "{names}."
        )
        notices = (notice.format(file=file, names=text.splitlines()[0]),)
    return TextTable(Grid("", rows, ragged=True), encoding, separator, notices)


def _decode(file: str, content: bytes) -> tuple[str, str]:
    """The text and its encoding."""
    if content.startswith((OLE, ZIP)):
        raise TableError(
            _("'{file}' is no CSV; it looks like an Excel workbook.").format(file=file),
            _("Rename it to .xlsx, or save it as CSV (UTF-8)."),
        )
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp932"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text):
            break
        if encoding == "cp932" and _LONE_KATAKANA.search(text):
            # A western file: its single bytes for degree or micro read as stray half-width kana.
            break
        return text, encoding.removesuffix("-sig")
    raise TableError(
        _("'{file}' is no text in UTF-8, UTF-16 or cp932 (Japanese Windows).").format(file=file),
        _("Open it where it was written and save it as CSV (UTF-8) or as .xlsx."),
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
    return found
