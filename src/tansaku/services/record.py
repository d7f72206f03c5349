"""record: what the lab found, all rows or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.measured import plan_of
from tansaku.campaign.records import Measurement, Recorded
from tansaku.campaign.weighing import WeighingPlan
from tansaku.errors import UsageError, WeighingError
from tansaku.language import _
from tansaku.services.opened import change
from tansaku.services.status import StatusReport
from tansaku.services.suggest_weighed import sheet_for
from tansaku.space import Value, inputs_of_formula, projectable


@dataclass(frozen=True, slots=True)
class Results:
    """Measurements that were stored, and the campaign afterwards."""

    measurements: tuple[Measurement, ...]
    report: StatusReport
    notices: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """``{"campaign", "recorded": n, "measurements": [..], "status": {..}, "notices"}``."""
        return {
            "campaign": self.report.campaign,
            "recorded": len(self.measurements),
            "measurements": [each.model_dump(mode="json") for each in self.measurements],
            "status": self.report.document(),
            "notices": list(self.notices),
        }


def record_table(
    store: str, name: str, table: Path, *, status: str = "ok", note: str = ""
) -> Results:
    """Store every row of a .csv or .xlsx table with the inputs and the targets.

    Raises:
        TableError, CellError: a row cannot be used; nothing is stored.
        NotInPoolError: a row is no candidate of the campaign; nothing is stored.
    """
    from tansaku.tables.read import read_table  # on demand: it brings pandas

    rows = read_table(table)
    return _record(store, name, lambda found: found.record(rows, status=status, note=note))


def record_at(
    store: str,
    name: str,
    inputs: Mapping[str, Value],
    values: Mapping[str, float],
    *,
    weighed: Mapping[str, float] | Path | None = None,
    excess: Sequence[str] | None = None,
    status: str = "ok",
    note: str = "",
) -> Results:
    """Store one result, at these inputs.

    Args:
        store: URL of the store.
        name: The campaign.
        inputs: As planned.
        values: What came out.
        weighed: Grams by precursor that were really weighed, or a filled-in sheet: the model
            learns from the composition that was made.
        excess: What was added to evaporate, each as ``Li=10%``; by default as the suggestion or
            the campaign has it.
        status: ``ok`` or ``excluded``.
        note: Free text.

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
            lambda found: found.record_at(dict(inputs), dict(values), status=status, note=note),
        )
    grams = _grams(weighed)
    notices: list[str] = []

    def act(found: Campaign) -> Recorded:
        place = found.space.locate(inputs_of_formula(found.space, inputs))
        known = plan_of(found.document.campaign, found.state, place)
        plan = known or WeighingPlan(precursors=tuple(grams))
        if excess is not None:
            plan = WeighingPlan.model_validate(plan.model_dump() | {"excess": tuple(excess)})
        event = found.record_at(
            dict(inputs),
            dict(values),
            weighed=grams,
            weighing=plan,
            status=status,
            note=note,
        )
        notices[:] = _doubts(found, event, plan if known else None, grams)
        return event

    results = _record(store, name, act)
    return replace(results, notices=(*results.notices, *notices))


def _grams(weighed: Mapping[str, float] | Path) -> dict[str, float]:
    if not isinstance(weighed, Path):
        return dict(weighed)
    from tansaku.services.weigh_table import filled_in

    return filled_in(weighed)


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
    campaign, event = change(store, name, act)
    return Results(event.measurements, StatusReport.of(campaign), campaign.notices)
