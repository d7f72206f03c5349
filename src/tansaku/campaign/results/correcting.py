"""Correcting: how results are stored, and put right later, so that the history keeps both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tansaku.campaign.history.planned_runs import with_planned_runs
from tansaku.campaign.history.records import (
    DETAILS,
    CampaignSpec,
    Corrected,
    Created,
    Event,
    Limit,
    Marked,
    Measurement,
    Recorded,
    Status,
)
from tansaku.campaign.history.state import State
from tansaku.campaign.lock import Lock, locked
from tansaku.campaign.results.measured import (
    NewResult,
    ReportedResults,
    details_of,
    mark_of,
    measurements,
)
from tansaku.campaign.results.questions import confirm_all
from tansaku.campaign.results.typed_values import read_inputs, read_results
from tansaku.errors import UnknownNameError, UsageError
from tansaku.language import _
from tansaku.space import Value


@dataclass(frozen=True, slots=True)
class Entered:
    """What came of entries.

    Attributes:
        recorded: New measurements.
        corrected: Measurements as they are now, under their old ids.
    """

    recorded: tuple[Measurement, ...]
    corrected: tuple[Measurement, ...]


class Entries:
    """Where results are stored, put right later, and judged anew.

    Example:
        >>> import pandas as pd
        >>> from tansaku.campaign import Campaign
        >>> table = pd.DataFrame({"x": [0.0, 0.1, 0.2], "y": [1.0, 33.0, None]})
        >>> campaign = Campaign.from_table(table, inputs=["x"], target="y")
        >>> result = NewResult(campaign.space.locate({"x": 0.1}), {"y": 3.3})
        >>> entered = campaign.entries.take(ReportedResults(changed={"m2": result}))
        >>> campaign.status().best.value
        3.3
    """

    def __init__(
        self,
        spec: CampaignSpec,
        events: Sequence[Event],
        state: Callable[[], State],
        append: Callable[[Event], None],
        lock: Lock,
    ) -> None:
        self._spec = spec
        self._events = events
        self._state = state
        self._append = append
        self._lock = lock

    @locked
    def mark(self, ids: Sequence[str], status: str, *, why: str = "", keep: bool = False) -> Marked:
        """Judge measurements again: ``excluded`` ones are kept but teach nothing, ``ok`` ones do.
        The candidate of an excluded one may be suggested again, unless ``keep`` says no.

        Raises:
            UnknownNameError: the campaign has no measurement of that id.
            UsageError: an unknown status, or ``ok`` for one without a value.
        """
        event = mark_of(self._spec.name, self._state(), ids, status, why)
        reopen = event.status is Status.EXCLUDED and not keep
        event = event.model_copy(update={"reopen": reopen})
        self._append(event)
        return event

    @locked
    def correct(
        self,
        known: Measurement,
        *,
        inputs: Mapping[str, Value],
        values: Mapping[str, float | str],
        limits: Mapping[str, Limit],
        sd: Mapping[str, float],
        details: Mapping[str, object],
        confirm: bool = False,
    ) -> tuple[Measurement, Measurement]:
        """Change what is given of a measurement, and nothing else: (before, after).

        Raises:
            ConfirmationError: a value looks doubtful; its questions say how.
            UsageError: nothing is changed.
            NotInPoolError: no candidate has these inputs.
        """
        space = self._spec.space
        place = space.locate(known.inputs | read_inputs(space, inputs))
        found, sides, spreads, _assumed = read_results(self._spec.targets, values, limits, sd)
        moved = space.named(place.row) != known.inputs
        kept = {name: getattr(known, name) for name in DETAILS}
        kept |= {"status": known.status.value, "made_on": known.made_on and str(known.made_on)}
        result = NewResult(
            place,
            known.values | found,
            limits={n: s for n, s in known.limits.items() if n not in found} | sides,
            sd={n: s for n, s in known.sd.items() if n not in found} | spreads,
            made=None if moved else known.made,
            achieved=None if moved else known.achieved,
            details=details_of(kept | {k: v for k, v in details.items() if v not in (None, "")}),
        )
        (draft,) = measurements(space, self._spec.targets, [result], first=1, at=known.at)
        if _corrected(known, draft) == known:
            raise UsageError(
                _("Nothing about {id} is to be corrected.").format(id=known.id),
                _("Say what is right, for example --result y=3.2 or --at x=0.2."),
            )
        reported = ReportedResults(changed={known.id: result})
        (after,) = self.take(reported, confirm=confirm).corrected
        return known, after

    @locked
    def take(self, reported: ReportedResults, *, confirm: bool = False) -> Entered:
        """Store results, the one way to do so: at most one event of corrections and one of new
        results. New ones get the furnace run and the name that their suggestion has, where they
        tell no other.

        Args:
            reported: What is to be recorded and corrected.
            confirm: What is doubtful is right; else it is asked about, and nothing is stored.

        Raises:
            UnknownNameError: a measurement that is not there, or was taken back.
            ConfirmationError: something is doubtful; its questions say what.
            TansakuError: as for :meth:`Campaign.record_at`; nothing is stored.
        """
        new, changed = reported.new, reported.changed
        now, state = datetime.now(UTC), self._state()
        known = {m.id: m for m in state.measurements}
        for each in changed:
            if each not in known:
                raise UnknownNameError(
                    _("Campaign '{name}' has no measurement '{id}'.").format(
                        name=self._spec.name, id=each
                    ),
                    _("Known: {names}.").format(names=", ".join(known) or "-"),
                )
        count = sum(len(e.measurements) for e in self._events if isinstance(e, Created | Recorded))
        space, targets = self._spec.space, self._spec.targets
        found = measurements(space, targets, new, first=count + 1, at=now)
        if not confirm:
            confirm_all(self._spec, state, new, changed)
        recorded = with_planned_runs(found, state, self._spec.samples)
        drafts = measurements(space, targets, list(changed.values()), first=1, at=now)
        corrected = tuple(
            _corrected(known[each], draft) for each, draft in zip(changed, drafts, strict=True)
        )
        if corrected:
            self._append(Corrected(at=now, measurements=corrected))
        if recorded:
            self._append(Recorded(at=now, measurements=recorded))
        return Entered(recorded, corrected)


def _corrected(known: Measurement, told: Measurement) -> Measurement:
    """A measurement as it is told now; its id, its time, and whether its candidate may be suggested
    again are not told with it, and stay while it is excluded."""
    stays = known.reopen and told.status is Status.EXCLUDED
    return told.model_copy(update={"id": known.id, "at": known.at, "reopen": stays})
