"""new: a campaign out of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tansaku.campaign.campaign import Campaign
from tansaku.services.opened import campaign_name, one_target
from tansaku.services.status import StatusReport
from tansaku.space import Target
from tansaku.store import open_store
from tansaku.tables.read import read_table


@dataclass(frozen=True, slots=True)
class Made:
    """A campaign that was made, and what its table had to say."""

    report: StatusReport
    notices: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """The campaign's status, with the notices."""
        return self.report.document() | {"notices": list(self.notices)}


def new(
    store: str, name: str, *, table: Path, inputs: Sequence[str], targets: Sequence[str | Target]
) -> Made:
    """Make the campaign ``name``: rows with a target value are measurements, others are open.

    Args:
        store: URL of the store.
        name: The campaign's name, not taken yet.
        table: A .csv or .xlsx file.
        inputs: The input columns.
        targets: One, whole or as ``Target.parse`` reads it, e.g. ``sigma:max:log10``.

    Raises:
        UsageError: several targets, or one that cannot be understood.
        TableError, CellError: the table cannot be used; nothing is stored.
        CampaignExistsError: the name is taken.
        StoreError: the store cannot be written.
    """
    proper, target = campaign_name(name), one_target(targets)
    with open_store(store) as opened:  # before the table: a wrong store is told at once
        campaign = Campaign.from_table(read_table(table), inputs=inputs, target=target, name=proper)
        opened.create(campaign.document)
    return Made(StatusReport.of(campaign), campaign.notices)
