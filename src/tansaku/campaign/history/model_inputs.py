"""Model inputs: a campaign as a strategy sees it, encoded, and older data in the same columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tansaku.campaign.history.source_table import SourceTable
from tansaku.chem.amounts import Amounts
from tansaku.chem.composition import Composition
from tansaku.chem.sites import Site
from tansaku.design import Floats, SourceData
from tansaku.encode import Comparison, Encoder, OtherSystem, SharedColumns, encoder_for
from tansaku.space import Space, Target, Value
from tansaku.space.values import number_of
from tansaku.strategy import Strategy


@dataclass(frozen=True, slots=True)
class ModelInputs:
    """How points become columns, and what older data say in them.

    Attributes:
        encoder: The encoding of the space's inputs.
        sources: Older data in it; none where there is none, or the strategy ignores it.
        names: What they are called.
    """

    encoder: Encoder
    sources: tuple[SourceData, ...] = ()
    names: tuple[str, ...] = ()


def uses_sources(strategy: Strategy) -> bool:
    """Whether a strategy looks at a source where there is one."""
    return strategy.surrogate is not None and strategy.surrogate.sources != "ignored"


def model_inputs_of(
    space: Space, target: Target, sources: Sequence[SourceTable], strategy: Strategy
) -> ModelInputs:
    """What ``strategy`` sees of the search for one target with these sources, those that tell of
    it; without any at all the plain encoding. All targets of a campaign see the same columns.

    Raises:
        SpaceError, DataError: formulas cannot be encoded so; names what is missing.
    """
    if not sources or not uses_sources(strategy):
        return ModelInputs(encoder_for(space))
    shared = shared_columns(space, sources)
    parts = zip(shared.others, sources, strict=True)
    own = [(X, each) for X, each in parts if each.is_about(target.name)]
    return ModelInputs(
        shared,
        tuple(
            SourceData(
                X, target.to_model(np.array(each.values)), np.array(each.counts, dtype=float)
            )
            for X, each in own
        ),
        tuple(each.name for _X, each in own),
    )


def shared_columns(space: Space, sources: Sequence[SourceTable]) -> SharedColumns:
    """The columns that the target and its sources share; all are compared in the same way."""
    held = {
        _column(space, each, theirs): float(each.fill.get(theirs, 0.0))
        for each in sources
        for ours, theirs in each.pairs
        if not ours
    }
    counted = {ours for ours, _theirs in sources[0].pairs}
    comparison = Comparison(
        inputs=tuple(name for name in space.names if name in counted),
        held=held,
        by=sources[0].by,
        elements=tuple(each.elements for each in sources),
        descriptors=sources[0].descriptors,
    )
    return SharedColumns.of(space, comparison, [_other(space, each) for each in sources])


def _other(space: Space, source: SourceTable) -> OtherSystem:
    """The points of a source in the words of the target's space."""
    columns, n = source.columns, len(source.values)
    inputs = np.full((n, len(space.inputs)), np.nan)
    extra: dict[str, Floats] = {}
    for ours, theirs in source.pairs:
        if not ours:
            extra[_column(space, source, theirs)] = np.array(columns[theirs], dtype=np.float64)
            continue
        values: Sequence[Value] = columns[theirs] if theirs else (source.fill.get(ours, 0.0),) * n
        parameter = space.inputs[space.names.index(ours)]
        inputs[:, space.names.index(ours)] = [number_of(parameter, v, source.name) for v in values]
    amounts = None
    if source.by != "names":
        amounts = Amounts.of([Composition.parse(text) for text in source.formulas])
    sites = tuple(Site.parse(text) for text in source.sites)
    return OtherSystem(inputs, extra, amounts, sites, source.states)


def _column(space: Space, source: SourceTable, name: str) -> str:
    """What a column that only a source has is called."""
    return f"{source.name}: {name}" if name in space.names else name
