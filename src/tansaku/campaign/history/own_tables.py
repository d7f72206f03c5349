"""Own tables: those that tansaku itself writes, with columns that are no data when they come back.

A name that an input or a target has already gets an underscore behind it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from tansaku.campaign.history.records import CampaignSpec, Suggestion
from tansaku.insight.reasons import sentence
from tansaku.space import Scale, Target

if TYPE_CHECKING:
    import pandas as pd

PREDICTED: Final = ("mean", "sd", "low", "high")
SUGGESTED: Final = ("id", "pool_row", "formula", *PREDICTED, "chance_to_beat_best", "reason")
"""Columns of suggestions beside the inputs, the lab's name and the furnace run."""
LISTED: Final = ("pool_row", "formula", "molar_mass", "net_charge", "state", "replicates")
"""Columns of exported candidates beside the inputs, the lab's name and the targets."""
SPREAD: Final = {Scale.LINEAR: "_sd", Scale.LOG10: "_log10_sd"}
"""The sd of replicates is on the target's scale, and its column says so."""


def free(name: str, taken: Collection[str]) -> str:
    """``name``, with underscores behind it where a column of the campaign is called so.

    >>> free("mean", {"mean", "x"})
    'mean_'
    """
    while name in taken:
        name += "_"
    return name


def taken_names(spec: CampaignSpec) -> set[str]:
    """Names of inputs and targets."""
    return {*spec.space.names, *(target.name for target in spec.targets)}


def frame_of(suggestions: Iterable[Suggestion], targets: Sequence[Target]) -> pd.DataFrame:
    """One row per suggestion: its furnace run and the lab's name where there are any, id, pool_row,
    the formula where it is known, the inputs, what is expected of the next measurement (of several
    targets each with its name: ``y mean``), chance_to_beat_best, reason.

    With the results in a column called by the target's name it is a table that
    :meth:`~tansaku.campaign.Campaign.record` takes, and nothing else in it becomes data.
    """
    import pandas as pd  # on demand: the shell never needs it

    found = list(suggestions)
    names = [target.name for target in targets]
    taken = {*names, *(name for s in found for name in s.inputs)}
    own = {key: free(key, taken) for key in ("run", "sample", *SUGGESTED)}
    rows = []
    for s in found:
        row: dict[str, Any] = {own["run"]: s.run} if s.run else {}
        row |= {own["id"]: s.id} | ({own["sample"]: s.sample} if s.sample else {})
        row |= {own["pool_row"]: s.pool_row}
        if s.formula is not None and "formula" not in s.inputs:
            row |= {own["formula"]: s.formula}
        row |= s.inputs
        for name in names:
            predicted = s.predicted.get(name)
            for key in PREDICTED:
                label = own[key] if len(names) == 1 else free(f"{name} {key}", taken)
                row[label] = getattr(predicted, key, None)
        row[own["chance_to_beat_best"]] = s.chance_to_beat_best
        row[own["reason"]] = sentence(s.reason)
        rows.append(row)
    return pd.DataFrame(rows)


def own_columns(labels: Collection[str], spec: CampaignSpec) -> dict[str, str]:
    """{key: label} of the columns that are no data, where these are the columns of suggestions or
    of exported candidates; empty for any other table."""
    taken, names = taken_names(spec), [target.name for target in spec.targets]
    suggested = {key: free(key, taken) for key in SUGGESTED}
    suggested |= {f"{n} {key}": free(f"{n} {key}", taken) for n in names for key in PREDICTED}
    listed = {key: free(key, taken) for key in LISTED}
    listed |= {f"{t.name} spread": free(f"{t.name}{SPREAD[t.scale]}", taken) for t in spec.targets}
    for own, marks in (
        (suggested, ("id", "chance_to_beat_best")),
        (listed, ("pool_row", "state", "replicates")),
    ):
        if all(own[mark] in labels for mark in marks):
            return {key: label for key, label in own.items() if label in labels}
    return {}
