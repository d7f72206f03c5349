"""Entry: one door to studies, for one target and for several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tansaku.campaign.wanted import Wished
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.space import Target
from tansaku.studies.result import Study
from tansaku.studies.run import study as study_one
from tansaku.studies.several import study_several
from tansaku.studies.several_result import SeveralStudy

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
        options: As those functions have them: ``inputs``, ``strategies``, ``runs``, ..

    Raises:
        UsageError, TableError, CellError, DataError: as those functions.
    """
    whole = target if isinstance(target, Target) else None
    if not isinstance(target, str | Target) and len(target) == 1:
        first = target[0]
        whole = first if isinstance(first, Target) else Target.parse(first)
    if cost is None and reference is None:
        if whole is not None and whole.plain:
            return study_one(frame, target=whole, **options)
        if isinstance(target, str):
            return study_one(frame, target=target, **options)
    if options.keys() & {"source", "sources"} and (options.get("source") or options.get("sources")):
        raise UsageError(
            _("A study with older data looks at one target."),
            _("Leave out the older data, or all targets but one."),
        )
    if isinstance(target, str):
        parts = {k: options.pop(k) for k in ("goal", "scale", "value") if k in options}
        whole = Target.of(target, **parts)
    asked = {k: v for k, v in options.items() if k not in _FOR_ONE}
    return study_several(
        frame,
        targets=target if whole is None else [whole],
        reference=reference,
        cost=cost,
        **asked,
    )


_FOR_ONE = frozenset(
    ("source", "sources", "source_inputs", "source_target", "match", "formula", "template")
)
"""What speaks of older data; empty here."""
