"""sample_weighing: the weighing sheet of a sample of a campaign, and what was weighed for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tansaku.campaign.history.weighing_plan import WeighingPlan
from tansaku.campaign.results.measured import plan_of
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.services.opened import load
from tansaku.space import composed_at
from tansaku.weighing.sheet import Weighing, sheet_for


def weigh_sample(
    store: str,
    name: str,
    id: str,
    *,
    weighing: Mapping[str, Any] | None = None,
    weighed: Mapping[str, float] | None = None,
) -> Weighing:
    """Masses of precursors for a sample of the campaign ``name``; with ``weighed`` also what the
    batch has become.

    Args:
        store: URL of the store.
        name: The campaign.
        id: Of a suggestion, or what the lab calls a sample.
        weighing: Fields of :class:`~tansaku.campaign.WeighingPlan` that differ from those of the
            suggestion or the campaign.
        weighed: Grams by precursor that were really weighed.

    Raises:
        UnknownNameError: there is no such sample.
        UsageError: it is not known from what samples are made, or the campaign has no formulas.
        WeighingError: the sample cannot be made or weighed.
    """
    campaign = load(store, name)
    place = campaign.place(id)
    known = plan_of(campaign.document.campaign, campaign.state, place)
    plan = changed_plan(known, weighing or {})
    formula = composed_at(campaign.space, campaign.space.named(place.row))
    return planned_sheet(formula, plan, weighed)


def changed_plan(known: WeighingPlan | None, changes: Mapping[str, Any]) -> WeighingPlan:
    """From what samples are made: as is known, with what differs this time; ``None`` changes
    nothing, but for ``leaving``, where it is the usual rule.

    Raises:
        UsageError: it is not known.
    """
    told = {name: v for name, v in changes.items() if v is not None or name == "leaving"}
    if known is None and "precursors" not in told:
        raise UsageError(
            _("It is not known from what samples are made."),
            _("Name the precursors: --precursors Li2CO3,ZrO2,NH4H2PO4."),
        )
    before = {} if known is None else known.model_dump()
    return WeighingPlan.model_validate(before | told)


def planned_sheet(
    formula: str | None, plan: WeighingPlan, weighed: Mapping[str, float] | None = None
) -> Weighing:
    """The weighing sheet of a sample of a campaign.

    Raises:
        UsageError: the campaign has no formulas.
        WeighingError: the sample cannot be made from these precursors; names it.
    """
    if formula is None:
        raise UsageError(
            _("The campaign knows no formulas, so there is nothing to weigh."),
            _("Make it with a template, or from a table with a column of formulas."),
        )
    return sheet_for(formula, plan, weighed)
