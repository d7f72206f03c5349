"""Stopping rule: what a lab saves, and what it misses, that stops when the model says that the best
candidate has been found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import numpy as np

from tansaku.bo.stopping import found_chances
from tansaku.design import Ints
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.studies.replay import PoolSearch, Search
from tansaku.studies.result import StrategyResult
from tansaku.studies.study_document import StoppedSearches


@dataclass(frozen=True, slots=True)
class StoppingRule:
    """Stop after the first sample at which the chance that the best is found is ``level``."""

    level: float

    @classmethod
    def of(cls, level: float, searches: Iterable[Search]) -> StoppingRule:
        """The rule, for such searches.

        Raises:
            UsageError: the level is no probability, or what was measured is no plain table of one
                goal.
        """
        if not 0 < level < 1:
            raise UsageError(
                _("--stop-at is {level:g}.").format(level=level),
                _("Give a chance between 0 and 1, for example 0.95."),
            )
        for each in searches:
            if not isinstance(each, PoolSearch) or len(each.wants) > 1 or each.cost is not None:
                raise UsageError(
                    _("--stop-at is told of one goal without costs, where samples have one value."),
                    _("Leave it out, or study a table of such values."),
                )
        return cls(level)

    def samples(self, search: PoolSearch, picks: Ints, start: int) -> Ints:
        """Samples that each run has made when it stops, shape (runs,): all, where it never does.

        Args:
            search: What the runs share.
            picks: Of each run in their order, shape (runs, samples).
            start: Start samples: with these a run can stop at the earliest, and with two.
        """
        found = np.full(len(picks), picks.shape[1])
        for low in range(0, len(picks), search.size):
            going = np.arange(low, min(low + search.size, len(picks)))
            for n in range(max(start, 2), picks.shape[1]):
                rngs = [np.random.default_rng([search.seed, i, 2, n]) for i in going.tolist()]
                said = found_chances(search.seen(picks[going, :n]), search.strategy, rngs)
                found[going[said >= self.level]] = n
                going = going[said < self.level]
                if not len(going):
                    break
        return found

    def told(self, search: Search, result: StrategyResult) -> StoppedSearches | None:
        """What the runs of a strategy have by then; ``None`` of one without a model."""
        if search.strategy.surrogate is None:
            return None
        stops = self.samples(cast(PoolSearch, search), result.picks, result.start)
        run, total = np.arange(result.runs), result.picks.shape[1]
        best, regret = (result.curves[name].values for name in ("discovery", "regret"))
        return StoppedSearches(
            level=self.level,
            stopped=float((stops < total).mean()),
            samples=float(stops.mean()),
            saved=float(total - stops.mean()),
            found=float(best[run, stops - 1].mean()),
            regret=float(regret[run, stops - 1].mean()),
            regret_without=float(regret[:, -1].mean()),
        )
