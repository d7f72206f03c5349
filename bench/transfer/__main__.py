"""Run every strategy on every pair of tables and write the tables of docs/transfer.md.

python -m bench.transfer [--runs 12] [--side held-out ..] [--strategies standard ..] [--report]

Results are kept in build/transfer, one file for each side and strategy; a pair that is there with
as many runs is not run again, so delete the folder after a change of the code. ``--report`` only
writes the tables and figures from what is there. ``--literature`` asks another question, with
pairs of its own: what all that OBELiX tells of other materials is worth.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from bench.quality.pick_files import write_json
from bench.quality.tables import DATA_FOLDER
from bench.transfer import literature_report
from bench.transfer.figures import draw
from bench.transfer.literature import literature_pairs
from bench.transfer.pairs import Pair, all_pairs
from bench.transfer.report import Results, report
from bench.transfer.score import HEADLINE_STEPS, searched
from tansaku.strategy import STRATEGIES

SIDES = ("held-out", "headline", "open")
NAMES = ("alone", "mixed", "transfer", "ensemble", "standard")
FOLDER = Path(__file__).resolve().parents[2] / "build" / "transfer"


def kept(side: str, name: str, runs: int) -> Path:
    """Where the picks of a strategy are."""
    return FOLDER / f"{side}-{runs}-{name}.json"


def run(pairs: list[Pair], side: str, name: str, runs: int) -> None:
    """Search every pair that has not been searched; the lecture's pair from each first sample."""
    path = kept(side, name, runs)
    known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for pair in pairs:
        if pair.name in known:
            continue
        clock = time.perf_counter()
        whole = side == "headline"
        picks = searched(pair, STRATEGIES[name], *((None, HEADLINE_STEPS) if whole else (runs,)))
        seconds = round(time.perf_counter() - clock, 2)
        known[pair.name] = {"seconds": seconds, "picks": picks.tolist()}
        write_json(path, known)
        print(f"{name:12s} {pair.name:60s} {seconds:6.1f} s", flush=True)


def gathered(pairs: list[Pair], runs: int) -> Results:
    """All picks that are there."""
    found: Results = {}
    for side in SIDES:
        for name in NAMES:
            path = kept(side, name, runs)
            known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
            for pair in pairs:
                if pair.side == side and pair.name in known:
                    found.setdefault(pair.name, {})[name] = known[pair.name]
    return found


def literature(runs: int) -> None:
    """What has not been found out yet of the literature's pairs, and their tables."""
    pairs = list(literature_pairs(DATA_FOLDER))
    known = literature_report.run(pairs, FOLDER / f"literature-{runs}.json", runs)
    text = literature_report.report(pairs, known)
    (FOLDER / "literature.md").write_text(text, encoding="utf-8")
    print(text)


def main() -> None:
    """Run, then report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--side", nargs="*", choices=SIDES, default=SIDES)
    parser.add_argument("--strategies", nargs="*", default=NAMES)
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--literature", action="store_true")
    given = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    if given.literature:
        literature(given.runs)
        return
    pairs = all_pairs(DATA_FOLDER)
    if not given.report:
        for side in given.side:
            for name in given.strategies:
                run([p for p in pairs if p.side == side], side, name, given.runs)
    found = gathered(pairs, given.runs)
    text = report(pairs, found)
    (FOLDER / "tables.md").write_text(text, encoding="utf-8")
    print(text)
    draw(pairs, found, FOLDER)


if __name__ == "__main__":
    main()
