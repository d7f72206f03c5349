"""Sources of a study: older measurements, linked as a campaign links them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tansaku.campaign.history.model_inputs import uses_sources
from tansaku.campaign.history.objectives import measured_targets
from tansaku.campaign.sources.checks import Known
from tansaku.campaign.sources.link import Link, LinkContext, link, linked_again
from tansaku.campaign.sources.read_source import Older
from tansaku.chem.amounts import Amounts
from tansaku.design import Floats
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.space import amounts_at
from tansaku.strategy import Strategy
from tansaku.studies.finished_table import FinishedTable


def link_sources(
    table: FinishedTable, older: Sequence[Older | Link], strategies: Sequence[Strategy]
) -> Link:
    """The sources that older data make for the targets of a study that are measured.

    Args:
        table: The candidates.
        older: Tables and campaigns, and what the studied campaign has linked already.
        strategies: Those compared.

    Raises:
        UsageError: as :func:`~tansaku.campaign.sources.link.link`, or no strategy uses them.
        TableError, CellError: as that function.
    """
    if not older:
        return Link((), ())
    space, targets = table.space, measured_targets(table.targets)
    amounts = None if space.chemistry is None else amounts_at(space, table.matrix)
    columns = dict(zip((t.name for t in table.targets), table.values.T, strict=True))
    known = {t.name: _known(table.matrix, columns[t.name], amounts) for t in targets}
    context = LinkContext(space, targets, known)
    notices: list[str] = []
    for each in older:
        if isinstance(each, Link):
            found = linked_again(each.parts, context)
        else:
            found = link(_free(each, context), context)
        context = replace(context, sources=(*context.sources, *found.parts))
        notices += found.notices
    names = ", ".join(s.name for s in strategies if not uses_sources(s))
    if not any(uses_sources(s) for s in strategies):
        raise UsageError(
            _("None of the strategies {names} makes use of a source.").format(names=names),
            _("Add standard, mixed or transfer, or leave out the source."),
        )
    if names:
        notices.append(_("Strategies that make no use of the source: {names}.").format(names=names))
    return Link(tuple(context.sources), tuple(notices))


def _known(matrix: Floats, values: Floats, amounts: Amounts | None) -> Known:
    """The candidates that have a value."""
    there = np.isfinite(values)
    made = None if amounts is None else Amounts(amounts.elements, amounts.matrix[there])
    return Known(matrix[there], values[there], made)


def _free(older: Older, context: LinkContext) -> Older:
    """The data under a name that no other source has."""
    taken = [source.name for source in context.sources]
    name, number = older.name, 2
    while name in taken:
        name, number = f"{older.name} ({number})", number + 1
    return replace(older, spec=older.spec.model_copy(update={"source": name}))
