"""File candidates: a choice among the rows of a table, which may be too long to be held."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from tansaku.bo.row_scan import scan_rows
from tansaku.campaign.history.records import Candidacy, CandidateFile
from tansaku.campaign.suggest.campaign_search import CampaignSearch
from tansaku.campaign.suggest.candidates import Listing, Streams, levels_of
from tansaku.design import Floats, Joint
from tansaku.errors import NotInPoolError, TansakuError, UsageError
from tansaku.language import _
from tansaku.space import Allowed, ListedPool, Space
from tansaku.space.settling import settled
from tansaku.stages import stage
from tansaku.tables.candidate_rows import NO_CHOICE, CandidateRows, candidate_rows
from tansaku.tables.size_limits import opened


def candidate_file(path: str | Path) -> CandidateFile:
    """A table as what is remembered of it.

    Raises:
        StoreError: it is missing or cannot be opened.
    """
    stage(_("reading the table"))
    with opened(Path(path)) as stream:
        return CandidateFile(
            path=str(path), sha256=hashlib.file_digest(stream, "sha256").hexdigest()
        )


def check_unchanged(file: CandidateFile) -> None:
    """UsageError where the table is not what it was."""
    if candidate_file(file.path) != file:
        raise UsageError(
            _("'{file}' has changed since samples were chosen from it.").format(file=file.path),
            _("Put the table back as it was; what was suggested stays as it is stored."),
        )


def listed_from(
    file: CandidateFile,
    search: CampaignSearch,
    streams: Streams,
    allowed: Allowed,
    pending: Sequence[Candidacy],
) -> Listing:
    """The rows of a table that are worth choosing from.

    Args:
        file: The table.
        search: The campaign.
        streams: The random numbers.
        allowed: Which candidates may be chosen.
        pending: What stays under way.

    Raises:
        StoreError: the file is missing or cannot be opened.
        TableError: it is no table, is damaged, or lacks a column.
        UsageError: the campaign has a table of candidates of its own, or a cell is no number.
        NotInPoolError: no row is a candidate; says why the first one is none.
    """
    space = search.spec.space
    if isinstance(space.pool, ListedPool):
        raise UsageError(
            _("The candidates of this campaign stand in its own table; another one adds none."),
            _("Narrow them with conditions, or make a campaign of parameters that span the table."),
        )
    table = candidate_rows(Path(file.path), space.inputs)
    reader = _Reader(space, table, allowed)
    nothing = np.empty((1, 0), dtype=np.int64)

    def joint_of(rows: Floats) -> Joint:
        return search.joint(Listing(rows, None, {}), np.zeros((1, len(rows)), dtype=bool), nothing)

    found = scan_rows(
        reader.blocks(), joint_of, search.strategy, draw=streams.draw(), model=streams.model()
    )
    if not reader.candidates:
        raise NotInPoolError(
            _("No row of '{file}' is a candidate of this campaign.").format(file=table.file),
            reader.example,
        )
    rows = found.reshape(-1, len(space.inputs))
    return _with_known(search, rows, pending, reader.notices())


class _Reader:
    """Reads the candidates off a table, and keeps account of the rows that are none."""

    def __init__(self, space: Space, table: CandidateRows, allowed: Allowed) -> None:
        self._space, self._table, self._allowed = space, table, allowed
        self.read = self.candidates = 0
        self.example = ""

    def blocks(self) -> Iterator[Floats]:
        """The candidates that are allowed, block by block."""
        for start, rows in self._table.blocks:
            stage(_("comparing the candidates"), start, self._table.total)
            found, meant = settled(self._space.grid, rows)
            self.read, self.candidates = start + len(rows), self.candidates + int(meant.sum())
            if not (self.example or meant.all()):
                first = int(np.argmin(meant))
                self.example = _("Row {row}: {why}").format(
                    row=start + first + 1, why=_why_none(self._space, rows[first])
                )
            found = found[meant]
            found = found[self._allowed.mask(found)]
            if len(found):
                yield found

    def notices(self) -> tuple[str, ...]:
        """What a person should know of the table."""
        told = []
        if left_out := self.read - self.candidates:
            text = _("{n} of the {read} rows of '{file}' are no candidates and were left out.")
            told.append(
                text.format(n=left_out, read=self.read, file=self._table.file) + " " + self.example
            )
        if self.read < self._table.total:
            text = _("The time was up after {read} of the {total} rows of '{file}'.")
            told.append(text.format(read=self.read, total=self._table.total, file=self._table.file))
        return tuple(told)


def _why_none(space: Space, row: Floats) -> str:
    """Why values, shape (p,), are no candidate."""
    for parameter, value in zip(space.inputs, row.tolist(), strict=True):
        if np.isnan(value):
            return _("{name} is empty.").format(name=parameter.name)
        if parameter.kind == "categorical" and value == NO_CHOICE:
            return _("{name} is none of {names}.").format(
                name=parameter.name, names=", ".join(parameter.values)
            )
    try:
        space.locate(space.named(row))
    except TansakuError as error:
        return str(error)
    return ""


def _with_known(
    search: CampaignSearch,
    rows: Floats,
    pending: Sequence[Candidacy],
    notices: tuple[str, ...],
) -> Listing:
    """The rows, and what is under way behind them; places as a listing has them."""
    space, state = search.spec.space, search.state
    own = {tuple(row): i for i, row in enumerate(rows.tolist())}
    positions: dict[Candidacy, int] = {}
    behind: list[Floats] = []
    for candidate, inputs in {**state.measured, **state.under_way}.items():
        row = space.row(inputs)
        place = own.get(tuple(row.tolist()))
        if place is None and candidate in pending:
            place = len(rows) + len(behind)
            behind.append(row)
        if place is not None:
            positions[candidate] = place
    every = np.concatenate([rows, np.array(behind).reshape(-1, rows.shape[1])])
    labels = None
    if space.pool.kind == "grid":
        labels = space.grid.labels(levels_of(space, list(every)))
    return Listing(every, labels, positions, notices=notices)
