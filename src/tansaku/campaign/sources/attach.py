"""Attached: the sources of one campaign, to look at, to add and to take away."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tansaku.campaign.history.objectives import measured_targets
from tansaku.campaign.history.records import CampaignDocument, CampaignSpec, Event, Linked, Unlinked
from tansaku.campaign.history.source_spec import Source, standing_in
from tansaku.campaign.history.state import State, fold, history_of
from tansaku.campaign.lock import Lock, locked
from tansaku.campaign.sources.target_columns import Asked, telling
from tansaku.errors import UnknownNameError, UsageError
from tansaku.insight.verdict import SourceVerdict
from tansaku.language import _
from tansaku.space import Value
from tansaku.strategy import Strategy, strategy_of

if TYPE_CHECKING:
    import pandas as pd

    from tansaku.campaign.sources.link import Factor, Wish
    from tansaku.campaign.sources.source_formulas import TableColumns
    from tansaku.campaign.sources.source_table import Draft


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

    def __init__(
        self, spec: CampaignSpec, state: State, append: Callable[[Event], None], lock: Lock
    ) -> None:
        self._spec = spec
        self._state = state
        self._append = append
        self._lock = lock
        self._attached: dict[str, tuple[Source, ...]] = {}
        for each in state.sources:
            self._attached[each.name] = *self._attached.get(each.name, ()), each

    def __iter__(self) -> Iterator[Source]:
        """One for each target that a source tells of."""
        return (each for parts in self._attached.values() for each in parts)

    def __len__(self) -> int:
        return sum(map(len, self._attached.values()))

    @property
    def parts(self) -> Mapping[str, tuple[Source, ...]]:
        """{name: what that source tells of each target}."""
        return dict(self._attached)

    @property
    def standing_in(self) -> tuple[str, ...]:
        """A word where they stand in for results that are not there yet."""
        spec, state = self._spec, self._state
        wanted = measured_targets(spec.targets)
        measured = {t.name: len(history_of(spec, state, t).candidates) for t in wanted}
        return standing_in(tuple(self), measured)

    @locked
    def add_table(
        self,
        frame: pd.DataFrame,
        columns: TableColumns | None = None,
        *,
        name: str = "",
        match: tuple[str, ...] = (),
        fill: Mapping[str, Value] | None = None,
        factor: Factor = None,
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
            factor: What its values are multiplied by, to be in the target's unit; of several
                targets {target: number}.

        Raises:
            UsageError, TableError, CellError: it does not fit; says why, and what to do.
        """
        from tansaku.campaign.sources.link import Wish
        from tansaku.campaign.sources.source_formulas import table_columns
        from tansaku.campaign.sources.source_table import (
            from_table,
            name_of,
        )  # on demand: it brings pandas
        from tansaku.tables.frames import frame_from

        wish = Wish(tuple(match), dict(fill or {}), factor)
        frame = frame_from(frame)
        there = [str(label).strip() for label in frame.columns]
        asked = "" if columns is None else columns.target
        wanted = telling(asked, self._spec.targets, there, name or name_of(frame))
        read = table_columns(
            columns, space=self._spec.space, there=there, match=wish.match, fill=wish.fill
        )
        return self._attach(from_table(frame, read, wanted, name), wish, named=bool(asked))

    @locked
    def add_campaign(
        self,
        source: CampaignDocument,
        *,
        target: Asked = "",
        match: tuple[str, ...] = (),
        fill: Mapping[str, Value] | None = None,
        factor: Factor = None,
    ) -> tuple[str, ...]:
        """Attach what another campaign has measured so far; arguments as :meth:`add_table`.

        Args:
            source: ``other.document``.
            target: Which of its targets; else the one of the same name, or its only one. For
                several targets {target: the source's}; else those of the same names.
            match: What means the same.
            fill: {input: value} in the system that lacks it.
            factor: What its values are multiplied by.

        Raises:
            UsageError, TableError: it does not fit; says why, and what to do.
        """
        from tansaku.campaign.sources.link import Wish
        from tansaku.campaign.sources.source_table import (
            from_campaign,
        )  # on demand: it brings pandas

        if source.campaign.name == self._spec.name:
            raise UsageError(
                _("A campaign cannot be its own source."),
                _("Attach another campaign, or a table of older measurements."),
            )
        wish = Wish(tuple(match), dict(fill or {}), factor)
        there = [each.name for each in measured_targets(source.campaign.targets)]
        wanted = telling(target, self._spec.targets, there, source.campaign.name)
        drafts = from_campaign(source.campaign, fold(source.events), wanted)
        return self._attach(drafts, wish, named=bool(target))

    @locked
    def remove(self, name: str) -> tuple[Source, ...]:
        """Take a source away, with all that it tells; its event stays in the history.

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
        """What each source is worth to each target that it tells of, as far as the campaign's own
        results tell."""
        if not self._attached:
            return ()
        from tansaku.campaign.sources.verdicts import verdicts  # on demand: it brings torch

        chosen = strategy_of(strategy)
        return verdicts(self._spec, self._state, chosen, seed)

    def _attach(self, drafts: Sequence[Draft], wish: Wish, *, named: bool) -> tuple[str, ...]:
        from tansaku.campaign.sources.checks import Known  # on demand, as above
        from tansaku.campaign.sources.link import linked

        known = {}
        for target in measured_targets(self._spec.targets):
            history = history_of(self._spec, self._state, target)
            known[target.name] = Known(history.matrix, history.values, history.amounts)
        found = linked(
            drafts,
            wish,
            space=self._spec.space,
            targets=self._spec.targets,
            known=known,
            beside=tuple(self),
            named=named,
        )
        first, *more = found.parts
        self._append(Linked(at=first.copied, source=first, more=tuple(more)))
        self._attached[first.name] = found.parts
        return found.notices
