"""new: a campaign out of a table, out of parameters, or out of a file that names either."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.description import CampaignDescription, Row, described
from tansaku.campaign.history.objectives import is_name
from tansaku.campaign.progress import CampaignStatus, Candidate
from tansaku.campaign.sources.source_spec import SourceSpec
from tansaku.language import _
from tansaku.services.opened import campaign_name, create, given_targets
from tansaku.services.source import attach
from tansaku.services.spec_file import read_campaign_file
from tansaku.space import Target
from tansaku.spec import Answer
from tansaku.store import open_store

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CampaignDescription",
    "NewCampaign",
    "Preview",
    "Row",
    "described",
    "new",
    "new_from_file",
    "preview",
]

LOOKED_AT: Final = 1000
SHOWN: Final = 6
"""Of the first ``LOOKED_AT`` candidates a preview shows so many."""


class NewCampaign(CampaignStatus):
    """A campaign that was made, and what its table had to say."""

    notices: tuple[str, ...]


def new(
    store: str, name: str, description: CampaignDescription, *, folder: Path = Path()
) -> NewCampaign:
    """Make the campaign ``name``: of a table rows with a target value are measurements, others are
    open.

    Args:
        store: URL of the store.
        name: The campaign's name, not taken yet.
        description: What it is made of.
        folder: Where the files that it names are.

    Raises:
        UsageError: a target that cannot be understood, or one that is named twice.
        TableError, CellError: the table cannot be used; nothing is stored.
        SpaceError, FormulaError: the parameters and constraints span no space; nothing is stored.
        CampaignExistsError: the name is taken.
        StoreError: the store cannot be written.
    """
    description.check(_("The campaign"))
    proper, targets = campaign_name(name), given_targets(description.targets)
    with open_store(store) as opened:  # before the table: a wrong store is told at once
        campaign = _made(proper, description, targets, folder)
        notices = [
            notice
            for each in _beside(description.sources, folder)
            for notice in attach(campaign, opened, each)
        ]
        said = (*campaign.notices, *notices)
        return create(opened, campaign, NewCampaign(**dict(campaign.status()), notices=said))


class Preview(Answer):
    """What a campaign would be made of; nothing is stored.

    Attributes:
        n_candidates: How many could be made; ``None`` where they cannot be counted.
        template: The template with its balancing amount filled in, where there is one.
        candidates: Some of them, evenly through the list.
        notices: What a careful assistant would mention.
    """

    n_candidates: int | None
    template: str | None
    candidates: tuple[Candidate, ...]
    notices: tuple[str, ...]


def preview(description: CampaignDescription, *, folder: Path = Path()) -> Preview:
    """What :func:`new` would make.

    Raises:
        TansakuError: as :func:`new`, but for names and the store.
    """
    description.check(_("The campaign"))
    campaign = _made("preview", description, given_targets(description.targets), folder)
    status, known = campaign.status(), campaign.candidates(LOOKED_AT)
    step = max(1, len(known) // SHOWN)
    return Preview(
        n_candidates=status.n_candidates,
        template=status.template,
        candidates=known[::step][:SHOWN],
        notices=campaign.notices,
    )


def new_from_file(store: str, name: str, file: Path) -> NewCampaign:
    """Make the campaign ``name`` as a YAML file describes it.

    Raises:
        StoreError: the file cannot be read.
        SpaceError: it describes no campaign; names the field.
        TansakuError: as :func:`new`.
    """
    return new(store, name, read_campaign_file(file), folder=file.parent)


def _made(
    name: str, found: CampaignDescription, targets: Sequence[Target], folder: Path
) -> Campaign:
    """The campaign, of which nothing is stored yet."""
    reference = found.reference or None
    if found.table is None:
        return Campaign.from_space(
            found.parameters,
            found.constraints,
            template=found.chemistry(),
            profile=found.profile,
            weighing=found.weighing,
            target=targets,
            reference=reference,
            cost=found.cost,
            expect=found.expect,
            name=name,
        )
    return Campaign.from_table(
        _table(found, found.table, targets, folder),
        inputs=found.inputs,
        formula=found.column(),
        weighing=found.weighing,
        target=targets,
        reference=reference,
        cost=found.cost,
        columns=found.columns,
        expect=found.expect,
        name=name,
    )


def _table(
    found: CampaignDescription,
    table: Path | tuple[Row, ...],
    targets: Sequence[Target],
    folder: Path,
) -> pd.DataFrame:
    """The table, read where it is a file."""
    from tansaku.tables.frames import frame_from  # on demand: they bring pandas
    from tansaku.tables.read import read_table

    if isinstance(table, tuple):
        return frame_from(table)
    # Another cost than a column follows from the inputs.
    wanted = [found.cost] if found.cost and is_name(found.cost) else []
    return read_table(
        folder / table,
        sheet=found.sheet,
        wanted=[*found.inputs, *(t.name for t in targets), *wanted, *found.columns.columns],
        comma=found.comma,
    )


def _beside(sources: Sequence[SourceSpec], folder: Path) -> list[SourceSpec]:
    """The sources, their files beside the campaign's file."""
    return [
        each.model_copy(update={"source": str(folder / each.source)}) if each.is_table else each
        for each in sources
    ]
