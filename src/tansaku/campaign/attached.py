"""Attached: the sources of one campaign, to look at, to add and to take away."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tansaku.campaign.records import CampaignDocument, CampaignSpec, Event, Linked, Unlinked
from tansaku.campaign.sources import Source
from tansaku.campaign.state import State, fold, history_of
from tansaku.errors import UnknownNameError, UsageError
from tansaku.insight.verdict import SourceVerdict
from tansaku.language import _
from tansaku.space import Target, Value
from tansaku.strategy import Strategy, strategy_of

if TYPE_CHECKING:
    import pandas as pd

    from tansaku.campaign.drafts import Draft
    from tansaku.campaign.formulas import TableColumns
    from tansaku.campaign.linking import Wish


class Sources:
    """Older measurements attached to a campaign; ``campaign.sources``.

    Example:
        >>> import pandas as pd
        >>> from tansaku.campaign import Campaign
        >>> table = pd.DataFrame({"x": [0.0, 0.1, 0.2, 0.3], "y": [1.0, 3.0, None, None]})
        >>> older = pd.DataFrame({"x": [0.0, 0.15, 0.3], "y": [1.2, 3.1, 1.9]})
        >>> campaign = Campaign.from_table(table, inputs=["x"], target="y")
        >>> notices = campaign.sources.add_table(older, name="older")
        >>> [source.name for source in campaign.sources]
        ['older']
    """

    def __init__(self, spec: CampaignSpec, state: State, append: Callable[[Event], None]) -> None:
        self._spec = spec
        self._state = state
        self._append = append
        self._attached = {source.name: source for source in state.sources}

    def __iter__(self) -> Iterator[Source]:
        return iter(self._attached.values())

    def __len__(self) -> int:
        return len(self._attached)

    def add_table(
        self,
        frame: pd.DataFrame,
        columns: TableColumns | None = None,
        *,
        name: str = "",
        match: tuple[str, ...] = (),
        fill: Mapping[str, Value] | None = None,
        factor: float | None = None,
    ) -> tuple[str, ...]:
        """Attach the measured rows of a table, as they are now; what a person should know of it.

        A source of the same name is replaced.

        Args:
            frame: The table.
            columns: What its columns mean; without, they are called as those of the campaign.
            name: What to call it; else its file's name.
            match: What means the same: ``x_Si=x_Y`` (target = source), or ``formulas``, ``sites``,
                ``descriptors``, ``names``.
            fill: {input: value} in the system that lacks it.
            factor: What its values are multiplied by, to be in the target's unit.

        Raises:
            UsageError, TableError, CellError: it does not fit; says why, and what to do.
        """
        from tansaku.campaign.drafts import from_table  # on demand: it brings pandas
        from tansaku.campaign.linking import Wish, table_columns

        wish = Wish(tuple(match), dict(fill or {}), factor)
        target = self._target()
        there = [str(label).strip() for label in frame.columns]
        asked = table_columns(columns, wish, space=self._spec.space, target=target, there=there)
        return self._attach(from_table(frame, asked, target, name), wish)

    def add_campaign(
        self,
        source: CampaignDocument,
        *,
        target: str = "",
        match: tuple[str, ...] = (),
        fill: Mapping[str, Value] | None = None,
        factor: float | None = None,
    ) -> tuple[str, ...]:
        """Attach what another campaign has measured so far; arguments as :meth:`add_table`.

        Args:
            source: ``other.document``.
            target: Which of its targets; else the one of the same name, or its only one.
            match: What means the same.
            fill: {input: value} in the system that lacks it.
            factor: What its values are multiplied by.

        Raises:
            UsageError, TableError: it does not fit; says why, and what to do.
        """
        from tansaku.campaign.drafts import from_campaign  # on demand: it brings pandas
        from tansaku.campaign.linking import Wish

        if source.campaign.name == self._spec.name:
            raise UsageError(
                _("A campaign cannot be its own source."),
                _("Attach another campaign, or a table of older measurements."),
            )
        wish = Wish(tuple(match), dict(fill or {}), factor)
        draft = from_campaign(source.campaign, fold(source.events), self._target(), target)
        return self._attach(draft, wish)

    def remove(self, name: str) -> Source:
        """Take a source away; its event stays in the history.

        Raises:
            UnknownNameError: there is none of that name.
        """
        if name not in self._attached:
            raise UnknownNameError(
                _("Campaign '{campaign}' has no source '{name}'.").format(
                    campaign=self._spec.name, name=name
                ),
                _("Attached: {names}.").format(names=", ".join(self._attached) or "-"),
            )
        self._append(Unlinked(at=datetime.now(UTC), name=name))
        return self._attached.pop(name)

    def verdicts(
        self, *, strategy: str | Strategy = "standard", seed: int = 0
    ) -> tuple[SourceVerdict, ...]:
        """What each source is worth, as far as the campaign's own results tell."""
        if not self._attached:
            return ()
        from tansaku.campaign.verdicts import verdicts  # on demand: it brings torch

        chosen = strategy_of(strategy)
        return verdicts(self._spec, self._state, chosen, seed)

    def _target(self) -> Target:
        """The one target."""
        if len(self._spec.targets) > 1:
            raise UsageError(
                _(
                    "Older data can be attached to a campaign with one target; this one has {n}."
                ).format(n=len(self._spec.targets)),
                _("Make a campaign for the target that the older data tell of."),
            )
        return self._spec.targets[0]

    def _attach(self, draft: Draft, wish: Wish) -> tuple[str, ...]:
        from tansaku.campaign.doubts import Known  # on demand, as above
        from tansaku.campaign.linking import linked

        history = history_of(self._spec, self._state)
        found = linked(
            draft,
            wish,
            space=self._spec.space,
            target=self._spec.targets[0],
            known=Known(history.matrix, history.values, history.amounts),
            beside=tuple(self),
        )
        self._append(Linked(at=found.source.copied, source=found.source))
        self._attached[found.source.name] = found.source
        return found.notices
