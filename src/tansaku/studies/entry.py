"""Entry: one door to studies of tables, for one target and for several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

from tansaku.campaign.history.objectives import Wished, checked_reference, targets_of
from tansaku.campaign.sources.read_source import Older
from tansaku.campaign.sources.source_spec import SourceSpec
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.space import CompositionTemplate, ListedFormulas
from tansaku.space.arguments import names_from
from tansaku.space.values import Value
from tansaku.strategy import Strategy
from tansaku.studies.finished_table import read_finished
from tansaku.studies.result import Study
from tansaku.studies.run import ReplayOptions, Replays, study_of_table
from tansaku.tables.frames import frame_from

if TYPE_CHECKING:
    import pandas as pd


OF_TARGET = {"goal": "max", "scale": "linear", "value": None, "unit": ""}
"""What is said of one target that is a name, where nothing else is."""


class StudyOptions(ReplayOptions, total=False):
    """One target that is a name, how its table is replayed, and a lone table of older data: what is
    said of it as :class:`~tansaku.campaign.sources.source_spec.SourceSpec` has it."""

    goal: str
    scale: str
    value: float | None
    unit: str
    template: str
    source: Any
    source_inputs: str | Sequence[str] | Mapping[str, str]
    source_target: str | Mapping[str, str]
    source_formula: str
    source_template: str | CompositionTemplate
    match: str | Sequence[str] | Mapping[str, str]
    fill: Mapping[str, Value]
    source_factor: float | Mapping[str, float] | None


def study(
    frame: pd.DataFrame,
    *,
    inputs: str | Sequence[str],
    target: Wished,
    reference: Mapping[str, float] | None = None,
    cost: str | None = None,
    formula: str | ListedFormulas | None = None,
    **options: Unpack[StudyOptions],
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
        options: ``goal``, ``scale``, ``value`` and ``unit`` of one target that is a name, as
            ``Campaign.from_table`` has them; ``template``: a formula whose variables are among the
            inputs; those of :class:`~tansaku.studies.run.Replays`: ``strategies``, ``runs``, ..
            Older data are ``sources``; a lone table of them may stand as ``source``, with the
            fields of :class:`~tansaku.campaign.sources.source_spec.SourceSpec` as
            ``source_inputs``, ``source_target``, .. ``match`` and ``fill``.

    Raises:
        StudyStopped: Ctrl-C; it has what is done until then.
        StoreError: the checkpoint is of another study, or cannot be used.
        UsageError: a number that makes no study; a source that does not fit; a reference point
            for something that is no goal; no goal at all.
        ClusterError: the workers of ``cluster`` cannot be reached, are lost or have other versions.
        DataError: no candidate counts.
        TableError, CellError: the table cannot be used; names row and column.

    Example:
        >>> table = {"x": [0, 1, 2, 3], "y": [1.0, 3.0, 2.0, 0.5]}
        >>> study(table, inputs=["x"], target="y", strategies=["random"], runs=9, start=1).best
        3.0

    Source: discovery probability as in M. Nakayama's lecture (2022) and Fukuda et al., RSC Adv.
    (2022), doi:10.1039/d2ra04539g.
    """
    said = _alone(options)
    wanted = targets_of(target, **{k: said.pop(k, v) for k, v in OF_TARGET.items()})
    template = said.pop("template", "")
    how = replays(said)
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


def replays(options: Mapping[str, object]) -> Replays:
    """How searches are replayed, as a caller says it: one strategy may stand alone."""
    said: dict[str, Any] = {**options}
    if isinstance(said.get("strategies"), str | Strategy):
        said["strategies"] = [said["strategies"]]
    return Replays(**said)


def _alone(options: StudyOptions) -> dict[str, Any]:
    """The options with a lone table of older data behind the others."""
    said: dict[str, Any] = {**options}
    frame = said.pop("source", None)
    names = SourceSpec.arguments()
    told = {names[name]: said.pop(name) for name in list(said) if name in names}
    if frame is None and any(told.values()):
        raise UsageError(
            _("Columns of a source are named, and no source is given."),
            _("Give the source's table with --source, or leave out what describes it."),
        )
    older = [] if frame is None else [Older(frame, SourceSpec(**told))]
    return {**said, "sources": [*said.get("sources", ()), *older]}
