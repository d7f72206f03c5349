"""Measured: what the lab reports -> records, with what was really made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from tansaku.campaign.records import CampaignSpec, Measurement, Status
from tansaku.campaign.state import State
from tansaku.campaign.weighing import Made, WeighingPlan
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.space import Place, Space, Target, composed, composed_at


def measurements(
    space: Space,
    targets: Sequence[Target],
    places: Sequence[Place],
    values: Sequence[Sequence[float]],
    made: Sequence[Made | None] = (),
    *,
    first: int,
    at: datetime,
    status: Status = Status.OK,
    note: str = "",
) -> tuple[Measurement, ...]:
    """Records of results; refuses values that the targets' scales cannot hold.

    Args:
        space: What may be varied.
        targets: What is wanted, in the order of the values.
        places: The candidates.
        values: One row for each, in the targets' units.
        made: What was really made of each; ``None`` for as planned.
        first: Number of the first record.
        at: When.
        status: How they ended.
        note: Free text.

    Raises:
        DataError: a value has no place on its target's scale.
    """
    for j, target in enumerate(targets):
        target.to_model(np.array([row[j] for row in values], dtype=np.float64))
    known = composed(space, np.stack([place.row for place in places])) if places else None
    return tuple(
        Measurement(
            id=f"m{first + i}",
            pool_row=place.label,
            inputs=space.named(place.row),
            formula=None if known is None else known.formulas[i],
            made=made[i] if made else None,
            values={t.name: float(v) for t, v in zip(targets, row, strict=True)},
            status=status,
            note=note,
            at=at,
        )
        for i, (place, row) in enumerate(zip(places, values, strict=True))
    )


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
) -> Made | None:
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
    return Made.of(formula, grams, known or WeighingPlan(precursors=tuple(grams)))
