"""A campaign as an Excel workbook that comes back with results, and with nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.candidate_table import candidate_table
from tansaku.campaign.history.records import Measurement, Suggestion
from tansaku.campaign.results.measured import NewResult, ReportedResults, details_of, made_of
from tansaku.errors import CellError, UsageError
from tansaku.files import TABLE_ENDINGS
from tansaku.language import _
from tansaku.space import Categorical, Place, Space, Value
from tansaku.workbook.manifest import Manifest, manifest_lines, read_manifest
from tansaku.workbook.pages import WRITTEN_DETAILS, pages_of
from tansaku.workbook.workbook_file import as_workbook

if TYPE_CHECKING:
    from tansaku.tables.grids import Grid
    from tansaku.workbook.edits import Edits, Entry


def workbook_of(campaign: Campaign) -> bytes:
    """The campaign as the content of an .xlsx file."""
    from tansaku.tables.sheets import OWN_SHEET  # on demand: tables bring pandas

    pages = pages_of(campaign, candidate_table(campaign))
    lines = manifest_lines(campaign.name, _last_number(campaign.state.measurements), pages)
    return as_workbook(campaign.name, pages, lines, hidden=OWN_SHEET)


def own_workbook(file: Path) -> tuple[list[Grid], Manifest] | None:
    """The sheets of a workbook that :func:`workbook_of` made; ``None`` for any other file."""
    from tansaku.tables.opening import ending_of, names_in, open_grids
    from tansaku.tables.sheets import OWN_SHEET
    from tansaku.tables.size_limits import content_of  # on demand: tables bring pandas

    if ending_of(file.name) not in TABLE_ENDINGS:
        return None
    content = content_of(file)
    if OWN_SHEET not in names_in(file.name, content):  # told at once: other files are read once
        return None
    grids = list(open_grids(file.name, content).grids)
    own = next((g for g in grids if g.hidden and g.name == OWN_SHEET and g.rows), None)
    return None if own is None else (grids, read_manifest(file.name, own.rows))


def entered_results(
    campaign: Campaign, file: Path, grids: Sequence[Grid], manifest: Manifest
) -> ReportedResults:
    """What was entered into a workbook: new results and corrections.

    Args:
        campaign: Whose workbook it should be.
        file: The workbook.
        grids: Its sheets.
        manifest: What its hidden sheet says.

    Raises:
        UsageError: it is the workbook of another campaign.
        CellError, TableError: as :func:`~tansaku.workbook.edits.edits_of`; a result that
            somebody else has changed or taken back since.
        NotInPoolError: a new row is no candidate.
    """
    from tansaku.workbook.edits import edits_of

    edits = edits_of(file.name, grids, manifest)
    if campaign.name != manifest.campaign:
        raise UsageError(
            _("'{file}' is the workbook of campaign '{other}', not of '{name}'.").format(
                file=file.name, other=manifest.campaign, name=campaign.name
            ),
            _("Name that campaign, or give the workbook of this one."),
        )
    found = _changes_of(campaign, edits, manifest)
    gone = _("Rows of these results are gone from the sheet; the results stay: {ids}.")
    said = [gone.format(ids=", ".join(edits.gone))] if edits.gone else []
    return ReportedResults(found.new, found.changed, found.already, (*said, *found.notices))


@dataclass(slots=True)
class _Changes:
    """What is to be stored."""

    new: list[NewResult] = field(default_factory=list)
    changed: dict[str, NewResult] = field(default_factory=dict)
    already: int = 0
    notices: list[str] = field(default_factory=list)


def _changes_of(campaign: Campaign, edits: Edits, manifest: Manifest) -> _Changes:
    """The edits as results; those that are stored already are counted."""
    found = _Changes()
    state = campaign.state
    known = {m.id: m for m in state.measurements}
    for entry in edits.changed:
        now = known.get(entry.id)
        if now is None:
            raise _cell_error(entry, "id", _("this result was taken back since the export"))
        result = _of_entry(campaign, Place(now.pool_row, campaign.space.row(now.inputs)), entry)
        result = NewResult(
            result.place,
            result.values,
            limits=result.limits,
            sd=result.sd,
            made=now.made,
            achieved=now.achieved,
            details={**_kept(now), **result.details},
        )
        if _is(now, result):
            found.already += 1
        elif not _is_as_exported(campaign, now, entry, manifest):
            raise _cell_error(
                entry, entry.changed[0], _("somebody else has changed this result since the export")
            )
        else:
            found.changed[entry.id] = result
    later = [m for m in state.measurements if _number(m) > manifest.measurements]
    suggestions = {s.id: s for s in state.suggestions}
    for entry in edits.answered:
        if entry.id not in suggestions:
            raise _cell_error(entry, "id", _("this suggestion was taken back since the export"))
        _add(
            campaign, entry, _of_answer(campaign, suggestions[entry.id], entry, edits), later, found
        )
    for entry in edits.added:
        _add(
            campaign, entry, _of_entry(campaign, _place(campaign.space, entry), entry), later, found
        )
    unused = [i for i in edits.weighed if i not in {entry.id for entry in edits.answered}]
    if unused:
        found.notices.append(
            _("Weighed masses without a result are not stored yet: {ids}.").format(
                ids=", ".join(unused)
            )
        )
    return found


def _add(
    campaign: Campaign, entry: Entry, result: NewResult, later: list[Measurement], found: _Changes
) -> None:
    """A new result, unless it is one of those stored since the export."""
    if not result.values and str(result.details["status"]) != "failed":
        raise _cell_error(
            entry, f"value:{campaign.targets[0].name}", _("this row has no result and no status")
        )
    same = next((m for m in later if _is_at(campaign, m, result) and _is(m, result)), None)
    if same is None:
        found.new.append(result)
    else:
        later.remove(same)
        found.already += 1


def _of_answer(campaign: Campaign, suggestion: Suggestion, entry: Entry, edits: Edits) -> NewResult:
    place = Place(suggestion.pool_row, campaign.space.row(suggestion.inputs))
    result = _of_entry(campaign, place, entry)
    grams = edits.weighed.get(suggestion.id)
    if not grams:
        return result
    made = made_of(campaign.document.campaign, campaign.state, place, grams, None)
    return NewResult(
        result.place,
        result.values,
        limits=result.limits,
        sd=result.sd,
        made=made,
        details=result.details,
    )


def _of_entry(campaign: Campaign, place: Place, entry: Entry) -> NewResult:
    """What the entry cells of a row tell."""
    from tansaku.tables.details import said_by, status_of

    values: dict[str, float] = {}
    limits, sds, failed = {}, {}, ""
    for target in campaign.targets:
        cell = entry.cells.get(f"value:{target.name}")
        if cell is not None and cell.kind == "failed":
            failed = failed or cell.word
        if cell is not None and cell.value is not None:
            values[target.name] = cell.value
            if cell.limit:
                limits[target.name] = cell.limit
            if cell.sd is not None:
                sds[target.name] = cell.sd
        spread = entry.cells.get(f"sd:{target.name}")
        if spread is not None and spread.value is not None:
            sds[target.name] = spread.value
    details = {"status": "failed", "why": failed} if failed else {}
    word = entry.text("status")
    if word and status_of(word) is None:
        raise _cell_error(entry, "status", _("it is none of ok, doubtful, failed and excluded"))
    for key in ("status", *WRITTEN_DETAILS):
        if entry.text(key):
            details |= said_by(key, entry.text(key))
    return NewResult(place, values, limits=limits, sd=sds, details=details_of(details))


def _place(space: Space, entry: Entry) -> Place:
    """The candidate of a new row."""
    inputs: dict[str, Value] = {}
    for parameter in space.inputs:
        key = f"input:{parameter.name}"
        cell = entry.cells.get(key)
        if cell is None:
            raise _cell_error(entry, key, _("empty; every input needs a value"))
        if isinstance(parameter, Categorical):
            inputs[parameter.name] = cell.text
        elif cell.value is None or cell.limit:
            raise _cell_error(entry, key, _("'{text}' is not a number").format(text=cell.text))
        else:
            inputs[parameter.name] = cell.value
    where = entry.places[f"input:{space.names[0]}"]
    return space.locate(inputs, where=where)


def _kept(now: Measurement) -> dict[str, Any]:
    """Details of a measurement that the workbook does not show."""
    shown = ("amount", "repeats", "pellet", "equipment", "made_on")
    return {key: getattr(now, key) for key in shown if getattr(now, key) is not None}


def _is(measurement: Measurement, result: NewResult) -> bool:
    """Whether a measurement says what was told."""
    details = result.details
    return (
        measurement.values == dict(result.values)
        and measurement.limits == dict(result.limits)
        and measurement.sd == dict(result.sd)
        and all(
            (getattr(measurement, key) or "") == (details.get(key) or "")
            for key in WRITTEN_DETAILS
            if key != "status"
        )
        and measurement.status.value == str(details["status"])
    )


def _is_at(campaign: Campaign, measurement: Measurement, result: NewResult) -> bool:
    return measurement.inputs == campaign.space.named(result.place.row)


def _is_as_exported(campaign: Campaign, now: Measurement, entry: Entry, manifest: Manifest) -> bool:
    """Whether the changed cells of a result still stand in the campaign as they were exported."""
    from tansaku.workbook.edits import read_exported, same_cell
    from tansaku.workbook.pages import measured_row

    before = next(row for row in manifest.rows["data"] if row["id"] == entry.id)
    row = measured_row(campaign, now)
    return all(
        same_cell(key, read_exported(key, before.get(key)), read_exported(key, row.get(key)))
        for key in entry.changed
    )


def _number(measurement: Measurement) -> int:
    return int(measurement.id[1:])


def _last_number(measurements: Sequence[Measurement]) -> int:
    return max(map(_number, measurements), default=0)


def _cell_error(entry: Entry, key: str, why: str) -> CellError:
    return CellError(
        _("Cell {cell}: {why}.").format(cell=entry.places[key], why=why),
        _("Correct it; nothing of the file was stored."),
    )
