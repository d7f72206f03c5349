"""Making: the document that a campaign begins with, from a table or from a space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from tansaku.actor import actor
from tansaku.campaign.history.objectives import (
    check_cost,
    checked_reference,
    known_values,
    measured_targets,
    refuse_known,
    with_units,
)
from tansaku.campaign.history.records import CampaignDocument, CampaignSpec, Created
from tansaku.campaign.history.weighing_plan import WeighingPlan
from tansaku.campaign.results.measured import measurements
from tansaku.chem.charge import exact_states
from tansaku.chem.doubtful_formulas import look_alikes
from tansaku.encode import encoder_for
from tansaku.language import _
from tansaku.space import (
    Categorical,
    ColumnRoles,
    CompositionTemplate,
    ListedFormulas,
    Numeric,
    Scale,
    Space,
    Target,
    left_out,
)
from tansaku.space.arguments import names_from
from tansaku.strategy import Expect

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """What is said of a campaign besides what may be varied.

    Attributes:
        name: Its name.
        wanted: Its targets.
        weighing: From what samples are made.
        reference: {goal: value that has to be beaten to count}.
        expect: Where the best may lie.

    Example:
        >>> CampaignPlan("lab", (), None, None).name
        'lab'
    """

    name: str
    wanted: tuple[Target, ...]
    weighing: WeighingPlan | None
    reference: Mapping[str, float] | None
    expect: Expect = "unknown"


Made = tuple[CampaignDocument, Sequence[str]]
"""A document, and notices for the person who makes it."""


C = TypeVar("C", CompositionTemplate | None, ListedFormulas | None)


def exactly_charged(chemistry: C) -> tuple[C, tuple[str, ...]]:
    """(the formulas with the exact mean states that were meant, what is said of these)."""
    if chemistry is None:
        return chemistry, ()
    states, said = exact_states(chemistry.states)
    return chemistry.model_copy(update={"states": states}), said


def of_table(
    plan: CampaignPlan,
    frame: pd.DataFrame,
    inputs: Sequence[str],
    formula: ListedFormulas | None,
    cost: str | None,
    roles: ColumnRoles | None,
) -> Made:
    """See :meth:`tansaku.campaign.Campaign.from_table`."""
    from tansaku.campaign.results.from_table import understood  # on demand: it brings pandas
    from tansaku.tables.frames import frame_from

    frame, inputs = frame_from(frame), names_from(inputs)
    reading, results, samples = understood(
        frame, inputs, measured_targets(plan.wanted), formula, roles or ColumnRoles()
    )
    now = datetime.now(UTC)
    _check_encoding(reading.space)
    spec = CampaignSpec(
        name=plan.name,
        space=reading.space,
        targets=with_units(plan.wanted, reading.targets),
        weighing=plan.weighing,
        reference=checked_reference(plan.wanted, plan.reference),
        known=known_values(frame, reading.space, plan.wanted, cost),
        cost=cost,
        samples=samples,
        expect=plan.expect,
    )
    first = measurements(spec.space, spec.targets, results, first=1, at=now)
    document = CampaignDocument(
        campaign=spec, events=(Created(at=now, by=actor(), measurements=first),)
    )
    return document, (*reading.notices, *_by_decades(reading.space))


def of_space(plan: CampaignPlan, space: Space, cost: str | None = None) -> Made:
    """See :meth:`tansaku.campaign.Campaign.from_space`."""
    _check_encoding(space)
    refuse_known(plan.wanted)
    check_cost(cost, space)
    spec = CampaignSpec(
        name=plan.name,
        space=space,
        targets=plan.wanted,
        weighing=plan.weighing,
        reference=checked_reference(plan.wanted, plan.reference),
        cost=cost,
        expect=plan.expect,
    )
    document = CampaignDocument(campaign=spec, events=(Created(at=datetime.now(UTC), by=actor()),))
    template = space.chemistry
    doubts: tuple[str, ...] = ()
    if isinstance(template, CompositionTemplate):
        doubts = look_alikes(template.text, variables=True)
    return document, (*doubts, *left_out(space), *_by_decades(space))


def _by_decades(space: Space) -> list[str]:
    """Notices: which inputs are on a log scale."""
    found = []
    for parameter in space.inputs:
        if isinstance(parameter, Categorical) or parameter.scale is not Scale.LOG10:
            continue
        low, high = parameter.ends
        option = (
            "--scale '{name}=linear'" if isinstance(parameter, Numeric) else "'{name}=..:linear'"
        )
        found.append(
            _(
                "{name} runs over {decades:.2g} decades and is taken on a log scale (log10);"
                " {option} keeps it linear."
            ).format(
                name=parameter.name,
                decades=high - low,
                option=option.format(name=parameter.name),
            )
        )
    return found


def _check_encoding(space: Space) -> None:
    """See at the door that the model can see the formulas in the way that was chosen."""
    if space.chemistry is not None and space.chemistry.encoding != "parameters":
        encoder_for(space)
