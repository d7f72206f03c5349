"""sources: older data for a campaign or a study, from a table or another campaign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.history.source_spec import Source
from tansaku.errors import UsageError
from tansaku.insight.verdict import SourceVerdict, words
from tansaku.language import _
from tansaku.services.opened import campaign_name, change, load
from tansaku.space import CompositionTemplate, Value
from tansaku.spec import Spec
from tansaku.store import open_store

if TYPE_CHECKING:
    from tansaku.campaign.sources.source_formulas import TableColumns
    from tansaku.store.sql import SqlStore
    from tansaku.studies.sources import OlderData

TABLES: Final = (".csv", ".tsv", ".txt", ".xls", ".xlsm", ".xlsx")
"""Endings by which a file is told from a campaign's name."""


Positive = Annotated[float, Field(gt=0)]
"""What values can be multiplied by."""


class GivenSource(Spec):
    """Older data as a person names them.

    Attributes:
        source: A file, or the name of a campaign.
        inputs: The input columns of a table; ``x=x_Y`` calls the column x_Y x. Without any they
            are called as those of the target.
        target: Its target; empty for the name of the target's. Of several {target: its own}.
        formula: The table's column with formulas.
        template: Instead: a formula whose variables are among the inputs.
        match: Pairs ``target=source`` of inputs or elements that mean the same, or ``formulas``,
            ``sites``, ``descriptors``, ``names``.
        fill: {input: value} in the system that lacks it.
        factor: What the values are multiplied by, to be in the target's unit. Of several
            {target: number}.

    Example:
        >>> GivenSource(source="older.csv").is_table, GivenSource(source="lyczp").is_table
        (True, False)
    """

    source: str
    inputs: tuple[str, ...] = ()
    target: str | dict[str, str] = ""
    formula: str = ""
    template: str = ""
    match: tuple[str, ...] = ()
    fill: dict[str, Value] = {}
    factor: Positive | dict[str, Positive] | None = None

    @property
    def is_table(self) -> bool:
        """Whether it is a file."""
        return Path(self.source).suffix.lower() in TABLES

    def columns(self) -> TableColumns:
        """What the columns of the table mean.

        Raises:
            UsageError: both a column and a template say what the rows are made of.
        """
        from tansaku.campaign.sources.source_formulas import (
            TableColumns,
        )  # on demand: it brings pandas

        if self.formula and self.template:
            raise UsageError(
                _("--source-formula and --source-template exclude each other."),
                _("Name the column of formulas, or the template."),
            )
        template = CompositionTemplate(text=self.template) if self.template else None
        return TableColumns(self.inputs, self.target, self.formula, template)

    def older(self, store: str) -> OlderData:
        """For a study.

        Raises:
            CampaignNotFoundError: the store has no campaign of that name.
            UsageError: columns are named of a campaign.
            TableError: a table cannot be read.
        """
        from tansaku.studies.sources import Older, OlderCampaign  # on demand: it brings pandas
        from tansaku.tables.read import read_table

        if self.is_table:
            frame, columns = read_table(Path(self.source)), self.columns()
            return Older(frame, columns, match=self.match, fill=self.fill, factor=self.factor)
        self.check_campaign()
        document = load(store, self.source).document
        return OlderCampaign(document, self.target, self.match, self.fill, self.factor)

    def check_campaign(self) -> None:
        """See that nothing is said that only a table needs, and that no file is meant.

        Raises:
            UsageError: it is.
        """
        if Path(self.source).is_file():
            raise UsageError(
                _("The file '{name}' is no table.").format(name=self.source),
                _(
                    "A source is a .csv or .xlsx file, or a campaign by its name: 'tansaku import"
                    " {name}' brings back one that was exported."
                ).format(name=self.source),
            )
        said = {"--source-inputs": self.inputs, "--source-formula": self.formula,
                "--source-template": self.template}  # fmt: skip
        useless = [option for option, value in said.items() if value]
        if useless:
            raise UsageError(
                _("{options} says something of a table, and '{name}' is a campaign.").format(
                    options=", ".join(useless), name=self.source
                ),
                _("Leave it out: a campaign knows its inputs and formulas."),
            )


@dataclass(frozen=True, slots=True)
class SourcesReport:
    """The sources of a campaign, and what they are worth.

    Attributes:
        campaign: Its name.
        sources: Those attached, one for each target that they tell of.
        told: {name: how that source is compared, in words}.
        verdicts: One for each.
        notices: What a person should know.
        removed: The source that was taken away now; empty for none.
    """

    campaign: str
    sources: tuple[Source, ...]
    told: Mapping[str, tuple[str, ...]]
    verdicts: tuple[SourceVerdict, ...]
    notices: tuple[str, ...] = ()
    removed: str = ""

    @classmethod
    def of(
        cls, campaign: Campaign, notices: Sequence[str] = (), removed: str = ""
    ) -> SourcesReport:
        """The report on a campaign at hand."""
        from tansaku.campaign.sources.describe import told_of  # on demand: it brings pandas

        sources, parts = tuple(campaign.sources), campaign.sources.parts
        told = {name: tuple(told_of(each, campaign.space)) for name, each in parts.items()}
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
                    **({"about": each.about} if each.about else {}),
                    "factor": each.factor,
                    "by": each.by,
                    "columns": [
                        {"target": ours or None, "source": theirs or None}
                        for ours, theirs in (*each.elements, *each.pairs)
                    ],
                    "fill": each.fill,
                    "told": list(self.told[each.name]),
                    "verdict": verdict.model_dump(mode="json") | {"words": words(verdict)},
                }
                for each, verdict in zip(self.sources, self.verdicts, strict=True)
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
    given.check_campaign()
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
        return change(
            store, name, lambda found: SourcesReport.of(found, attach(found, opened, given))
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
