"""record: what the lab found, all rows or none."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

from pydantic import computed_field

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.history.records import CampaignSpec, Details, Limit, Measurement, Status
from tansaku.campaign.history.state import State
from tansaku.campaign.results.from_samples import (
    ReportedSample,
    results_of_samples,
    samples_of_document,
)
from tansaku.campaign.results.measured import ReportedResults, details_of
from tansaku.errors import TableError, UsageError
from tansaku.language import _
from tansaku.services.opened import Changed, change, load
from tansaku.space import ColumnRoles, Comma, Value
from tansaku.spec import Answer
from tansaku.stages import stage
from tansaku.weighing.weighed_back import read_sheet, weighed_back
from tansaku.workbook.returned import entered_results, own_workbook


class Results(Changed):
    """What was stored, and the campaign afterwards.

    Attributes:
        measurements: New results.
        notices: What a person should know.
        corrected: Results that a workbook changed, as they are now.
        already: New results and corrections of a workbook that were stored before.
    """

    measurements: tuple[Measurement, ...]
    corrected: tuple[Measurement, ...] = ()
    already: int = 0
    notices: tuple[str, ...]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def recorded(self) -> int:
        """How many results are new."""
        return len(self.measurements)


class Judgement(Answer):
    """How measurements count from now on."""

    measurements: tuple[str, ...]
    status: Status
    why: str


class MarkedResults(Changed):
    """Measurements that count otherwise from now on, and the campaign afterwards."""

    marked: Judgement


class CorrectedResult(Changed):
    """A measurement before and after, and the campaign afterwards."""

    before: Measurement
    after: Measurement


def record_file(
    store: str,
    name: str,
    file: Path,
    *,
    sheet: str | None = None,
    comma: Comma | None = None,
    only_new: bool = False,
    columns: ColumnRoles | None = None,
    confirm: bool = False,
    **details: Unpack[Details],
) -> Results:
    """Store every row of a .csv, .xlsx or .parquet table with the inputs and the targets, what was
    edited in a workbook that an export wrote, or the results that were added to a document of
    ``suggest --json``.

    Args:
        store: URL of the store.
        name: The campaign.
        file: The file.
        sheet: Which sheet of a workbook; without it the one with the campaign's columns.
        comma: What commas in numbers mean, where the columns do not tell.
        only_new: Whether rows whose result is stored already are passed over.
        columns: Which columns say how sure results are.
        confirm: What looks doubtful is right.
        details: Of every row of a table that tells no own; in a workbook of tansaku each row tells
            for itself.

    Raises:
        TableError, CellError: a row cannot be used; nothing is stored.
        NotInPoolError: a row is no candidate of the campaign; nothing is stored.
        ConfirmationError: something is doubtful; nothing is stored.
        UsageError: something is told of all rows of a workbook of tansaku.
    """
    if sheet is None and (own := own_workbook(file)):
        if only_new or comma or columns or details_of(details) != details_of({}):
            raise UsageError(
                _("'{file}' is a workbook of tansaku, in which each row tells for itself.").format(
                    file=file.name
                ),
                _("Write status, note and the like into its rows, and leave the options out."),
            )
        return _record(store, name, lambda c: entered_results(c, file, *own), confirm=confirm)
    if file.suffix.lower() == ".json":
        samples = samples_of_document(_json(file), file.name)
        return _record(
            store, name, lambda c: results_of_samples(*_now(c), samples), confirm=confirm
        )
    from tansaku.tables.read import read_table  # on demand: it brings pandas

    known = load(store, name)
    wanted = [*known.space.names, *(target.name for target in known.targets)]
    wanted += columns.columns if columns else ()
    rows = read_table(file, sheet=sheet, wanted=wanted, comma=comma)
    return record_rows(
        store, name, rows, only_new=only_new, columns=columns, confirm=confirm, **details
    )


def record_rows(
    store: str,
    name: str,
    rows: Any,
    *,
    only_new: bool = False,
    columns: ColumnRoles | None = None,
    confirm: bool = False,
    **details: Unpack[Details],
) -> Results:
    """Store every row of a table with the inputs and the targets, of ``rows`` as
    :func:`tansaku.tables.frames.frame_from` takes them; the other arguments and the errors are
    those of :func:`record_file`."""
    from tansaku.campaign.results.from_table import results_of_table  # on demand: it brings pandas
    from tansaku.tables.frames import frame_from

    table, common = frame_from(rows), details_of(details)

    def read_rows(campaign: Campaign) -> ReportedResults:
        return results_of_table(*_now(campaign), table, common, columns, only_new=only_new)

    return _record(store, name, read_rows, confirm=confirm)


def _now(campaign: Campaign) -> tuple[CampaignSpec, State]:
    return campaign.document.campaign, campaign.state


def _json(file: Path) -> object:
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise TableError(
            _("The file '{file}' cannot be read as JSON: {why}.").format(file=file.name, why=error),
            _("Give a document of 'suggest --json' with the results typed in."),
        ) from error


def record_at(
    store: str,
    name: str,
    at: Mapping[str, Value] | str,
    values: Mapping[str, float | str] | None = None,
    *,
    limits: Mapping[str, Limit] | None = None,
    sd: Mapping[str, float] | None = None,
    made: Mapping[str, Value] | None = None,
    weighed: Mapping[str, float] | Path | None = None,
    excess: Sequence[str] | None = None,
    precursors: Sequence[str] = (),
    confirm: bool = False,
    **details: Unpack[Details],
) -> Results:
    """Store one result of a sample.

    Args:
        store: URL of the store.
        name: The campaign.
        at: Its inputs as planned, the lab's name for it, or the id of its suggestion.
        values: What came out; of a limit, the limit. A failed sample needs none.
        limits: {target: ``below`` or ``above``} where the value is a limit.
        sd: {target: standard deviation of one measurement}, where it is known.
        made: {input: value} as fired or as analysed, where that is not as planned.
        weighed: Grams by precursor that were really weighed, or a filled-in sheet: the model
            learns from the composition that was made.
        excess: What was added to evaporate, each as ``Li=10%``; by default as the suggestion or
            the campaign has it.
        precursors: What was weighed, each with its purity, where that is not known; by default
            pure.
        confirm: What looks doubtful is right.
        details: As :meth:`Campaign.record_at` takes them.

    Raises:
        UsageError: masses for a campaign without formulas, or an excess without masses.
        WeighingError: the masses do not fit the precursors; nothing is stored.
        TableError: an input or a target is missing or unknown.
        NotInPoolError: no candidate has these inputs.
    """
    if excess and weighed is None:
        raise UsageError(
            _("An excess is given without weighed masses."),
            _("Give --weighed Li2CO3=0.5412,.. beside it, or leave it out."),
        )
    grams = read_sheet(weighed) if isinstance(weighed, Path) else weighed

    def read(campaign: Campaign) -> ReportedResults:
        sample = ReportedSample(at, values, limits, sd, made, grams, details={**details})
        if grams is None:
            return results_of_samples(*_now(campaign), [sample])
        back = weighed_back(campaign, campaign.place(at), grams, excess, precursors)
        if isinstance(weighed, Path) and not confirm:
            back.check_sheet(weighed)
        sample = replace(sample, weighing=back.plan)
        found = results_of_samples(*_now(campaign), [sample])
        return replace(found, notices=(*found.notices, *back.notices()))

    return _record(store, name, read, confirm=confirm)


def _record(
    store: str, name: str, read: Callable[[Campaign], ReportedResults], *, confirm: bool
) -> Results:
    """Store what was read, all or none."""

    def act(campaign: Campaign) -> Results:
        stage(_("checking the results"))
        reported = read(campaign)
        entered = campaign.entries.take(reported, confirm=confirm)
        return Results.of(
            campaign,
            measurements=entered.recorded,
            corrected=entered.corrected,
            already=reported.already,
            notices=reported.notices,
        )

    return change(store, name, act)


def mark(
    store: str, name: str, ids: Sequence[str], *, status: str, why: str = "", keep: bool = False
) -> MarkedResults:
    """Judge measurements again, by their ids or the lab's names: ``excluded`` ones are kept but
    teach nothing, and their candidates may be suggested again, unless ``keep`` says no.

    Raises:
        UnknownNameError: the campaign has no measurement of that id.
        UsageError: an unknown status, or ``ok`` for one without a value.
    """

    def act(campaign: Campaign) -> MarkedResults:
        known = [campaign.measurement(id).id for id in ids]
        event = campaign.entries.mark(known, status, why=why, keep=keep)
        told = event.model_dump(include=set(Judgement.model_fields))
        return MarkedResults.of(campaign, marked=Judgement(**told))

    return change(store, name, act)


def correct(
    store: str,
    name: str,
    id: str,
    *,
    inputs: Mapping[str, Value] | None = None,
    values: Mapping[str, float | str] | None = None,
    limits: Mapping[str, Limit] | None = None,
    sd: Mapping[str, float] | None = None,
    confirm: bool = False,
    **details: Unpack[Details],
) -> CorrectedResult:
    """Put right what was typed in wrongly: the measurement keeps its id and its time, and the
    history keeps what it said before.

    Args:
        store: URL of the store.
        name: The campaign.
        id: Of the measurement, or the lab's name of its sample.
        inputs: {input: value} that were wrong.
        values: {target: value} that were wrong; of a limit, the limit.
        limits: {target: ``below`` or ``above``} of these.
        sd: {target: standard deviation} that were wrong.
        confirm: What looks doubtful is right.
        details: As :meth:`Campaign.record_at` takes them.

    Raises:
        UnknownNameError: there is no such measurement.
        UsageError: nothing is corrected.
        ConfirmationError: a value looks doubtful; nothing is stored.
        NotInPoolError: no candidate has these inputs.
    """

    def act(campaign: Campaign) -> CorrectedResult:
        before, after = campaign.entries.correct(
            campaign.measurement(id),
            inputs=inputs or {},
            values=values or {},
            limits=limits or {},
            sd=sd or {},
            details=details,
            confirm=confirm,
        )
        return CorrectedResult.of(campaign, before=before, after=after)

    return change(store, name, act)
