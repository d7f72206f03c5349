"""Measured: what the lab reports -> records, with what was really made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
from pydantic import ValidationError

from tansaku.campaign.history.records import (
    DETAILS,
    CampaignSpec,
    Limit,
    Marked,
    Measurement,
    Status,
)
from tansaku.campaign.history.state import State
from tansaku.campaign.history.weighing_plan import WeighedSample, WeighingPlan
from tansaku.errors import UnknownNameError, UsageError
from tansaku.language import _
from tansaku.space import Place, Space, Target, Value, composed, composed_at


@dataclass(frozen=True, slots=True)
class NewResult:
    """What the lab tells of one sample.

    Attributes:
        place: The candidate.
        values: {target: value in its unit}; of a limit, the limit. Empty for a failed sample.
        limits: {target: the side of the value on which the truth lies}.
        sd: {target: standard deviation of one measurement}, where it is known.
        made: What was really weighed.
        achieved: {input: value} as fired or as analysed; the others are as planned.
        details: The rest, as :func:`details_of` gives it.

    Example:
        >>> NewResult(Place(0, np.zeros(1)), {"y": 1e-8}, limits={"y": "below"}).limits
        {'y': 'below'}
    """

    place: Place
    values: Mapping[str, float]
    limits: Mapping[str, Limit] = field(default_factory=dict)
    sd: Mapping[str, float] = field(default_factory=dict)
    made: WeighedSample | None = None
    achieved: Mapping[str, Value] | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReportedResults:
    """Results to be stored, all of them or none, whoever reports them in whatever way.

    Attributes:
        new: To be recorded.
        changed: {id: all that is told of that measurement now}.
        already: How many of a file are stored as they are reported, and so play no part.
        notices: What a person should know of how they were read.
    """

    new: Sequence[NewResult] = ()
    changed: Mapping[str, NewResult] = field(default_factory=dict)
    already: int = 0
    notices: tuple[str, ...] = ()


def details_of(given: Mapping[str, object], results: Sequence[str] = ()) -> dict[str, Any]:
    """The details out of what was given by name; what is ``None`` or empty is not told. ``results``
    are names that might have been given, too.

    Raises:
        UsageError: an unknown name or status; an amount of nothing.
    """
    details = {name: value for name, value in given.items() if value not in (None, "")}
    unknown = [name for name in details if name not in DETAILS]
    if unknown:
        raise UsageError(
            _("Nothing called {names} can be told of a sample.").format(names=", ".join(unknown)),
            _("Known: {names}.").format(names=", ".join((*results, *DETAILS))),
        )
    status = details.get("status", Status.OK.value)
    if status not in [s.value for s in Status]:
        raise UsageError(
            _("Unknown status '{status}'.").format(status=status),
            _("Known: {names}.").format(names=", ".join(s.value for s in Status)),
        )
    if "amount" in details and "why" not in details:
        raise UsageError(
            _("An amount of {amount} is told without what it is of.").format(
                amount=details["amount"]
            ),
            _("Say it beside, for example --why 'secondary phase=12%'."),
        )
    return details | {"status": Status(str(status))}


def measurements(
    space: Space,
    targets: Sequence[Target],
    results: Sequence[NewResult],
    *,
    first: int,
    at: datetime,
) -> tuple[Measurement, ...]:
    """Records of what was told; refuses what the targets' scales cannot hold.

    Args:
        space: What may be varied.
        targets: What is wanted.
        results: One for each sample.
        first: Number of the first record.
        at: When.

    Raises:
        CellError: a value has no place on its target's scale.
        UsageError: a value of something that is no target, no value of any, a limit or an sd
            without a value, an sd that is not above 0, a detail out of its range.
        TableError, NotInPoolError: an achieved input that is none, or no choice.
    """
    for target in targets:
        given = [each.values[target.name] for each in results if target.name in each.values]
        target.to_model(np.array(given, dtype=np.float64))
    for each in results:
        _check(space, targets, each)
    rows = [each.place.row for each in results]
    made = composed(space, np.array(rows))
    return tuple(
        _measurement(space, each, f"m{first + i}", made.formulas[i], at)
        for i, each in enumerate(results)
    )


def _measurement(
    space: Space, result: NewResult, id: str, formula: str | None, at: datetime
) -> Measurement:
    try:
        return Measurement(
            id=id,
            pool_row=result.place.label,
            inputs=space.named(result.place.row),
            formula=formula,
            made=result.made,
            achieved=dict(result.achieved) if result.achieved else None,
            values={name: float(value) for name, value in result.values.items()},
            limits=dict(result.limits),
            sd={name: float(sd) for name, sd in result.sd.items()},
            at=at,
            **result.details,
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(
            _("{name} = {value} cannot be told of a sample.").format(
                name=".".join(str(part) for part in first["loc"]), value=first["input"]
            ),
            _(
                "A limit is 'below' or 'above', amount a share above 0 and at most 1, repeats a"
                " whole number from 1, made_on a day such as 2026-04-01, all else text."
            ),
        ) from error


def _check(space: Space, targets: Sequence[Target], result: NewResult) -> None:
    """Refuse what contradicts itself."""
    names = {target.name: target for target in targets}
    strange = [name for name in result.values if name not in names]
    if strange or (not result.values and result.details.get("status") is not Status.FAILED):
        raise UsageError(
            _("Results were given for {given}.").format(given=", ".join(result.values) or "-"),
            _("The campaign's targets are: {names}.").format(names=", ".join(names)),
        )
    for name in (*result.limits, *result.sd):
        if name not in result.values:
            raise UsageError(
                _("A limit or an sd is given for {name}, and no value.").format(name=name),
                _("Give both, for example --result y=3.2 --sd y=0.1."),
            )
    for name, sd in result.sd.items():
        if name in result.limits or not sd > 0:
            raise UsageError(
                _("The sd of {name} is given as {sd:g}.").format(name=name, sd=sd),
                _("An sd is a number above 0, in the target's unit; a limit has none."),
            )
        names[name].sd_to_model(sd, result.values[name])
    if result.achieved:
        space.row(space.named(result.place.row) | dict(result.achieved))


def mark_of(name: str, state: State, ids: Sequence[str], status: str, why: str) -> Marked:
    """The event that judges measurements of the campaign ``name`` again.

    Raises:
        UnknownNameError: it has no measurement of that id.
        UsageError: an unknown status, or ``ok`` for one without a value.
    """
    marked = details_of({"status": status})["status"]
    known = {m.id: m for m in state.measurements}
    for each in ids:
        if each not in known:
            raise UnknownNameError(
                _("Campaign '{name}' has no measurement '{id}'.").format(name=name, id=each),
                _("Known: {names}.").format(names=", ".join(known) or "-"),
            )
        if marked in (Status.OK, Status.DOUBTFUL) and not known[each].values:
            raise UsageError(
                _("Measurement {id} has no value, so it cannot be {status}.").format(
                    id=each, status=marked.value
                ),
                _("Record the value at the same inputs."),
            )
    return Marked(at=datetime.now(UTC), measurements=tuple(ids), status=marked, why=why)


def plan_of(spec: CampaignSpec, state: State, place: Place) -> WeighingPlan | None:
    """From what a candidate is made, as its suggestion or the campaign has it."""
    key = tuple(spec.space.named(place.row).values()) if place.label is None else place.label
    return state.plans.get(key, spec.weighing)


def made_of(
    spec: CampaignSpec,
    state: State,
    place: Place,
    grams: Mapping[str, float] | None,
    plan: WeighingPlan | None,
) -> WeighedSample | None:
    """What weighed masses have become; ``None`` where none are told.

    Args:
        spec: The campaign's.
        state: As it stands.
        place: The candidate that was to be made.
        grams: Masses by precursor.
        plan: From what; ``None`` for what is known, else pure precursors without an excess.

    Raises:
        UsageError: the campaign knows no formulas.
        WeighingError, FormulaError: the masses do not fit the precursors.
    """
    if grams is None:
        return None
    formula = composed_at(spec.space, spec.space.named(place.row))
    if formula is None:
        raise UsageError(
            _("The campaign '{name}' knows no formulas, so masses mean nothing to it.").format(
                name=spec.name
            ),
            _("Make it with a template, or from a table with a column of formulas."),
        )
    known = plan or plan_of(spec, state, place)
    return WeighedSample.of(formula, grams, known or WeighingPlan(precursors=tuple(grams)))
