"""Campaign: one search, the one mutable object; it grows by events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack, overload

from tansaku.campaign.attachments import (
    GivenFile,
    checked,
    chosen_files,
    digest,
    file_of,
    files_of,
    new_files,
    read_file,
    whole_contents,
)
from tansaku.campaign.history.objectives import Wished, measured_targets, targets_of
from tansaku.campaign.history.planned_runs import runs_planned
from tansaku.campaign.history.records import (
    HOUSEKEEPING,
    Asked,
    AttachedFile,
    Blocked,
    CampaignDocument,
    Details,
    Event,
    Firing,
    Limit,
    Measurement,
    Recorded,
    Suggestion,
    Unblocked,
    Undone,
    Withdrawn,
)
from tansaku.campaign.history.requester import Requester, versions
from tansaku.campaign.history.sample_names import candidate_of, measurement_of
from tansaku.campaign.history.state import (
    State,
    fold,
    last_standing,
    last_undo,
    taken_back,
    undos,
    with_results,
)
from tansaku.campaign.history.weighing_plan import WeighingPlan
from tansaku.campaign.keeping import (
    Held,
    Keeper,
    Stored,
    read_campaign,
    write_document,
)
from tansaku.campaign.lock import Lock, locked
from tansaku.campaign.making import CampaignPlan, exactly_charged, of_space, of_table
from tansaku.campaign.progress import (
    CampaignStatus,
    Candidate,
    campaign_html,
    candidates_of,
    labels_shown,
    status_of,
)
from tansaku.campaign.results.correcting import Entries
from tansaku.campaign.results.from_samples import (
    ReportedSample,
    Sample,
    place_of_sample,
    results_of_samples,
)
from tansaku.campaign.results.measured import ReportedResults, details_of
from tansaku.campaign.results.typed_values import read_inputs
from tansaku.campaign.sources.attach import Sources
from tansaku.campaign.views import HistoryLine, Landscape, landscape_of, lines_of, predicted_at
from tansaku.errors import NothingToUndoError, UnknownNameError, UsageError
from tansaku.language import _
from tansaku.space import (
    ColumnRoles,
    CompositionTemplate,
    Condition,
    ListedFormulas,
    Place,
    Predicted,
    Profile,
    Settable,
    Space,
    Target,
    Value,
    chemistry_of,
)
from tansaku.space.arguments import whole_number
from tansaku.strategy import Expect, Strategy, strategy_of

if TYPE_CHECKING:
    import pandas as pd

    from tansaku.campaign.asked_points import Points
    from tansaku.campaign.campaign_posterior import Posterior
    from tansaku.campaign.explanation import Explanation
    from tansaku.campaign.furnace.furnace_plan import FurnacePlan
    from tansaku.campaign.model_health import Health
    from tansaku.campaign.suggest.suggestion import Suggestions
    from tansaku.campaign.when_to_stop import Stop
    from tansaku.plots.picture import Picture


class Campaign:
    """One search: a space, a target, what was measured and what was suggested.

    Example:
        >>> import pandas as pd
        >>> table = pd.DataFrame({"x": [0.0, 0.1, 0.2, 0.3], "y": [1.0, 3.0, 2.0, None]})
        >>> campaign = Campaign.from_table(table, inputs=["x"], target="y")
        >>> campaign.suggest(n=1, seed=0).frame["pool_row"].tolist()
        [3]
    """

    def __init__(
        self,
        document: CampaignDocument,
        notices: Sequence[str] = (),
        by: str | None = None,
        keep: Keeper | None = None,
        before: Campaign | None = None,  # the same one earlier: what it adds up to is known
    ) -> None:
        self._spec = document.campaign
        self._keep = keep or Held(document.contents)
        self._events = list(document.events)
        self._read = len(self._events)  # those behind them it has added itself
        self._lock = Lock()
        self._added_up = None if before is None else before._known_of(self._events)
        self.notices = tuple(notices)
        self.by = by  # who makes the changes, kept with each of them

    @classmethod
    def from_table(
        cls,
        frame: pd.DataFrame,
        *,
        inputs: Sequence[str] = (),
        formula: str | ListedFormulas | None = None,
        weighing: WeighingPlan | None = None,
        target: Wished,
        goal: str = "max",
        scale: str = "linear",
        value: float | None = None,
        unit: str = "",
        reference: Mapping[str, float] | None = None,
        cost: str | None = None,
        columns: ColumnRoles | None = None,
        expect: Expect = "unknown",
        name: str = "campaign",
    ) -> Campaign:
        """A campaign whose pool is the table's rows.

        Rows with a target value are measurements, rows without are open candidates.

        Args:
            frame: The table.
            inputs: Names of the input columns; none where the amounts of the ``formula`` span it.
            formula: Column of formulas, or how they are used; one called so is found without.
            weighing: From what samples are made.
            target: Name of the target column, or a whole :class:`~tansaku.space.Target` (then
                ``goal``, ``scale``, ``value`` and ``unit`` play no part); several as a list, each
                whole or as ``sigma:max:log10``.
            goal: ``max``, ``min`` or ``match`` the ``value``.
            scale: ``linear`` or ``log10``.
            value, unit: To be matched; of the target.
            reference: {goal: value to beat}; by default a little below the worst measured ones.
            cost: Column with what each candidate costs, or an expression of the inputs such as
                ``2*t + 0.3*x``: improvement is counted per cost.
            columns: Which columns hold choices, or say how sure results are.
            expect: Where the best may lie, ``middle`` or ``edge`` of the candidates: the first
                samples are chosen there.
            name: The campaign's name.

        Raises:
            TableError: columns are missing or repeated, too few rows, nothing varies.
            CellError: cells that cannot be used; names row and column.
        """
        wanted = targets_of(target, goal=goal, scale=scale, value=value, unit=unit)
        column = ListedFormulas(column=formula) if isinstance(formula, str) else formula
        column, rounded = exactly_charged(column)
        plan = CampaignPlan(name, wanted, weighing, reference, expect)
        document, notices = of_table(plan, frame, inputs, column, cost, columns)
        return cls(document, (*rounded, *notices))

    @classmethod
    def from_space(
        cls,
        parameters: Sequence[Settable],
        constraints: Sequence[str] = (),
        *,
        template: str | CompositionTemplate | None = None,
        profile: Profile | None = None,
        weighing: WeighingPlan | None = None,
        target: Wished,
        goal: str = "max",
        scale: str = "linear",
        value: float | None = None,
        unit: str = "",
        reference: Mapping[str, float] | None = None,
        cost: str | None = None,
        expect: Expect = "unknown",
        name: str = "campaign",
    ) -> Campaign:
        """A campaign over every setting of the parameters that keeps the constraints.

        Args:
            parameters: What can be set: :class:`~tansaku.space.Stepped`,
                :class:`~tansaku.space.Continuous`, :class:`~tansaku.space.Discrete`,
                :class:`~tansaku.space.Categorical`.
            constraints: In words, for example ``x + y <= 0.5``.
            template: A formula whose variables are among the parameters, for example
                ``Li(?)Y(x)Zr(2-x)(PO4)3``; ``?`` is the amount that balances the charges.
            profile: A firing whose temperatures, rates and times are among the parameters.
            weighing: From what samples are made.
            target: As for :meth:`from_table`, and so are ``goal``, ``scale``, ``value``,
                ``unit``, ``reference``, ``expect`` and ``name``.
            cost: From the parameters, for example ``2*t + 0.3*x``.

        Raises:
            SpaceError: these span no space; names the culprit.
            FormulaError: a constraint or the template cannot be read.
            ChargeError: an oxidation state is not known, or the template cannot be neutral.
        """
        wanted = targets_of(target, goal=goal, scale=scale, value=value, unit=unit)
        chemistry, rounded = exactly_charged(chemistry_of(template))
        space = Space.from_parameters(parameters, constraints, chemistry, profile)
        plan = CampaignPlan(name, wanted, weighing, reference, expect)
        document, notices = of_space(plan, space, cost)
        return cls(document, (*rounded, *notices))

    @classmethod
    def load(cls, path: str | Path) -> Campaign:
        """The campaign in the file ``path``, which :meth:`save` or ``tansaku export`` wrote; its
        changes stay in this program until it is saved again.

        Raises:
            StoreError: the file cannot be read, holds no campaign, or contradicts itself.
        """
        return cls(read_campaign(Path(path)))

    @classmethod
    def open(cls, store: str, name: str) -> Campaign:
        """The campaign ``name`` of a store, such as ``sqlite:///tansaku.db``: every change of it is
        stored before the method that makes it returns, for the command line and others to see.

        Raises:
            CampaignNotFoundError: the store has no campaign of that name.
            StoreError: the store cannot be opened.
            ConflictError: by a later change: others have changed the campaign meanwhile. Nothing is
                stored, and the campaign has to be opened again.
        """
        kept = Stored(store, name)
        return cls(kept.document(), keep=kept)

    def save(self, path: str | Path, *, force: bool = False) -> None:
        """Write the whole campaign to a file, in one step; over the file of an earlier state of it.

        Args:
            path: The file, by custom ``.json``.
            force: Write over anything.

        Raises:
            StoreError: the file cannot be written, or holds something else.

        Example:
            >>> import tempfile
            >>> table = {"x": [0.0, 0.3, 0.6], "y": [1.0, 3.0, None]}
            >>> campaign = Campaign.from_table(table, inputs=["x"], target="y")
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     campaign.save(f"{folder}/c.json")
            ...     Campaign.load(f"{folder}/c.json").document == campaign.document
            True
        """
        write_document(self.whole, Path(path), force=force)

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
    def sources(self) -> Sources:
        """Older data that were attached; add to them, look at them, take them away."""
        return Sources(self._spec, self.state, self._append, self._lock)

    @property
    def entries(self) -> Entries:
        """Where the entries of a workbook go: new results and corrections together."""
        return Entries(self._spec, self._events, lambda: self.state, self._append, self._lock)

    @property
    def document(self) -> CampaignDocument:
        """The campaign as one document, without the contents of attached files."""
        # Its parts are right as they are; ten thousand events would be looked at again.
        return CampaignDocument.model_construct(campaign=self._spec, events=tuple(self._events))

    @property
    def whole(self) -> CampaignDocument:
        """The same with these contents.

        Raises:
            StoreError: one is missing, or not as it was attached; names the file.
        """
        contents = whole_contents(self._events, self.state, self._keep.content)
        return self.document.model_copy(update={"contents": contents})

    @property
    def contents(self) -> Mapping[str, bytes]:
        """{SHA-256: content} of attached files that this program holds, and no store yet."""
        return self._keep.contents

    @property
    def events(self) -> tuple[Event, ...]:
        """What happened, in order."""
        return tuple(self._events)

    @property
    def state(self) -> State:
        """What the events add up to; they only grow, so their number tells whether it is known."""
        known = self._added_up
        if known is None or known[0] != len(self._events):
            known = self._added_up = len(self._events), self._state_behind(known)
        return known[1]

    def _known_of(self, events: Sequence[Event]) -> tuple[int, State] | None:
        """What this one has added up, where its events are the first of these; ``None`` where it
        has added up nothing, or they are others. Those that it added itself were read anew."""
        known = self._added_up
        if known is None or known[0] > len(events):
            return None
        read, n = min(self._read, known[0]), known[0]
        same = read == 0 or self._events[read - 1] is events[read - 1]
        return known if same and self._events[read:n] == list(events[read:n]) else None

    def _state_behind(self, known: tuple[int, State] | None) -> State:
        """The state, from one that is known where only results came since."""
        events = tuple(self._events)
        if known is not None:
            state = with_results(known[1], events[known[0] :])
            if state is not None:
                return state
        return fold(events)

    @overload
    def record(
        self,
        rows: pd.DataFrame,
        *,
        only_new: bool = False,
        columns: ColumnRoles | None = None,
        confirm: bool = False,
        **told: Unpack[Details],
    ) -> Recorded: ...

    @overload
    def record(self, rows: Suggestion | str, *, confirm: bool = False, **told: Any) -> Recorded: ...

    @locked
    def record(
        self,
        rows: pd.DataFrame | Suggestion | str,
        *,
        only_new: bool = False,
        columns: ColumnRoles | None = None,
        confirm: bool = False,
        **told: Any,
    ) -> Recorded:
        """Store results: a table with the inputs and the target, all rows or none; or the result of
        one sample: ``record(suggestion, y=3.2)``, ``record("LLZ-01", y=3.2)``.

        Rows with an empty target are not measured yet and are passed over. A target may be a limit
        (``<1e-8``), a number with its sd (``3.2 ± 0.1``) or a failure (``cracked``). Columns such
        as ``weighed Li2CO3`` hold the grams that were really weighed, columns such as sample,
        status, run, operator and note what else is told. A table that tansaku wrote itself, with
        results typed in, is one: what it says of predictions is no data.

        Args:
            rows: The table, or a suggestion, its id, or what the lab calls the sample.
            only_new: Pass over rows whose result is stored.
            columns: Which columns of the table say how sure results are.
            confirm: What looks doubtful is right.
            told: :class:`~tansaku.campaign.history.records.Details` of every row that does not
                tell its own; of one sample also the arguments of :meth:`record_at`, and the results
                by their targets' names.

        Raises:
            TableError, CellError: the table cannot be read; names row and column.
            NotInPoolError: a row is no candidate; names the row and the nearest candidate.
            UnknownNameError: nothing is called so.
            ConfirmationError: something is doubtful; its questions say what. Nothing is stored.
        """
        if isinstance(rows, str | Suggestion):
            names = [target.name for target in self.targets]
            values = {name: told.pop(name) for name in names if name in told}
            of_samples = {each.name for each in fields(ReportedSample)}
            details_of({k: v for k, v in told.items() if k not in of_samples}, names)
            return self.record_at(rows, values, confirm=confirm, **told)
        from tansaku.campaign.results.from_table import (
            results_of_table,
        )  # on demand: it brings pandas

        common = details_of(told)
        found = results_of_table(self._spec, self.state, rows, common, columns, only_new=only_new)
        return self._record(found, confirm=confirm)

    @locked
    def record_at(
        self,
        inputs: Sample,
        values: Mapping[str, float | str] | None = None,
        *,
        limits: Mapping[str, Limit] | None = None,
        sd: Mapping[str, float] | None = None,
        made: Mapping[str, Value] | None = None,
        weighed: Mapping[str, float] | None = None,
        weighing: WeighingPlan | None = None,
        confirm: bool = False,
        **details: Unpack[Details],
    ) -> Recorded:
        """Store one result: {input: value} and {target: value}, in their units.

        Args:
            inputs: As planned; ``{"formula": ..}`` where the campaign's table has formulas. Or a
                suggestion, its id (``s3``), or what the lab calls the sample (``LLZ-01``).
            values: What came out, as a number or as the cell of a table, ``"3.2 ± 0.1 mS/cm"``. A
                failed sample needs none.
            limits: {target: ``below`` or ``above``}, the side of the value where the truth lies.
            sd: {target: standard deviation of one measurement}, where it is known.
            made: {input: value} as fired or as analysed, where not as planned; it teaches.
            weighed: Grams by precursor that were really weighed; what they made teaches.
            weighing: From what, where neither the suggestion nor the campaign has it.
            confirm: What looks doubtful is right.
            details: ``status`` (``ok``, ``failed``, which teaches where samples fail, or
                ``excluded``), ``why``, ``run``, ``note`` and so on, as in
                :class:`~tansaku.campaign.history.records.Measurement`.

        Raises:
            WeighingError, FormulaError: the weighed masses do not fit the precursors.
            UsageError: a value of no target, none of a sample that did not fail, unknown details.
            NotInPoolError: these inputs are no candidate; names the nearest one.
            UnknownNameError: nothing is called so.
            ConfirmationError: something is doubtful; its questions say what. Nothing is stored.
        """
        sample = ReportedSample(inputs, values, limits, sd, made, weighed, weighing, {**details})
        found = results_of_samples(self._spec, self.state, [sample])
        return self._record(found, confirm=confirm)

    def measurement(self, id: str) -> Measurement:
        """The measurement of this id, or the only one of a sample that the lab calls so.

        Raises:
            UnknownNameError: there is none.
            UsageError: the sample was measured several times; names their ids.
        """
        return measurement_of(self._spec, self.state, id)

    def place(self, sample: Sample) -> Place:
        """The candidate that inputs, a suggestion, its id or the lab's name of a sample stand for.

        Raises:
            NotInPoolError, UnknownNameError: there is none.
        """
        return place_of_sample(self._spec, self.state, sample)

    @locked
    def attach(
        self, sample: Suggestion | str, *files: str | Path | GivenFile, remark: str = ""
    ) -> tuple[AttachedFile, ...]:
        """Attach files to a sample: photos, spectra, patterns; what was attached to it before under
        the same name stays as it is. The files as they are attached.

        Args:
            sample: A suggestion, its id (``s3``), a measurement's (``m5``), or what the lab calls
                the sample.
            files: Where they are.
            remark: Kept with them.

        Raises:
            UnknownNameError: nothing is called so.
            DataError: a file is missing, empty or too large; nothing is attached.

        Example:
            >>> table = {"x": [0.0, 0.3, 0.6], "y": [1.0, 3.0, None]}
            >>> campaign = Campaign.from_table(table, inputs=["x"], target="y")
            >>> (file,) = campaign.attach("m1", GivenFile("xrd.xy", b"10 2"))
            >>> file.id, file.size, campaign.content("f1")
            ('f1', 4, b'10 2')
        """
        given = [f if isinstance(f, GivenFile) else read_file(Path(f)) for f in files]
        contents = {digest(f.content): f.content for f in given}
        name = sample.id if isinstance(sample, Suggestion) else sample
        event = new_files(self._spec, self.state, name, given, remark)
        if event is None:
            self._keep([], len(self._events), contents)  # one that was lost is there again
        else:
            self._append(event, contents)
        asked = {(digest(f.content), f.name) for f in given}
        there = files_of(self.state, candidate_of(self._spec, self.place(name)))
        return tuple(f for f in there if (f.sha256, f.name) in asked)

    def attachments(self, sample: str | None = None) -> tuple[AttachedFile, ...]:
        """The attached files, of one sample where it is named, in the order of attaching.

        Raises:
            UnknownNameError: nothing is called so.
        """
        return chosen_files(self._spec, self.state, sample)

    def content(self, id: str) -> bytes:
        """The content of the attached file of this ``id``, as it was attached.

        Raises:
            UnknownNameError: there is none.
            StoreError: the content is missing, or not what was attached.
        """
        file = file_of(self._spec, self.state, id)
        return checked(file, self._keep.content(file.sha256))

    @locked
    def withdraw(self, *ids: str, why: str = "") -> Withdrawn:
        """Take suggestions back, by their ``ids`` or the lab's names of their samples: they are not
        under way any more, and may be suggested again; or attached files, by their ids (``f2``):
        they are not listed any more. ``why`` is kept with it.

        Raises:
            UnknownNameError: no suggestion of that id is under way, and no file has it; names those
                that are.
        """
        open_, files = {s.id: s for s in self.state.open_suggestions}, self.state.files
        by_name = {s.sample: s.id for s in open_.values() if s.sample}
        found = [by_name.get(id, id) for id in ids]
        for id in found:
            if id not in open_ and id not in files:
                raise UnknownNameError(
                    _("'{id}' is no suggestion that is under way.").format(id=id),
                    _("Under way: {names}.").format(names=", ".join([*open_, *files]) or "-"),
                )
        event = Withdrawn(
            at=datetime.now(UTC),
            suggestions=tuple(id for id in found if id in open_),
            files=tuple(id for id in found if id not in open_),
            why=why,
        )
        self._append(event)
        return event

    @locked
    def block(self, condition: str, *, why: str = "") -> Blocked:
        """Suggest no candidate that keeps the condition (``x > 0.2``, ``gas = Ar``) until it is
        unblocked: it cannot be made now; ``why`` is kept with it.

        Raises:
            SpaceError, FormulaError: the condition cannot be read; names what is wrong.
        """
        read = Condition.parse(condition, self.space)
        event = Blocked(at=datetime.now(UTC), condition=read.text, why=why)
        self._append(event)
        return event

    @locked
    def unblock(self, condition: str, *, why: str = "") -> Unblocked:
        """Candidates that were blocked can be made again; ``why`` is kept with it.

        Raises:
            UnknownNameError: no such condition is blocked; names those that are.
        """
        blocked = self.state.blocked
        if condition.strip() not in blocked:
            raise UnknownNameError(
                _("'{condition}' is not blocked.").format(condition=condition),
                _("Blocked: {names}.").format(names="; ".join(blocked) or "-"),
            )
        event = Unblocked(at=datetime.now(UTC), condition=condition.strip(), why=why)
        self._append(event)
        return event

    @locked
    def suggest(
        self,
        n: int = 1,
        *,
        strategy: str | Strategy = "standard",
        seed: int = 0,
        by: str | None = None,
        more: bool = False,
        replicate: bool = False,
        probe: bool = False,
        fixed: Mapping[str, Value] | None = None,
        among: str | Sequence[str] = (),
        candidates: str | Path | None = None,
        time_limit: float | None = None,
        weighing: WeighingPlan | None = None,
    ) -> Suggestions:
        """The next ``n`` samples to make; see :func:`tansaku.campaign.suggest.suggest.suggest`.

        A new call replaces what the same person (``by``) was suggested and has no result yet, so
        the same seed gives the same answer. What others asked for stays under way and is taken
        into account; ``more=True`` keeps one's own under way, too.
        ``weighing`` is kept with them, for when the weighed masses come back. ``probe`` asks for
        settings of the sources, which tell whether these help. ``fixed`` inputs have these values
        this time, and candidates keep the conditions ``among`` (``x <= 0.2``, ``gas = Ar``).
        ``candidates`` is a table whose rows alone can be chosen this time, in a campaign of
        parameters: a Parquet file of any length, or another table.
        ``strategy`` is a name or a whole one; with ``replicate`` measured candidates may be
        suggested again; after ``time_limit`` seconds the best found by then is the answer.
        """
        from tansaku.campaign.suggest.suggest import suggest  # on demand: it brings torch

        n, seed = whole_number(n, "n", 1), whole_number(seed, "seed", 0)
        conditions = (among,) if isinstance(among, str) else tuple(among)
        file = None
        if candidates:
            from tansaku.campaign.suggest.file_candidates import candidate_file  # it brings pandas

            file = candidate_file(candidates)
        inputs = read_inputs(self.space, fixed or {})
        asking = Requester(by or self.by, more, inputs, conditions, file)
        asked = Asked(
            strategy=strategy_of(strategy),
            versions=dict(versions()),
            events=len(self._events),
            replicate=replicate,
            probe=probe,
            time_limit=time_limit,
        )
        found = suggest(
            self._spec,
            self.state,
            n,
            asked.strategy,
            seed,
            asking=asking,
            replicate=replicate,
            probe=probe,
            time_limit=time_limit,
        )
        self._append(asking.event(found, weighing=weighing, sources=found.sources, asked=asked))
        return found

    @locked
    def plan_runs(
        self,
        runs: int = 1,
        *,
        crucibles: int,
        shared: Sequence[str] = (),
        hours: str = "",
        available: float | None = None,
        strategy: str | Strategy = "standard",
        seed: int = 0,
        by: str | None = None,
        more: bool = False,
    ) -> FurnacePlan:
        """The next furnace runs: settings that all samples of a run share, and the samples of each.

        Args:
            runs, crucibles: How many runs, and samples that a run takes.
            shared: Inputs that a run shares; by default those whose role is the process.
            hours: What a run takes, from shared inputs (``t + 6``); by default the profile's.
            available: Hours for all runs together.
            strategy: Whose model is asked.
            seed: The same seed gives the same plan.
            by, more: As for :meth:`suggest`.

        Raises:
            UsageError: the numbers or the shared inputs make no plan, or the hours are too few.
            PoolExhaustedError: more crucibles than open candidates.
        """
        from tansaku.campaign.furnace.plan_runs import plan_runs  # on demand: it brings torch

        asking = Requester(by or self.by, more)
        firing = Firing(
            shared=tuple(shared), crucibles=crucibles, runs=runs, hours=hours, available=available
        )
        asked = Asked(
            strategy=strategy_of(strategy),
            versions=dict(versions()),
            events=len(self._events),
            firing=firing,
        )
        found = plan_runs(
            self._spec,
            self.state,
            firing,
            asked.strategy,
            seed,
            first_run=runs_planned(self._events) + 1,
            asking=asking,
        )
        self._append(asking.event(found, sources=found.sources, asked=asked))
        return found

    def explain(self, id: str, *, recompute: bool = False) -> Explanation:
        """Why a sample was suggested, what was believed of it then, and what has come out.

        Args:
            id: Of the suggestion, ``s3``, or what the lab calls its sample.
            recompute: Choose it once more from what was known then, and compare.

        Raises:
            UnknownNameError: there is no such suggestion.
            UsageError: it was stored without its strategy, so that it cannot be chosen once more.

        Example:
            >>> table = {"x": [0.0, 0.2, 0.4, 0.6, 0.8], "y": [1.0, 1.6, 2.4, 2.9, None]}
            >>> campaign = Campaign.from_table(table, inputs=["x"], target="y")
            >>> _ = campaign.suggest(strategy="lecture")
            >>> card = campaign.explain("s1").card
            >>> [pull.inputs["x"] for pull in card.targets["y"].pulls][0]
            0.6
        """
        from tansaku.campaign.explanation import explained  # on demand: it brings torch

        return explained(self.document, id, recompute=recompute)

    def predict(
        self, at: Mapping[str, Value], *, strategy: str | Strategy = "standard", seed: int = 0
    ) -> dict[str, Predicted]:
        """{target: prediction} at any inputs, in the pool or not, by the model of a ``strategy``;
        the same ``seed`` gives the same answer. ``notices`` say what a careful assistant would
        mention. Of many points see :meth:`posterior`."""
        found, self.notices = predicted_at(self._spec, self.state, at, strategy_of(strategy), seed)
        return found

    def posterior(
        self,
        points: Points = None,
        target: str | None = None,
        *,
        strategy: str | Strategy = "standard",
        seed: int = 0,
    ) -> Posterior:
        """What the model says of any points: means, sds, covariances, samples, quantiles, chances
        and acquisitions.

        Args:
            points: A frame, a dict of columns or of one point, a sequence of dicts or suggestions,
                or an array with one column for each input, shape (N, inputs); in experimental
                units, candidates or not. By default every candidate, where they are listed.
            target: One of several targets; by default all that have to be measured.
            strategy: Whose model is asked.
            seed: The same seed gives the same model, that of ``suggest`` and ``predict``.

        Raises:
            TableError, NotInPoolError: the points do not fit the space.
            UsageError: the strategy has no model, or there is no such target.
            ModelError: nothing is measured yet, and no older data tell of the target.

        Example:
            >>> table = {"x": [0.0, 0.3, 0.6, 1.0], "y": [1.0, 3.0, 2.0, None]}
            >>> campaign = Campaign.from_table(table, inputs=["x"], target="y")
            >>> campaign.posterior([{"x": 0.2}, {"x": 0.4}]).mean.shape
            (2,)
        """
        from tansaku.campaign.asked_points import points_in  # on demand: they bring torch
        from tansaku.campaign.campaign_posterior import Posterior, one_of

        spec = self._spec
        if target is not None:
            chosen = one_of(measured_targets(spec.targets), target)
            spec = spec.model_copy(update={"targets": (chosen,)})
        found = points_in(spec.space, points)
        seed = whole_number(seed, "seed", 0)
        return Posterior.learn(spec, self.state, strategy_of(strategy), seed, found)

    def plot(
        self,
        kind: str,
        *,
        target: str | None = None,
        at: Mapping[str, Value] | None = None,
        over: Sequence[str] = (),
        strategy: str | Strategy = "standard",
        seed: int = 0,
    ) -> Picture:
        """A picture of the campaign; save it with ``savefig``, a notebook shows it.

        Args:
            kind: ``map``, ``slice``, ``ternary``, ``profile``, ``acquisition``, ``parity``,
                ``progress``, ``pareto``, ``importance``, ``arrhenius``, ``sources`` or ``runs``.
            target: What is drawn; by default the first goal. Of ``progress`` with several goals
                the hypervolume is, where none is named.
            at: {input: value} where it goes through; the other inputs are as at the best sample.
            over: The two inputs of a map's axes, of ``pareto`` the two goals, of ``arrhenius`` the
                temperature.
            strategy: Whose model is asked.
            seed: The same seed draws the same picture.

        Raises:
            UnknownNameError: there is no such picture.
            UsageError: it does not fit the campaign; says why.
            ModelError: too few results; says how many are needed.

        Example:
            >>> table = {"x": [0.0, 0.3, 0.6, 1.0], "y": [1.0, 3.0, 2.0, None]}
            >>> campaign = Campaign.from_table(table, inputs=["x"], target="y")
            >>> campaign.plot("map").axes[0].get_xlabel()
            'x'
        """
        from tansaku.campaign.pictures.draw import Request, draw  # on demand: torch, matplotlib

        request = Request(strategy_of(strategy), seed, target, at or {}, over)
        (found,) = draw(self.document, [kind], request)
        return found.figure

    def report(
        self,
        path: str | Path,
        *,
        strategy: str | Strategy = "standard",
        seed: int = 0,
        force: bool = False,
    ) -> None:
        """Write the campaign as one HTML page to read, to print and to send: what is searched, the
        suggestions with their reasons, pictures, results, older data, methods and history, in the
        language in use. The page needs no other file.

        Args:
            path: The page, ending in .html.
            strategy, seed: Whose model is drawn.
            force: Write over a file that is there.

        Raises:
            UsageError: the file is none of HTML, or the strategy has no model.
            StoreError: the file is there, or cannot be written.

        Example:
            >>> import tempfile
            >>> table = {"x": [0.0, 0.3, 0.6, 1.0], "y": [1.0, 3.0, 2.0, None]}
            >>> campaign = Campaign.from_table(table, inputs=["x"], target="y")
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     campaign.report(f"{folder}/r.html")
            ...     Path(f"{folder}/r.html").read_text(encoding="utf-8")[:15]
            '<!DOCTYPE html>'
        """
        from tansaku.campaign.report.campaign_report import write_report  # on demand, as above

        write_report(self.document, Path(path), strategy_of(strategy), seed, force=force)

    def health(self, *, strategy: str | Strategy = "standard", seed: int = 0) -> Health:
        """Whether the model of a ``strategy`` can be believed: every result against what the others
        say, the noise, which inputs matter, what stands out, and what older data are worth; green,
        amber or red, with a sentence and what to do. The same ``seed`` gives the same answer.

        Raises:
            UsageError: the strategy has no model.

        Example:
            >>> x = [i / 10 for i in range(12)]
            >>> table = {"x": [*x, 2.0], "y": [*(each**2 for each in x), None]}
            >>> health = Campaign.from_table(table, inputs=["x"], target="y").health()
            >>> health.verdict, health.q2 > 0.9
            ('green', True)
        """
        from tansaku.campaign.model_health import health_of  # on demand: it brings torch

        return health_of(
            self._spec, self.state, strategy_of(strategy), whole_number(seed, "seed", 0)
        )

    def stop(
        self,
        *,
        delta: float | None = None,
        strategy: str | Strategy = "standard",
        seed: int = 0,
    ) -> Stop:
        """Whether the search can stop: the probability that the best candidate is among those that
        were tried, and that another is better by more than ``delta``, and what 1, 5 and 10 more
        samples are expected to gain, all from joint draws of the model.

        Args:
            delta: What matters, in the target's unit; of a log10 target a factor above 1; with two
                goals a share of the hypervolume. By default the sd of one measurement, or 1 %.
            strategy: Whose model is asked.
            seed: The same seed gives the same answer.

        Raises:
            UsageError: the strategy has no model, there are not one or two goals that are measured,
                or ``delta`` is none.
            ModelError: no sample has a result of every goal.
            PoolExhaustedError: no candidate is left.

        Example:
            >>> x = [i / 10 for i in range(12)]
            >>> table = {"x": x, "y": [None if i in (2, 9) else -((i - 6) ** 2) for i in range(12)]}
            >>> found = Campaign.from_table(table, inputs=["x"], target="y").stop(delta=0.5)
            >>> found.found > 0.9, found.better_by_delta < 0.1
            (True, True)
        """
        from tansaku.campaign.when_to_stop import stop_of  # on demand: it brings torch

        seed = whole_number(seed, "seed", 0)
        return stop_of(self._spec, self.state, strategy_of(strategy), seed, delta)

    def landscape(self, *, strategy: str | Strategy = "standard", seed: int = 0) -> Landscape:
        """What the model of a ``strategy`` believes of every candidate of a pool that is listed, of
        the first target; the same ``seed`` gives the same answer. See :meth:`posterior`."""
        return landscape_of(self._spec, self.state, strategy_of(strategy), seed)

    @locked
    def undo(self, number: int | None = None) -> Event:
        """Take back the last change that is not taken back yet, or the event of this number; it
        stays in the history.

        Raises:
            NothingToUndoError: only the campaign's making is left.
            UsageError: there is no such event, or it is taken back already.
        """
        last = last_standing(self._events) if number is None else number
        if last is None:
            raise NothingToUndoError(
                _("Campaign '{name}' has no change to undo.").format(name=self.name),
                _("Its making and its first table stay."),
            )
        standing = [
            n
            for n, event in enumerate(self._events, start=1)
            if n > 1 and n not in taken_back(self._events) and event.kind not in HOUSEKEEPING
        ]
        if last not in standing:
            raise UsageError(
                _("Event {number} cannot be taken back.").format(number=last),
                _("These can: {numbers}.").format(numbers=", ".join(map(str, standing)) or "-"),
            )
        self._append(Undone(at=datetime.now(UTC), undone=last))
        return self._events[last - 1]

    @locked
    def redo(self) -> Event:
        """Take the last undo back, so that what it took back counts again; all of them stay in the
        history. Several undos are taken back one by one, the last one first.

        Raises:
            NothingToUndoError: nothing is undone, or another change was made since.

        Example:
            >>> table = {"x": [0.0, 0.3, 0.6], "y": [1.0, 3.0, None]}
            >>> campaign = Campaign.from_table(table, inputs=["x"], target="y")
            >>> recorded = campaign.record_at({"x": 0.6}, {"y": 2.0})
            >>> campaign.undo() == campaign.redo() == recorded
            True
        """
        last = last_undo(self._events)
        if last is None:
            raise NothingToUndoError(
                _("Campaign '{name}' has no undo that can be taken back.").format(name=self.name),
                _("An undo can be taken back until another change is made."),
            )
        self._append(Undone(at=datetime.now(UTC), undone=last))
        return self._events[undos(self._events)[last] - 1]

    def history(self) -> tuple[HistoryLine, ...]:
        """Every event in order."""
        return lines_of(self._events)

    def candidates(self, most: int | None = None) -> tuple[Candidate, ...]:
        """The candidates with their states, at ``most`` so many; see
        :func:`tansaku.campaign.progress.labels_shown`."""
        return candidates_of(self._spec, self.state, labels_shown(self._spec, self.state, most))

    def status(self) -> CampaignStatus:
        """How far the search is."""
        return status_of(self._spec, self.state)

    def __repr__(self) -> str:
        wanted = ", ".join(target.name for target in self.targets)
        return f"<Campaign {self.name!r}: {wanted}; {len(self.state.measurements)} results>"

    def _repr_html_(self) -> str:
        return campaign_html(self._spec, self.status())

    def _record(self, reported: ReportedResults, *, confirm: bool) -> Recorded:
        self.notices = reported.notices
        self.entries.take(reported, confirm=confirm)
        event = self._events[-1]
        if not isinstance(event, Recorded):
            raise TypeError(f"{event.kind} where results were recorded")
        return event

    def _append(self, event: Event, contents: Mapping[str, bytes] | None = None) -> None:
        """One more event, with who did it, and contents of files that it attaches."""
        if event.by is None and self.by is not None:
            event = event.model_copy(update={"by": self.by})
        self._keep([event], len(self._events), contents or {})
        self._events.append(event)
