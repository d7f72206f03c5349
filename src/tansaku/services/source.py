"""sources: older data for a campaign or a study, from a table or another campaign."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.history.records import CampaignDocument
from tansaku.campaign.history.source_table import SourceTable
from tansaku.campaign.sources.source_spec import SourceSpec
from tansaku.errors import UsageError
from tansaku.insight.verdict import SourceVerdict, words
from tansaku.language import _
from tansaku.services.opened import campaign_name, change, load
from tansaku.store import open_store

if TYPE_CHECKING:
    from tansaku.campaign.sources.read_source import Older
    from tansaku.store.sql import SqlStore


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
    from tansaku.campaign.sources.read_source import Older  # on demand: it brings pandas
    from tansaku.tables.read import read_table

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
                "A source is a .csv or .xlsx file, or a campaign by its name: 'tansaku import"
                " {name}' brings back one that was exported."
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
    return Older(campaign(campaign_name(spec.source)), called)


@dataclass(frozen=True, slots=True)
class SourcesReport:
    """The sources of a campaign, and what they are worth.

    Attributes:
        campaign: Its name.
        sources: Those attached, one for each target that they are about.
        descriptions: {name: how that source is compared, in words}.
        verdicts: One for each.
        notices: What a person should know.
        removed: The source that was taken away now; empty for none.
    """

    campaign: str
    sources: tuple[SourceTable, ...]
    descriptions: Mapping[str, tuple[str, ...]]
    verdicts: tuple[SourceVerdict, ...]
    notices: tuple[str, ...] = ()
    removed: str = ""

    @classmethod
    def of(
        cls, campaign: Campaign, notices: Sequence[str] = (), removed: str = ""
    ) -> SourcesReport:
        """The report on a campaign at hand."""
        from tansaku.campaign.sources.describe import description  # on demand: it brings pandas

        sources, parts = tuple(campaign.sources), campaign.sources.parts
        compared = {n: tuple(description(each, campaign.space)) for n, each in parts.items()}
        verdicts = campaign.sources.verdicts()
        return cls(campaign.name, sources, compared, verdicts, tuple(notices), removed)

    def document(self) -> dict[str, Any]:
        """``{"campaign", "sources": [{"name", .., "verdict": {..}}], "removed", "notices"}``."""
        return {
            "campaign": self.campaign,
            "sources": [
                each.document()
                | {
                    "kind": each.kind,
                    "copied": each.copied.isoformat(),
                    "factor": each.factor,
                    "fill": each.fill,
                    "told": list(self.descriptions[each.name]),
                    "verdict": verdict.model_dump(mode="json") | {"words": words(verdict)},
                }
                for each, verdict in zip(self.sources, self.verdicts, strict=True)
            ],
            "removed": self.removed or None,
            "notices": list(self.notices),
        }


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
