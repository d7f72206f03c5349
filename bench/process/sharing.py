"""What sharing costs: whole furnace runs against as many samples that may be fired as they like.

On each truth a search begins with a week of random runs of 8 samples and goes on with as many runs
a week. Four ways to choose them, the first three with the same model: ``free`` choice, every sample
at a firing of its own; ``runs``, planned jointly; ``slice``, the firing of the best single sample
with the best single samples of that firing, then the next best firing (one greedy slice of the pool
after the other); and ``random`` runs, by their exact expectation. Told is the regret, how far the
best so far is from the best of the pool, in decades.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.process import truths
from bench.process.random_runs import expected_best
from tansaku.bo import engine
from tansaku.bo.furnace.plan import plan
from tansaku.bo.furnace.plan_search import Furnace, picks_of
from tansaku.design import Design, Floats, Ints, Joint, Problems
from tansaku.strategy import STRATEGIES

TRUTHS, CRUCIBLES = 20, 8
WEEKS = {1: 6, 3: 3}
"""Weeks of a search, the first random one included, by the runs of a week."""
WAYS = ("free", "runs", "slice", "random")
STRATEGY = STRATEGIES["standard"]
RESAMPLES = 2000
Choice = Callable[[Problems, int, np.random.Generator], Ints]


def problem(X: Floats, y: Floats, measured: Ints) -> Problems:
    """A search with these candidates measured."""
    taken = np.zeros((1, len(y)), dtype=bool)
    taken[0, measured] = True
    return Problems(
        Design(X, ("x", "y", "T", "t")),
        X[measured][None],
        y[measured][None],
        np.ones((1, len(measured))),
        taken,
        np.empty((1, 0), dtype=np.int64),
        positions=measured[None],
    )


def furnace(number: int) -> Furnace:
    """So many runs of 8 crucibles, each at one of 49 firings."""
    return Furnace(truths.shared(), number, CRUCIBLES, np.zeros(truths.LEVELS**2))


def free(problems: Problems, number: int, rng: np.random.Generator) -> Ints:
    """Every sample at a firing of its own."""
    return engine.propose(Joint.of(problems), STRATEGY, number * CRUCIBLES, [rng]).picks[0]


def runs(problems: Problems, number: int, rng: np.random.Generator) -> Ints:
    """Runs that are planned jointly."""
    return picks_of(plan(Joint.of(problems), STRATEGY, furnace(number), rng).runs)


def slices(problems: Problems, number: int, rng: np.random.Generator) -> Ints:
    """The firing of the best single sample with its best single samples, and so on."""
    score = engine.survey(Joint.of(problems), STRATEGY, [rng]).score[0]
    score = np.where(problems.taken[0], -np.inf, score)
    group, picks = truths.shared(), []
    for _run in range(number):
        here = group == group[int(np.argmax(score))]
        picks.append(np.argsort(-np.where(here, score, -np.inf), kind="stable")[:CRUCIBLES])
        score[here] = -np.inf
    return np.concatenate(picks)


def random(problems: Problems, number: int, rng: np.random.Generator) -> Ints:
    """Runs at random firings."""
    return picks_of(plan(Joint.of(problems), STRATEGIES["random"], furnace(number), rng).runs)


CHOICES: dict[str, Choice] = {"free": free, "runs": runs, "slice": slices}


def search(way: str, truth: int, number: int) -> list[float]:
    """Regret after each week, the first random one included, in decades."""
    X, y = truths.grid(), truths.values(truth)
    nothing = problem(X, y, np.empty(0, dtype=np.int64))
    measured = random(nothing, number, np.random.default_rng(truth))
    if way == "random":
        best = expected_best(y, truths.shared(), measured, number, CRUCIBLES, WEEKS[number] - 1)
        return [float(y.max()) - each for each in best]
    regrets = [float(y.max() - y[measured].max())]
    for week in range(1, WEEKS[number]):
        rng = np.random.default_rng([truth, week])
        measured = np.concatenate([measured, CHOICES[way](problem(X, y, measured), number, rng)])
        regrets.append(float(y.max() - y[measured].max()))
    return regrets


def study(folder: Path, number: int) -> dict[str, Floats]:
    """{way: regret, shape (truths, weeks)} of searches with so many runs a week; what is finished
    is kept in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, list[list[float]]] = {way: [] for way in WAYS}
    for truth in range(TRUTHS):
        for way in WAYS:
            file = folder / f"sharing-{number}-{way}-{truth}.json"
            if not file.exists():
                file.write_text(json.dumps(search(way, truth, number)), encoding="utf-8")
                sys.stderr.write(f"{file.name}\n")
            found[way].append(json.loads(file.read_text(encoding="utf-8")))
    return {way: np.array(rows) for way, rows in found.items()}


def table(found: dict[str, Floats], number: int) -> str:
    """Mean regret after each week, and the difference to planned runs, as Markdown."""
    weeks = next(iter(found.values())).shape[1]
    head = " | ".join(f"{number * CRUCIBLES * (week + 1)} samples" for week in range(weeks))
    lines = [
        f"| way | {head} | last, beside runs (95 %) |",
        "|---|" + "---|" * (weeks + 1),
    ]
    rng = np.random.default_rng(1)
    for way, rows in found.items():
        cells = " | ".join(f"{v:.3f}" for v in rows.mean(axis=0))
        gap = rows[:, -1] - found["runs"][:, -1]
        draws = gap[rng.integers(0, len(gap), (RESAMPLES, len(gap)))].mean(axis=1)
        low, high = np.quantile(draws, [0.025, 0.975])
        lines.append(f"| {way} | {cells} | {gap.mean():+.3f} ({low:+.3f} to {high:+.3f}) |")
    return "\n".join(lines)
