"""The cached pick sequences: one small JSON for each (peer, table)."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bench.quality.starts import START_SIZE, starts
from bench.quality.table import IntArray, Table

PICKS_FOLDER = Path(__file__).resolve().parent / "picks"
SAMPLES = 40


def sequence_length(table: Table) -> int:
    """Samples in a run: 40, or the whole pool where that is smaller."""
    return min(SAMPLES, len(table.y))


def pick_path(peer: str, table: str, folder: Path = PICKS_FOLDER) -> Path:
    """Where the picks of a peer on a table lie."""
    return folder / peer / f"{table}.json"


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write so that a reader sees the old file or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(document) + "\n", encoding="utf-8")
    draft.replace(path)


def fault(document: Mapping[str, Any], table: Table) -> str | None:
    """Why a cached document does not belong to this table, or None where it does."""
    if document["table_crc"] != table.crc:
        return "the table has changed since (crc differs)"
    picks = np.array(document["picks"])
    if picks.ndim != 2 or picks.shape[1] != sequence_length(table):
        return f"picks have shape {picks.shape}"
    if not np.array_equal(picks[:, :START_SIZE], starts(table, len(picks))):
        return "the starts have changed since"
    if any(len(set(run)) != len(run) for run in picks.tolist()):
        return "a run measures one row twice"
    if picks.min() < 0 or picks.max() >= len(table.y):
        return "a pick is not a row of the pool"
    return None


def read_picks(peer: str, table: Table, folder: Path = PICKS_FOLDER) -> IntArray | None:
    """Cached picks of shape (runs, samples), or None where there is no valid file."""
    path = pick_path(peer, table.name, folder)
    if not path.exists():
        return None
    document = json.loads(path.read_text(encoding="utf-8"))
    if reason := fault(document, table):
        print(f"{path.name} of {peer} is not used: {reason}", file=sys.stderr)
        return None
    return np.array(document["picks"], dtype=np.int64)


def read_all_picks(
    peers: tuple[str, ...], tables: Mapping[str, Table], folder: Path = PICKS_FOLDER
) -> dict[str, dict[str, IntArray]]:
    """{peer: {table: picks}} of everything cached and valid."""
    found: dict[str, dict[str, IntArray]] = {peer: {} for peer in peers}
    for peer in peers:
        for table in tables.values():
            picks = read_picks(peer, table, folder)
            if picks is not None:
                found[peer][table.name] = picks
    return found
