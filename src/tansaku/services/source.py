"""sources: older data for a campaign or a study, from a table or another campaign."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.description import Row
from tansaku.campaign.history.records import CampaignDocument
from tansaku.campaign.history.source_table import SourceSummary
from tansaku.campaign.sources.source_spec import SourceSpec
from tansaku.errors import CampaignNotFoundError, UsageError
from tansaku.insight.verdict import AnsweredVerdict
from tansaku.language import _
from tansaku.services.opened import campaign_name, change, load
from tansaku.space import Value
from tansaku.spec import Answer, Moment
from tansaku.store import open_store

if TYPE_CHECKING:
    from tansaku.campaign.sources.read_source import Older
    from tansaku.store.sql import SqlStore


class GivenSource(SourceSpec):
    """Older data whose rows are given along with what is said of them: {column: value} each."""

    table: tuple[Row, ...] = ()


def older(spec: SourceSpec, campaign: Callable[[str], CampaignDocument]) -> Older:
    """The table or campaign that is named, read.

    Args:
        spec: What is said of it.
        campaign: Finds one by its name.

    Raises:
        CampaignNotFoundError: there is no campaign of that name.
        UsageError: nothing is named, a file that is no table, or columns of a campaign.
        TableError: a table cannot be read.
    """
    from tansaku.campaign.sources.public_tables import PUBLIC  # on demand: they bring pandas
    from tansaku.campaign.sources.read_source import Older
    from tansaku.tables.frames import frame_from
    from tansaku.tables.read import read_table

    if isinstance(spec, GivenSource) and spec.table:
        said = spec.model_dump(exclude={"table"})
        return Older(frame_from(spec.table), SourceSpec.model_validate(said))
    if not spec.source:
        raise UsageError(
            _("A source names neither a file nor a campaign."),
            _("Write --source older.csv, in a file 'source: older.csv'."),
        )
    called = spec.model_copy(update={"source": ""})  # as the file or the campaign is
    if spec.is_table:
        return Older(read_table(Path(spec.source)), called)
    if Path(spec.source).is_file():
        raise UsageError(
            _("The file '{name}' is no table.").format(name=spec.source),
            _(
                "A source is a .csv, .xlsx or .parquet file, or a campaign by its name: 'tansaku"
                " import {name}' brings back one that was exported."
            ).format(name=spec.source),
        )
    said = {"--source-inputs": spec.inputs, "--source-formula": spec.formula,
            "--source-template": spec.template}  # fmt: skip
    useless = [option for option, value in said.items() if value]
    if useless:
        raise UsageError(
            _("{options} says something of a table, and '{name}' is a campaign.").format(
                options=", ".join(useless), name=spec.source
            ),
            _("Leave it out: a campaign knows its inputs and formulas."),
        )
    try:
        return Older(campaign(campaign_name(spec.source)), called)
    except CampaignNotFoundError as error:
        table = PUBLIC.get(spec.source.lower())
        if table is None:
            raise
        raise CampaignNotFoundError(error.message, table.to_be_had()) from error


class AttachedSource(SourceSummary):
    """A source of a campaign, and what it is worth.

    Attributes:
        kind: Where it came from.
        copied: When, UTC.
        factor: What its values were multiplied by.
        fill: {input: value} in the system that lacks it.
        told: How it is compared, in words.
        verdict: What it is worth.
    """

    kind: Literal["campaign", "table"]
    copied: Moment
    factor: float
    fill: dict[str, Value]
    told: tuple[str, ...]
    verdict: AnsweredVerdict


class SourcesReport(Answer):
    """The sources of a campaign, and what they are worth.

    Attributes:
        campaign: Its name.
        sources: Those attached, one for each target that they are about.
        removed: The source that was taken away now.
        notices: What a person should know.
    """

    campaign: str
    sources: tuple[AttachedSource, ...]
    removed: str | None = None
    notices: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, campaign: Campaign, notices: Sequence[str] = (), removed: str | None = None
    ) -> SourcesReport:
        """The report on a campaign at hand."""
        from tansaku.campaign.sources.describe import description  # on demand: it brings pandas

        parts = campaign.sources.parts
        compared = {n: tuple(description(each, campaign.space)) for n, each in parts.items()}
        sources = tuple(
            AttachedSource(
                **each.summary(),
                **each.model_dump(include={"kind", "copied", "factor", "fill"}),
                told=compared[each.name],
                verdict=verdict,
            )
            for each, verdict in zip(campaign.sources, campaign.sources.verdicts(), strict=True)
        )
        return cls(campaign=campaign.name, sources=sources, removed=removed, notices=tuple(notices))


def attach(campaign: Campaign, opened: SqlStore, spec: SourceSpec) -> tuple[str, ...]:
    """Attach older data to a campaign at hand; what a person should know of them.

    Raises:
        TansakuError: as :func:`older`, or they do not fit; says why, and what to do.
    """
    return campaign.sources.add(older(spec, opened.load))


def show(store: str, name: str) -> SourcesReport:
    """The sources of the campaign ``name``, and what they are worth.

    Raises:
        CampaignNotFoundError: the store has none of that name.
    """
    return SourcesReport.of(load(store, name))


def add(store: str, name: str, spec: SourceSpec) -> SourcesReport:
    """Attach older data to the campaign ``name``; a source of the same name is replaced.

    Raises:
        TansakuError: as :func:`attach`; nothing is stored.
    """
    with open_store(store) as opened:
        return change(
            store, name, lambda found: SourcesReport.of(found, attach(found, opened, spec))
        )


def remove(store: str, name: str, source: str) -> SourcesReport:
    """Take a source away from the campaign ``name``; 'undo' brings it back.

    Raises:
        UnknownNameError: there is none of that name.
    """

    def act(campaign: Campaign) -> SourcesReport:
        campaign.sources.remove(source)
        return SourcesReport.of(campaign, removed=source)

    return change(store, name, act)
