"""sources: older data for a campaign or a study, from a table or another campaign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.sources import Source
from tansaku.errors import UsageError
from tansaku.insight.verdict import SourceVerdict, words
from tansaku.language import _
from tansaku.services.opened import campaign_name, change, load
from tansaku.space import CompositionTemplate, Value
from tansaku.spec import Spec
from tansaku.store import open_store

if TYPE_CHECKING:
    from tansaku.campaign.formulas import TableColumns
    from tansaku.store.sql import SqlStore
    from tansaku.studies.sources import Older

TABLES: Final = (".csv", ".tsv", ".txt", ".xls", ".xlsm", ".xlsx")
"""Endings by which a file is told from a campaign's name."""


class GivenSource(Spec):
    """Older data as a person names them.

    Attributes:
        source: A file, or the name of a campaign.
        inputs: The input columns of a table; ``x=x_Y`` calls the column x_Y x. Without any they
            are called as those of the target.
        target: Its target; empty for the name of the target's.
        formula: The table's column with formulas.
        template: Instead: a formula whose variables are among the inputs.
        match: Pairs ``target=source`` of inputs or elements that mean the same, or ``formulas``,
            ``sites``, ``descriptors``, ``names``.
        fill: {input: value} in the system that lacks it.
        factor: What the values are multiplied by, to be in the target's unit.

    Example:
        >>> GivenSource(source="older.csv").is_table, GivenSource(source="lyczp").is_table
        (True, False)
    """

    source: str
    inputs: tuple[str, ...] = ()
    target: str = ""
    formula: str = ""
    template: str = ""
    match: tuple[str, ...] = ()
    fill: dict[str, Value] = {}
    factor: float | None = Field(default=None, gt=0)

    @property
    def is_table(self) -> bool:
        """Whether it is a file."""
        return Path(self.source).suffix.lower() in TABLES

    def columns(self) -> TableColumns:
        """What the columns of the table mean.

        Raises:
            UsageError: both a column and a template say what the rows are made of.
        """
        from tansaku.campaign.formulas import TableColumns  # on demand: it brings pandas

        if self.formula and self.template:
            raise UsageError(
                _("--source-formula and --source-template exclude each other."),
                _("Name the column of formulas, or the template."),
            )
        template = CompositionTemplate(text=self.template) if self.template else None
        return TableColumns(self.inputs, self.target, self.formula, template)

    def older(self) -> Older:
        """The table, for a study.

        Raises:
            UsageError: it is a campaign.
            TableError: it cannot be read.
        """
        from tansaku.studies.sources import Older  # on demand: it brings pandas
        from tansaku.tables.read import read_table

        if not self.is_table:
            raise UsageError(
                _("The source '{name}' of a study is no table.").format(name=self.source),
                _("Give a .csv or .xlsx file; 'export NAME FILE.csv' makes one of a campaign."),
            )
        frame = read_table(Path(self.source))
        return Older(frame, self.columns(), match=self.match, fill=self.fill, factor=self.factor)


@dataclass(frozen=True, slots=True)
class SourcesReport:
    """The sources of a campaign, and what they are worth.

    Attributes:
        campaign: Its name.
        sources: Those attached.
        told: For each: how it is compared, in words.
        verdicts: One for each.
        notices: What a person should know.
        removed: The source that was taken away now; empty for none.
    """

    campaign: str
    sources: tuple[Source, ...]
    told: tuple[tuple[str, ...], ...]
    verdicts: tuple[SourceVerdict, ...]
    notices: tuple[str, ...] = ()
    removed: str = ""

    @classmethod
    def of(
        cls, campaign: Campaign, notices: Sequence[str] = (), removed: str = ""
    ) -> SourcesReport:
        """The report on a campaign at hand."""
        from tansaku.campaign.linking import told_of  # on demand: it brings pandas

        sources = tuple(campaign.sources)
        told = tuple(tuple(told_of(each, campaign.space)) for each in sources)
        verdicts = campaign.sources.verdicts()
        return cls(campaign.name, sources, told, verdicts, tuple(notices), removed)

    def document(self) -> dict[str, Any]:
        """``{"campaign", "sources": [{"name", .., "verdict": {..}}], "removed", "notices"}``."""
        return {
            "campaign": self.campaign,
            "sources": [
                {
                    "name": each.name,
                    "kind": each.kind,
                    "copied": each.copied.isoformat(),
                    "n": len(each.values),
                    "target": each.target,
                    "factor": each.factor,
                    "by": each.by,
                    "columns": [
                        {"target": ours or None, "source": theirs or None}
                        for ours, theirs in (*each.elements, *each.pairs)
                    ],
                    "fill": each.fill,
                    "told": list(told),
                    "verdict": verdict.model_dump(mode="json") | {"words": words(verdict)},
                }
                for each, told, verdict in zip(self.sources, self.told, self.verdicts, strict=True)
            ],
            "removed": self.removed or None,
            "notices": list(self.notices),
        }


def attach(campaign: Campaign, opened: SqlStore, given: GivenSource) -> tuple[str, ...]:
    """Attach older data to a campaign at hand; what a person should know of them.

    Raises:
        CampaignNotFoundError: the store has no campaign of that name.
        UsageError, TableError, CellError: they do not fit; says why, and what to do.
    """
    if given.is_table:
        from tansaku.tables.read import read_table  # on demand: it brings pandas

        return campaign.sources.add_table(
            read_table(Path(given.source)),
            given.columns(),
            match=given.match,
            fill=given.fill,
            factor=given.factor,
        )
    said = {"--source-inputs": given.inputs, "--source-formula": given.formula,
            "--source-template": given.template}  # fmt: skip
    useless = [option for option, value in said.items() if value]
    if useless:
        raise UsageError(
            _("{options} says something of a table, and '{name}' is a campaign.").format(
                options=", ".join(useless), name=given.source
            ),
            _("Leave it out: a campaign knows its inputs and formulas."),
        )
    return campaign.sources.add_campaign(
        opened.load(campaign_name(given.source)),
        target=given.target,
        match=given.match,
        fill=given.fill,
        factor=given.factor,
    )


def show(store: str, name: str) -> SourcesReport:
    """The sources of the campaign ``name``, and what they are worth.

    Raises:
        CampaignNotFoundError: the store has none of that name.
    """
    return SourcesReport.of(load(store, name))


def add(store: str, name: str, given: GivenSource) -> SourcesReport:
    """Attach older data to the campaign ``name``; a source of the same name is replaced.

    Raises:
        TansakuError: as :func:`attach`; nothing is stored.
    """
    with open_store(store) as opened:
        campaign, notices = change(store, name, lambda found: attach(found, opened, given))
    return SourcesReport.of(campaign, notices)


def remove(store: str, name: str, source: str) -> SourcesReport:
    """Take a source away from the campaign ``name``; 'undo' brings it back.

    Raises:
        UnknownNameError: there is none of that name.
    """
    wanted = source
    campaign, _gone = change(store, name, lambda found: found.sources.remove(wanted))
    return SourcesReport.of(campaign, removed=source)
