"""export and import: a campaign as a file: whole (.json), a table (.csv), a workbook (.xlsx)."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.history.own_tables import SPREAD, free, taken_names
from tansaku.campaign.keeping import read_campaign, replaying, written
from tansaku.campaign.progress import Candidate
from tansaku.errors import UsageError
from tansaku.files import write_whole
from tansaku.language import _
from tansaku.services.nimo import as_nimo
from tansaku.services.opened import campaign_name, create, load
from tansaku.services.status import StatusReport
from tansaku.space.space import LISTED_MOST
from tansaku.store import open_store
from tansaku.workbook.returned import workbook_of

CHEMISTRY: Final = ("formula", "molar_mass", "net_charge")
"""Columns of a campaign that knows what its candidates are made of."""

Cell = str | float | int | None


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that was written.

    Attributes:
        candidates: How many it holds; ``None`` where a campaign's space has too many to be counted.
    """

    campaign: str
    file: Path
    events: int
    candidates: int | None

    def document(self) -> dict[str, Any]:
        """``{"campaign", "file", "events", "candidates"}``."""
        return {
            "campaign": self.campaign,
            "file": str(self.file),
            "events": self.events,
            "candidates": self.candidates,
        }


def export(
    store: str, name: str, file: Path, *, nimo: bool = False, force: bool = False
) -> Exported:
    """Write the campaign: all of it (.json), its candidates (.csv), or a workbook for results that
    come back (.xlsx).

    Args:
        store: URL of the store.
        name: The campaign.
        file: Its ending says what is written.
        nimo: Whether a .csv is to be the candidates.csv of NIMO.
        force: Whether to write over a file that is there.

    Raises:
        UsageError: another ending, or a campaign that NIMO cannot read.
        StoreError: the file is there and ``force`` is false, or it cannot be written.
    """
    writers = {".json": _as_json, ".csv": _as_csv, ".xlsx": _as_xlsx}
    writer = writers.get(file.suffix.lower())
    if writer is None:
        raise UsageError(
            _("The ending of {file} is not understood.").format(file=file),
            _("Use .json for the whole campaign, .csv or .xlsx for its candidates and results."),
        )
    if nimo and writer is not _as_csv:
        raise UsageError(
            _("The candidates of NIMO are a .csv file, and {file} is none.").format(file=file),
            _("Name it candidates.csv, or leave out --nimo."),
        )
    campaign = load(store, name)
    write_whole(file, (as_nimo if nimo else writer)(campaign), force=force)
    events, listed = len(campaign.document.events), campaign.space.listed
    written = campaign.space.size if listed or writer is _as_json else len(_rows(campaign))
    return Exported(campaign.name, file, events, written)


def import_(store: str, file: Path, *, name: str | None = None) -> StatusReport:
    """Bring back a campaign from the .json file of an export, equal to what was exported.

    Args:
        store: URL of the store.
        file: The file.
        name: Another name for it; its own where None.

    Raises:
        StoreError: the file cannot be read or holds no campaign.
        CampaignExistsError: the name is taken.
    """
    document = read_campaign(file)
    spec = document.campaign
    proper = campaign_name(spec.name if name is None else name)
    if proper != spec.name:
        spec = spec.model_copy(update={"name": proper})
        document = document.model_copy(update={"campaign": spec})
    with replaying(proper):
        campaign = Campaign(document)
        report = StatusReport.of(campaign)
    with open_store(store) as opened:
        return create(opened, campaign, report)


def _as_json(campaign: Campaign) -> bytes:
    return written(campaign.document)


def _as_csv(campaign: Campaign) -> bytes:
    from tansaku.tables.escape import harmless  # on demand: tables bring pandas

    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerows(
        [harmless(cell) if isinstance(cell, str) else cell for cell in row]
        for row in _table(campaign)
    )
    return stream.getvalue().encode("utf-8-sig")  # Excel takes it for cp932 or cp1252 otherwise


def _as_xlsx(campaign: Campaign) -> bytes:
    return workbook_of(campaign, _table(campaign))


def _table(campaign: Campaign) -> list[list[Cell]]:
    """Header and one row per candidate; ready to be read again by ``tansaku new``, and, with
    results typed in, by ``tansaku record``."""
    spec = campaign.document.campaign
    inputs, taken, rows = campaign.space.names, taken_names(spec), _rows(campaign)
    targets = {each.name: free(f"{each.name}{SPREAD[each.scale]}", taken) for each in spec.targets}
    named = ["sample"] if any(each.sample for each in rows) else []
    chemistry = [] if campaign.space.chemistry is None else list(CHEMISTRY)
    lines: list[list[Cell]] = [
        [
            free("pool_row", taken),
            *(free(each, taken) for each in named),
            *inputs,
            *(free(each, taken) for each in chemistry),
            free("state", taken),
            *(part for pair in targets.items() for part in pair),
            free("replicates", taken),
        ]
    ]
    for each in rows:
        results = [part for name in targets for part in (each.values.get(name), each.sd.get(name))]
        settings = [each.inputs[name] for name in inputs]
        made = [getattr(each, name) for name in chemistry]
        cells = [each.pool_row, *(getattr(each, name) for name in named), *settings, *made]
        lines.append([*map(_plain, cells), each.state, *results, each.replicates])
    return lines


def _plain(cell: Cell) -> Cell:
    """Whole numbers as a person writes them."""
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def _rows(campaign: Campaign) -> tuple[Candidate, ...]:
    """All candidates that are listed; of a larger space those measured or under way, and the first
    of a grid."""
    return campaign.candidates(LISTED_MOST)
