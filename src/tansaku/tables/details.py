"""Details: columns of a table of results that say more of a sample than its values.

They are found by their whole names, in English and Japanese; a column of another name is not used.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Mapping
from typing import Any, Final

import pandas as pd

from tansaku.language import _
from tansaku.tables.cells import is_empty
from tansaku.tables.places import COMMENTS_ATTRIBUTE, Places, Problems
from tansaku.tables.role_words import ROLE_WORDS
from tansaku.tables.units import name_without_unit
from tansaku.tables.words import is_failure, plain_word
from tansaku.typed import as_typed

DETAIL_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "sample": (
        "sample",
        "sample id",
        "sample_id",
        "sample no",
        "sample no.",
        "sample name",
        "id",
        "試料",
        "試料名",
        "試料番号",
        "サンプル",
        "サンプル名",
        "サンプル番号",
        "probe",
        "proben-nr",
        "probennummer",
    ),
    "status": ROLE_WORDS["status"],
    "why": ("why", "reason", "失敗理由", "理由", "原因"),
    "phase": ("phase", "phases", "相", "生成相", "結晶相"),
    "run": ("run", "furnace run", "ラン", "焼成回", "炉"),
    "batch": ("batch", "lot", "バッチ", "ロット"),
    "pellet": ("pellet", "ペレット", "ペレット番号"),
    "operator": ROLE_WORDS["operator"],
    "equipment": ("equipment", "instrument", "装置", "測定装置"),
    "made_on": ("made_on", "made on", "date made", "作製日", "合成日"),
    "note": ROLE_WORDS["note"],
}
"""{detail of a measurement: whole names of columns that hold it}."""

_GOOD: Final = frozenset(
    {"ok", "good", "fine", "done", "measured", "○", "〇", "◯", "良", "合格", "済", "正常"}
)
_DOUBTFUL: Final = frozenset({"doubtful", "suspicious", "疑わしい", "要再測定", "△"})
_EXCLUDED: Final = frozenset({"excluded", "exclude", "除外", "参考"})
_DAY: Final = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T].*)?")


def details_in(
    frame: pd.DataFrame, taken: Collection[str], *, strict: bool = True
) -> tuple[list[dict[str, str]], dict[str, str]]:
    """What each row tells of its sample beside values: {detail: text}, comments on its cells among
    the notes; and {column: the word} of
    columns called status that hold something else.

    Args:
        frame: The table.
        taken: Names of inputs and targets, which are never details.
        strict: Whether such a column is an error; else it is left out.

    Raises:
        CellError: a status that is none; names row and column.

    Example:
        >>> details_in(pd.DataFrame({"x": [1], "備考": ["白い"], "判定": ["×"]}), ["x"])[0]
        [{'note': '白い', 'status': 'failed'}]
    """
    found: list[dict[str, str]] = [{} for _row in range(len(frame))]
    unused: dict[str, str] = {}
    problems = Problems(Places(frame))
    for order, label in enumerate(frame.columns):
        name = str(label).strip()
        detail = None if name in taken else detail_of(name)
        if detail is None:
            continue
        cells = frame.iloc[:, order].astype(object).tolist()
        texts = {row: _text(cell) for row, cell in enumerate(cells) if not is_empty(cell)}
        if detail == "status":
            for row, text in texts.items():
                if status_of(text) is None:
                    problems.add(row, order, name, *_no_status(text))
                    unused.setdefault(name, text)
            if name in unused:
                continue
        for row, text in texts.items():
            for key, said in said_by(detail, text).items():
                found[row].setdefault(key, said)
    comments = frame.attrs.get(COMMENTS_ATTRIBUTE, {})
    for details, label in zip(found, frame.index, strict=True):
        if label in comments:
            notes = [details["note"]] if "note" in details else []
            details["note"] = "; ".join([*notes, comments[label]])
    if strict:
        problems.raise_any()
    return found, unused


def said_by(detail: str, text: str) -> dict[str, str]:
    """What a cell of a column of details tells; a status is one, or a word for a failure.

    Example:
        >>> said_by("status", "割れ"), said_by("run", "r1")
        ({'status': 'failed', 'why': '割れ'}, {'run': 'r1'})
    """
    if detail == "made_on":
        return {detail: _day(text)}
    if detail != "status":
        return {detail: text}
    status = str(status_of(text))
    named = status == "failed" and plain_word(text) not in ("failed", "fail", "ng", "×")
    return {"status": status} | ({"why": text} if named else {})


def _no_status(text: str) -> tuple[str, str]:
    return (
        _("'{text}' is no status").format(text=text),
        _("Write ok, doubtful, failed or excluded, or give the column another name."),
    )


def detail_of(name: str) -> str | None:
    """The detail that a column holds by its whole name; ``None`` for others."""
    plain = as_typed(name_without_unit(name)).strip().casefold()
    return next((detail for detail, names in DETAIL_NAMES.items() if plain in names), None)


def status_of(text: str) -> str | None:
    """``ok``, ``doubtful``, ``failed`` or ``excluded``; ``None`` for another word.

    Example:
        >>> status_of("割れ"), status_of("○"), status_of("△"), status_of("除外"), status_of("maybe")
        ('failed', 'ok', 'doubtful', 'excluded', None)
    """
    word = plain_word(text)
    if is_failure(word):
        return "failed"
    statuses = {"ok": _GOOD, "doubtful": _DOUBTFUL, "excluded": _EXCLUDED}
    return next((status for status, words in statuses.items() if word in words), None)


def _text(cell: Any) -> str:
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _day(text: str) -> str:
    """A day as 2026-04-01; other text stays, to be told as it is."""
    found = _DAY.fullmatch(as_typed(text).strip())
    if found is None:
        return text
    return f"{int(found[1]):04d}-{int(found[2]):02d}-{int(found[3]):02d}"
