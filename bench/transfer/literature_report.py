"""The searches with the literature behind them, and the tables of docs/transfer.md on it.

``python -m bench.transfer --literature``
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.stats import spearmanr

from bench.quality.pick_files import write_json
from bench.quality.score import BOOTSTRAP_DRAWS, REGRET_FLOOR
from bench.quality.table import FloatArray, IntArray, frozen_random, name_seed
from bench.transfer.pairs import Pair
from bench.transfer.score import STEPS, ratio, regret, searched, seen_by
from tansaku.bo import engine
from tansaku.bo.source_relevance.assessment import Verdict, verdict_of
from tansaku.bo.source_relevance.leave_one_out import log_bayes, spec_for
from tansaku.bo.surrogates.model_average import ModelAverage, TransferContext
from tansaku.bo.surrogates.observations import Observations
from tansaku.bo.surrogates.transfer import SHARES, knowledge_of
from tansaku.strategy import STRATEGIES
from tansaku.studies.replay import PoolSearch

STANDARD: Final = STRATEGIES["standard"]
COLUMNS: Final = "its columns alone"
"""The search without the source, in the columns that the two have in common: what these cost."""
NAMES: Final = ("alone", "random", COLUMNS, "standard", "transfer", "mixed")
MOST_POOLED: Final = 100
"""Rows that are pooled, drawn at random: with all of them a suggestion of `mixed` takes a minute,
and a search twenty."""
FROM_THERE: Final = 3
"""Searches from the candidate that a source would begin with: they differ in their draws only."""
JUDGED_AT: Final = (3, 5, 10)
SHARES_OF_BEST: Final = (0.9, 0.95, 1.0)


def pooled(pair: Pair) -> Pair:
    """The pair with as many rows of its source as are pooled."""
    rows = frozen_random(name_seed(pair.name)).permutation(len(pair.older_y))[:MOST_POOLED]
    rows = np.sort(rows)
    counts = None if pair.counts is None else pair.counts[rows]
    return replace(pair, older=pair.older[rows], older_y=pair.older_y[rows], counts=counts)


def search_of(pair: Pair) -> PoolSearch:
    """What the default strategy searches."""
    pool, sources = seen_by(pair, STANDARD)
    return PoolSearch(pool, pair.y[:, None], 1 + STEPS, STANDARD, 0, older=(sources,))


def beforehand(pair: Pair) -> dict[str, Any]:
    """What is believed of the candidates before anything is measured, the source in the place of
    results: the mean, and the candidate that is suggested first."""
    joint = search_of(pair).seen(np.empty((1, 0), dtype=np.int64))
    found = engine.survey(joint, STANDARD, [np.random.default_rng(0)])
    return {"mean": found.mean[0, :, 0].tolist(), "first": int(found.score[0].argmax())}


def weights(pair: Pair, picks: IntArray) -> dict[str, Any]:
    """The weight that the gatekeeper gives the source after some samples of each run, and its
    verdict: {samples: {weight: one for each run, verdict: as well}}."""
    search, spec = search_of(pair), spec_for(STANDARD)
    found, warm = {}, None
    for n in JUDGED_AT:
        helps, verdicts = [], []
        for run in picks:
            (problems,) = search.seen(run[None, :n]).outcomes
            observed = Observations.of(problems)
            context = TransferContext.of(observed, spec, problems.sources, warm)
            warm = context.warm  # what the source taught is the same in every run
            average = ModelAverage.weigh(context, spec, SHARES["weighed"])
            helps.append(float(knowledge_of(average).helps[0, 0]))
            verdicts.append(verdict_of(log_bayes(average), n).value)
        found[str(n)] = {"weight": helps, "verdict": verdicts}
    return found


def parts(runs: int) -> dict[str, Callable[[Pair, dict[str, Any]], Any]]:
    """{what is found out of a pair: how, given what has been found before}; the cheap ones and the
    default's first."""

    def picks(name: str) -> Callable[[Pair, dict[str, Any]], Any]:
        def search(pair: Pair, _found: dict[str, Any]) -> Any:
            if name == COLUMNS:
                return searched(replace(pair, own=None), STRATEGIES["alone"], runs).tolist()
            seen = pooled(pair) if name == "mixed" else pair
            return searched(seen, STRATEGIES[name], runs).tolist()

        return search

    return {
        "alone": picks("alone"),
        "random": picks("random"),
        COLUMNS: picks(COLUMNS),
        "standard": picks("standard"),
        "mixed": picks("mixed"),
        "weights": lambda pair, found: weights(pair, np.array(found["standard"])),
        "beforehand": lambda pair, _found: beforehand(pair),
        "from the first": lambda pair, found: searched(
            pair, STANDARD, FROM_THERE, first=found["beforehand"]["first"]
        ).tolist(),
        "transfer": picks("transfer"),
    }


def run(pairs: Sequence[Pair], path: Path, runs: int) -> dict[str, dict[str, Any]]:
    """Find out what has not been found out, pair by pair; kept after each part."""
    known: dict[str, dict[str, Any]] = {}
    if path.exists():
        known = json.loads(path.read_text(encoding="utf-8"))
    for part, work in parts(runs).items():
        for pair in pairs:
            mine = known.setdefault(pair.name, {})
            if part in mine:
                continue
            clock = time.perf_counter()
            mine[part] = work(pair, mine)
            seconds = time.perf_counter() - clock
            mine.setdefault("seconds", {})[part] = round(seconds, 1)
            write_json(path, known)
            print(f"{part:14s} {pair.name:32s} {seconds:6.1f} s", flush=True)
    return known


def report(pairs: Sequence[Pair], known: dict[str, dict[str, Any]]) -> str:
    """All tables, in Markdown."""
    found = [(pair, known[pair.name]) for pair in pairs if pair.name in known]
    tables = (regrets, samples, rulings, firsts)
    return "\n\n".join("\n".join(table(found)) for table in tables) + "\n"


def _title(name: str) -> str:
    return f"`{name}`" if name in STRATEGIES else name


Found = Sequence[tuple[Pair, dict[str, Any]]]


def regrets(found: Found) -> Iterator[str]:
    """Regret over that of the search alone, with an interval over the starts."""
    others = NAMES[1:]
    yield (
        "| searched | rows behind | candidates | `alone` | "
        + " | ".join(_title(name) for name in others)
        + " |"
    )
    yield "|---" * (4 + len(others)) + "|"
    for pair, mine in found:
        alone = regret(pair, np.array(mine["alone"]))
        cells = []
        for name in others:
            if name not in mine:
                cells.append("")
                continue
            r = ratio(regret(pair, np.array(mine[name])), alone)
            cells.append(f"{r.value:.2f} ({r.low:.2f} to {r.high:.2f})")
        yield (
            f"| {pair.name} | {len(pair.older_y)} | {len(pair.y)} | {alone.mean():.3f} | "
            + " | ".join(cells)
            + " |"
        )


def samples(found: Found) -> Iterator[str]:
    """Samples, the first included, until the best one has so much of the best conductivity: the
    median over the starts."""
    yield "| searched | " + " | ".join(map(_title, NAMES)) + " |"
    yield "|---" * (1 + len(NAMES)) + "|"
    for pair, mine in found:
        cells = []
        for name in NAMES:
            each = [until(pair, np.array(mine[name]), s) for s in SHARES_OF_BEST if name in mine]
            cells.append(" / ".join(_median(steps) for steps in each))
        yield f"| {pair.name} | " + " | ".join(cells) + " |"


def until(pair: Pair, picks: IntArray, share: float) -> FloatArray:
    """Samples until a conductivity of so much of the best, shape (runs,); infinite where none."""
    hit = pair.y[picks] >= pair.y.max() + np.log10(share) - 1e-9
    return np.where(hit.any(1), 1.0 + hit.argmax(1), np.inf)


def _median(steps: FloatArray) -> str:
    middle = np.quantile(steps, 0.5, method="lower")
    return f"{middle:.0f}" if np.isfinite(middle) else f"> {1 + STEPS}"


def rulings(found: Found) -> Iterator[str]:
    """The gatekeeper's weight and verdicts."""
    yield "| searched | " + " | ".join(f"{n} samples" for n in JUDGED_AT) + " |"
    yield "|---" * (1 + len(JUDGED_AT)) + "|"
    for pair, mine in found:
        cells = []
        for n in JUDGED_AT:
            if "weights" not in mine:
                continue
            each = mine["weights"][str(n)]
            low, middle, high = (100 * np.quantile(each["weight"], q) for q in (0.1, 0.5, 0.9))
            helps, hurts = (each["verdict"].count(v.value) for v in (Verdict.HELPS, Verdict.HURTS))
            cells.append(f"{middle:.0f} % ({low:.0f} to {high:.0f}); {helps} / {hurts}")
        yield f"| {pair.name} | " + " | ".join(cells) + " |"


def firsts(found: Found) -> Iterator[str]:
    """How well the source orders the candidates, which one it would begin with, and what comes of
    beginning there."""
    yield ("| searched | rank correlation | best expected | its first sample | regret from there |")
    yield "|---|---|---|---|---|"
    for pair, mine in found:
        if "beforehand" not in mine:
            continue
        mean, first = np.array(mine["beforehand"]["mean"]), mine["beforehand"]["first"]
        low, high = resampled(lambda i, p=pair, m=mean: spearmanr(m[i], p.y[i])[0], len(mean))
        places = [1 + int((pair.y > pair.y[i]).sum()) for i in (mean.argmax(), first)]
        cells = [
            f"{spearmanr(mean, pair.y)[0]:+.2f} ({low:+.2f} to {high:+.2f})",
            *(f"{place} / {len(pair.y)}" for place in places),
            from_there(pair, mine) if "from the first" in mine else "",
        ]
        yield f"| {pair.name} | " + " | ".join(cells) + " |"


def from_there(pair: Pair, mine: dict[str, Any]) -> str:
    """Regret over all samples, the first included, over that of the search alone from random first
    samples; the interval over both, drawn by themselves."""
    ours, alone = (with_first(pair, np.array(mine[name])) for name in ("from the first", "alone"))
    rng = frozen_random(0)
    draws = [rng.randint(len(each), size=(BOOTSTRAP_DRAWS, len(each))) for each in (ours, alone)]
    means = [
        np.maximum(each[rows].mean(1), REGRET_FLOOR)
        for each, rows in zip((ours, alone), draws, strict=True)
    ]
    low, high = np.quantile(means[0] / means[1], [0.025, 0.975])
    value = max(ours.mean(), REGRET_FLOOR) / max(alone.mean(), REGRET_FLOOR)
    return f"{value:.2f} ({low:.2f} to {high:.2f})"


def with_first(pair: Pair, picks: IntArray) -> FloatArray:
    """As the regret, but the first sample counts, shape (runs,)."""
    best_so_far = np.maximum.accumulate(pair.y[picks], axis=1)
    return np.asarray((pair.y.max() - best_so_far).mean(1) / np.ptp([pair.y.max(), pair.y.mean()]))


def resampled(statistic: Callable[[IntArray], float], n: int) -> tuple[float, float]:
    """A 95 % bootstrap interval over n candidates."""
    rng = frozen_random(0)
    values = [statistic(rng.randint(n, size=n)) for _draw in range(1000)]
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
