"""record: what the lab found, all rows or none."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.history.records import DETAILS, Limit, Marked, Measurement, Recorded
from tansaku.campaign.history.weighing_plan import WeighingPlan
from tansaku.campaign.results.measured import plan_of
from tansaku.chem.composition import Composition
from tansaku.errors import ConfirmationError, TableError, UsageError, WeighingError
from tansaku.language import _
from tansaku.services.opened import change, load
from tansaku.services.status import StatusReport
from tansaku.space import ColumnRoles, Value, composed_at, projectable
from tansaku.weighing.sheet import sheet_for
from tansaku.workbook.returned import own_workbook, take_back

if TYPE_CHECKING:
    from tansaku.tables.commas import Comma


@dataclass(frozen=True, slots=True)
class Results:
    """What was stored, and the campaign afterwards.

    Attributes:
        measurements: New results.
        report: The campaign.
        notices: What a person should know.
        corrected: Results that a workbook changed, as they are now.
        already: New results and corrections of a workbook that were stored before.
    """

    measurements: tuple[Measurement, ...]
    report: StatusReport
    notices: tuple[str, ...]
    corrected: tuple[Measurement, ...] = ()
    already: int = 0

    def document(self) -> dict[str, Any]:
        """``{"campaign", "recorded": n, "measurements": [..], "corrected": [..], "already": n,
        "status": {..}, "notices"}``."""
        return {
            "campaign": self.report.campaign,
            "recorded": len(self.measurements),
            "measurements": [each.model_dump(mode="json") for each in self.measurements],
            "corrected": [each.model_dump(mode="json") for each in self.corrected],
            "already": self.already,
            "status": self.report.document(),
            "notices": list(self.notices),
        }


def record_table(
    store: str,
    name: str,
    table: Path,
    *,
    sheet: str | None = None,
    comma: Comma | None = None,
    only_new: bool = False,
    columns: ColumnRoles | None = None,
    confirm: bool = False,
    status: str = "ok",
    note: str = "",
    **details: Any,
) -> Results:
    """Store every row of a .csv or .xlsx table with the inputs and the targets. ``details`` are
    those of every row that tells no own, as :meth:`Campaign.record_at` takes them.

    Args:
        store: URL of the store.
        name: The campaign.
        table: The file.
        sheet: Which sheet of a workbook; without it the one with the campaign's columns.
        comma: What commas in numbers mean, where the columns do not tell.
        only_new: Whether rows whose result is stored already are passed over.
        columns: Which columns say how sure results are.
        confirm: What looks doubtful is right.
        status: ``ok``, ``failed`` or ``excluded``, of rows that say nothing else.
        note: Free text, likewise.
        details: The rest, likewise.

    Raises:
        TableError, CellError: a row cannot be used; nothing is stored.
        NotInPoolError: a row is no candidate of the campaign; nothing is stored.
        ConfirmationError: something is doubtful; nothing is stored.
    """
    from tansaku.tables.filled import assumed_in, said_nothing  # on demand: tables bring pandas
    from tansaku.tables.places import NOTICES_ATTRIBUTE
    from tansaku.tables.read import read_table

    known = load(store, name)
    wanted = [*known.space.names, *(target.name for target in known.targets)]
    wanted += columns.columns if columns else ()
    rows = read_table(table, sheet=sheet, wanted=wanted, comma=comma)
    notices = [
        *rows.attrs.get(NOTICES_ATTRIBUTE, ()),
        *said_nothing(rows, [target.name for target in known.targets]),
        *assumed_in(rows, [target.name for target in known.targets]),
    ]
    done = _record(
        store,
        name,
        lambda found: found.record(
            rows,
            only_new=only_new,
            columns=columns,
            confirm=confirm,
            status=status,
            note=note,
            **details,
        ),
    )
    return replace(done, notices=(*done.notices, *notices))


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
    status: str = "ok",
    note: str = "",
    **details: Any,
) -> Results:
    """Store what was edited in a workbook that an export wrote, the results that were added to a
    document of ``suggest --json``, or all rows of any other table.

    The arguments and errors are those of :func:`record_table`; of a workbook each row tells for
    itself.

    Raises:
        UsageError: something is told of all rows of such a workbook.
    """
    if sheet is None and (own := own_workbook(file)):
        if status != "ok" or note or only_new or comma or columns or any(details.values()):
            raise UsageError(
                _("'{file}' is a workbook of tansaku, in which each row tells for itself.").format(
                    file=file.name
                ),
                _("Write status, note and the like into its rows, and leave the options out."),
            )

        def entered(campaign: Campaign) -> Results:
            back = take_back(campaign, file, *own, confirm=confirm)
            new, changed = back.entered.recorded, back.entered.corrected
            return Results(new, StatusReport.of(campaign), back.notices, changed, back.already)

        return change(store, name, entered)
    if file.suffix.lower() == ".json":
        answers = _answers(file)
        return _record(store, name, lambda found: _answer(found, answers, confirm=confirm))
    return record_table(
        store,
        name,
        file,
        sheet=sheet,
        comma=comma,
        only_new=only_new,
        columns=columns,
        confirm=confirm,
        status=status,
        note=note,
        **details,
    )


def _answers(file: Path) -> list[dict[str, Any]]:
    """Samples with their results out of a JSON document: of ``suggest``, ``plan`` or ``pool``, or a
    plain list; those without ``results`` are not measured yet.

    Raises:
        TableError: it is no such document, or holds no result.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise TableError(
            _("The file '{file}' cannot be read as JSON: {why}.").format(file=file.name, why=error),
            _("Give a document of 'suggest --json' with the results typed in."),
        ) from error
    found = _samples_in(document)
    rows = [each for each in found if isinstance(each.get("results"), dict) and each["results"]]
    if not rows:
        raise TableError(
            _("'{file}' holds no results.").format(file=file.name),
            _('Add to a sample, for example, "results": {{"y": 3.2}}.').format(),
        )
    return rows


def _samples_in(document: Any) -> list[dict[str, Any]]:
    """What may be samples, wherever such documents hold them."""
    if isinstance(document, list):
        return [each for each in document if isinstance(each, dict)]
    if not isinstance(document, dict):
        return []
    parts = [document.get(key, []) for key in ("suggestions", "candidates", "measurements")]
    runs = [run.get("suggestions", []) for run in document.get("runs", []) if isinstance(run, dict)]
    return [each for part in (*parts, *runs) for each in _samples_in(part)]


def _answer(campaign: Campaign, answers: Sequence[Mapping[str, Any]], *, confirm: bool) -> Recorded:
    """Record them, all or none."""
    rows = []
    for each in answers:
        place = campaign.place(each.get("id") or each.get("sample") or each.get("inputs") or {})
        details = {key: each[key] for key in DETAILS if each.get(key) not in (None, "")}
        rows.append((place, each["results"], details))
    return campaign.record_several(rows, confirm=confirm)


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
    confirm: bool = False,
    status: str = "ok",
    note: str = "",
    **details: Any,
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
        confirm: What looks doubtful is right.
        status: ``ok``, ``failed`` or ``excluded``.
        note: Free text.
        details: As :meth:`Campaign.record_at` takes them.

    Raises:
        UsageError: masses for a campaign without formulas, or an excess without masses.
        WeighingError: the masses do not fit the precursors; nothing is stored.
        TableError: an input or a target is missing or unknown.
        NotInPoolError: no candidate has these inputs.
    """
    if weighed is None:
        if excess:
            raise UsageError(
                _("An excess is given without weighed masses."),
                _("Give --weighed Li2CO3=0.5412,.. beside it, or leave it out."),
            )
        return _record(
            store,
            name,
            lambda found: found.record_at(
                at,
                values,
                limits=limits,
                sd=sd,
                made=made,
                confirm=confirm,
                status=status,
                note=note,
                **details,
            ),
        )
    grams = _grams(weighed)
    notices: list[str] = []

    def act(found: Campaign) -> Recorded:
        place = found.place(at)
        if isinstance(weighed, Path) and not confirm:
            _see_sheet(weighed, composed_at(found.space, found.space.named(place.row)))
        known = plan_of(found.document.campaign, found.state, place)
        plan = known or WeighingPlan(precursors=tuple(grams))
        if excess is not None:
            plan = WeighingPlan.model_validate(plan.model_dump() | {"excess": tuple(excess)})
        event = found.record_at(
            found.space.named(place.row),
            values,
            limits=limits,
            sd=sd,
            made=made,
            weighed=grams,
            weighing=plan,
            confirm=confirm,
            status=status,
            note=note,
            **details,
        )
        notices[:] = _doubts(found, event, plan if known else None, grams)
        return event

    results = _record(store, name, act)
    return replace(results, notices=(*results.notices, *notices))


@dataclass(frozen=True, slots=True)
class MarkedResults:
    """Measurements that count otherwise from now on, and the campaign afterwards."""

    mark: Marked
    report: StatusReport

    def document(self) -> dict[str, Any]:
        """``{"campaign", "marked": {"measurements", "status", "why"}, "status": {..}}``."""
        return {
            "campaign": self.report.campaign,
            "marked": self.mark.model_dump(mode="json", include={"measurements", "status", "why"}),
            "status": self.report.document(),
        }


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
        return MarkedResults(event, StatusReport.of(campaign))

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
    **details: Any,
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
        found = campaign.entries.correct(
            campaign.measurement(id),
            inputs=inputs or {},
            values=values or {},
            limits=limits or {},
            sd=sd or {},
            details=details,
            confirm=confirm,
        )
        return CorrectedResult(*found, StatusReport.of(campaign))

    return change(store, name, act)


@dataclass(frozen=True, slots=True)
class CorrectedResult:
    """A measurement before and after, and the campaign afterwards."""

    before: Measurement
    after: Measurement
    report: StatusReport

    def document(self) -> dict[str, Any]:
        """``{"campaign", "before": {..}, "after": {..}, "status": {..}}``."""
        return {
            "campaign": self.report.campaign,
            "before": self.before.model_dump(mode="json"),
            "after": self.after.model_dump(mode="json"),
            "status": self.report.document(),
        }


def _grams(weighed: Mapping[str, float] | Path) -> dict[str, float]:
    if not isinstance(weighed, Path):
        return dict(weighed)
    from tansaku.weighing.weigh_table import filled_in

    return filled_in(weighed)


def _see_sheet(path: Path, formula: str | None) -> None:
    """See that a filled-in sheet is that of the sample it is recorded for.

    Raises:
        ConfirmationError: it was written for another composition.
    """
    from tansaku.weighing.weigh_table import written_for

    written = written_for(path)
    if written is None or formula is None:
        return
    one, other = (Composition.parse(each).normalised() for each in (written, formula))
    if any(abs(one[el] - other[el]) > SAME_SHARE for el in {*one.elements, *other.elements}):
        raise ConfirmationError(
            [
                _("'{file}' was written for {written}, and is recorded for {formula}.").format(
                    file=path.name, written=written, formula=formula
                )
            ],
            _("Name the sample that was weighed. Nothing was stored; --yes stores it as it is."),
        )


SAME_SHARE = 1e-4
"""Shares of atoms that differ by less are the same composition, written with four decimals."""


def _doubts(
    campaign: Campaign, event: Recorded, plan: WeighingPlan | None, grams: Mapping[str, float]
) -> list[str]:
    """What a careful assistant would ask about masses that were typed back."""
    found = []
    space = campaign.space
    encoding = "parameters" if space.chemistry is None else space.chemistry.encoding
    if encoding == "parameters" and not projectable(space):
        found.append(
            _(
                "The weighed masses are kept, but the model learns from the planned inputs: what"
                " they are cannot be told from a composition. Another --encoding can."
            )
        )
    formula = event.measurements[0].formula
    if plan is None or formula is None:
        return found
    try:
        sheet = sheet_for(formula, plan, {k: v for k, v in grams.items() if v})
    except WeighingError:  # stocks have changed since: the masses stand, with nothing to compare
        return found
    return [*found, *sheet.notices]


def _record(store: str, name: str, act: Callable[[Campaign], Recorded]) -> Results:
    def details(campaign: Campaign) -> Results:
        event = act(campaign)
        return Results(event.measurements, StatusReport.of(campaign), campaign.notices)

    return change(store, name, details)
