"""record: what the lab found, all rows or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.records import Measurement, Recorded
from tansaku.services.opened import change
from tansaku.services.status import StatusReport


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
    inputs: Mapping[str, float],
    values: Mapping[str, float],
    *,
    status: str = "ok",
    note: str = "",
) -> Results:
    """Store one result, at these inputs.

    Raises:
        TableError: an input or a target is missing or unknown.
        NotInPoolError: no candidate has these inputs.
    """
    return _record(
        store,
        name,
        lambda found: found.record_at(dict(inputs), dict(values), status=status, note=note),
    )


def _record(store: str, name: str, act: Callable[[Campaign], Recorded]) -> Results:
    campaign, event = change(store, name, act)
    return Results(event.measurements, StatusReport.of(campaign), campaign.notices)
