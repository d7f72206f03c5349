"""Tabled: rows of a table -> what the lab tells of its samples."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd

from tansaku.campaign.measured import Told, details_of, made_of
from tansaku.campaign.records import CampaignSpec, Candidacy, Status
from tansaku.campaign.state import State, history_of
from tansaku.campaign.wanted import measured_targets
from tansaku.errors import TableError
from tansaku.language import _
from tansaku.space import ListedFormulas, Place, Target
from tansaku.tables import results_at, understand_formulas, weighed_masses, with_inputs
from tansaku.tables.cells import is_empty
from tansaku.tables.details import details_in
from tansaku.tables.reading import Outcome
from tansaku.tables.understand import ROUNDING_NOISE, Reading
from tansaku.tables.words import plain_word

_NO_REASON: Final = frozenset(
    {"failed", "fail", "failure", "ng", "x", "×", "✕", "✗", "失敗", "不良", "不可", "不合格"}
)
"""Words that say that a sample failed, and not why."""


def told_in(
    spec: CampaignSpec, state: State, rows: pd.DataFrame, common: Mapping[str, Any]
) -> list[Told]:
    """What a table of results tells.

    Args:
        spec: The campaign's.
        state: As it stands.
        rows: The table.
        common: Details of every row; those that the row tells itself come before them.

    Raises:
        TableError, CellError: the table cannot be read; names row and column.
        NotInPoolError: a row is no candidate; names the row and the nearest candidate.
        UsageError: a detail that cannot be.
    """
    labels = {str(label).strip() for label in rows.columns}
    measured = measured_targets(spec.targets)
    targets = tuple(t for t in measured if t.name in labels) or measured
    names = [target.name for target in targets]
    own, _unused = details_in(rows, {*spec.space.names, *names})
    frame = with_inputs(_failures_in_place(rows, own, names), spec.space)
    found = results_at(frame, spec.space, targets, outcomes=True, partly=len(measured) > 1)
    masses = weighed_masses(rows, [each.line for each in found])
    told = []
    for each, grams in zip(found, masses, strict=True):
        details = _details(each.outcome, own[each.line], common)
        made = made_of(spec, state, each.place, grams, None)
        told.append(_told(each.place, each.values, targets, each.outcome, details, made=made))
    return told


def not_stored(spec: CampaignSpec, state: State, told: Sequence[Told]) -> list[Told]:
    """Those that are not stored yet; each stored measurement stands for one of them, and so does
    the mean of replicates, as exported tables have it.

    Raises:
        TableError: all of them are.
    """
    stored = list(state.measurements)
    means = _means(spec, state)
    new = []
    for each in told:
        inputs = spec.space.named(each.place.row)
        label = each.place.label
        mean = means.get(tuple(inputs.values()) if label is None else label, {})
        if each.values and not each.limits and _close(mean, each.values):
            continue
        same = next(
            (
                m
                for m in stored
                if m.inputs == inputs
                and _close(m.values, each.values)
                and m.limits == dict(each.limits)
            ),
            None,
        )
        if same is None:
            new.append(each)
        else:
            stored.remove(same)
    if not new:
        raise TableError(
            _("All {n} results of the table are stored already.").format(n=len(told)),
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


def _close(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Whether all values are the same but for the rounding of a spreadsheet."""
    return one.keys() == other.keys() and all(
        math.isclose(one[name], other[name], rel_tol=ROUNDING_NOISE) for name in one
    )


def understood(
    frame: pd.DataFrame,
    inputs: Sequence[str],
    targets: Sequence[Target],
    formula: ListedFormulas | None,
) -> tuple[Reading, list[Told]]:
    """The pool of a new campaign's table, and what it tells of the samples measured already.

    Args:
        frame: The table.
        inputs: Names of its inputs; none where ``formula`` is given.
        targets: What is wanted.
        formula: The column of formulas, where there is one.

    Raises:
        TableError, CellError: the table cannot be used; names row and column.
    """
    names = [target.name for target in targets]
    own, unused = details_in(frame, {*inputs, *names}, strict=False)
    reading = understand_formulas(
        _failures_in_place(frame, own, names),
        inputs,
        targets,
        formula,
        outcomes=True,
        partly=len(targets) > 1,
    )
    notices = [
        _("The column '{name}' is not used: '{text}' is no status.").format(name=name, text=text)
        for name, text in unused.items()
    ]
    space = reading.space
    told = []
    for position, values, line, outcome in zip(
        reading.positions, reading.values, reading.lines, reading.outcomes, strict=True
    ):
        place = Place(int(space.labels[position]), space.matrix[position])
        details = _details(outcome, own[line], {})
        told.append(_told(place, values, reading.targets, outcome, details))
    return replace(reading, notices=(*reading.notices, *notices)), told


def _told(
    place: Place,
    values: tuple[float, ...],
    targets: tuple[Target, ...],
    outcome: Outcome,
    details: Mapping[str, Any],
    **more: Any,
) -> Told:
    return Told(
        place,
        {t.name: v for t, v in zip(targets, values, strict=True) if not math.isnan(v)},
        limits=outcome.limits,
        sd=outcome.sd,
        details=details,
        **more,
    )


def _details(outcome: Outcome, own: Mapping[str, str], common: Mapping[str, Any]) -> dict[str, Any]:
    """The details of one row: what its cells say, over what its columns say, over those of all."""
    said: dict[str, Any] = {}
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
