"""Scores of pick sequences: regret, samples to the best, paired intervals, a table of results.

A pick sequence is an integer array of shape (runs, samples): each row begins with the common
start and lists pool rows in the order of sampling. Sample numbers count from one and include
the start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from bench.quality.starts import START_SIZE
from bench.quality.table import FloatArray, IntArray, Table, frozen_random

SAMPLES = 40
BOOTSTRAP_DRAWS = 4000
# Regrets below a tenth of a per cent of (best - mean) are alike to a lab; the floor keeps the
# ratio of two such regrets from ruling a geometric mean.
REGRET_FLOOR = 1e-3

Picks = Mapping[str, Mapping[str, IntArray]]


def _checked(table: Table, picks: ArrayLike) -> IntArray:
    """The first 40 samples (or the whole pool) of each run, shape (runs, samples)."""
    array, samples = np.asarray(picks), min(SAMPLES, len(table.y))
    if array.ndim != 2 or array.shape[1] < samples:
        raise ValueError(f"{table.name}: picks are {array.shape}, expected (runs, >= {samples})")
    array = array[:, :samples]
    if array.min() < 0 or array.max() >= len(table.y):
        raise ValueError(f"{table.name}: a pick is not a row of the pool of {len(table.y)}")
    if (np.diff(np.sort(array, axis=1), axis=1) == 0).any():
        raise ValueError(f"{table.name}: a run measures one row twice")
    return array


def _mean_gap(table: Table, best_so_far: FloatArray) -> FloatArray:
    """Mean relative gap of the best so far; (..., samples) in, (...) out."""
    best = table.y.max()
    return ((best - best_so_far) / (best - table.y.mean())).mean(axis=-1)


def regret(table: Table, picks: ArrayLike, first: int = START_SIZE + 1) -> FloatArray:
    """Mean over samples 6..40 of (best - best so far) / (best - mean of the table), (runs,).

    Zero means that the best row was in the start or was the first pick; one, that nothing
    better than the average row was ever seen. ``first`` is the sample from which it counts.

    Raises:
        ValueError: If the picks are too short, repeat a row or leave the pool.
    """
    best_so_far = np.maximum.accumulate(table.y[_checked(table, picks)], axis=-1)
    return _mean_gap(table, best_so_far[..., first - 1 :])


def samples_to_best(table: Table, picks: ArrayLike, share: float = 1.0) -> FloatArray:
    """Number of the sample that first holds the best value, inf where none does, (runs,); or a
    value that is this share of the way from the mean of the table to the best."""
    wanted = table.y.max() - (1 - share) * (table.y.max() - table.y.mean())
    hit = table.y[_checked(table, picks)] >= wanted
    return np.where(hit.any(axis=1), hit.argmax(axis=1) + 1.0, np.inf)


def random_regret(table: Table, first: IntArray) -> FloatArray:
    """Exact expected regret of random search after the same starts, (runs,).

    Args:
        table: The table.
        first: The starts, shape (runs, 5).
    """
    rest = np.stack([np.delete(table.y, start) for start in first])
    draws = min(SAMPLES, len(table.y)) - first.shape[1]
    return _mean_gap(table, expected_best(table.y[first].max(axis=1), rest, draws))


def expected_best(best: FloatArray, rest: FloatArray, draws: int) -> FloatArray:
    """Exact expectation of the best after 1, 2, .. k draws without replacement, (runs, k).

    None of the r best of M rows is among k drawn ones with probability C(M - r, k) / C(M, k); so
    the best drawn one is the r-th with the difference of two of these. Equal rows share theirs.

    Args:
        best: The best before the first draw, shape (runs,).
        rest: The rows that are left, shape (runs, M).
        draws: k, at most M.
    """
    M, falling = rest.shape[1], -np.sort(-rest, axis=1)
    k, r = np.arange(1, draws + 1)[:, None], np.arange(M)
    missed = np.cumprod(np.maximum(M - k - r, 0) / (M - r), axis=1)
    shares = -np.diff(missed, axis=1, prepend=1.0)
    return np.asarray(np.maximum(falling, best[:, None]) @ shares.T)


class Interval(NamedTuple):
    """An estimate with the ends of its interval."""

    estimate: float
    low: float
    high: float


def paired_bootstrap(
    a: ArrayLike,
    b: ArrayLike,
    statistic: Literal["ratio", "difference"] = "ratio",
    *,
    draws: int = BOOTSTRAP_DRAWS,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Percentile interval for mean(a)/mean(b) or mean(a)-mean(b) over common starts.

    Args:
        a: Regret of one strategy for each start, shape (runs,).
        b: Regret of the other for the same starts, shape (runs,).
        statistic: "ratio" (means floored at REGRET_FLOOR) or "difference".
        draws: Bootstrap resamples of the starts.
        level: Coverage.
        seed: Seed of the resampling.

    Raises:
        ValueError: If the shapes differ.
    """
    a, b = np.asarray(a, float), np.asarray(b, float)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"paired values need one shape (runs,), given {a.shape} and {b.shape}")
    chosen = frozen_random(seed).randint(len(a), size=(draws, len(a)))

    def compare(x: FloatArray, y: FloatArray) -> FloatArray:
        return _ratio(x, y) if statistic == "ratio" else x - y

    resampled = compare(a[chosen].mean(axis=1), b[chosen].mean(axis=1))
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(compare(a.mean(), b.mean())), float(low), float(high))


def _ratio(a: ArrayLike, b: ArrayLike) -> FloatArray:
    """a / b with both kept at or above REGRET_FLOOR."""
    return np.maximum(a, REGRET_FLOOR) / np.maximum(b, REGRET_FLOOR)


@dataclass(frozen=True)
class Row:
    """One table of the results.

    Attributes:
        table: Its name.
        held_out: Whether it only judges.
        runs: Common starts that every strategy ran.
        regret: Mean regret by strategy.
        ratio: Regret over the mean regret of the peers.
        to_best_peer: Regret over that of the best peer on this table.
        rank: 1 is the least regret; ties share the mean rank.
        found: Share of runs that sampled the best row.
        median_to_best: Median samples to the best row (inf where half the runs miss it).
        random: Mean regret of random search from the same starts.
    """

    table: str
    held_out: bool
    runs: int
    regret: dict[str, float]
    ratio: dict[str, float]
    to_best_peer: dict[str, float]
    rank: dict[str, float]
    found: dict[str, float]
    median_to_best: dict[str, float]
    random: float


@dataclass(frozen=True)
class Summary:
    """One strategy over all tables of the results.

    Attributes:
        mean_rank: Mean of the ranks.
        geometric_ratio: Geometric mean of regret over the peers' mean regret; below 1 is better.
        geometric_to_best_peer: Geometric mean of regret over the best peer's, table by table.
        worst_to_best_peer: The largest such ratio, and on which table.
        worst_table: That table.
    """

    mean_rank: float
    geometric_ratio: float
    geometric_to_best_peer: float
    worst_to_best_peer: float
    worst_table: str


@dataclass(frozen=True)
class Results:
    """Rows for the tables that every strategy has run, and one summary for each strategy."""

    rows: tuple[Row, ...]
    summaries: dict[str, Summary]


def results(strategies: Picks, tables: Mapping[str, Table], peers: Sequence[str]) -> Results:
    """Compare strategies on the tables that all of them have run.

    Args:
        strategies: {strategy: {table: picks of shape (runs, samples)}}, peers included. Run
            numbers may differ; the common first ones are compared.
        tables: Which tables to look at, e.g. only the held-out ones.
        peers: Names in `strategies` whose mean regret is the yardstick.

    Raises:
        ValueError: If a peer is missing, no table is common, or two strategies did not begin
            from the same starts.
    """
    if missing := [p for p in peers if p not in strategies]:
        raise ValueError(f"no picks of the peers {missing}")
    common = [t for t in tables.values() if all(t.name in s for s in strategies.values())]
    if not common:
        raise ValueError("no table was run by every strategy")
    rows = tuple(_row(t, {s: p[t.name] for s, p in strategies.items()}, peers) for t in common)
    return Results(rows, {s: _summary(s, rows) for s in strategies})


def _row(table: Table, picks: dict[str, IntArray], peers: Sequence[str]) -> Row:
    """Results of all strategies on one table."""
    runs = min(len(p) for p in picks.values())
    cut = {s: _checked(table, p)[:runs] for s, p in picks.items()}
    first = next(iter(cut.values()))[:, :START_SIZE]
    if any(not np.array_equal(p[:, :START_SIZE], first) for p in cut.values()):
        raise ValueError(f"{table.name}: the strategies did not begin from the same starts")
    mean = {s: float(regret(table, p).mean()) for s, p in cut.items()}
    steps = {s: samples_to_best(table, p) for s, p in cut.items()}
    yardstick = float(np.mean([mean[p] for p in peers]))
    best_peer = min(mean[p] for p in peers)
    return Row(
        table=table.name,
        held_out=table.held_out,
        runs=runs,
        regret=mean,
        ratio={s: float(_ratio(m, yardstick)) for s, m in mean.items()},
        to_best_peer={s: float(_ratio(m, best_peer)) for s, m in mean.items()},
        rank=_ranks(mean),
        found={s: float(np.isfinite(n).mean()) for s, n in steps.items()},
        median_to_best={s: float(np.quantile(n, 0.5, method="higher")) for s, n in steps.items()},
        random=float(random_regret(table, first).mean()),
    )


def _ranks(mean: dict[str, float]) -> dict[str, float]:
    """Rank of each strategy, 1 for the least; ties share their mean rank."""
    values = np.array(list(mean.values()))
    return {s: float((values < m).sum() + ((values == m).sum() + 1) / 2) for s, m in mean.items()}


def _summary(strategy: str, rows: Sequence[Row]) -> Summary:
    """One strategy over all rows."""
    ratio = np.array([row.ratio[strategy] for row in rows])
    to_best = np.array([row.to_best_peer[strategy] for row in rows])
    return Summary(
        mean_rank=float(np.mean([row.rank[strategy] for row in rows])),
        geometric_ratio=float(np.exp(np.log(ratio).mean())),
        geometric_to_best_peer=float(np.exp(np.log(to_best).mean())),
        worst_to_best_peer=float(to_best.max()),
        worst_table=rows[int(to_best.argmax())].table,
    )


def as_text(found: Results) -> str:
    """The results as two Markdown tables: regret by table, then the summaries."""
    names = list(found.summaries)
    lines = ["| table | held out | runs | random | " + " | ".join(names) + " |"]
    lines.append("|---" * (4 + len(names)) + "|")
    for row in found.rows:
        cells = [row.table, "yes" if row.held_out else "", str(row.runs), f"{row.random:.3f}"]
        cells += [f"{row.regret[s]:.3f}" for s in names]
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", "| strategy | mean rank | geo ratio | geo to best peer | worst to best peer |"]
    lines.append("|---" * 5 + "|")
    for s, total in found.summaries.items():
        lines.append(
            f"| {s} | {total.mean_rank:.2f} | {total.geometric_ratio:.3f} | "
            f"{total.geometric_to_best_peer:.3f} | {total.worst_to_best_peer:.2f} "
            f"({total.worst_table}) |"
        )
    return "\n".join(lines)
