"""Workbooks: the sheets of an .xlsx file -> grids, within bounds of memory.

The zip directory is checked before anything is unpacked; the sheets are then read in passing, by
openpyxl for the cells and by a plain scan for what its reading in passing leaves out: merged
cells, comments, and whether there are formulas.
"""

from __future__ import annotations

import io
import posixpath
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, Final
from xml.etree import ElementTree

import openpyxl
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from tansaku.errors import TableError
from tansaku.tables.cell_formats import Struck, as_shown
from tansaku.tables.grids import Block, Grid, Rows, Uncomputed
from tansaku.tables.size_limits import (
    LARGEST_PART,
    LARGEST_UNPACKED,
    MOST_PARTS,
    check_cells,
    damaged,
    refuse_unpacked,
)

_CHUNK: Final = 1 << 20
_OVERLAP: Final = 200
"""Bytes of one chunk that are scanned again with the next: more than a merged cell's element."""

_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[\s>/]")
_MERGED: Final = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=\"([A-Z0-9:$]+)\"")
_HIDDEN: Final = re.compile(
    rb"<(?:\w+:)?row\s(?=[^>]*?\bhidden=\"(?:1|true)\")[^>]*?\br=\"([0-9]+)\""
)
Scanned = tuple[tuple[Block, ...], bool, tuple[int, ...]]
_NOTHING: Final[Scanned] = ((), False, ())
_DECLARED: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_SHEETS: Final = "xl/worksheets/"

DAMAGED: Final = (
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    ElementTree.ParseError,
    OSError,
    EOFError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    RuntimeError,  # an encrypted member; includes an unknown compression
)
"""What openpyxl and zipfile raise on damaged files."""


def read_workbook(file: str, content: bytes) -> list[Grid]:
    """Every sheet of a workbook, in its order.

    Raises:
        TableError: damaged, password-protected, no workbook, or too large to be a table; then
            nothing is unpacked.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_size(file, archive)
            scanned = {part: _scan(file, archive, part) for part in _xml_parts(archive)}
            paths = _sheet_paths(archive)
            comments = {name: _comments(archive, path) for name, path in paths.items()}
        found = {name: scanned.get(path, _NOTHING) for name, path in paths.items()}
        values = _cells(file, content, values=True)
        if any(formulas for _merged, formulas, _rows in found.values()):
            _mark_uncomputed(values, _cells(file, content, values=False))
    except TableError:
        raise
    except DAMAGED as error:
        raise damaged(file, error) from error
    return [
        Grid(
            name=name,
            rows=rows,
            merged=found.get(name, _NOTHING)[0],
            comments=comments.get(name, {}),
            hidden=hidden,
            hidden_rows=found.get(name, _NOTHING)[2],
            struck=_take_struck(rows),
        )
        for name, (rows, hidden) in values.items()
    ]


def sheet_names(content: bytes) -> list[str]:
    """Names of the sheets, by the workbook's own list; empty where it is no workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_size("", archive)
            return list(_sheet_paths(archive))
    except (TableError, *DAMAGED):
        return []


def _check_size(file: str, archive: zipfile.ZipFile) -> None:
    """Refuse by the directory alone; a part that is larger than it says fails its checksum."""
    parts = archive.infolist()
    total = sum(part.file_size for part in parts)
    held = [p.file_size for p in parts if not p.filename.startswith(_SHEETS)]
    if len(parts) > MOST_PARTS or total > LARGEST_UNPACKED or max(held, default=0) > LARGEST_PART:
        raise refuse_unpacked(file)


def _xml_parts(archive: zipfile.ZipFile) -> list[str]:
    return [name for name in archive.namelist() if name.endswith((".xml", ".rels"))]


def _scan(file: str, archive: zipfile.ZipFile, part: str) -> Scanned:
    """Merged cells, whether there are formulas, and hidden rows; refuses declared entities, which
    no workbook has, for they may unfold without end."""
    merged: dict[bytes, None] = {}
    hidden: dict[int, None] = {}
    formulas = False
    kept = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            window = kept + chunk
            # In UTF-16 every second byte of plain letters is 0.
            if _DECLARED.search(window) or _DECLARED.search(window.replace(b"\0", b"")):
                raise refuse_unpacked(file)
            formulas = formulas or _FORMULA.search(window) is not None
            merged |= dict.fromkeys(found.group(1) for found in _MERGED.finditer(window))
            hidden |= {int(found.group(1)) - 1: None for found in _HIDDEN.finditer(window)}
            kept = window[-_OVERLAP:]
    return tuple(map(_block, merged)), formulas, tuple(hidden)


def _take_struck(rows: Rows) -> tuple[tuple[int, int, str], ...]:
    """Empty the cells that are struck out, and say where they were: (row, column, text)."""
    found = []
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            if isinstance(cell, Struck):
                row[j] = None
                found.append((i, j, cell.text))
    return tuple(found)


def _block(reference: bytes) -> Block:
    left, top, right, bottom = range_boundaries(reference.decode())
    return Block(int(top or 1) - 1, int(left or 1) - 1, int(bottom or 1) - 1, int(right or 1) - 1)


def _cells(file: str, content: bytes, *, values: bool) -> dict[str, tuple[Rows, bool]]:
    """{sheet: (its rows, whether it is hidden)}, as stored values or as formulas."""
    found: dict[str, tuple[Rows, bool]] = {}
    cells = 0
    with warnings.catch_warnings():
        # openpyxl warns of styles and extensions that it leaves out; no cell depends on them.
        warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=values)
        shown = as_shown()
        try:
            for sheet in book.worksheets:
                sheet.reset_dimensions()
                rows: Rows = []
                blank = 0  # lines that are kept only where a filled one follows
                for row in sheet.iter_rows(values_only=not values):
                    kept = [shown(cell) for cell in row] if values else list(row)
                    while kept and kept[-1] is None:
                        kept.pop()
                    if not kept:
                        blank += 1
                        continue
                    cells += blank + len(kept)
                    check_cells(file, cells)
                    rows += [[] for _line in range(blank)]
                    rows.append(kept)
                    blank = 0
                found[sheet.title] = (rows, sheet.sheet_state != "visible")
        finally:
            book.close()
    return found


def _mark_uncomputed(
    values: dict[str, tuple[Rows, bool]], formulas: dict[str, tuple[Rows, bool]]
) -> None:
    """Put an :class:`Uncomputed` where there is a formula and no value."""
    for name, (written, _hidden) in formulas.items():
        rows = values[name][0]
        rows.extend([] for _row in range(len(written) - len(rows)))
        for row, line in zip(rows, written, strict=False):
            row.extend([None] * (len(line) - len(row)))
            for j, formula in enumerate(line):
                if row[j] is None and formula is not None:
                    row[j] = Uncomputed(str(formula))


def _sheet_paths(archive: zipfile.ZipFile) -> dict[str, str]:
    """{sheet: its part in the archive}."""
    targets = {key: path for key, (_kind, path) in _relations(archive, "xl/workbook.xml").items()}
    paths: dict[str, str] = {}
    for element in _elements(archive, "xl/workbook.xml", "sheet"):
        key = next((v for k, v in element.attrib.items() if k.endswith("}id")), "")
        if key in targets:
            paths[element.attrib["name"]] = targets[key]
    return paths


def _comments(archive: zipfile.ZipFile, path: str) -> dict[tuple[int, int], str]:
    """{(row, column): text} of the comments of a sheet."""
    found: dict[tuple[int, int], str] = {}
    for kind, target in _relations(archive, path).values():
        if not kind.endswith("/comments") or target not in archive.NameToInfo:
            continue
        for comment in _elements(archive, target, "comment"):
            left, top, _right, _bottom = range_boundaries(comment.attrib["ref"])
            texts = [e.text or "" for e in comment.iter() if _local(e) == "t"]
            found[(int(top or 1) - 1, int(left or 1) - 1)] = "".join(texts).strip()
    return found


def _relations(archive: zipfile.ZipFile, path: str) -> dict[str, tuple[str, str]]:
    """{id: (kind, part)} of what a part refers to."""
    folder, name = posixpath.split(path)
    rels = f"{folder}/_rels/{name}.rels"
    if rels not in archive.NameToInfo:
        return {}
    found: dict[str, tuple[str, str]] = {}
    for each in _elements(archive, rels, "Relationship"):
        target = each.attrib["Target"]
        part = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
        found[each.attrib["Id"]] = (each.attrib["Type"], posixpath.normpath(part))
    return found


def _elements(archive: zipfile.ZipFile, part: str, name: str) -> Iterator[Any]:
    with archive.open(part) as stream:
        yield from (e for e in ElementTree.parse(stream).iter() if _local(e) == name)


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]
