"""Attach: the sources of one campaign, to look at, to add and to take away."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tansaku.campaign.history.objectives import measured_targets
from tansaku.campaign.history.records import CampaignDocument, CampaignSpec, Event, Linked, Unlinked
from tansaku.campaign.history.source_table import SourceTable, standing_in
from tansaku.campaign.history.state import State, history_of
from tansaku.campaign.lock import Lock, locked
from tansaku.campaign.sources.source_spec import SourceSpec
from tansaku.errors import UnknownNameError, UsageError
from tansaku.insight.verdict import SourceVerdict
from tansaku.language import _
from tansaku.strategy import Strategy, strategy_of

if TYPE_CHECKING:
    import pandas as pd

    from tansaku.campaign.sources.read_source import Older


class Sources:
    """Older measurements attached to a campaign; ``campaign.sources``.

    Example:
        >>> import pandas as pd
        >>> from tansaku.campaign import Campaign
        >>> table = pd.DataFrame({"x": [0.0, 0.1, 0.2, 0.3], "y": [1.0, 3.0, None, None]})
        >>> older = pd.DataFrame({"x": [0.0, 0.15, 0.3], "y": [1.2, 3.1, 1.9]})
        >>> campaign = Campaign.from_table(table, inputs=["x"], target="y")
        >>> notices = campaign.sources.add_table(older, SourceSpec(source="older"))
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
        self._by_name: dict[str, tuple[SourceTable, ...]] = {}
        for each in state.sources:
            self._by_name[each.name] = *self._by_name.get(each.name, ()), each

    def __iter__(self) -> Iterator[SourceTable]:
        """One for each target that a source is about."""
        return (each for parts in self._by_name.values() for each in parts)

    def __len__(self) -> int:
        return sum(map(len, self._by_name.values()))

    @property
    def parts(self) -> Mapping[str, tuple[SourceTable, ...]]:
        """{name: its parts, one for each target that it is about}."""
        return dict(self._by_name)

    @property
    def standing_in(self) -> tuple[str, ...]:
        """A word where they stand in for results that are not there yet."""
        spec, state = self._spec, self._state
        wanted = measured_targets(spec.targets)
        measured = {t.name: len(history_of(spec, state, t).candidates) for t in wanted}
        return standing_in(tuple(self), measured)

    def add_table(self, frame: pd.DataFrame, spec: SourceSpec | None = None) -> tuple[str, ...]:
        """Attach the measured rows of a table, as they are now: see :meth:`add`.

        Args:
            frame: The table.
            spec: What is said of it; without, its columns are called as those of the campaign.
        """
        from tansaku.campaign.sources.read_source import Older  # on demand: it brings pandas

        return self.add(Older(frame, spec or SourceSpec()))

    def add_campaign(
        self, source: CampaignDocument, spec: SourceSpec | None = None
    ) -> tuple[str, ...]:
        """Attach what another campaign has measured so far: see :meth:`add`.

        Args:
            source: ``other.document``.
            spec: What is said of it; without a target those of equal names count, or its only one.
        """
        from tansaku.campaign.sources.read_source import Older  # on demand: it brings pandas

        return self.add(Older(source, spec or SourceSpec()))

    @locked
    def add(self, older: Older) -> tuple[str, ...]:
        """Attach older data, as they are now; what a person should know of them. A source of the
        same name is replaced.

        Raises:
            UsageError, TableError, CellError: they do not fit; says why, and what to do.
        """
        from tansaku.campaign.sources.checks import Known  # on demand, as above
        from tansaku.campaign.sources.link import LinkContext, link

        spec = self._spec
        if isinstance(older.data, CampaignDocument) and older.data.campaign.name == spec.name:
            raise UsageError(
                _("A campaign cannot be its own source."),
                _("Attach another campaign, or a table of older measurements."),
            )
        histories = {
            t.name: history_of(spec, self._state, t) for t in measured_targets(spec.targets)
        }
        known = {name: Known(h.matrix, h.values, h.amounts) for name, h in histories.items()}
        found = link(older, LinkContext(spec.space, spec.targets, known, tuple(self)))
        first, *more = found.parts
        self._append(Linked(at=first.copied, source=first, more=tuple(more)))
        self._by_name[first.name] = found.parts
        return found.notices

    @locked
    def remove(self, name: str) -> tuple[SourceTable, ...]:
        """Take a source away, for all its targets; its event stays in the history.

        Raises:
            UnknownNameError: there is none of that name.
        """
        if name not in self._by_name:
            raise UnknownNameError(
                _("Campaign '{campaign}' has no source '{name}'.").format(
                    campaign=self._spec.name, name=name
                ),
                _("Attached: {names}.").format(names=", ".join(self._by_name) or "-"),
            )
        self._append(Unlinked(at=datetime.now(UTC), name=name))
        return self._by_name.pop(name)

    def verdicts(
        self, *, strategy: str | Strategy = "standard", seed: int = 0
    ) -> tuple[SourceVerdict, ...]:
        """What each source is worth to each target that it is about, as far as the campaign's own
        results tell."""
        if not self._by_name:
            return ()
        from tansaku.campaign.sources.relevance import verdicts  # on demand: it brings torch

        chosen = strategy_of(strategy)
        return verdicts(self._spec, self._state, chosen, seed)
