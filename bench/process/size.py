"""The wider the range, the more there is to gain: acceleration against the size of the space.

The same truths are searched over 49 compositions at the usual firing, over 49 firings of the usual
composition, and over all 2401 of both together. Acceleration is what exact random search needs over
what the strategy needs, to have found the best candidate in 50, 80 or 95 % of the runs.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.process import truths
from tansaku.design import Design, Floats, Ints
from tansaku.strategy import STRATEGIES
from tansaku.studies.metrics import discovery, first_reached, random_discovery, samples_to
from tansaku.studies.replay import PoolSearch, replay, starts

TRUTHS = 20
RUNS = {49: 50, 2401: 8}
"""Runs on each truth, by the size of the space; each begins with one random sample."""
SAMPLES = {49: 49, 2401: 120}
LEVELS = (0.5, 0.8, 0.95)
RESAMPLES = 2000
"""Bootstrap draws of whole truths, behind the 95 % intervals."""
SPACES = ("compositions", "firings", "both")


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in one space.

    Attributes:
        name: A name of ``SPACES``.
        size: Candidates.
        hits: Samples until the best, shape (truths, runs); 0 where it was not found.
        samples: Samples of a run.
    """

    name: str
    size: int
    hits: Ints
    samples: int

    def needed(self, level: float, which: Ints | None = None) -> float:
        """Samples to this share of the runs; NaN where it is not reached."""
        hits = (self.hits if which is None else self.hits[which]).ravel()
        share = np.cumsum(np.bincount(hits, minlength=self.samples + 1)[1:]) / len(hits)
        found = samples_to(share, level)
        return float("nan") if found is None else found

    def random(self, level: float) -> int:
        """Samples that exact random search needs."""
        found = samples_to(random_discovery(self.size, 1), level)
        if found is None:
            raise ValueError(f"random search never reaches {level}")
        return found

    def acceleration(self, level: float) -> tuple[float, float, float]:
        """(acceleration, ends of its 95 % interval over the truths)."""
        rng = np.random.default_rng(1)
        draws = rng.integers(0, len(self.hits), (RESAMPLES, len(self.hits)))
        random = self.random(level)
        each = np.array([random / self.needed(level, row) for row in draws])
        each = np.where(np.isnan(each), 0.0, each)  # not reached: no acceleration can be claimed
        low, high = np.quantile(each, [0.025, 0.975])
        return random / self.needed(level), float(low), float(high)


def search(name: str, truth: int) -> Ints:
    """Samples until the best in each run on one truth, shape (runs,)."""
    everything, y = truths.grid(), truths.values(truth)
    index = {
        "compositions": truths.compositions(),
        "firings": truths.firings(),
        "both": np.arange(len(y)),
    }[name]
    X, y = everything[index], y[index]
    X = X[:, np.ptp(X, axis=0) > 0]
    n = len(y)
    begin = starts(n, RUNS[n], 1, truth, each=False)
    design = Design(X, ("",) * X.shape[1])
    picks = replay(PoolSearch(design, y[:, None], SAMPLES[n], STRATEGIES["standard"], truth), begin)
    return first_reached(discovery(_best(y)).of(picks))


def _best(y: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return y == y.max()


def study(folder: Path, number: int = TRUTHS) -> list[Found]:
    """All spaces; what is finished is kept in ``folder`` and not done again."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for name in SPACES:
        rows = []
        for truth in range(number):
            file = folder / f"size-{name}-{truth}.json"
            if not file.exists():
                file.write_text(json.dumps(search(name, truth).tolist()), encoding="utf-8")
                sys.stderr.write(f"{file.name}\n")
            rows.append(json.loads(file.read_text(encoding="utf-8")))
        size = 2401 if name == "both" else 49
        found.append(Found(name, size, np.array(rows, dtype=np.int64), SAMPLES[size]))
    return found


def table(found: list[Found]) -> str:
    """The samples needed and the acceleration, as Markdown."""
    lines = [
        "| space | candidates | random n50 / n80 / n95 | standard n50 / n80 / n95 |"
        " acceleration at 50 % | at 80 % | at 95 % |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in found:
        random = " / ".join(str(each.random(p)) for p in LEVELS)
        ours = " / ".join(f"{each.needed(p):.0f}" for p in LEVELS)
        cells = [
            f"{a:.1f} ({low:.1f} to {high:.1f})" for a, low, high in map(each.acceleration, LEVELS)
        ]
        lines.append(f"| {each.name} | {each.size} | {random} | {ours} | {' | '.join(cells)} |")
    return "\n".join(lines)
