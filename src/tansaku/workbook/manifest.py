"""Workbook manifest: what a workbook says of itself on its hidden sheet, so that edits are told
from what was exported, in any language and after any sorting."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tansaku.errors import TableError
from tansaku.language import _
from tansaku.workbook.pages import Cell, Page

SCHEMA: Final = 1
"""Number of this layout; a newer one is refused."""

READ_BACK: Final = ("data", "suggestions", "weighing")
"""Pages whose edits come back."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was exported.

    Attributes:
        campaign: Its name.
        measurements: The highest number of a measurement at that time.
        titles: {page: name of its sheet}.
        keys: {page: {header: key}}.
        rows: {page: its rows as they were, {key: cell}}.
    """

    campaign: str
    measurements: int
    titles: Mapping[str, str]
    keys: Mapping[str, Mapping[str, str]]
    rows: Mapping[str, Sequence[Mapping[str, Cell]]] = field(default_factory=dict)


def manifest_lines(campaign: str, measurements: int, pages: Sequence[Page]) -> list[list[Cell]]:
    """The cells of the hidden sheet. The second line names the sheet of the candidates."""
    titles = {page.key: page.title for page in pages}
    lines: list[list[Cell]] = [
        ["tansaku", SCHEMA],
        ["candidates", titles["candidates"]],
        ["campaign", campaign],
        ["measurements", measurements],
    ]
    for page in pages:
        if page.key not in READ_BACK:
            continue
        lines.append(["sheet", page.key, page.title])
        lines += [["column", page.key, c.header, c.key] for c in page.columns]
        lines += [
            ["row", page.key, json.dumps(_told(row), ensure_ascii=False)] for row in page.rows
        ]
    return lines


def read_manifest(file: str, rows: Sequence[Sequence[Any]]) -> Manifest:
    """The manifest in the cells of a hidden sheet.

    Raises:
        TableError: a newer program wrote it, or somebody has changed it.
    """
    titles: dict[str, str] = {}
    keys: dict[str, dict[str, str]] = {}
    found: dict[str, list[Mapping[str, Cell]]] = {}
    single: dict[str, Any] = {}
    try:
        for row in rows:
            cells = [cell for cell in row if cell is not None]
            if cells[0] == "sheet":
                titles[cells[1]] = cells[2]
                keys[cells[1]], found[cells[1]] = {}, []
            elif cells[0] == "column":
                keys[cells[1]][cells[2]] = cells[3]
            elif cells[0] == "row":
                found[cells[1]].append(json.loads(cells[2]))
            else:
                single[cells[0]] = cells[1]
        schema, name, measurements = single["tansaku"], single["campaign"], single["measurements"]
        if int(schema) > SCHEMA:
            raise TableError(
                _("'{file}' was written by a newer tansaku.").format(file=file),
                _("Update tansaku, or export the workbook again."),
            )
        return Manifest(str(name), int(measurements), titles, keys, found)
    except (LookupError, ValueError, TypeError) as error:
        raise TableError(
            _("The hidden sheet of '{file}' was changed, so that edits cannot be told.").format(
                file=file
            ),
            _("Export the workbook again and fill in the new one."),
        ) from error


def _told(row: Mapping[str, Cell]) -> dict[str, Cell]:
    return {key: cell for key, cell in row.items() if cell is not None}
