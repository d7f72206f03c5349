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
from tansaku.studies.several import study_several
from tansaku.studies.several_result import SeveralStudy

STRATEGIES = ("random", "standard", "parego", "ucb")


def run(task: Task, runs: int, strategies: Sequence[str]) -> SeveralStudy:
    """The study of one task."""
    return study_several(
        task.frame,
        inputs=task.inputs,
        targets=list(task.targets),
        reference=dict(task.reference),
        cost=task.cost,
        strategies=strategies,
        runs=runs,
        start=task.start,
        steps=task.steps,
        seed=0,
    )


def rows(task: Task, found: SeveralStudy) -> list[str]:
    """The lines of the Markdown table."""
    exact = found.document()["random_exact"]
    kind = "exact" if exact["is_exact"] else "simulated"
    lines = [_row(task.name, f"random ({kind})", exact["hv_n90"], exact["hv_n95"], exact["hv_n99"])]
    for each in found.strategies:
        if each.name == "random":
            continue
        levels = each.levels
        lines.append(
            _row(
                "",
                each.name,
                levels["hv_n90"],
                levels["hv_n95"],
                levels["hv_n99"],
                _at(each.volumes),
                each.seconds,
            )
        )
    return lines


def _at(volumes: np.ndarray) -> str:  # type: ignore[type-arg]
    """The mean at a third of the samples, with its 95 % interval."""
    k = volumes.shape[1] // 3
    column = volumes[:, k - 1]
    half = 1.96 * column.std(ddof=1) / np.sqrt(len(column))
    return f"{column.mean():.3f} +- {half:.3f} at {k}"


def _row(name: str, strategy: str, *levels: object) -> str:
    shown = ["-" if level is None else level for level in levels]
    seconds = f"{shown[4]:.1f}" if len(shown) > 4 else ""
    middle = shown[3] if len(shown) > 3 else ""
    return f"| {name} | {strategy} | {shown[0]} | {shown[1]} | {shown[2]} | {middle} | {seconds} |"


def timed(runs: int = 200, samples: int = 43) -> str:
    """The time of the study that the target is set for: 200 runs x 40 picks x 2 goals on 47
    candidates."""
    task = tasks()[0]
    clock = time.perf_counter()
    study_several(
        task.frame, inputs=task.inputs, targets=list(task.targets), reference=dict(task.reference),
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
    """Print the tables; write the studies and their figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, help="searches per strategy, for all tables")
    parser.add_argument("--strategies", default=",".join(STRATEGIES))
    parser.add_argument("--only", default="", help="tasks whose name holds this")
    parser.add_argument("--out", type=Path, default=Path("build/multi"))
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    print(timed(), flush=True)
    print("\n| table and goals | strategy | 0.90 | 0.95 | 0.99 | relative hypervolume | seconds |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for task in tasks():
        if given.only not in task.name:
            continue
        found = run(task, given.runs or task.runs, given.strategies.split(","))
        print("\n".join(rows(task, found)), flush=True)
        stem = "".join(c if c.isalnum() else "-" for c in task.name).replace("--", "-")
        (given.out / f"{stem}.json").write_text(json.dumps(found.document()), encoding="utf-8")
        found.plot(given.out / f"{stem}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
