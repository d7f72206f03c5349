"""Entry: one door to studies of tables, for one target and for several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tansaku.campaign.history.objectives import Wished, checked_reference, targets_of
from tansaku.campaign.sources.link import Link
from tansaku.campaign.sources.read_source import Older
from tansaku.campaign.sources.source_spec import SourceSpec
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.space import ListedFormulas
from tansaku.space.arguments import names_from
from tansaku.strategy import Strategy
from tansaku.studies.finished_table import read_finished
from tansaku.studies.result import Study
from tansaku.studies.run import Replays, study_of_table
from tansaku.tables.frames import frame_from

if TYPE_CHECKING:
    import pandas as pd


def study(
    frame: pd.DataFrame,
    *,
    inputs: Any,
    target: Wished,
    reference: Mapping[str, float] | None = None,
    cost: str | None = None,
    formula: str | ListedFormulas | None = None,
    **options: Any,
) -> Study:
    """Replay strategies on a finished table, and report how soon they find its best row, or how the
    hypervolume of their samples grows.

    Args:
        frame: The table; rows without a value of every target take no part.
        inputs: Names of the input columns.
        target: One target, or several, each whole or as ``Target.parse`` reads it.
        reference: For several targets, what each goal has to beat to count; by default a tenth of
            its range below its worst value in the table. The strategies are told what is given, and
            otherwise take their own from what they have measured.
        cost: Column with what each candidate costs: improvement is counted per cost.
        formula: The table's column with formulas, or how they are used; one with a usual name is
            found without.
        options: ``goal``, ``scale`` and ``value`` of one target that is a name; ``template``: a
            formula whose variables are among the inputs; those of
            :class:`~tansaku.studies.run.Replays`: ``strategies``, ``runs``, .. Older data are
            ``sources``; a lone table of them may stand as ``source``, with the fields of
            :class:`~tansaku.campaign.sources.source_spec.SourceSpec` as ``source_inputs``,
            ``source_target``, .. ``match`` and ``fill``.

    Raises:
        StudyStopped: Ctrl-C; it has what is done until then.
        StoreError: the checkpoint is of another study, or cannot be used.
        UsageError: a number that makes no study; a source that does not fit; a reference point
            for something that is no goal; no goal at all.
        DataError: no candidate counts.
        TableError, CellError: the table cannot be used; names row and column.

    Example:
        >>> table = {"x": [0, 1, 2, 3], "y": [1.0, 3.0, 2.0, 0.5]}
        >>> study(table, inputs=["x"], target="y", strategies=["random"], runs=9, start=1).best
        3.0

    Source: discovery probability as in M. Nakayama's lecture (2022) and Fukuda et al., RSC Adv.
    (2022), doi:10.1039/d2ra04539g.
    """
    sources, template = _sources(options), options.pop("template", "")
    parts = {"goal": "max", "scale": "linear", "value": None, "unit": ""}
    wanted = targets_of(target, **{k: options.pop(k, v) for k, v in parts.items()})
    how = replays(**options, sources=sources)
    given = checked_reference(wanted, reference)
    table = read_finished(
        frame_from(frame),
        names_from(inputs),
        wanted,
        reference=given,
        cost=cost,
        formula=formula,
        template=template,
    )
    return study_of_table(table, how)


def replays(**options: Any) -> Replays:
    """How searches are replayed, as a caller says it: one strategy may stand alone."""
    if isinstance(options.get("strategies"), str | Strategy):
        options["strategies"] = [options["strategies"]]
    return Replays(**options)


def _sources(options: dict[str, Any]) -> list[Older | Link]:
    """The older data among the options, which are taken out of them."""
    frame = options.pop("source", None)
    said = {
        field: options.pop(name)
        for name, field in SourceSpec.arguments().items()
        if name in options
    }
    if frame is None and any(said.values()):
        raise UsageError(
            _("Columns of a source are named, and no source is given."),
            _("Give the source's table with --source, or leave out what describes it."),
        )
    alone = [] if frame is None else [Older(frame, SourceSpec(**said))]
    return [*options.pop("sources", ()), *alone]
