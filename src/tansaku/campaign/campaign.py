"""Campaign: one search, the one mutable object; it grows by events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from tansaku.campaign.measured import made_of, measurements
from tansaku.campaign.records import (
    CampaignDocument,
    CampaignSpec,
    Created,
    Event,
    Recorded,
    Status,
    Suggested,
    Suggestion,
    Undone,
)
from tansaku.campaign.state import State, fold, history_of, taken_back
from tansaku.campaign.status import CampaignStatus, Candidate, candidates_of, status_of
from tansaku.campaign.views import HistoryLine, Landscape
from tansaku.campaign.weighing import Made, WeighingPlan
from tansaku.encode import encoder_for
from tansaku.errors import NothingToUndoError, UnknownNameError, UsageError
from tansaku.language import _
from tansaku.space import (
    CompositionTemplate,
    ListedFormulas,
    Place,
    Predicted,
    Settable,
    Space,
    Target,
    Value,
    chemistry_of,
    inputs_of_formula,
    left_out,
)
from tansaku.strategy import STRATEGIES, Strategy

if TYPE_CHECKING:
    import pandas as pd

    from tansaku.campaign.suggest import Suggestions


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
        inputs: Sequence[str] = (),
        formula: str | ListedFormulas | None = None,
        weighing: WeighingPlan | None = None,
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
            inputs: Names of the input columns; they span the pool. None where ``formula`` is
                given: then the amounts of the elements that vary do.
            formula: Name of the column with the formulas, or how they are used; a column called
                formula or composition is found without.
            weighing: From what samples are made.
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
        from tansaku.tables import understand_formulas  # on demand: it brings pandas

        wanted = Target.of(target, goal=goal, scale=scale, value=value, unit=unit)
        column = ListedFormulas(column=formula) if isinstance(formula, str) else formula
        reading = understand_formulas(frame, inputs, [wanted], column)
        wanted = reading.targets[0]
        now = datetime.now(UTC)
        _check_encoding(reading.space)
        spec = CampaignSpec(name=name, space=reading.space, targets=(wanted,), weighing=weighing)
        places = [Place(int(spec.space.labels[i]), spec.space.matrix[i]) for i in reading.positions]
        first = measurements(spec.space, [wanted], places, reading.values, first=1, at=now)
        document = CampaignDocument(campaign=spec, events=(Created(at=now, measurements=first),))
        return cls(document, reading.notices)

    @classmethod
    def from_space(
        cls,
        parameters: Sequence[Settable],
        constraints: Sequence[str] = (),
        *,
        template: str | CompositionTemplate | None = None,
        weighing: WeighingPlan | None = None,
        target: str | Target,
        goal: str = "max",
        scale: str = "linear",
        value: float | None = None,
        unit: str = "",
        name: str = "campaign",
    ) -> Campaign:
        """A campaign over every setting of the parameters that keeps the constraints.

        Args:
            parameters: What can be set: :class:`~tansaku.space.Stepped`,
                :class:`~tansaku.space.Continuous`, :class:`~tansaku.space.Categorical`.
            constraints: In words, for example ``x + y <= 0.5``.
            template: A formula whose variables are among the parameters, for example
                ``Li(?)Y(x)Zr(2-x)(PO4)3``; ``?`` is the amount that balances the charges.
            weighing: From what samples are made.
            target: As for :meth:`from_table`, and so are the arguments after it.

        Raises:
            SpaceError: the parameters, the template or the constraints span no space; names the
                culprit.
            FormulaError: a constraint or the template cannot be read.
            ChargeError: an oxidation state is not known, or the template cannot be neutral.
        """
        wanted = Target.of(target, goal=goal, scale=scale, value=value, unit=unit)
        space = Space.from_parameters(parameters, constraints, chemistry_of(template))
        _check_encoding(space)
        spec = CampaignSpec(name=name, space=space, targets=(wanted,), weighing=weighing)
        document = CampaignDocument(campaign=spec, events=(Created(at=datetime.now(UTC)),))
        return cls(document, left_out(space))

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
    def weighing(self) -> WeighingPlan | None:
        """From what samples are made, where that was said when the campaign was made."""
        return self._spec.weighing

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

        Rows with an empty target are not measured yet and are passed over. Columns such as
        ``weighed Li2CO3`` hold the grams that were really weighed.

        Raises:
            TableError, CellError: the table cannot be read; names row and column.
            NotInPoolError: a row is no candidate; names the row and the nearest candidate.
        """
        from tansaku.tables import results_at, weighed_masses, with_inputs  # it brings pandas

        found = results_at(with_inputs(rows, self.space), self.space, self.targets)
        places = [each.place for each in found]
        masses = weighed_masses(rows, [each.line for each in found])
        state = self.state
        made = [
            made_of(self._spec, state, p, grams, None)
            for p, grams in zip(places, masses, strict=True)
        ]
        return self._record(places, [each.values for each in found], made, status, note)

    def record_at(
        self,
        inputs: Mapping[str, Value],
        values: Mapping[str, float],
        *,
        weighed: Mapping[str, float] | None = None,
        weighing: WeighingPlan | None = None,
        status: str = "ok",
        note: str = "",
    ) -> Recorded:
        """Store one result: {input: value} and {target: value}, in their units.

        Args:
            inputs: As planned; ``{"formula": ..}`` where the campaign's table has formulas.
            values: What came out.
            weighed: Grams by precursor that were really weighed: the model then learns from the
                composition that was made.
            weighing: From what; by default as the suggestion or the campaign has it, else pure
                precursors without an excess.
            status: ``ok`` or ``excluded``.
            note: Free text.

        Raises:
            WeighingError, FormulaError: the weighed masses do not fit the precursors.
            UsageError: a value for something that is no target, or none for one that is.
            NotInPoolError: these inputs are no candidate; names the nearest one. In a space that
                its parameters span every setting that keeps the constraints is one.
        """
        names = [t.name for t in self.targets]
        if sorted(values) != sorted(names):
            raise UsageError(
                _("Results were given for {given}.").format(given=", ".join(values) or "-"),
                _("The campaign's targets are: {names}.").format(names=", ".join(names)),
            )
        place = self.space.locate(inputs_of_formula(self.space, inputs))
        made = made_of(self._spec, self.state, place, weighed, weighing)
        return self._record([place], [[values[n] for n in names]], [made], status, note)

    def suggest(
        self,
        n: int = 1,
        *,
        strategy: str | Strategy = "standard",
        seed: int = 0,
        more: bool = False,
        replicate: bool = False,
        time_limit: float | None = None,
        weighing: WeighingPlan | None = None,
    ) -> Suggestions:
        """The next ``n`` samples to make; see :func:`tansaku.campaign.suggest.suggest`.

        A new call replaces earlier suggestions that have no result yet, so the same seed gives
        the same answer; ``more=True`` keeps them under way and takes them into account.
        ``weighing`` is kept with them, for when the weighed masses come back.
        """
        from tansaku.campaign.suggest import suggest  # on demand: it brings torch

        found = suggest(
            self._spec,
            self.state,
            n,
            _strategy(strategy),
            seed,
            more=more,
            replicate=replicate,
            time_limit=time_limit,
        )
        self._events.append(
            Suggested(
                at=datetime.now(UTC),
                strategy=found.strategy,
                seed=seed,
                more=more,
                weighing=weighing,
                suggestions=found.suggestions,
            )
        )
        return found

    def predict(
        self, at: Mapping[str, Value], *, strategy: str | Strategy = "standard", seed: int = 0
    ) -> dict[str, Predicted]:
        """{target: prediction} at any inputs, in the pool or not."""
        from tansaku.campaign.suggest import predict  # on demand: it brings torch

        point = self.space.row(inputs_of_formula(self.space, at))[None]
        found = predict(self._spec, self.state, point, _strategy(strategy), seed)
        target = self.targets[0]
        return {target.name: target.to_unit(float(found.mean[0, 0]), float(found.sd[0, 0]))}

    def landscape(self, *, strategy: str | Strategy = "standard", seed: int = 0) -> Landscape:
        """What the model believes of every candidate of a pool that is listed."""
        from tansaku.campaign.listing import whole_pool  # on demand: they bring torch
        from tansaku.campaign.suggest import predict

        found = predict(self._spec, self.state, self.space.matrix, _strategy(strategy), seed)
        history, sign = history_of(self._spec, self.state), self.targets[0].sign
        positions = whole_pool(self._spec, self.state).positions
        values = np.full(len(self.space), np.nan)
        values[[positions[c] for c in history.candidates]] = sign * history.y
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

    def candidates(self, most: int | None = None) -> tuple[Candidate, ...]:
        """The candidates with their states; see :func:`tansaku.campaign.status.candidates_of`."""
        return candidates_of(self._spec, self.state, most)

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
        places: Sequence[Place],
        values: Sequence[Sequence[float]],
        made: Sequence[Made | None],
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
        found = measurements(
            self.space, self.targets, places, values, made,
            first=count + 1, at=now, status=Status(status), note=note,
        )  # fmt: skip
        event = Recorded(at=now, measurements=found)
        self._events.append(event)
        return event


def _check_encoding(space: Space) -> None:
    """See at the door that the model can see the formulas in the way that was chosen."""
    if space.chemistry is not None and space.chemistry.encoding != "parameters":
        encoder_for(space)


def _strategy(strategy: str | Strategy) -> Strategy:
    return strategy if isinstance(strategy, Strategy) else STRATEGIES[strategy]
