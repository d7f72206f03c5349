"""Print how tansaku's default compares: python -m bench.quality.report

First with random search (every run of ours, paired bootstrap over the starts), then with the
peers (the first runs that all have in common).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bench.quality.ours import OWN_FOLDER
from bench.quality.pick_files import read_all_picks
from bench.quality.score import (
    REGRET_FLOOR,
    as_text,
    paired_bootstrap,
    random_regret,
    regret,
    results,
)
from bench.quality.starts import START_SIZE
from bench.quality.table import IntArray, Table
from bench.quality.tables import load_tables

PEER_NAMES = ("botorch", "baybe", "physbo", "lecture")
OURS = "standard"


def against_random(picks: Mapping[str, IntArray], tables: Mapping[str, Table]) -> str:
    """One row per table: our regret, the exact expectation of random search's from the same
    starts, and their ratio with its 95 % interval; then how many intervals lie above 1."""
    lines = ["| table | N x d | held out | runs | ours | random | ratio (95 %) | worse |"]
    lines.append("|---" * 8 + "|")
    ratios, lost = [], []
    for name, chosen in picks.items():
        table = tables[name]
        ours, random = regret(table, chosen), random_regret(table, chosen[:, :START_SIZE])
        found = paired_bootstrap(ours, random)
        ratios.append(found.estimate)
        size = f"{len(table.y)} x {table.X.shape[1]}"
        side, worse = ("yes" if table.held_out else ""), ("yes" if found.low > 1 else "")
        lost += [name] * (found.low > 1)
        lines.append(
            f"| {name} | {size} | {side} | {len(ours)} | {ours.mean():.3f} | {random.mean():.3f} |"
            f" {found.estimate:.2f} ({found.low:.2f} to {found.high:.2f}) | {worse} |"
        )
    lines += ["", f"Geometric mean of the ratios: {np.exp(np.mean(np.log(ratios))):.2f}"]
    lines += ["", f"Worse than random search: {len(lost)} of {len(ratios)}: {', '.join(lost)}"]
    return "\n".join(lines)


def against_each(
    picks: Mapping[str, IntArray],
    peers: Mapping[str, Mapping[str, IntArray]],
    tables: Mapping[str, Table],
) -> str:
    """One row per peer: the geometric mean over the tables of (our regret / its regret), each on
    all the starts that the peer has run, with a bootstrap interval over the tables."""
    lines = ["| peer | tables | starts | ours / peer (95 % over tables) | tables where we lose |"]
    lines.append("|---" * 5 + "|")
    for peer, its in peers.items():
        logs, starts = [], []
        for name in sorted(set(its) & set(picks)):
            runs = min(len(its[name]), len(picks[name]))
            a, b = (regret(tables[name], p[name][:runs]).mean() for p in (picks, its))
            logs.append(np.log(max(a, REGRET_FLOOR) / max(b, REGRET_FLOOR)))
            starts.append(runs)
        drawn = np.random.default_rng(0).choice(logs, size=(4000, len(logs))).mean(axis=1)
        low, high = np.exp(np.quantile(drawn, [0.025, 0.975]))
        lost = int((np.array(logs) > 0).sum())
        lines.append(
            f"| {peer} | {len(logs)} | {min(starts)} to {max(starts)} |"
            f" {np.exp(np.mean(logs)):.2f} ({low:.2f} to {high:.2f}) | {lost} |"
        )
    return "\n".join(lines)


def main() -> None:
    """The open tables, then the held-out ones."""
    tables = load_tables()
    ours = read_all_picks((OURS,), tables, OWN_FOLDER)[OURS]
    if not ours:
        raise SystemExit("no picks of ours: run `python -m bench.quality.ours` first")
    print(f"## {OURS} against random search\n\n{against_random(ours, tables)}")
    cached = {p: t for p, t in read_all_picks(PEER_NAMES, tables).items() if t}
    for held_out in (False, True):
        side = {n: t for n, t in tables.items() if t.held_out is held_out and n in ours}
        title = "held-out" if held_out else "open"
        here = {n: p for n, p in ours.items() if n in side}
        print(f"\n## Peers, {title} tables\n\n{against_each(here, cached, tables)}\n")
        picks = {OURS: here, **cached}
        print(as_text(results(picks, side, peers=tuple(cached))))


if __name__ == "__main__":
    main()
