"""How cost grows with measurements, candidates, columns and searches: python -m bench.speed.growth

    python -m bench.speed.growth           measure, and print the table of docs/benchmarks.md
    python -m bench.speed.growth --draw    draw that table as growth.png, in both languages

Processor seconds of one thread for a suggestion that remembers nothing, beside a floating-point
bound: the operations that the formulas ask for, divided by the machine's own rate in a float64
matrix product. No program meets the bound: exponentials, memory traffic and many small matrices
cost more than products of large ones. The distance to it is what could still be gained.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from bench.pictures import IMAGES, rows_of, written
from bench.speed.searches import cpu_seconds, points, product_rate, search, surface
from tansaku.bo import engine
from tansaku.bo.surrogates import map as posterior_map
from tansaku.bo.surrogates.hyperparameter_samples import LARGEST, OWN_SAMPLES, SHARED_SAMPLES
from tansaku.design import Design, Joint
from tansaku.language import current
from tansaku.plots.fonts import style
from tansaku.plots.palette import BLUE, GREY
from tansaku.plots.picture import Picture
from tansaku.strategy import STRATEGIES
from tansaku.studies.replay import PoolSearch, replay

STANDARD = STRATEGIES["standard"]
KERNEL_FLOPS = 10
"""Of one kernel value from its squared distance: a root, an exponential, a polynomial, each as 1 to
a few operations. An understatement, as befits a bound."""
SCORE_FLOPS = 30
"""Of one score: erfc, logarithms and their arguments, counted likewise."""
LONG = 5.0
"""Processor seconds above which a size is measured once and not three times."""


@dataclass(frozen=True, slots=True)
class Size:
    """n measurements, N candidates, d columns, b searches."""

    n: int = 50
    N: int = 1_000
    d: int = 4
    b: int = 1


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one size: processor seconds, and the least that the operations would take which the
    formulas ask for."""

    size: Size
    seconds: float
    bound: float


SWEEPS: dict[str, list[Size]] = {
    "n": [Size(n=n) for n in (10, 20, 50, 100, 200, 500, 1_000, 2_000)],
    "N": [Size(N=N) for N in (100, 1_000, 10_000, 100_000, 1_000_000)],
    "d": [Size(d=d) for d in (1, 2, 5, 10, 20)],
    "b": [Size(n=20, N=169, d=2, b=b) for b in (1, 10, 100, 1_000, 4_000)],
}
WORDS = {
    "en": {
        "n": "measurements",
        "N": "candidates",
        "d": "columns",
        "b": "searches in lock-step",
        "measured": "measured",
        "bound": "bound",
        "seconds": "processor seconds",
    },
    "ja": {
        "n": "測定の数",
        "N": "候補の数",
        "d": "列の数",
        "b": "足並みをそろえた探索の数",
        "measured": "実測",
        "bound": "下限",
        "seconds": "プロセッサーの秒数",
    },
}
"""What is written in the figure."""


def kernel_flops(pairs: float, d: int) -> float:
    """Of the kernel between so many pairs of points."""
    return pairs * (3 * d + KERNEL_FLOPS)


def predict_flops(size: Size, components: int) -> float:
    """Kernel, L^-1 k (a triangle), mean, variance and score of every candidate."""
    each = kernel_flops(size.n, size.d) + size.n**2 + 4 * size.n + SCORE_FLOPS
    return size.b * components * size.N * each


def bank_flops(size: Size) -> float:
    """The least that the bank takes.

    One search: factors and their inverses, n^3 a setting, and one setting that answers, as those
    that are alike are asked once. Several: a row over the pool for each measurement and setting,
    from products with the earlier rows, and the scores of all settings that are drawn.
    """
    settings = SHARED_SAMPLES + OWN_SAMPLES
    if size.b == 1:
        weigh = settings * (size.n**3 + kernel_flops(size.n**2 / 2, size.d))
        return weigh + predict_flops(size, 1)
    components = 1 if STANDARD.surrogate is None else STANDARD.surrogate.components
    return size.b * size.N * (settings * size.n**2 + components * SCORE_FLOPS)


def evaluation_flops(n: int, d: int) -> float:
    """Likelihood and gradient of one process: factor, inverse and K^-1 at n^3 / 3 each, the kernel
    and its slope, and two products with the points."""
    return n**3 + kernel_flops(n**2, d) + n**2 * (4 * d + KERNEL_FLOPS)


@contextmanager
def counted() -> Iterator[list[float]]:
    """Operations of each likelihood that is evaluated inside the ``with`` block."""
    real, seen = posterior_map._condition, []

    def condition(layout: Any, theta: torch.Tensor, data: Any, spec: Any) -> Any:
        seen.append(len(theta) * evaluation_flops(data.X.shape[1], data.X.shape[2]))
        return real(layout, theta, data, spec)

    posterior_map._condition = condition
    try:
        yield seen
    finally:
        posterior_map._condition = real


def suggestion(size: Size) -> Callable[[], object]:
    """One suggestion of that size; of many searches a study's next pick, from nothing."""
    X = points(size.N, size.d)
    if size.b == 1:
        problems = search(X, size.n)
        return lambda: engine.propose(Joint.of(problems), STANDARD, 1, [np.random.default_rng(0)])
    rng = np.random.default_rng(0)
    begin = np.stack([rng.permutation(size.N)[: size.n] for _run in range(size.b)])
    pool, y = Design(X, ("",) * size.d), surface(X)
    return lambda: replay(PoolSearch(pool, y[:, None], size.n + 1, STANDARD, 0), begin)


def measure(size: Size, rate: float) -> Cost:
    """Time one size and count its operations, of which the machine does ``rate`` in a second."""
    call = suggestion(size)
    with counted() as seen:
        seconds = cpu_seconds(call, 1)
    operations = sum(seen) + predict_flops(size, 1) if size.n > LARGEST else bank_flops(size)
    if seconds < LONG:
        seconds = cpu_seconds(call, 3)
    return Cost(size, seconds, operations / rate)


def published() -> dict[str, list[Cost]]:
    """The table of docs/benchmarks.md.

    Raises:
        ValueError: It has other sizes than are measured.
    """
    rows = iter(rows_of("benchmarks.md", "| measured n | candidates |"))
    found = {}
    for name, sizes in SWEEPS.items():
        found[name] = []
        for _size, row in zip(sizes, rows, strict=False):
            n, N, d, b, seconds, bound = (float(cell.replace(",", "")) for cell in row[:6])
            found[name].append(Cost(Size(int(n), int(N), int(d), int(b)), seconds, bound))
        if [cost.size for cost in found[name]] != sizes:
            raise ValueError(f"docs/benchmarks.md has other sizes of {name}")
    return found


def draw(sweeps: dict[str, list[Cost]]) -> Picture:
    """Four panels: time and bound over each of the sizes."""
    words = WORDS[current()]
    with style():
        figure = Picture(figsize=(9.0, 7.0), layout="constrained")
        for axes, (name, costs) in zip(figure.subplots(2, 2).flat, sweeps.items(), strict=True):
            over = [getattr(cost.size, name) for cost in costs]
            axes.loglog(over, [c.seconds for c in costs], "o-", color=BLUE, label=words["measured"])
            axes.loglog(over, [c.bound for c in costs], "--", color=GREY, label=words["bound"])
            axes.set_xlabel(words[name])
            axes.set_ylabel(words["seconds"])
            axes.grid(visible=True, alpha=0.3)
            axes.legend(frameon=False)
    return figure


def main() -> None:
    """Measure and print a Markdown table, or draw the one of the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draw", action="store_true")
    if parser.parse_args().draw:
        written(lambda: draw(published()), "growth", IMAGES)
        return
    torch.set_num_threads(1)
    measure(Size(n=10, N=100), 1.0)  # warms up
    rate = product_rate()
    print(f"One thread multiplies float64 matrices at {rate / 1e9:.0f} GFLOP/s.\n")
    print("| measured n | candidates | columns | searches | seconds | bound | seconds / bound |")
    print("|---|---|---|---|---|---|---|")
    for sizes in SWEEPS.values():
        for size in sizes:
            cost = measure(size, rate)
            print(
                f"| {size.n:,} | {size.N:,} | {size.d} | {size.b:,} | {cost.seconds:.3g} |"
                f" {cost.bound:.2g} | {cost.seconds / cost.bound:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
