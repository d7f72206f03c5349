"""Time of a suggestion and of a study beside BoTorch's, in one run: python -m bench.speed

Both sides get the same encoded data, one thread, and are warm. BoTorch's loop is what its
tutorials show: SingleTaskGP with its defaults, fit_gpytorch_mll, LogExpectedImprovement over the
open candidates. The two sides take turns, so that a drift of the machine hits both.
"""

from __future__ import annotations

import os
import statistics
import time
import warnings
from collections.abc import Callable

import numpy as np
import torch
from botorch.acquisition.analytic import LogExpectedImprovement
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from gpytorch.mlls import ExactMarginalLogLikelihood

from bench.speed import big_pools, growth
from bench.speed.searches import peak_gigabytes
from tansaku.bo import engine
from tansaku.design import Design, Floats, Ints, Joint, Problems
from tansaku.strategy import STRATEGIES
from tansaku.studies.replay import PoolSearch, replay, starts

TURNS = 7
NOISE = 0.5
"""Standard deviation of the noise on values that reach from -1 to 2."""
RUNS, START, SAMPLES = 1000, 6, 40


def grid(side: int, d: int) -> Floats:
    """A full grid on [0, 1]^d, shape (side ** d, d)."""
    axes = np.meshgrid(*[np.linspace(0, 1, side)] * d, indexing="ij")
    return np.stack(axes, -1).reshape(-1, d)


def values(X: Floats, noise: float = 0.0) -> Floats:
    """A smooth surface with interactions, shape (N,). With ``noise`` many settings of the model
    explain it; without any, few do, which are asked once only."""
    surface = np.sin(6 * X[:, 0]) * np.cos(5 * X[:, 1]) + X.sum(axis=1) / X.shape[1]
    return surface + noise * np.random.default_rng(len(X)).standard_normal(len(X))


def botorch_pick(X: Floats, y: Floats, rows: Ints) -> int:
    """The next pool row by BoTorch."""
    known = torch.from_numpy(y[rows])[:, None]
    model = SingleTaskGP(torch.from_numpy(X[rows]), known)
    fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
    open_rows = np.setdiff1d(np.arange(len(y)), rows)
    with torch.no_grad():
        score = LogExpectedImprovement(model, known.max())(torch.from_numpy(X[open_rows])[:, None])
    return int(open_rows[int(score.argmax())])


def our_pick(X: Floats, y: Floats, rows: Ints) -> int:
    """The next pool row by the engine, nothing remembered from before."""
    taken = np.zeros((1, len(y)), dtype=bool)
    taken[0, rows] = True
    problem = Problems(
        pool=Design(X, tuple("abcd"[: X.shape[1]])),
        X=X[rows][None],
        y=y[rows][None],
        counts=np.ones((1, len(rows))),
        taken=taken,
        pending=np.empty((1, 0), dtype=np.int64),
    )
    found = engine.propose(Joint.of(problem), STRATEGIES["standard"], 1, [np.random.default_rng(0)])
    return int(found.picks[0, 0])


def seconds(call: Callable[..., object], *given: object) -> float:
    """Wall time of one call."""
    clock = time.perf_counter()
    call(*given)
    return time.perf_counter() - clock


def one_suggestion(side: int, d: int, n: int, noise: float) -> tuple[float, float]:
    """Median seconds of (ours, BoTorch's) for one suggestion with n measurements."""
    X = grid(side, d)
    y, times = values(X, noise), []
    for turn in range(TURNS + 1):
        rows = np.random.default_rng(turn).permutation(len(y))[:n]
        times.append((seconds(our_pick, X, y, rows), seconds(botorch_pick, X, y, rows)))
    ours, theirs = zip(*times[1:], strict=True)  # the first turn warms up
    return statistics.median(ours), statistics.median(theirs)


def study(processors: int) -> float:
    """Our seconds for the whole study on so many processors."""
    X = grid(13, 2)
    y = values(X)
    begin = starts(len(y), RUNS, START, 0, each=False)
    pool = Design(X, ("a", "b"))
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(ours)[:processors])
    try:
        return seconds(
            replay, PoolSearch(pool, y[:, None], SAMPLES, STRATEGIES["standard"], 0), begin
        )
    finally:
        os.sched_setaffinity(0, ours)


def botorch_study_pick() -> float:
    """BoTorch's mean seconds a pick, over one run of the study's sizes."""
    X = grid(13, 2)
    y = values(X)
    return statistics.mean(
        seconds(botorch_pick, X, y, np.random.default_rng(n).permutation(len(y))[:n])
        for n in range(START, SAMPLES)
    )


def main() -> None:
    """Print a Markdown table."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    print("| what | ours | BoTorch | ratio |\n|---|---|---|---|")
    for side, d, n, noise in ((13, 2, 20, 0.0), (7, 4, 50, 0.0), (7, 4, 50, NOISE)):
        ours, theirs = one_suggestion(side, d, n, noise)
        what = f"one suggestion, pool {side**d} x {d}, n = {n}, noise {noise}"
        times = f"{1e3 * ours:.0f} ms | {1e3 * theirs:.0f} ms | {ours / theirs:.2f}"
        print(f"| {what} | {times} |")
    theirs, picks, told = botorch_study_pick(), RUNS * (SAMPLES - START), []
    for processors in range(1, min(2, len(os.sched_getaffinity(0))) + 1):
        whole = study(processors)
        told.append(f"{whole:.1f} s")
        print(
            f"| a pick in a study of {RUNS} runs x {SAMPLES - START} picks, pool 169 x 2,"
            f" {processors} of our processors | {1e3 * whole / picks:.2f} ms |"
            f" {1e3 * theirs:.0f} ms | 1/{theirs / whole * picks:.0f} |"
        )
    peak = peak_gigabytes()
    print(f"\nThe whole study: {', '.join(told)}. Peak memory of this process: {peak:.2f} GB.\n")
    big_pools.main()
    print()
    growth.main()


if __name__ == "__main__":
    main()
