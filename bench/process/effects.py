"""What a run effect costs: planning with a model that knows that samples of a run share an error.

As ``sharing``, with 3 runs of 4 a week, the first week at random, but what is measured is the truth
plus an error of its run (the same for its samples) and an error of its own. The model either heeds
the runs (``heeded``) or takes every sample for one of its own (``ignored``); it can heed them from
the fifth week on, when 12 runs at two shared inputs are known, and until then both are the same.
Told is the regret of the sample that the model takes for the best of those measured: how far, in
decades, its true value is from the best of the pool.
"""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from bench.process import truths
from bench.process.sharing import RESAMPLES, STRATEGY, problem
from tansaku.bo import engine
from tansaku.bo.furnace.plan import plan
from tansaku.bo.furnace.plan_search import Furnace
from tansaku.design import Floats, Ints, Joint, Problems
from tansaku.strategy import STRATEGIES

TRUTHS, WEEKS, RUNS, CRUCIBLES = 10, 8, 3, 4
FORK = 4
"""Weeks until the two ways part."""
WITHIN = 0.05
"""sd of a sample's own error, decades."""
EFFECTS = (0.0, 0.3)
"""sds of the error of a run, decades: none, and a factor of two."""
WAYS = ("heeded", "ignored")


def search(effect: float, truth: int) -> dict[str, list[float]]:
    """{way: regret of the recommended sample after each week from ``FORK`` on}."""
    X, y = truths.grid(), truths.values(truth)
    asked = Joint.of(problem(X, y, np.empty(0, dtype=np.int64)))
    first = plan(asked, STRATEGIES["random"], _furnace(), np.random.default_rng(truth))
    lab = _Lab(y, effect, np.random.default_rng([truth, 77]))
    lab.fire([run.picks for run in first.runs])
    for week in range(1, FORK):
        lab.fire(_planned(X, lab, truth, week, heeded=False))
    found: dict[str, list[float]] = {}
    for way in WAYS:
        own, heeded = copy.deepcopy(lab), way == "heeded"
        for week in range(FORK, WEEKS + 1):
            asked = _asked(X, own, heeded)
            mean = engine.survey(Joint.of(asked), STRATEGY, [np.random.default_rng(week)]).mean[
                0, :, 0
            ]
            best = own.measured[int(np.argmax(mean[own.measured]))]
            found.setdefault(way, []).append(float(y.max() - y[best]))
            if week < WEEKS:
                own.fire(_planned(X, own, truth, week, heeded=heeded))
    return found


@dataclass
class _Lab:
    """What was measured so far: pool indices, values, run of each."""

    y: Floats
    effect: float
    rng: np.random.Generator
    measured: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    seen: Floats = field(default_factory=lambda: np.empty(0))
    runs: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def fire(self, runs: Sequence[Ints]) -> None:
        """Measure some runs."""
        for picks in runs:
            error = self.effect * self.rng.standard_normal()
            error = error + WITHIN * self.rng.standard_normal(len(picks))
            label = self.runs.max(initial=-1) + 1
            self.measured = np.concatenate([self.measured, picks])
            self.seen = np.concatenate([self.seen, self.y[picks] + error])
            self.runs = np.concatenate([self.runs, np.full(len(picks), label)])


def _furnace() -> Furnace:
    return Furnace(truths.shared(), RUNS, CRUCIBLES, np.zeros(truths.LEVELS**2))


def _planned(X: Floats, lab: _Lab, truth: int, week: int, *, heeded: bool) -> Sequence[Ints]:
    rng = np.random.default_rng([truth, week])
    found = plan(Joint.of(_asked(X, lab, heeded)), STRATEGY, _furnace(), rng)
    return [run.picks for run in found.runs]


def _asked(X: Floats, lab: _Lab, heeded: bool) -> Problems:
    values = np.zeros(len(X))
    values[lab.measured] = lab.seen
    found = replace(problem(X, values, lab.measured), positions=None)
    return replace(found, runs=lab.runs[None]) if heeded else found


def study(folder: Path) -> dict[tuple[float, str], Floats]:
    """{(effect, way): regrets, shape (truths, weeks)}; what is finished is kept in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[tuple[float, str], list[list[float]]] = {}
    for truth in range(TRUTHS):
        for effect in EFFECTS:
            file = folder / f"effects-{effect}-{truth}.json"
            if not file.exists():
                file.write_text(json.dumps(search(effect, truth)), encoding="utf-8")
                sys.stderr.write(f"{file.name}\n")
            rows = json.loads(file.read_text(encoding="utf-8"))
            for way in WAYS:
                found.setdefault((effect, way), []).append(rows[way])
    return {key: np.array(rows) for key, rows in found.items()}


def table(found: dict[tuple[float, str], Floats]) -> str:
    """Mean regret after each week, and the mean difference over the weeks, as Markdown."""
    heads = " | ".join(f"{RUNS * CRUCIBLES * week} samples" for week in range(FORK, WEEKS + 1))
    lines = [
        f"| runs differ by | model | {heads} | ignored - heeded, all weeks (95 %) |",
        "|---|---|" + "---|" * (WEEKS - FORK + 2),
    ]
    rng = np.random.default_rng(1)
    for (effect, way), rows in found.items():
        cells = " | ".join(f"{v:.3f}" for v in rows.mean(axis=0))
        told = ""
        if way == "ignored":
            gap = (rows - found[effect, "heeded"]).mean(axis=1)
            draws = gap[rng.integers(0, len(gap), (RESAMPLES, len(gap)))].mean(axis=1)
            low, high = np.quantile(draws, [0.025, 0.975])
            told = f"{gap.mean():+.3f} ({low:+.3f} to {high:+.3f})"
        lines.append(f"| {effect:g} | {way} | {cells} | {told} |")
    return "\n".join(lines)
