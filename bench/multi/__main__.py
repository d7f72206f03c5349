"""Several goals at once beside random search: python -m bench.multi [--runs N] [--out FOLDER]"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.multi.tables import Task, tasks
from bench.pictures import written
from bench.seeds import SEEDS, spread
from tansaku.studies import Study, study
from tansaku.studies.metrics import SHARES, mean_band

STRATEGIES = ("standard", "parego", "ucb")


def run(task: Task, runs: int, strategies: Sequence[str]) -> list[Study]:
    """The studies of one task, one for each seed."""
    return [
        study(
            task.frame,
            inputs=task.inputs,
            target=list(task.targets),
            reference=dict(task.reference),
            cost=task.cost,
            strategies=strategies,
            runs=runs,
            start=task.start,
            steps=task.steps,
            seed=seed,
        )
        for seed in SEEDS
    ]


def rows(task: Task, found: Sequence[Study]) -> list[str]:
    """The lines of the Markdown table: median over the seeds, the least and the most in brackets;
    the hypervolume of all their searches together."""
    exact = found[0].document()["random_exact"]
    kind = "exact" if exact["is_exact"] else "simulated"
    cells = ["-" if exact[level] is None else str(exact[level]) for level in SHARES]
    lines = [f"| {task.name} | | random ({kind}) | {' | '.join(cells)} | |"]
    for each in zip(*(one.strategies for one in found), strict=True):
        curves = [one.curves["hypervolume"] for one in each]
        volumes = np.concatenate([curve.values for curve in curves])
        cells = [
            spread([curve.levels[level] or np.inf for curve in curves], most=volumes.shape[1])
            for level in SHARES
        ]
        lines.append(
            f"| | {len(volumes)} | `{each[0].name}` | {' | '.join(cells)} | {_at(volumes)} |"
        )
    return lines


def _at(volumes: np.ndarray) -> str:  # type: ignore[type-arg]
    """The mean at a third of the samples, with its 95 % interval."""
    k = volumes.shape[1] // 3
    mean, low, _high = mean_band(volumes)
    return f"{mean[k - 1]:.3f} ± {mean[k - 1] - low[k - 1]:.3f} at {k}"


def timed(runs: int = 200, samples: int = 43) -> str:
    """The time of the study that the target is set for: 200 runs x 40 picks x 2 goals on 47
    candidates."""
    task = tasks()[0]
    clock = time.perf_counter()
    study(
        task.frame, inputs=task.inputs, target=list(task.targets), reference=dict(task.reference),
        strategies=["standard"], runs=runs, start=3, steps=samples,
    )  # fmt: skip
    seconds = time.perf_counter() - clock
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    cores = len(os.sched_getaffinity(0))
    return (
        f"{runs} runs x {samples - 3} picks x 2 goals on 47 candidates: {seconds:.1f} s on {cores}"
        f" cores; peak memory {peak:.2f} GB."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; write the studies and their figures, in English and Japanese."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, help="searches per strategy and seed, for all tables")
    parser.add_argument("--strategies", default=",".join(STRATEGIES))
    parser.add_argument("--only", default="", help="tasks whose name holds this")
    parser.add_argument("--out", type=Path, default=Path("build/multi"))
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    print(timed(), flush=True)
    print("\n| table and goals | searches | strategy | 0.90 | 0.95 | 0.99 | hypervolume |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for task in tasks():
        if given.only not in task.name:
            continue
        found = run(task, given.runs or task.runs, given.strategies.split(","))
        print("\n".join(rows(task, found)), flush=True)
        stem = "".join(c if c.isalnum() else "-" for c in task.name).replace("--", "-")
        documents = json.dumps([each.document() for each in found])
        (given.out / f"{stem}.json").write_text(documents, encoding="utf-8")
        written(found[0].plot, stem, given.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
