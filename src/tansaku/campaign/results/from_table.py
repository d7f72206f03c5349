"""Tabled: rows of a table -> what the lab tells of its samples."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd

from tansaku.campaign.history.objectives import measured_targets
from tansaku.campaign.history.own_tables import own_columns
from tansaku.campaign.history.records import CampaignSpec, Candidacy, Status
from tansaku.campaign.history.sample_names import candidate_of, known_names, place_of
from tansaku.campaign.history.state import State, history_of
from tansaku.campaign.results.measured import NewResult, ReportedResults, details_of, made_of
from tansaku.campaign.results.questions import same_values
from tansaku.errors import CellError, TableError
from tansaku.language import _
from tansaku.space import ColumnRoles, ListedFormulas, Place, Space, Target
from tansaku.space.values import ROUNDING_NOISE, Value, settings
from tansaku.tables import results_at, understand_formulas, weighed_masses, with_inputs
from tansaku.tables.cells import DECIMAL_ATTRIBUTE, is_empty, read_column
from tansaku.tables.details import details_in
from tansaku.tables.filled import assumed_in, said_nothing
from tansaku.tables.frames import frame_from
from tansaku.tables.places import NOTICES_ATTRIBUTE, Places
from tansaku.tables.reading import Outcome
from tansaku.tables.roles import ReadColumn, roles_of
from tansaku.tables.spreads import Spread, columns_of_spreads, spreads_in
from tansaku.tables.understand import Reading
from tansaku.tables.words import plain_word

NO_SPREAD: Final = Spread({}, None)

SAME_SD: Final = 0.02
"""Standard deviations that differ by less are one, rounded in two ways: they have two digits."""

_MEASURED: Final = ("result", "sd", "sem", "error", "repeats")
"""Roles of columns that are filled in when something was measured."""

_NO_REASON: Final = frozenset(
    {"failed", "fail", "failure", "ng", "x", "×", "✕", "✗", "失敗", "不良", "不可", "不合格"}
)
"""Words that say that a sample failed, and not why."""


def results_of_table(
    spec: CampaignSpec,
    state: State,
    rows: pd.DataFrame,
    common: Mapping[str, Any],
    roles: ColumnRoles | None,
    *,
    only_new: bool = False,
) -> ReportedResults:
    """What a table of results tells.

    Args:
        spec: The campaign's.
        state: As it stands.
        rows: The table.
        common: Details of every row; those that the row tells itself come before them.
        roles: What the person says of its columns.
        only_new: Whether rows whose result is stored are passed over.

    Raises:
        TableError, CellError: the table cannot be read, or holds nothing new; names row and column.
        NotInPoolError: a row is no candidate; names the row and the nearest candidate.
        UsageError: a detail that cannot be.
    """
    given = frame_from(rows)
    rows, places = _without_own(spec, state, given)
    labels = {str(label).strip() for label in rows.columns}
    measured = measured_targets(spec.targets)
    targets = tuple(t for t in measured if t.name in labels) or measured
    names = [target.name for target in targets]
    own, _unused = details_in(rows, {*spec.space.names, *names})
    rows = _with_named_inputs(spec, state, rows, own, places)
    frame = with_inputs(_failures_in_place(rows, own, names), spec.space)
    found = results_at(frame, spec.space, targets, outcomes=True, partly=len(measured) > 1)
    masses = weighed_masses(rows, [each.line for each in found])
    taken = {*spec.space.names, *names}
    columns = columns_of_spreads(rows, targets, taken, roles or ColumnRoles())
    spreads = spreads_in(rows, columns, [each.line for each in found])
    results, known = [], known_names(spec, state)
    for each, grams in zip(found, masses, strict=True):
        spread = spreads.get(each.line, NO_SPREAD)
        details = _details(each.outcome, own[each.line], common, spread)
        _check_name(rows, each.line, details.get("sample"), known, spec.space.named(each.place.row))
        made = made_of(spec, state, each.place, grams, None)
        outcome = _with_spread(rows, each.line, each.outcome, spread)
        results.append(_new_result(each.place, each.values, targets, outcome, details, made=made))
    if only_new and results:
        results = not_stored(spec, state, results)
    if not results:
        raise TableError(_("The table holds no new result."), _("Fill in the column of a target."))
    notices = [
        *columns.notices(),
        *given.attrs.get(NOTICES_ATTRIBUTE, ()),
        *said_nothing(given, [target.name for target in spec.targets]),
        *assumed_in(given, [target.name for target in spec.targets]),
    ]
    return ReportedResults(results, notices=tuple(notices))


def _without_own(
    spec: CampaignSpec, state: State, rows: pd.DataFrame
) -> tuple[pd.DataFrame, list[Place | None]]:
    """A table that tansaku wrote itself without the columns that are no data, and without the rows
    that say what is stored; and the suggestion that each row answers."""
    own = own_columns([str(label).strip() for label in rows.columns], spec)
    if not own:
        return rows, [None] * len(rows)
    ids = {s.id: spec.space.locate(s.inputs) for s in state.suggestions} if "id" in own else {}
    given = rows[own["id"]].tolist() if "id" in own else [None] * len(rows)
    places = [ids.get(str(id).strip()) for id in given]
    kept = rows.drop(
        columns=[label for label in rows.columns if str(label).strip() in own.values()]
    )
    if "replicates" not in own:
        return kept, places
    count = pd.to_numeric(rows[own["replicates"]], errors="coerce").fillna(0)
    stored = _means(spec, state)
    labels = pd.to_numeric(rows[own["pool_row"]], errors="coerce")
    new = [
        not (n > 0 and _says_the_same(kept, i, spec, stored.get(int(label), {})))
        for i, (n, label) in enumerate(zip(count, labels.fillna(-1), strict=True))
    ]
    return kept[new], [place for place, is_new in zip(places, new, strict=True) if is_new]


def _says_the_same(
    rows: pd.DataFrame, i: int, spec: CampaignSpec, stored: Mapping[str, float]
) -> bool:
    """Whether an exported row still has the means that are stored."""
    for target in spec.targets:
        cell: Any = rows.iloc[i][target.name] if target.name in rows.columns else None
        if is_empty(cell) != (target.name not in stored):
            return False
        if not is_empty(cell):
            try:
                same = math.isclose(float(cell), stored[target.name], rel_tol=ROUNDING_NOISE)
            except (TypeError, ValueError):
                return False
            if not same:
                return False
    return True


def _check_name(
    rows: pd.DataFrame,
    line: int,
    name: str | None,
    known: Mapping[str, Mapping[str, Value]],
    inputs: Mapping[str, Value],
) -> None:
    """See that a row that names a sample is about that one."""
    if name is None or known.get(name, inputs) == inputs:
        return
    raise CellError(
        _("{row}: {name} is {known}, and the row says {said}.").format(
            row=Places(rows).row(line),
            name=name,
            known=settings(known[name]),
            said=settings(inputs),
        ),
        _("Correct the name or the inputs."),
    )


def _with_named_inputs(
    spec: CampaignSpec,
    state: State,
    rows: pd.DataFrame,
    own: Sequence[Mapping[str, str]],
    places: Sequence[Place | None],
) -> pd.DataFrame:
    """The table with the inputs of samples that it only names: by the lab's name, or by the id of a
    suggestion.

    Raises:
        UnknownNameError: nothing is called so.
    """
    labels = {str(label).strip() for label in rows.columns}
    chemistry = spec.space.chemistry
    by_formula = isinstance(chemistry, ListedFormulas) and chemistry.column in labels
    if by_formula or labels & set(spec.space.names):
        return rows
    found = [
        place_of(spec, state, each["sample"]) if place is None and each.get("sample") else place
        for place, each in zip(places, own, strict=True)
    ]
    if any(place is None for place in found):
        return rows
    inputs = [spec.space.named(place.row) for place in found if place is not None]
    return rows.assign(**{name: [each[name] for each in inputs] for name in spec.space.names})


def not_stored(spec: CampaignSpec, state: State, results: Sequence[NewResult]) -> list[NewResult]:
    """Those that are not stored yet; each stored measurement stands for one of them, by the lab's
    name of the sample or by its inputs, and so does what it said before it was corrected, and the
    mean of replicates, as exported tables have it.

    Raises:
        TableError: all of them are.
    """
    stored = [(m, (m, *state.before.get(m.id, ()))) for m in state.measurements]
    means = _means(spec, state)
    new = []
    for each in results:
        inputs, name = spec.space.named(each.place.row), each.details.get("sample")
        mean = means.get(candidate_of(spec, each.place), {})
        if each.values and not each.limits and same_values(mean, each.values):
            continue
        same = next(
            (
                one
                for one in stored
                if (one[0].sample == name if name and one[0].sample else one[0].inputs == inputs)
                and any(
                    same_values(m.values, each.values) and m.limits == dict(each.limits)
                    for m in one[1]
                )
            ),
            None,
        )
        if same is None:
            new.append(each)
        else:
            stored.remove(same)
    if not new:
        raise TableError(
            _("All {n} results of the table are stored already.").format(n=len(results)),
            _("Add the new ones to the table."),
        )
    return new


def _means(spec: CampaignSpec, state: State) -> dict[Candidacy, dict[str, float]]:
    """{candidate: {target: mean of its measurements}}."""
    means: dict[Candidacy, dict[str, float]] = {}
    for target in spec.targets:
        history = history_of(spec, state, target)
        for candidate, value in zip(history.candidates, history.values.tolist(), strict=True):
            means.setdefault(candidate, {})[target.name] = value
    return means


def understood(
    frame: pd.DataFrame,
    inputs: Sequence[str],
    targets: Sequence[Target],
    formula: ListedFormulas | None,
    roles: ColumnRoles,
) -> tuple[Reading, list[NewResult], dict[int, str]]:
    """The pool of a new campaign's table, what it tells of the samples measured already, and
    {label of a candidate: what the lab calls it}.

    Args:
        frame: The table.
        inputs: Names of its inputs; none where ``formula`` is given.
        targets: What is wanted.
        formula: The column of formulas, where there is one.
        roles: What the person says of its columns.

    Raises:
        TableError, CellError: the table cannot be used; names row and column.
    """
    names = [target.name for target in targets]
    frame, planned = _as_plan(frame, inputs, names)
    own, unused = details_in(frame, {*inputs, *names}, strict=False)
    reading = understand_formulas(
        _failures_in_place(frame, own, names),
        inputs,
        targets,
        formula,
        outcomes=True,
        partly=len(targets) > 1,
        roles=roles,
    )
    notices = [
        _("The column '{name}' is not used: '{text}' is no status.").format(name=name, text=text)
        for name, text in unused.items()
    ]
    space = reading.space
    columns = columns_of_spreads(frame, reading.targets, {*inputs, *names}, roles)
    spreads = spreads_in(frame, columns, reading.lines)
    notices += columns.notices()
    results = []
    for position, values, line, outcome in zip(
        reading.positions, reading.values, reading.lines, reading.outcomes, strict=True
    ):
        place = Place(int(space.labels[position]), space.matrix[position])
        spread = spreads.get(line, NO_SPREAD)
        details = _details(outcome, own[line], {}, spread)
        outcome = _with_spread(frame, line, outcome, spread)
        results.append(_new_result(place, values, reading.targets, outcome, details))
    samples, said = _names(space, own, results)
    return replace(reading, notices=(*planned, *reading.notices, *notices, *said)), results, samples


def _as_plan(
    frame: pd.DataFrame, inputs: Sequence[str], targets: Sequence[str]
) -> tuple[pd.DataFrame, list[str]]:
    """A table that holds no result at all with empty columns for the targets, and that it is taken
    so; a table with a column that may be the target, whatever it is called, is left as it is."""
    labels = [str(label).strip() for label in frame.columns]
    if set(targets) & set(labels) or not len(frame):
        return frame, []
    comma = frame.attrs.get(DECIMAL_ATTRIBUTE)
    seen = [ReadColumn(n, read_column(frame.iloc[:, j], comma)) for j, n in enumerate(labels)]
    for name, proposal in zip(labels, roles_of(seen), strict=True):
        if name not in inputs and proposal.role in _MEASURED:
            return frame, []
    said = _(
        "The table has no column {names}, nor any other result: it is taken as a plan, and all"
        " rows are open."
    ).format(names=", ".join(f"'{name}'" for name in targets))
    return frame.assign(**dict.fromkeys(targets, np.nan)), [said]


def _names(
    space: Space, own: Sequence[Mapping[str, str]], results: list[NewResult]
) -> tuple[dict[int, str], list[str]]:
    """{label: what the lab calls the candidate}, and what is said where names do not tell samples
    apart: then they are no names, and are taken out of ``results``."""
    labels = [label for label in space.labels.tolist() if own[label].get("sample")]
    samples = {label: own[label]["sample"] for label in labels}
    owners: dict[str, set[int]] = {}
    for label, name in samples.items():
        owners.setdefault(name, set()).add(label)
    for each in results:
        if "sample" in each.details:
            owners.setdefault(each.details["sample"], set()).add(int(each.place.label or 0))
    shared = [name for name, candidates in owners.items() if len(candidates) > 1]
    if not shared:
        return samples, []
    for i, each in enumerate(results):
        details = {key: value for key, value in each.details.items() if key != "sample"}
        results[i] = replace(each, details=details)
    return {}, [
        _("Names of samples are not kept, as '{name}' stands for several: {n} names do.").format(
            name=shared[0], n=len(shared)
        )
    ]


def _new_result(
    place: Place,
    values: tuple[float, ...],
    targets: tuple[Target, ...],
    outcome: Outcome,
    details: Mapping[str, Any],
    **more: Any,
) -> NewResult:
    return NewResult(
        place,
        {t.name: v for t, v in zip(targets, values, strict=True) if not math.isnan(v)},
        limits=outcome.limits,
        sd=outcome.sd,
        details=details,
        **more,
    )


def _with_spread(rows: pd.DataFrame, line: int, outcome: Outcome, spread: Spread) -> Outcome:
    """The outcome with the standard deviations that other columns of its row state.

    Raises:
        CellError: a cell states another one, 3.2 ± 0.1.
    """
    for target, sd in spread.sd.items():
        own = outcome.sd.get(target, sd)
        if not math.isclose(own, sd, rel_tol=SAME_SD):
            raise CellError(
                _(
                    "{place}: ± {own:g} stands in the cell and {sd:g} in a column of its own."
                ).format(place=Places(rows).cell(line, target), own=own, sd=sd),
                _("Keep one of the two."),
            )
    return replace(outcome, sd={**outcome.sd, **spread.sd})


def _details(
    outcome: Outcome, own: Mapping[str, str], common: Mapping[str, Any], spread: Spread
) -> dict[str, Any]:
    """The details of one row: what its cells say, over what its columns say, over those of all."""
    said: dict[str, Any] = {} if spread.repeats is None else {"repeats": spread.repeats}
    if outcome.failed:
        said["status"] = Status.FAILED.value
        if plain_word(outcome.failed) not in _NO_REASON:
            said["why"] = outcome.failed
    return details_of({**common, **said, **own})


def _failures_in_place(
    rows: pd.DataFrame, own: list[dict[str, str]], targets: list[str]
) -> pd.DataFrame:
    """The table, in which a row whose status says that it failed does so where a value would
    stand."""
    failed = [i for i, each in enumerate(own) if each.get("status") == Status.FAILED.value]
    labels = [str(label).strip() for label in rows.columns]
    order = next((labels.index(name) for name in targets if name in labels), None)
    if not failed or order is None:
        return rows
    cells = rows.iloc[:, order].astype(object).tolist()
    for i in failed:
        if is_empty(cells[i]):
            cells[i] = Status.FAILED.value
    found = rows.copy()
    found.isetitem(order, np.array(cells, dtype=object))
    return found
