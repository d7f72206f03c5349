"""Furnace plan: the next runs of the furnace in the scientist's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tansaku.campaign.furnace.between_runs import BetweenRuns
from tansaku.campaign.history.own_tables import frame_of
from tansaku.campaign.history.records import Suggestion
from tansaku.insight.reasons import sentence
from tansaku.insight.verdict import SourceVerdict, words
from tansaku.space import Target, Value

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class FurnaceRun:
    """One run of the furnace.

    Attributes:
        run: ``r1``, ``r2``, .. in the order of planning.
        setting: {shared input: value}.
        hours: What it takes; ``None`` where that was not said.
        expected_gain: What it is expected to add to the runs before it, as ``FurnacePlan.gain_of``
            counts it; ``None`` without a model.
        chance: Probability that one of its samples, or of the runs before it, beats the best (with
            several goals: is a new best compromise; limits are kept).
        features: What the firing profile says of it: peak temperature and so on.
        suggestions: Its samples, the most useful first.
        reason: Why, in one sentence.
        cost: What its samples cost together; ``None`` where nothing was said of costs.
    """

    run: str
    setting: dict[str, Value]
    hours: float | None
    expected_gain: float | None
    chance: float | None
    features: dict[str, float]
    suggestions: tuple[Suggestion, ...]
    reason: str
    cost: float | None = None

    def document(self) -> dict[str, Any]:
        """As ``plan --json`` has it."""
        return {
            "run": self.run,
            "setting": self.setting,
            "hours": self.hours,
            "cost": self.cost,
            "expected_gain": self.expected_gain,
            "chance_to_beat_best": self.chance,
            "features": self.features,
            "reason": self.reason,
            "suggestions": [
                s.model_dump(mode="json") | {"reason": sentence(s.reason)} for s in self.suggestions
            ],
        }


@dataclass(frozen=True, slots=True)
class FurnacePlan:
    """The next runs of the furnace.

    Attributes:
        campaign: Name of the campaign.
        strategy: Name of the strategy whose model was asked.
        seed: The same seed gives the same plan.
        shared: What the samples of a run share.
        crucibles: Samples that a run takes.
        runs: In the order of choosing.
        settings: Shared settings that were tried for every run.
        every_setting: Whether these are all that the space has.
        unit: Of the expected gains; empty where they have none.
        gain_of: What is to grow: ``best`` (the best value), ``hypervolume`` (of the best
            compromises), ``compromise`` (the distance to the best of every goal, with drawn
            preferences), ``desirability`` or ``limits`` (how many samples keep all limits).
        gain_sentence: What all runs together are expected to gain; empty without a model.
        volume: Hypervolume of the best compromises so far; ``None`` where that is not what grows.
        model: As ``suggest`` tells it.
        notices: What a careful assistant would mention.
        sources: What the older data are worth to each target that they tell of.
        targets: What is wanted.
        between: {target: what the runs so far did to its values}; those with enough labelled runs.

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
    runs: tuple[FurnaceRun, ...]
    settings: int
    every_setting: bool
    unit: str
    model: dict[str, Any]
    gain_of: str = "best"
    gain_sentence: str = ""
    volume: float | None = None
    notices: tuple[str, ...] = ()
    sources: tuple[SourceVerdict, ...] = ()
    targets: tuple[Target, ...] = ()
    between: Mapping[str, BetweenRuns] = field(default_factory=dict)

    @property
    def suggestions(self) -> tuple[Suggestion, ...]:
        """The samples of all runs."""
        return tuple(s for run in self.runs for s in run.suggestions)

    @property
    def expected_gain(self) -> float | None:
        """Of all runs together; ``None`` without a model."""
        return _sum([run.expected_gain for run in self.runs])

    @property
    def hours(self) -> float | None:
        """Of all runs together; ``None`` where that was not said."""
        return _sum([run.hours for run in self.runs])

    @property
    def cost(self) -> float | None:
        """Of all samples together; ``None`` where nothing was said of costs."""
        return _sum([run.cost for run in self.runs])

    def document(self) -> dict[str, Any]:
        """As ``plan --json`` prints it; ``between_runs`` is that of the first target."""
        between = {name: each.document() for name, each in self.between.items()}
        return {
            "campaign": self.campaign,
            "strategy": self.strategy,
            "seed": self.seed,
            "shared": list(self.shared),
            "crucibles": self.crucibles,
            "settings": self.settings,
            "every_setting": self.every_setting,
            "expected_gain": self.expected_gain,
            "gain_unit": self.unit,
            "gain_of": self.gain_of,
            "hypervolume": self.volume,
            "hours": self.hours,
            "cost": self.cost,
            "runs": [run.document() for run in self.runs],
            "between_runs": next(iter(between.values()), None),
            "between_runs_by_target": between,
            "model": self.model,
            "sources": [v.model_dump(mode="json") | {"words": words(v)} for v in self.sources],
            "notices": list(self.notices),
        }

    @property
    def frame(self) -> pd.DataFrame:
        """One row per crucible; see :func:`~tansaku.campaign.history.own_tables.frame_of`."""
        return frame_of(self.suggestions, self.targets)


def _sum(each: list[float | None]) -> float | None:
    """The sum where every one is known."""
    known = [value for value in each if value is not None]
    return sum(known) if len(known) == len(each) else None
