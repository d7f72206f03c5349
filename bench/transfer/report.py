"""The tables of docs/transfer.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bench.quality.score import REGRET_FLOOR, paired_bootstrap
from bench.quality.table import FloatArray
from bench.seeds import spread
from bench.transfer.pairs import Pair
from bench.transfer.score import HEADLINE_STEPS, n95, ratio, regret, steps_to_best

Results = dict[str, dict[str, dict[str, Any]]]
"""Pair -> strategy -> picks and seconds."""

GAINS = 0.9
"""A source helps on a pair where some strategy has at most this share of the regret without it."""


def report(pairs: Sequence[Pair], found: Results) -> str:
    """All tables, in Markdown."""
    judged = [p for p in pairs if p.name in found]
    parts = [headline([p for p in judged if p.side == "headline"], found)]
    for side in ("held-out", "open"):
        mine = [p for p in judged if p.side == side]
        if mine:
            parts += [f"## {side}", summary(mine, found), by_pair(mine, found)]
    return "\n\n".join(part for part in parts if part) + "\n"


def headline(pairs: Sequence[Pair], found: Results) -> str:
    """Steps after the first until the best, from each first sample, over the seeds; one that has
    not met it in :data:`HEADLINE_STEPS` counts as one step more. Beside them the paired difference
    to `alone`, with an interval over the first samples."""
    lines = ["## The lecture's pair", "", "| pair | strategy | 95 % | mean | to `alone` | s |"]
    lines.append("|---|---|---|---|---|---|")
    for pair in pairs:
        steps = {name: _steps(pair, each) for name, each in found[pair.name].items()}
        for name, each in steps.items():
            level = spread([n95(seed) for seed in each], most=HEADLINE_STEPS)
            against = ""
            if "alone" in steps and name != "alone":
                d = paired_bootstrap(each.mean(0), steps["alone"].mean(0), "difference")
                against = f"{d.estimate:+.1f} ({d.low:+.1f} to {d.high:+.1f})"
            seconds = found[pair.name][name]["seconds"]
            lines.append(
                f"| {pair.name.partition(', ')[2]} | `{name}` | {level} |"
                f" {spread(each.mean(1), 1)} | {against} | {seconds:.0f} |"
            )
    return "\n".join(lines) if pairs else ""


def summary(pairs: Sequence[Pair], found: Results) -> str:
    """Geometric mean of regret over that without the source, by kind of pair."""
    names = [n for n in next(iter(found.values())) if n != "alone"]
    pairs = [p for p in pairs if all(n in found[p.name] for n in ["alone", *names])]
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(pair.kind, []).append(pair)
    groups["all that help or may"] = [p for p in pairs if not p.misleads]
    groups["unrelated, permuted, inverted"] = [p for p in pairs if p.misleads]
    lines = ["| pairs | number | " + " | ".join(f"`{n}`" for n in names) + " |"]
    lines.append("|---" * (len(names) + 2) + "|")
    for kind, mine in groups.items():
        if mine:
            means = [_geometric([_ratio(p, found, n) for p in mine]) for n in names]
            lines.append(
                f"| {kind} | {len(mine)} | " + " | ".join(f"{m:.2f}" for m in means) + " |"
            )
    kept = [k for k in (_kept(p, found, names) for p in pairs) if k is not None]
    safe = [p for p in pairs if p.misleads and _ratio(p, found, "standard") <= 1.1]
    misleading = [p for p in pairs if p.misleads]
    worse = [
        p for p in pairs if ratio(*(_regret(p, found, n) for n in ("standard", "alone"))).low > 1.1
    ]
    lines += [
        "",
        f"`standard` keeps {100 * np.median(kept):.0f} % of the best strategy's gain (median of"
        f" {len(kept)} pairs where one gains a tenth; at least 80 % on"
        f" {sum(k >= 0.8 for k in kept)}; of the summed gain {_share(pairs, found, names):.0f} %).",
        f"With misleading sources its mean regret is {_mean(misleading, found):.2f} of that of"
        f" `alone` ({_mean([p for p in misleading if p.kind != 'inverted'], found):.2f} without the"
        " inverted ones);",
        f"it is at most 10 % worse on {len(safe)} of {len(misleading)};"
        f" pairs where it is surely more than 10 % worse: {len(worse)} of {len(pairs)}.",
    ]
    return "\n".join(lines)


def by_pair(pairs: Sequence[Pair], found: Results) -> str:
    """Every pair."""
    names = [n for n in next(iter(found.values())) if n != "alone"]
    lines = ["| pair | regret of `alone` | " + " | ".join(f"`{n}`" for n in names) + " |"]
    lines.append("|---" * (len(names) + 2) + "|")
    for pair in pairs:
        cells = []
        for name in names:
            if name not in found[pair.name] or "alone" not in found[pair.name]:
                cells.append("")
                continue
            r = ratio(_regret(pair, found, name), _regret(pair, found, "alone"))
            interval = f" ({r.low:.2f} to {r.high:.2f})" if name == "standard" else ""
            cells.append(f"{r.value:.2f}{interval}")
        alone = _regret(pair, found, "alone").mean()
        lines.append(f"| {pair.name} | {alone:.3f} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _steps(pair: Pair, each: dict[str, Any]) -> FloatArray:
    """Steps of the lecture's pair, shape (seeds, first samples)."""
    steps = np.minimum(steps_to_best(pair, _picks(each)), HEADLINE_STEPS + 1)
    return steps.reshape(-1, len(pair.y))


def _picks(each: dict[str, Any]) -> Any:
    return np.array(each["picks"])


def _regret(pair: Pair, found: Results, name: str) -> FloatArray:
    return regret(pair, _picks(found[pair.name][name]))


def _ratio(pair: Pair, found: Results, name: str) -> float:
    ours, alone = (_regret(pair, found, n).mean() for n in (name, "alone"))
    return float(max(ours, REGRET_FLOOR) / max(alone, REGRET_FLOOR))


def _kept(pair: Pair, found: Results, names: Sequence[str]) -> float | None:
    """Share of the best strategy's gain that the default keeps."""
    ratios = {n: _ratio(pair, found, n) for n in names}
    best = min(ratios.values())
    return None if best > GAINS else (1 - ratios["standard"]) / (1 - best)


def _share(pairs: Sequence[Pair], found: Results, names: Sequence[str]) -> float:
    """Per cent of the gains of the one best strategy over all pairs that the default keeps."""
    helping = [p for p in pairs if not p.misleads]
    gains = {n: sum(1 - _ratio(p, found, n) for p in helping) for n in names}
    return 100 * gains["standard"] / max(gains.values())


def _mean(pairs: Sequence[Pair], found: Results) -> float:
    """Ratio of the mean regrets over pairs, each regret on its table's own scale."""
    ours, alone = (sum(_regret(p, found, n).mean() for p in pairs) for n in ("standard", "alone"))
    return float(ours / alone)


def _geometric(values: Sequence[float]) -> float:
    return float(np.exp(np.mean(np.log(values))))
