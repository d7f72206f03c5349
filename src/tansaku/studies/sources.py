"""Sources of a study: older measurements, in the same words as a campaign has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tansaku.campaign.doubts import Known
from tansaku.campaign.drafts import from_table
from tansaku.campaign.formulas import TableColumns
from tansaku.campaign.linking import Wish, linked, table_columns
from tansaku.campaign.sight import sight_of, uses_sources
from tansaku.campaign.sources import Source
from tansaku.design import Design, Floats, SourceData
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.space import Space, Target, Value, amounts_at
from tansaku.strategy import STRATEGIES

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Older:
    """A table of older measurements, and what its columns mean.

    Attributes:
        frame: The table; rows without a value take no part.
        columns: What its columns mean; without inputs or target those of the study.
        name: What to call it; else its file's name.
        match: Which columns mean the same, as :func:`~tansaku.campaign.pairing.pairs_of` reads
            them, or ``formulas``, ``sites``, ``descriptors``, ``names``.
        fill: {input: value} in the table that lacks it.
        factor: What its values are multiplied by, to be in the target's unit.
    """

    frame: pd.DataFrame
    columns: TableColumns | None = None
    name: str = ""
    match: tuple[str, ...] = ()
    fill: Mapping[str, Value] = field(default_factory=dict)
    factor: float | None = None


@dataclass(frozen=True, slots=True)
class Matched:
    """Sources in the words of the target.

    Attributes:
        sources: As a campaign would keep them.
        pool: The target's candidates, in an encoding that spans all tables.
        data: The sources' measurements in the same encoding, on the target's model scale.
        notices: What a person should know.
    """

    sources: tuple[Source, ...]
    pool: Design
    data: tuple[SourceData, ...]
    notices: tuple[str, ...]

    def documents(self) -> list[dict[str, Any]]:
        """As in ``study --json``, one for each; a column that one table lacks is null there."""
        return [
            {
                "name": each.name,
                "n": len(each.values),
                "target": each.target,
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


def matched(older: Sequence[Older], *, space: Space, values: Floats, target: Target) -> Matched:
    """Bring older measurements into the words of the target.

    Args:
        older: At least one table.
        space: The target's candidates, all measured.
        values: Their values in the target's unit, shape (N,).
        target: What is wanted.

    Raises:
        UsageError: columns without a partner, other units, another scale or goal.
        TableError, CellError: a source's table cannot be used, has too few rows, or holds rows
            of the target itself.
    """
    amounts = None if space.chemistry is None else amounts_at(space, space.matrix)
    known = Known(space.matrix, values, amounts)
    sources: list[Source] = []
    notices: list[str] = []
    for each in older:
        wish = Wish(each.match, each.fill, each.factor)
        there = [str(label).strip() for label in each.frame.columns]
        columns = table_columns(each.columns, wish, space=space, target=target, there=there)
        columns = replace(columns, target=_target_name(columns.target, target))
        draft = from_table(each.frame, columns, target, each.name)
        link = linked(
            replace(draft, name=_free(draft.name, [source.name for source in sources])),
            wish,
            space=space,
            target=target,
            known=known,
            beside=sources,
        )
        sources.append(link.source)
        notices += link.notices
    sight = sight_of(space, target, sources, STRATEGIES["standard"])
    pool = sight.encoder.encode(space.matrix)
    return Matched(tuple(sources), pool, sight.sources, tuple(notices))


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


__all__ = ["Matched", "Older", "matched", "older_of", "uses_sources"]
