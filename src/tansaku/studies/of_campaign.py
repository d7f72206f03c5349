"""A study of a campaign: its measured samples as a finished table, its older data as sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.history.objectives import measured_targets
from tansaku.campaign.history.state import History, State, history_of
from tansaku.campaign.sources.link import Link
from tansaku.campaign.sources.read_source import Older
from tansaku.chem.amounts import Amounts
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.space import ListedFormulas, Space, Value, amounts_at
from tansaku.studies.entry import study
from tansaku.studies.result import Study

if TYPE_CHECKING:
    import pandas as pd

MADE_OF = "tansaku: formula"
"""Column of formulas; no person calls a column so."""


def study_campaign(campaign: Campaign, *, sources: Sequence[Older] = (), **options: Any) -> Study:
    """Replay strategies on what a campaign has measured, with the older data that it has attached.

    Args:
        campaign: At least two of its samples are measured.
        sources: Older data beside those that are attached.
        options: As :func:`tansaku.study` has them: ``strategies``, ``runs``, ``start``, ..

    Raises:
        UsageError: fewer than two samples are measured, or the options make no study.
        TableError, DataError: as :func:`tansaku.study`.

    Example:
        >>> import pandas as pd
        >>> table = pd.DataFrame({"x": [0.0, 0.1, 0.2, 0.3], "y": [1.0, 3.0, 2.0, None]})
        >>> made = Campaign.from_table(table, inputs=["x"], target="y")
        >>> study_campaign(made, strategies=["random"], runs=2, start=1).n_candidates
        3
    """
    document = campaign.document.campaign
    frame = measured_table(campaign.space, campaign.state, campaign)
    chemistry = campaign.space.chemistry
    formula = None
    if chemistry is not None:
        seen = chemistry.model_dump(include={"sites", "states", "encoding", "descriptors"})
        formula = ListedFormulas(column=MADE_OF, **seen)
    return study(
        frame,
        inputs=campaign.space.names,
        target=list(campaign.targets),
        reference=document.reference,
        cost=document.cost,
        formula=formula,
        sources=[*(Link(parts, ()) for parts in campaign.sources.parts.values()), *sources],
        **options,
    )


def measured_table(space: Space, state: State, campaign: Campaign) -> pd.DataFrame:
    """One row for each measured sample as it was made: its inputs, targets, what is known of it
    beforehand, and its formula where the space knows formulas.

    Raises:
        UsageError: fewer than two samples are measured.
    """
    import pandas as pd

    document = campaign.document.campaign
    rows: dict[object, dict[str, Value]] = {}
    for target in measured_targets(campaign.targets):
        history = history_of(document, state, target)
        made = _formulas(space, history)
        for i, candidate in enumerate(history.candidates):
            inputs = space.named(history.matrix[i])
            row = rows.setdefault((candidate, *inputs.values()), dict(inputs))
            row[target.name] = float(history.values[i])
            if made:
                row[MADE_OF] = made[i]
            for name, values in (document.known or {}).items():
                row[name] = values[space.labels.tolist().index(candidate)]
    if len(rows) < 2:
        raise UsageError(
            _("Campaign '{name}' has {n} measured samples.").format(
                name=campaign.name, n=len(rows)
            ),
            _("A study replays what was measured: it needs at least 2."),
        )
    return pd.DataFrame(list(rows.values()))


def _formulas(space: Space, history: History) -> tuple[str, ...]:
    """What the measured samples are made of; empty where that is not known."""
    if space.chemistry is None or not len(history.values):
        return ()
    planned = amounts_at(space, history.matrix)
    made: Amounts = planned if history.amounts is None else history.amounts
    return tuple(made.texts())


__all__ = ["MADE_OF", "measured_table", "study_campaign"]
