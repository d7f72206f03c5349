"""What ``study --json`` prints of a study, with a schema that says what each field holds.

Fields that only studies of one goal or only those of several have are left out of the others.
"""

from __future__ import annotations

from tansaku.campaign.history.source_table import SourceSummary
from tansaku.language import _, percent
from tansaku.space import Value
from tansaku.spec import Answer, PartialAnswer

Samples = int | None
"""Samples until a level is reached, start samples counted; ``None`` where it never is."""
Ends = list[float | None]
"""An end of an interval after 1, 2, .. samples; ``None`` where nothing is known of it."""


class Reached(Answer):
    """Samples until 50, 80 and 95 % of the runs have the best, and their mean."""

    n50: Samples
    n80: Samples
    n95: Samples
    mean: float | None


class RandomSearch(PartialAnswer):
    """Random search on the same table: exact, unless ``is_exact`` says otherwise."""

    hypervolume: list[float] = []
    is_exact: bool = True
    hv_n90: Samples = None
    hv_n95: Samples = None
    hv_n99: Samples = None
    discovery: list[float]
    n50: Samples
    n80: Samples
    n95: Samples
    regret: list[float] = []
    mean: float | None = None


class StoppedSearches(Answer):
    """Searches that stop when the chance that the best has been found is ``level``: means over all
    of them, of which those that never stop make every sample.

    Attributes:
        stopped: Share of the searches that stop before their last sample.
        samples: That they make.
        saved: That they do not make.
        found: Share that have the best.
        regret: What the best so far lacks to the best then, on the target's scale (decades).
        regret_without: The same had they made every sample.
    """

    level: float
    stopped: float
    samples: float
    saved: float
    found: float
    regret: float
    regret_without: float

    @property
    def sentence(self) -> str:
        """The same, in the language in use."""
        return _(
            "Stopping when the chance that the best is found is {level}: {samples} samples on the"
            " average, {saved} fewer than all; {found} of the searches have the best, and the"
            " regret is {regret} (with all samples {without})."
        ).format(
            level=percent(self.level),
            samples=f"{self.samples:.1f}",
            saved=f"{self.saved:.1f}",
            found=percent(self.found),
            regret=f"{self.regret:.2g}",
            without=f"{self.regret_without:.2g}",
        )


class StrategyDocument(PartialAnswer):
    """How one strategy did, after 1, 2, .. samples, start samples counted.

    Attributes:
        runs: Searches.
        hypervolume: Mean share of the reachable hypervolume, with the ends of its 95 % interval.
        hv_n90: Samples until that is 0.90, and so on.
        discovery: Share of the runs that have the best (of several goals every best compromise).
        n50: Samples until half of the runs have it, and so on.
        regret: Mean of what the best so far lacks to the best.
        mean: Mean samples until the best; ``None`` where a run missed it.
        seconds: Wall time.
        uses_source: It was given older measurements.
        spent: Mean cost of the samples so far.
        after_start: The levels and the mean without the start samples.
        enhancement: Discovery over that of random search.
        acceleration: Samples of random search over those of the strategy, at equal level.
        stop: What stopping would have saved, where that was asked.
    """

    name: str
    runs: int
    hypervolume: list[float] = []
    hv_low: Ends = []
    hv_high: Ends = []
    hv_n90: Samples = None
    hv_n95: Samples = None
    hv_n99: Samples = None
    discovery: list[float]
    low: Ends
    high: Ends
    n50: Samples
    n80: Samples
    n95: Samples
    regret: list[float] = []
    regret_low: Ends = []
    regret_high: Ends = []
    mean: float | None
    seconds: float
    uses_source: bool
    spent: list[float] | None = None
    after_start: Reached | None = None
    enhancement: list[float] = []
    acceleration: dict[str, float | None] = {}
    stop: StoppedSearches | None = None


class Compromise(Answer):
    """A best compromise of several goals: its row in the table, inputs and values."""

    row: int
    inputs: dict[str, Value]
    values: dict[str, float]


class StudySource(SourceSummary):
    """Older measurements that strategies were given, and the columns they were compared in."""

    compared: tuple[str, ...]


class StudyDocument(PartialAnswer):
    """A study as ``study --json`` prints it.

    Attributes:
        n_candidates: Candidates of the pool.
        best: Of one goal its best value, with ``best_row``, ``best_inputs`` and ``target``.
        compromises: Of several goals the best ones, with ``targets``, the ``reference`` that they
            have to beat, and the reachable ``hypervolume``.
        start: Start samples in each run.
        random_exact: Random search.
        source: The first of ``sources``.
    """

    n_candidates: int
    best: float | None
    best_row: int | None = None
    best_inputs: dict[str, Value] = {}
    target: str = ""
    compromises: tuple[Compromise, ...] = ()
    targets: tuple[str, ...] = ()
    reference: dict[str, float] = {}
    hypervolume: float = 0.0
    start: int
    each_start: bool
    seed: int
    random_exact: RandomSearch
    strategies: tuple[StrategyDocument, ...]
    notices: tuple[str, ...]
    source: StudySource | None
    sources: tuple[StudySource, ...]
