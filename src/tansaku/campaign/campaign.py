"""Campaign: one search, the one mutable object; it grows by events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from tansaku.campaign.records import (
    CampaignDocument,
    CampaignSpec,
    Created,
    Event,
    Measurement,
    Recorded,
    Status,
    Suggested,
    Suggestion,
    Undone,
)
from tansaku.campaign.state import State, fold, history_of, taken_back
from tansaku.campaign.status import CampaignStatus, Candidate, candidates_of, status_of
from tansaku.design import Bools, Floats
from tansaku.errors import NothingToUndoError, UnknownNameError, UsageError
from tansaku.language import _
from tansaku.space import Predicted, Space, Target
from tansaku.strategy import STRATEGIES, Strategy

if TYPE_CHECKING:
    import pandas as pd

    from tansaku.campaign.suggest import Suggestions


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One event of the log, and whether it was taken back later."""

    number: int
    event: Event
    undone: bool


@dataclass(frozen=True, slots=True)
class Landscape:
    """What the model believes of the whole pool; values on the model scale (log10 where asked).

    Attributes:
        inputs: Candidates in experimental units, shape (N, d).
        mean: Predicted mean, shape (N,); in the target's own direction (a minimised target is
            not turned).
        sd: Shape (N,).
        chance: Probability to beat the best measured value, shape (N,).
        acquisition: Shape (N,); on a log scale for ``pi`` and ``log_ei``.
        measured: Which candidates are measured, shape (N,).
        values: Measured means, shape (N,); NaN where not measured.
    """

    inputs: Floats
    mean: Floats
    sd: Floats
    chance: Floats
    acquisition: Floats
    measured: Bools
    values: Floats


class Campaign:
    """One search: a space, a target, what was measured and what was suggested.

    Example:
        >>> import pandas as pd
        >>> table = pd.DataFrame({"x": [0.0, 0.1, 0.2, 0.3], "y": [1.0, 3.0, 2.0, None]})
        >>> campaign = Campaign.from_table(table, inputs=["x"], target="y")
        >>> campaign.suggest(n=1, seed=0).frame["pool_row"].tolist()
        [3]
    """

    def __init__(self, document: CampaignDocument, notices: Sequence[str] = ()) -> None:
        self._spec = document.campaign
        self._events = list(document.events)
        self.notices = tuple(notices)

    @classmethod
    def from_table(
        cls,
        frame: pd.DataFrame,
        *,
        inputs: Sequence[str],
        target: str | Target,
        goal: str = "max",
        scale: str = "linear",
        value: float | None = None,
        unit: str = "",
        name: str = "campaign",
    ) -> Campaign:
        """A campaign whose pool is the table's rows.

        Rows with a target value are measurements, rows without are open candidates.

        Args:
            frame: The table.
            inputs: Names of the input columns; they span the pool.
            target: Name of the target column, or a whole :class:`~tansaku.space.Target` (then
                ``goal``, ``scale``, ``value`` and ``unit`` play no part).
            goal: ``max``, ``min`` or ``match``.
            scale: ``linear`` or ``log10``.
            value: The value to match.
            unit: The target's unit.
            name: The campaign's name.

        Raises:
            TableError: columns are missing or repeated, too few rows, nothing varies.
            CellError: cells that cannot be used; names row and column.
        """
        from tansaku.tables import understand  # on demand: it brings pandas

        wanted = Target.of(target, goal=goal, scale=scale, value=value, unit=unit)
        reading = understand(frame, inputs, [wanted])
        wanted = reading.targets[0]
        now = datetime.now(UTC)
        spec = CampaignSpec(name=name, space=reading.space, targets=(wanted,))
        first = _measurements(
            spec.space, [wanted], reading.positions, reading.values, first=1, at=now
        )
        document = CampaignDocument(campaign=spec, events=(Created(at=now, measurements=first),))
        return cls(document, reading.notices)

    @property
    def name(self) -> str:
        """The campaign's name."""
        return self._spec.name

    @property
    def space(self) -> Space:
        """What may be varied."""
        return self._spec.space

    @property
    def targets(self) -> tuple[Target, ...]:
        """What is wanted."""
        return self._spec.targets

    @property
    def document(self) -> CampaignDocument:
        """The whole campaign as one document."""
        return CampaignDocument(campaign=self._spec, events=tuple(self._events))

    @property
    def state(self) -> State:
        """What the events add up to."""
        return fold(self._events)

    def record(self, rows: pd.DataFrame, *, status: str = "ok", note: str = "") -> Recorded:
        """Store results: a table with the inputs and the target, all rows or none.

        Rows with an empty target are not measured yet and are passed over.

        Raises:
            TableError, CellError: the table cannot be read; names row and column.
            NotInPoolError: a row is no candidate; names the row and the nearest candidate.
        """
        from tansaku.tables import results  # on demand: it brings pandas

        found = results(rows, self.space, self.targets)
        return self._record([r.position for r in found], [r.values for r in found], status, note)

    def record_at(
        self,
        inputs: Mapping[str, float],
        values: Mapping[str, float],
        *,
        status: str = "ok",
        note: str = "",
    ) -> Recorded:
        """Store one result: {input: value} and {target: value}, in their units.

        Raises:
            UsageError: a value for something that is no target, or none for one that is.
            NotInPoolError: these inputs are no candidate; names the nearest one.
        """
        names = [t.name for t in self.targets]
        if sorted(values) != sorted(names):
            raise UsageError(
                _("Results were given for {given}.").format(given=", ".join(values) or "-"),
                _("The campaign's targets are: {names}.").format(names=", ".join(names)),
            )
        position = self.space.find(inputs)
        return self._record([position], [[values[n] for n in names]], status, note)

    def suggest(
        self,
        n: int = 1,
        *,
        strategy: str | Strategy = "standard",
        seed: int = 0,
        more: bool = False,
        replicate: bool = False,
    ) -> Suggestions:
        """The next ``n`` samples to make; see :func:`tansaku.campaign.suggest.suggest`.

        A new call replaces earlier suggestions that have no result yet, so the same seed gives
        the same answer; ``more=True`` keeps them under way and takes them into account.
        """
        from tansaku.campaign.suggest import suggest  # on demand: it brings torch

        found = suggest(
            self._spec, self.state, n, _strategy(strategy), seed, more=more, replicate=replicate
        )
        self._events.append(
            Suggested(
                at=datetime.now(UTC),
                strategy=found.strategy,
                seed=seed,
                more=more,
                suggestions=found.suggestions,
            )
        )
        return found

    def predict(
        self, at: Mapping[str, float], *, strategy: str | Strategy = "standard", seed: int = 0
    ) -> dict[str, Predicted]:
        """{target: prediction} at any inputs, in the pool or not."""
        from tansaku.campaign.suggest import predict  # on demand: it brings torch

        self.space.check_names(at)
        point = np.array([[at[name] for name in self.space.names]], dtype=np.float64)
        found = predict(self._spec, self.state, point, _strategy(strategy), seed)
        target = self.targets[0]
        return {target.name: target.to_unit(float(found.mean[0, 0]), float(found.sd[0, 0]))}

    def landscape(self, *, strategy: str | Strategy = "standard", seed: int = 0) -> Landscape:
        """What the model believes of every candidate of the pool."""
        from tansaku.campaign.suggest import predict  # on demand: it brings torch

        found = predict(self._spec, self.state, self.space.matrix, _strategy(strategy), seed)
        history, sign = history_of(self._spec, self.state), self.targets[0].sign
        values = np.full(len(self.space), np.nan)
        values[history.positions] = sign * history.y
        return Landscape(
            inputs=self.space.matrix,
            mean=sign * found.mean[0],
            sd=found.sd[0],
            chance=found.chance[0],
            acquisition=found.score[0],
            measured=~np.isnan(values),
            values=values,
        )

    def undo(self) -> Event:
        """Take back the last change that is not taken back yet; it stays in the history.

        Raises:
            NothingToUndoError: only the campaign's making is left.
        """
        gone = taken_back(self._events)
        for number in range(len(self._events), 1, -1):
            event = self._events[number - 1]
            if number not in gone and not isinstance(event, Undone):
                self._events.append(Undone(at=datetime.now(UTC), undone=number))
                return event
        raise NothingToUndoError(
            _("Campaign '{name}' has no change to undo.").format(name=self.name),
            _("Its making and its first table stay."),
        )

    def history(self) -> tuple[HistoryLine, ...]:
        """Every event in order."""
        gone = taken_back(self._events)
        return tuple(HistoryLine(i, e, i in gone) for i, e in enumerate(self._events, start=1))

    def candidates(self) -> tuple[Candidate, ...]:
        """Every candidate of the pool with its state."""
        return candidates_of(self._spec, self.state)

    def status(self) -> CampaignStatus:
        """How far the search is."""
        return status_of(self._spec, self.state)

    def find_suggestion(self, suggestion_id: str) -> Suggestion:
        """The suggestion with this id; UnknownNameError where there is none."""
        known = {s.id: s for s in self.state.suggestions}
        if suggestion_id not in known:
            raise UnknownNameError(
                _("Campaign '{name}' has no suggestion '{id}'.").format(
                    name=self.name, id=suggestion_id
                ),
                _("Known: {names}.").format(names=", ".join(known) or "-"),
            )
        return known[suggestion_id]

    def _record(
        self,
        positions: Sequence[int],
        values: Sequence[Sequence[float]],
        status: str,
        note: str,
    ) -> Recorded:
        count = sum(len(e.measurements) for e in self._events if isinstance(e, Created | Recorded))
        now = datetime.now(UTC)
        if status not in [s.value for s in Status]:
            raise UsageError(
                _("Unknown status '{status}'.").format(status=status),
                _("Known: {names}.").format(names=", ".join(s.value for s in Status)),
            )
        made = _measurements(
            self.space, self.targets, positions, values,
            first=count + 1, at=now, status=Status(status), note=note,
        )  # fmt: skip
        event = Recorded(at=now, measurements=made)
        self._events.append(event)
        return event


def _measurements(
    space: Space,
    targets: Sequence[Target],
    positions: Sequence[int],
    values: Sequence[Sequence[float]],
    *,
    first: int,
    at: datetime,
    status: Status = Status.OK,
    note: str = "",
) -> tuple[Measurement, ...]:
    """Records of results; refuses values that the targets' scales cannot hold."""
    for j, target in enumerate(targets):
        target.to_model(np.array([row[j] for row in values], dtype=np.float64))
    return tuple(
        Measurement(
            id=f"m{first + i}",
            pool_row=space.pool.labels[position],
            inputs=space.inputs_of(position),
            values={t.name: float(v) for t, v in zip(targets, row, strict=True)},
            status=status,
            note=note,
            at=at,
        )
        for i, (position, row) in enumerate(zip(positions, values, strict=True))
    )


def _strategy(strategy: str | Strategy) -> Strategy:
    return strategy if isinstance(strategy, Strategy) else STRATEGIES[strategy]
