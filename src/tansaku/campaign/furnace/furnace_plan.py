"""Furnace plan: the next runs of the furnace in the scientist's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field, computed_field

from tansaku.campaign.furnace.between_runs import BetweenRuns
from tansaku.campaign.history.own_tables import frame_of
from tansaku.campaign.history.records import AnsweredSuggestion, Suggestion
from tansaku.insight.verdict import AnsweredVerdict
from tansaku.space import Target, Value
from tansaku.spec import Answer

if TYPE_CHECKING:
    import pandas as pd


class FurnaceRun(Answer):
    """One run of the furnace.

    Attributes:
        run: ``r1``, ``r2``, .. in the order of planning.
        setting: {shared input: value}.
        hours: What it takes; ``None`` where that was not said.
        cost: What its samples cost together; ``None`` where nothing was said of costs.
        expected_gain: What it is expected to add to the runs before it, as ``FurnacePlan.gain_of``
            counts it; ``None`` without a model.
        chance_to_beat_best: Probability that one of its samples, or of the runs before it, beats
            the best (with several goals: is a new best compromise; limits are kept).
        features: What the firing profile says of it: peak temperature and so on.
        reason: Why, in one sentence.
        suggestions: Its samples, the most useful first.
    """

    run: str
    setting: dict[str, Value]
    hours: float | None
    cost: float | None = None
    expected_gain: float | None
    chance_to_beat_best: float | None
    features: dict[str, float]
    reason: str
    suggestions: tuple[AnsweredSuggestion, ...]


class FurnacePlan(Answer):
    """The next runs of the furnace, as ``plan --json`` has them.

    Attributes:
        campaign: Name of the campaign.
        strategy: Name of the strategy whose model was asked.
        seed: The same seed gives the same plan.
        shared: What the samples of a run share.
        crucibles: Samples that a run takes.
        settings: Shared settings that were tried for every run.
        every_setting: Whether these are all that the space has.
        gain_unit: Of the expected gains; empty where they have none.
        gain_of: What is to grow: ``best`` (the best value), ``hypervolume`` (of the best
            compromises), ``compromise`` (the distance to the best of every goal, with drawn
            preferences), ``desirability`` or ``limits`` (how many samples keep all limits).
        gain_sentence: What all runs together are expected to gain; empty without a model.
        hypervolume: Of the best compromises so far; ``None`` where that is not what grows.
        runs: In the order of choosing.
        between_runs_by_target: {target: what the runs so far did to its values}; those with enough
            labelled runs.
        model: As ``suggest`` tells it.
        sources: What the older data are worth to each target that they tell of.
        notices: What a careful assistant would mention.
        targets: What is wanted.

    Example:
        >>> import tansaku as tk
        >>> space = [tk.Stepped(name="x", low=0, high=1, step=0.5)]
        >>> space += [tk.Discrete(name="T", values=(900, 1000))]
        >>> plan = tk.Campaign.from_space(space, target="y").plan_runs(crucibles=2, shared=["T"])
        >>> len(plan.runs), len(plan.runs[0].suggestions)
        (1, 2)
    """

    campaign: str
    strategy: str
    seed: int
    shared: tuple[str, ...]
    crucibles: int
    settings: int
    every_setting: bool
    gain_unit: str
    gain_of: str = "best"
    gain_sentence: str = Field(default="", exclude=True)
    hypervolume: float | None = None
    runs: tuple[FurnaceRun, ...]
    between_runs_by_target: dict[str, BetweenRuns] = {}
    model: dict[str, Any]
    sources: tuple[AnsweredVerdict, ...] = ()
    notices: tuple[str, ...] = ()
    targets: tuple[Target, ...] = Field(default=(), exclude=True)

    @property
    def suggestions(self) -> tuple[Suggestion, ...]:
        """The samples of all runs."""
        return tuple(s for run in self.runs for s in run.suggestions)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def expected_gain(self) -> float | None:
        """Of all runs together; ``None`` without a model."""
        return _sum([run.expected_gain for run in self.runs])

    @computed_field  # type: ignore[prop-decorator]
    @property
    def hours(self) -> float | None:
        """Of all runs together; ``None`` where that was not said."""
        return _sum([run.hours for run in self.runs])

    @computed_field  # type: ignore[prop-decorator]
    @property
    def cost(self) -> float | None:
        """Of all samples together; ``None`` where nothing was said of costs."""
        return _sum([run.cost for run in self.runs])

    @computed_field  # type: ignore[prop-decorator]
    @property
    def between_runs(self) -> BetweenRuns | None:
        """What the runs so far did to the values of the first target."""
        return next(iter(self.between_runs_by_target.values()), None)

    @property
    def frame(self) -> pd.DataFrame:
        """One row per crucible; see :func:`~tansaku.campaign.history.own_tables.frame_of`."""
        return frame_of(self.suggestions, self.targets)


def _sum(each: list[float | None]) -> float | None:
    """The sum where every one is known."""
    known = [value for value in each if value is not None]
    return sum(known) if len(known) == len(each) else None
