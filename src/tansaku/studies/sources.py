"""Sources of a study: older measurements, in the same words as a campaign has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from tansaku.campaign.history.model_inputs import model_inputs_of, uses_sources
from tansaku.campaign.history.objectives import measured_targets
from tansaku.campaign.history.records import CampaignDocument
from tansaku.campaign.history.source_spec import Source
from tansaku.campaign.history.state import fold
from tansaku.campaign.sources.checks import Known, check_one_way, check_own_rows
from tansaku.campaign.sources.describe import told_of
from tansaku.campaign.sources.link import Factor, Link, Wish, linked
from tansaku.campaign.sources.source_formulas import TableColumns, table_columns
from tansaku.campaign.sources.source_table import Draft, from_campaign, from_table, name_of
from tansaku.campaign.sources.target_columns import Asked, telling
from tansaku.design import Design, Floats, SourceData
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.space import Space, Target, Value, amounts_at
from tansaku.space.values import settings
from tansaku.strategy import STRATEGIES, Strategy

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class TransferContext:
    """The finished candidates that older data are attached to.

    Attributes:
        space: The candidates, all measured.
        values: {target: their values in its unit, shape (N,)}.
        targets: What is wanted.
    """

    space: Space
    values: Mapping[str, Floats]
    targets: Sequence[Target]

    @property
    def known(self) -> dict[str, Known]:
        """{target: what is measured of it}."""
        space = self.space
        amounts = None if space.chemistry is None else amounts_at(space, space.matrix)
        return {name: Known(space.matrix, each, amounts) for name, each in self.values.items()}

    def link(
        self, drafts: Sequence[Draft], wish: Wish, beside: Sequence[Source], *, named: bool
    ) -> Link:
        """What drafts make for the targets; see :func:`~tansaku.campaign.sources.link.linked`."""
        name = _free(drafts[0].name, [source.name for source in beside])
        return linked(
            [replace(draft, name=name) for draft in drafts],
            wish,
            space=self.space,
            targets=self.targets,
            known=self.known,
            beside=beside,
            named=named,
        )


class OlderData(Protocol):
    """What a study can be given."""

    def linked(self, context: TransferContext, beside: Sequence[Source]) -> Link:
        """In the words of the targets, beside other sources."""


@dataclass(frozen=True, slots=True)
class Older:
    """A table of older measurements, and what its columns mean.

    Attributes:
        frame: The table; rows without a value take no part.
        columns: What its columns mean; without inputs or target those of the study.
        name: What to call it; else its file's name.
        match: Which columns mean the same, as
            :func:`~tansaku.campaign.sources.match.pairs_of` reads them, or ``formulas``,
            ``sites``, ``descriptors``, ``names``.
        fill: {input: value} in the table that lacks it.
        factor: What its values are multiplied by, to be in the target's unit; of several targets
            {target: number}.
    """

    frame: pd.DataFrame
    columns: TableColumns | None = None
    name: str = ""
    match: tuple[str, ...] = ()
    fill: Mapping[str, Value] = field(default_factory=dict)
    factor: Factor = None

    def linked(self, context: TransferContext, beside: Sequence[Source]) -> Link:
        """As :class:`OlderData`."""
        wish = Wish(self.match, self.fill, self.factor)
        there = [str(label).strip() for label in self.frame.columns]
        asked = _asked(self.columns, context.targets)
        wanted = telling(asked, context.targets, there, self.name or name_of(self.frame))
        columns = table_columns(
            self.columns, space=context.space, there=there, match=wish.match, fill=wish.fill
        )
        drafts = from_table(self.frame, columns, wanted, self.name)
        return context.link(drafts, wish, beside, named=bool(asked))


@dataclass(frozen=True, slots=True)
class OlderCampaign:
    """Another campaign whose results are older data.

    Attributes:
        document: ``other.document``.
        target: Which of its targets tells; of several {target: its own}.
        match, fill, factor: As of :class:`Older`.
    """

    document: CampaignDocument
    target: Asked = ""
    match: tuple[str, ...] = ()
    fill: Mapping[str, Value] = field(default_factory=dict)
    factor: Factor = None

    def linked(self, context: TransferContext, beside: Sequence[Source]) -> Link:
        """As :class:`OlderData`."""
        spec = self.document.campaign
        there = [target.name for target in measured_targets(spec.targets)]
        wanted = telling(self.target, context.targets, there, spec.name)
        drafts = from_campaign(spec, fold(self.document.events), wanted)
        wish = Wish(self.match, self.fill, self.factor)
        return context.link(drafts, wish, beside, named=bool(self.target))


@dataclass(frozen=True, slots=True)
class Attached:
    """What a campaign has attached already, for a study of that campaign.

    Attributes:
        parts: Of one source, one for each target that it tells of.
    """

    parts: tuple[Source, ...]

    def linked(self, context: TransferContext, beside: Sequence[Source]) -> Link:
        """As :class:`OlderData`; what was measured since must still be none of its rows."""
        for each in self.parts:
            known = context.known[each.about or context.targets[0].name]
            places = [settings(dict(zip(each.inputs, row, strict=True))) for row in each.rows]
            check_own_rows(each, context.space, known, places)
            check_one_way(each, beside)
        return Link(self.parts, tuple(told_of(self.parts, context.space)))


@dataclass(frozen=True, slots=True)
class Matched:
    """Sources in the words of the target.

    Attributes:
        sources: As a campaign would keep them, one for each target that a table tells of.
        pool: The target's candidates, in an encoding that spans all tables.
        data: {target: the sources' measurements in the same encoding, on its model scale}.
        notices: What a person should know.
    """

    sources: tuple[Source, ...]
    pool: Design
    data: Mapping[str, tuple[SourceData, ...]]
    notices: tuple[str, ...]

    def documents(self) -> list[dict[str, Any]]:
        """As in ``study --json``, one for each; a column that one table lacks is null there."""
        return [
            {
                "name": each.name,
                "n": len(each.values),
                "target": each.target,
                **({"about": each.about} if each.about else {}),
                "by": each.by,
                "columns": [
                    {"target": ours or None, "source": theirs or None}
                    for ours, theirs in (*each.elements, *each.pairs)
                ],
                "compared": list(self.pool.names),
            }
            for each in self.sources
        ]


def older_of(
    source: pd.DataFrame,
    inputs: Sequence[str],
    target: str,
    match: Mapping[str, str] | Sequence[str],
) -> Older:
    """One source from the parts that ``study`` takes."""
    pairs = [f"{a}={b}" for a, b in match.items()] if isinstance(match, Mapping) else list(match)
    columns = TableColumns(tuple(each.strip() for each in inputs), target)
    return Older(source, columns, match=tuple(pairs))


def matched(
    older: Sequence[OlderData],
    *,
    space: Space,
    values: Mapping[str, Floats],
    targets: Sequence[Target],
) -> Matched:
    """Bring older measurements into the words of the targets.

    Args:
        older: At least one table or campaign.
        space: The candidates, all measured.
        values: {target: their values in its unit, shape (N,)}.
        targets: What is wanted.

    Raises:
        UsageError: columns without a partner, other units, another scale or goal.
        TableError, CellError: a source's table cannot be used, has too few rows, or holds rows
            of the target itself.
    """
    context = TransferContext(space, values, targets)
    sources: list[Source] = []
    notices: list[str] = []
    for each in older:
        link = each.linked(context, sources)
        sources += link.parts
        notices += link.notices
    sights = {t.name: model_inputs_of(space, t, sources, STRATEGIES["standard"]) for t in targets}
    pool = next(iter(sights.values())).encoder.encode(space.matrix)
    data = {name: model_inputs.sources for name, model_inputs in sights.items()}
    return Matched(tuple(sources), pool, data, tuple(notices))


def said_of_use(strategies: Sequence[Strategy], source: Matched | None) -> list[str]:
    """What is to be said of the source."""
    if source is None:
        return []
    without = [s.name for s in strategies if not uses_sources(s)]
    notice = _("Strategies that make no use of the source: {names}.")
    return [*source.notices, *([notice.format(names=", ".join(without))] if without else [])]


def check_used(strategies: Sequence[Strategy], source: Matched | None, *, described: bool) -> None:
    """See that a source is there where one is spoken of, and that somebody uses it.

    Raises:
        UsageError: it is not, or nobody does.
    """
    if source is None and described:
        raise UsageError(
            _("Columns of a source are named, and no source is given."),
            _("Give the source's table with --source, or leave out what describes it."),
        )
    if source is not None and not any(uses_sources(s) for s in strategies):
        raise UsageError(
            _("None of the strategies {names} makes use of a source.").format(
                names=", ".join(s.name for s in strategies)
            ),
            _("Add standard, mixed or transfer, or leave out the source."),
        )


def _asked(columns: TableColumns | None, targets: Sequence[Target]) -> Asked:
    """What the source's columns tell of; a scale or a goal in the text must be the target's."""
    if columns is None:
        return ""
    if isinstance(columns.target, str):
        alone = len(targets) == 1 and columns.target
        return _target_name(columns.target, targets[0]) if alone else columns.target
    wanted = {t.name: t for t in targets}
    return {
        name: _target_name(text, wanted[name]) if name in wanted else text
        for name, text in columns.target.items()
    }


def _free(name: str, taken: Sequence[str]) -> str:
    """A name that no other source has."""
    found, number = name, 2
    while found in taken:
        found, number = f"{name} ({number})", number + 1
    return found


def _target_name(text: str, target: Target) -> str:
    """The source's target column; a scale or a goal in the text must be the target's own."""
    declared, words = Target.parse(text), text.split(":")[1:]
    scale = declared.scale if {"log10", "linear"} & set(words) else target.scale
    goal = [w for w in words if w not in ("log10", "linear")]
    wanted = (declared.goal, declared.value) if goal else (target.goal, target.value)
    if scale != target.scale or wanted != (target.goal, target.value):
        raise UsageError(
            _("The source's target is '{source}', the target is '{target}'.").format(
                source=text, target=target
            ),
            _("Scale and goal are those of the target: write --source-target {name}.").format(
                name=declared.name
            ),
        )
    return declared.name


__all__ = [
    "Attached",
    "Matched",
    "Older",
    "OlderCampaign",
    "OlderData",
    "check_used",
    "matched",
    "older_of",
    "said_of_use",
    "uses_sources",
]
