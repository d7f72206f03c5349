"""new: a campaign out of a table, out of parameters, or out of a file that names either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.history.objectives import is_name
from tansaku.campaign.history.weighing_plan import WeighingPlan
from tansaku.campaign.sources.source_spec import SourceSpec
from tansaku.language import _
from tansaku.services.opened import campaign_name, create, given_targets
from tansaku.services.source import attach
from tansaku.services.spec_file import CampaignFile, described, read_campaign_file
from tansaku.services.status import StatusReport
from tansaku.space import (
    ColumnRoles,
    CompositionTemplate,
    ListedFormulas,
    Profile,
    Settable,
    Target,
)
from tansaku.store import open_store
from tansaku.strategy import Expect

if TYPE_CHECKING:
    from tansaku.tables.commas import Comma


@dataclass(frozen=True, slots=True)
class NewCampaign:
    """A campaign that was made, and what its table had to say."""

    report: StatusReport
    notices: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """The campaign's status, with the notices."""
        return self.report.document() | {"notices": list(self.notices)}


def new(
    store: str,
    name: str,
    *,
    table: Path,
    inputs: Sequence[str] = (),
    targets: Sequence[str | Target],
    formula: ListedFormulas | None = None,
    weighing: WeighingPlan | None = None,
    sources: Sequence[SourceSpec] = (),
    reference: Mapping[str, float] | None = None,
    cost: str | None = None,
    columns: ColumnRoles | None = None,
    sheet: str | None = None,
    comma: Comma | None = None,
    expect: Expect = "unknown",
) -> NewCampaign:
    """Make the campaign ``name``: rows with a target value are measurements, others are open.

    Args:
        store: URL of the store.
        name: The campaign's name, not taken yet.
        table: A .csv or .xlsx file.
        inputs: The input columns; none where ``formula`` is given.
        targets: One or several, whole or as ``Target.parse`` reads them, ``sigma:max:log10``.
        formula: The column with the formulas, and how the model sees them.
        weighing: From what samples are made.
        sources: Older data.
        reference: Of several targets, {goal: value that has to be beaten to count}.
        cost: Column with what each candidate costs, or an expression of the inputs.
        columns: Which columns hold choices, or say how sure results are.
        sheet: Which sheet of a workbook; without it the one with these columns.
        comma: What commas in numbers mean, where the columns do not tell.
        expect: Where the best may lie, which decides on the first samples.

    Raises:
        UsageError: a target that cannot be understood, or one that is named twice.
        TableError, CellError: the table cannot be used; nothing is stored.
        CampaignExistsError: the name is taken.
        StoreError: the store cannot be written.
    """
    from tansaku.tables.read import read_table  # on demand: it brings pandas

    proper, wanted = campaign_name(name), given_targets(targets)
    wanted_too = [cost] if cost and is_name(cost) else []  # any other follows from the inputs
    wanted_too += columns.columns if columns else ()
    with open_store(store) as opened:  # before the table: a wrong store is told at once
        campaign = Campaign.from_table(
            read_table(
                table,
                sheet=sheet,
                wanted=[*inputs, *(t.name for t in wanted), *wanted_too],
                comma=comma,
            ),
            inputs=inputs,
            formula=formula,
            weighing=weighing,
            target=wanted,
            reference=reference,
            cost=cost,
            columns=columns,
            expect=expect,
            name=proper,
        )
        notices = [notice for each in sources for notice in attach(campaign, opened, each)]
        made = NewCampaign(StatusReport.of(campaign), (*campaign.notices, *notices))
        return create(opened, campaign, made)


def new_space(
    store: str,
    name: str,
    *,
    parameters: Sequence[Settable],
    constraints: Sequence[str],
    targets: Sequence[str | Target],
    template: CompositionTemplate | None = None,
    profile: Profile | None = None,
    weighing: WeighingPlan | None = None,
    sources: Sequence[SourceSpec] = (),
    reference: Mapping[str, float] | None = None,
    cost: str | None = None,
    expect: Expect = "unknown",
) -> NewCampaign:
    """Make the campaign ``name`` over every setting of the parameters that keeps the constraints.

    Args:
        store: URL of the store.
        name: The campaign's name, not taken yet.
        parameters: What can be set.
        constraints: In words, e.g. ``x + y <= 0.5``.
        targets: As for :func:`new`.
        template: A formula with some of the parameters as its variables.
        profile: A firing whose temperatures, rates and times are among the parameters.
        weighing: From what samples are made.
        sources: Older data.
        reference: As for :func:`new`.
        cost: What a candidate costs, from the parameters: ``2*t + 0.3*x``.
        expect: As for :func:`new`.

    Raises:
        UsageError: as :func:`new`.
        SpaceError, FormulaError: the parameters and constraints span no space; nothing is stored.
        CampaignExistsError, StoreError: as :func:`new`.
    """
    proper, wanted = campaign_name(name), given_targets(targets)
    with open_store(store) as opened:
        campaign = Campaign.from_space(
            parameters,
            constraints,
            template=template,
            profile=profile,
            weighing=weighing,
            target=wanted,
            reference=reference,
            cost=cost,
            expect=expect,
            name=proper,
        )
        notices = [notice for each in sources for notice in attach(campaign, opened, each)]
        made = NewCampaign(StatusReport.of(campaign), (*campaign.notices, *notices))
        return create(opened, campaign, made)


def new_from_file(store: str, name: str, file: Path) -> NewCampaign:
    """Make the campaign ``name`` as a YAML file describes it.

    Raises:
        StoreError: the file cannot be read.
        SpaceError: it describes no campaign; names the field.
        TansakuError: as :func:`new` or :func:`new_space`.
    """
    return _made(store, name, read_campaign_file(file), file.parent)


def new_described(store: str, name: str, fields: Mapping[str, Any]) -> NewCampaign:
    """Make the campaign ``name`` out of the fields of a campaign file.

    Raises:
        SpaceError: a field is of the wrong kind; names it.
        TansakuError: as :func:`new` or :func:`new_space`.
    """
    return _made(store, name, described(fields, _("The campaign")), Path())


def _made(store: str, name: str, found: CampaignFile, folder: Path) -> NewCampaign:
    if found.table is not None:
        return new(
            store,
            name,
            table=folder / found.table,
            inputs=found.inputs,
            targets=found.targets,
            formula=found.column(),
            weighing=found.weighing,
            sources=_beside(found.sources, folder),
            reference=found.reference,
            cost=found.cost,
            columns=found.columns,
            sheet=found.sheet,
            comma=found.comma,
            expect=found.expect,
        )
    return new_space(
        store,
        name,
        parameters=found.parameters,
        constraints=found.constraints,
        targets=found.targets,
        template=found.chemistry(),
        profile=found.profile,
        weighing=found.weighing,
        reference=found.reference,
        cost=found.cost,
        sources=_beside(found.sources, folder),
        expect=found.expect,
    )


def _beside(sources: Sequence[SourceSpec], folder: Path) -> list[SourceSpec]:
    """The sources, their files beside the campaign's file."""
    return [
        each.model_copy(update={"source": str(folder / each.source)}) if each.is_table else each
        for each in sources
    ]
