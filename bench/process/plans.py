"""Plans beside the best there is, where every plan can be tried; and the time that a plan takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import combinations

import numpy as np
import torch

from bench.process import truths
from bench.process.sharing import STRATEGY, problem
from tansaku.bo.fantasy_posterior import MultiOutputModel
from tansaku.bo.furnace.batch_objective import covariance_of
from tansaku.bo.furnace.plan import plan
from tansaku.bo.furnace.plan_search import Furnace, picks_of
from tansaku.bo.surrogates.posterior import Posterior
from tansaku.design import Floats, Ints, Joint

CASES = 50
SETTINGS, SAMPLES, MEASURED = 5, 5, 6
RUNS, CRUCIBLES = 2, 2
DRAWS = 4000
"""Joint draws on which every plan is counted: not those that the planner saw."""


def case(seed: int) -> tuple[Floats, Floats, Ints]:
    """(points, values, setting of each) of 25 candidates out of one truth."""
    X, y = truths.grid(), truths.values(seed)
    rng = np.random.default_rng(seed)
    firings = rng.choice(truths.LEVELS**2, SETTINGS, replace=False)
    samples = rng.choice(truths.LEVELS**2, SAMPLES, replace=False)
    index = (samples[:, None] * truths.LEVELS**2 + firings[None]).ravel()
    return X[index], y[index], np.tile(np.arange(SETTINGS), SAMPLES)


def ratio(seed: int) -> float:
    """Gain of our plan over that of the best of all plans."""
    X, y, group = case(seed)
    measured = np.random.default_rng([seed, 1]).choice(len(y), MEASURED, replace=False)
    problems = problem(X, y, measured)
    furnace = Furnace(group, RUNS, CRUCIBLES, np.zeros(SETTINGS))
    found = plan(Joint.of(problems), STRATEGY, furnace, np.random.default_rng(seed))
    (fitted,) = found.proposal.fitted
    if fitted is None:
        raise RuntimeError("no model was asked")
    posterior = Posterior.over(fitted.gp, torch.from_numpy(X))
    model = MultiOutputModel(Joint.of(problems), found.proposal.fitted, STRATEGY)
    best = model.over(posterior.pool).to_beat("posterior")[1].flatten().numpy()
    rng = np.random.default_rng([seed, 2])
    drawn = np.concatenate(
        [
            np.maximum(rng.multivariate_normal(m, K, DRAWS, method="eigh") - b, 0.0)
            for m, K, b in zip(
                posterior.mean[:, 0].numpy(),
                covariance_of(posterior, np.arange(len(y))).numpy(),
                best,
                strict=True,
            )
        ]
    )  # fmt: skip
    free = np.flatnonzero(~problems.taken[0])
    pairs = [p for p in combinations(free.tolist(), 2) if group[p[0]] == group[p[1]]]
    each = np.stack([drawn[:, list(p)].max(axis=1) for p in pairs])
    top = 0.0
    for i, one in enumerate(pairs):
        others = [j for j in range(i + 1, len(pairs)) if not set(one) & set(pairs[j])]
        if others:
            top = max(top, float(np.maximum(each[i], each[others]).mean(axis=1).max()))
    ours = float(drawn[:, picks_of(found.runs)].max(axis=1).mean())
    return ours / top


def seconds(runs: int = 3, crucibles: int = 8, measured: int = 24) -> tuple[float, float]:
    """(wall, processor) seconds for the plan of a pool of 2401 at 49 firings."""
    X, y = truths.grid(), truths.values(0)
    known = np.random.default_rng(0).choice(len(y), measured, replace=False)
    furnace = Furnace(truths.shared(), runs, crucibles, np.zeros(truths.LEVELS**2))
    asked = problem(X, y, known)
    return timed(lambda: plan(Joint.of(asked), STRATEGY, furnace, np.random.default_rng(1)))


def timed(act: Callable[[], object]) -> tuple[float, float]:
    """(wall, processor) seconds of one call."""
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - wall, time.process_time() - cpu


def report() -> str:
    """Both as lines of text."""
    ratios = np.array([ratio(seed) for seed in range(CASES)])
    wall, cpu = seconds()
    return "\n".join(
        (
            f"{CASES} small cases ({RUNS} runs of {CRUCIBLES}, {SETTINGS} settings x {SAMPLES}"
            f" samples): gain over that of the best plan: mean {ratios.mean():.4f}, worst"
            f" {ratios.min():.4f}, equal in {(ratios > 1 - 1e-9).mean():.0%}",
            f"3 runs of 8 out of 2401 candidates at 49 firings, 24 measured: {wall:.1f} s,"
            f" processor {cpu:.1f} s",
        )
    )
