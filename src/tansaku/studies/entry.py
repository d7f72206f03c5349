"""Entry: one door to studies, for one target and for several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tansaku.campaign.history.objectives import Wished
from tansaku.campaign.sources.link import Link
from tansaku.campaign.sources.read_source import Older
from tansaku.campaign.sources.source_spec import SourceSpec
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.space import Target
from tansaku.space.arguments import names_from
from tansaku.strategy import Strategy
from tansaku.studies.result import Study
from tansaku.studies.run import study as study_one
from tansaku.studies.several import study_several
from tansaku.studies.several_result import SeveralStudy
from tansaku.tables.frames import frame_from

if TYPE_CHECKING:
    import pandas as pd


def study(
    frame: pd.DataFrame,
    *,
    target: Wished,
    reference: Mapping[str, float] | None = None,
    cost: str | None = None,
    **options: Any,
) -> Study | SeveralStudy:
    """Replay strategies on a finished table.

    Args:
        frame: The table.
        target: One target: how soon its best row is found, see
            :func:`tansaku.studies.run.study`. Several, or one with limits: how the hypervolume
            grows, see :func:`tansaku.studies.several.study_several`.
        reference: For several targets, what each goal has to beat to count.
        cost: Column with what each candidate costs: improvement is counted per cost.
        options: As those functions have them: ``inputs``, ``strategies``, ``runs``, .. Older data
            are ``sources``; a lone table of them may stand as ``source``, with the fields of
            :class:`~tansaku.campaign.sources.source_spec.SourceSpec` as ``source_inputs``,
            ``source_target``, .. ``match`` and ``fill``.

    Raises:
        UsageError, TableError, CellError, DataError: as those functions.
    """
    frame = frame_from(frame)
    options["sources"] = _sources(options)
    if "inputs" in options:
        options["inputs"] = names_from(options["inputs"])
    if isinstance(options.get("strategies"), str | Strategy):
        options["strategies"] = [options["strategies"]]
    if isinstance(target, str):
        parts = {k: options.pop(k) for k in ("goal", "scale", "value") if k in options}
        target = Target.of(target, **parts)
    whole = target if isinstance(target, Target) else None
    if not isinstance(target, str | Target) and len(target) == 1:
        first = target[0]
        whole = first if isinstance(first, Target) else Target.parse(first)
    if cost is None and reference is None and whole is not None and whole.plain:
        return study_one(frame, target=whole, **options)
    return study_several(
        frame,
        targets=target if whole is None else [whole],
        reference=reference,
        cost=cost,
        **options,
    )


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
