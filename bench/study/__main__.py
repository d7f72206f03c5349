"""python -m bench.study [NAME ..]: how soon the best is found on the articles' tables.

Every row over the same seeds: the median, and the least and the most in brackets. The first seed's
curves are drawn in build/study, in English and Japanese.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.pictures import written
from bench.quality.tables import DATA_FOLDER
from bench.seeds import SEEDS, spread
from tansaku import datasets
from tansaku.campaign.sources.read_source import Older
from tansaku.campaign.sources.source_spec import SourceSpec
from tansaku.space import CompositionTemplate
from tansaku.studies import StrategyResult, Study, study
from tansaku.studies.metrics import LEVELS

FOLDER = Path("build/study")
WAYS = ("formulas", "x_Si=x_Y,y_Ca=y_Ca", "Ca=Ca,Si=Y", "descriptors")
"""To compare the two tables of the lecture's pair, as behind ``--match``."""
STEPS = 25
"""Samples of a search of the lecture's pair, the first one counted."""


@dataclass(frozen=True)
class Task:
    """One table to search.

    Attributes:
        frame: The finished table.
        options: Of :func:`tansaku.study`: what is varied and wanted, where to begin.
        strategies: How to choose.
        uncounted: Samples at the beginning that the article does not count.
        within: A number of samples whose discovery probability is told.
    """

    frame: pd.DataFrame
    options: dict[str, Any]
    strategies: tuple[str, ...]
    uncounted: int = 0
    within: int | None = None

    def studies(self) -> list[Study]:
        """One for each seed."""
        return [
            study(self.frame, **self.options, strategies=self.strategies, seed=seed)
            for seed in SEEDS
        ]


def maps() -> dict[str, Task]:
    """The two maps of compositions, from each first sample; samples after the first, as there."""
    names = ("isotropic", "standard", "ei", "ucb", "thompson")
    wanted = {
        "lczsp": ("lczsp_49", ["x_Si", "y_Ca"], "sigma_S_cm"),
        "lyczp": ("lyczp_47", ["x_Y", "y_Ca"], "sigma_lowT_S_cm"),
    }
    return {
        short: Task(
            datasets.load(table),
            {"inputs": inputs, "target": target, "scale": "log10", "each_start": True},
            names,
            uncounted=1,
        )
        for short, (table, inputs, target) in wanted.items()
    }


def process() -> dict[str, Task]:
    """The map of firings, from one random sample; all samples counted. It is not ours to ship."""
    path = DATA_FOLDER / "process_54.csv"
    if not path.is_file():
        return {}
    options = {"inputs": ["T1_C", "T2_C"], "target": "Ea_eV", "goal": "min", "start": 1}
    names = ("standard", "ei", "pi", "ucb")
    return {"process": Task(pd.read_csv(path), options, names, within=26)}


def main() -> None:
    """Print the tables."""
    tasks = maps() | process()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=[*tasks, "ways"])
    names = parser.parse_args().names
    for name in names:
        if name != "ways":
            found = tasks[name].studies()
            drawn = tuple(s for s in found[0].strategies if s.name == "standard")
            written(replace(found[0], strategies=drawn).plot, name, FOLDER)
            print(f"\n## {name}\n\n{by_levels(tasks[name], found)}", flush=True)
    if "ways" in names:
        print(f"\n## ways\n\n{by_ways()}", flush=True)


def by_levels(task: Task, found: Sequence[Study]) -> str:
    """Samples to each level, their mean, and the acceleration at 95 %."""
    exact = found[0].document()["random_exact"]
    cells = [f"{exact[level] - task.uncounted}" for level in LEVELS]
    cells.append(f"{exact['mean'] - task.uncounted:.1f}")
    heads = ["search", "50 %", "80 %", "95 %", "mean", "acceleration at 95 %"]
    cells.append("1")
    if task.within:
        heads.append(f"found within {task.within}")
        cells.append(f"{exact['discovery'][task.within - 1]:.1%}")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    lines.append(f"| random, exact | {' | '.join(cells)} |")
    lines += [
        f"| `{each[0].name}` | {' | '.join(_cells(task, each))} |"
        for each in zip(*(one.strategies for one in found), strict=True)
    ]
    return "\n".join(lines)


def _cells(task: Task, each: Sequence[StrategyResult]) -> list[str]:
    """One strategy, a result for each seed."""
    cells = [spread([_level(r, level) - task.uncounted for r in each]) for level in LEVELS]
    cells.append(spread([float(r.hits.mean()) - task.uncounted for r in each], 1))
    cells.append(spread([r.acceleration["n95"] or 0.0 for r in each], 1))
    if task.within:
        shares = [100 * float(r.discovery[task.within - 1]) for r in each]
        cells.append(spread(shares, 1) + " %")
    return cells


def by_ways() -> str:
    """The lecture's pair by each way to compare: 95 % / mean of the samples after the first; one
    more than there were where a search has not met the best."""
    names = ("alone", "mixed", "transfer", "ensemble", "standard")
    heads = ["`--match`", "values", *(f"`{name}`" for name in names)]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    options = {
        "inputs": ["x_Si", "y_Ca"],
        "target": "sigma_S_cm",
        "template": "Li(?)Ca(y)Zr(2-y)Si(x)P(3-x)O12",
        "each_start": True,
        "steps": STEPS,
    }
    template = CompositionTemplate(text="Li(?)Ca(y)Y(x)Zr(2-x-y)(PO4)3")
    columns = {"inputs": ("x_Y", "y_Ca"), "target": "sigma_lowT_S_cm", "template": template}
    for way in WAYS:
        older = Older(datasets.load("lyczp_47"), SourceSpec(**columns, match=tuple(way.split(","))))
        for scale in ("log10", "linear"):
            this = {**options, "scale": scale, "sources": [older]}
            found = Task(datasets.load("lczsp_49"), this, names).studies()
            each = zip(*(one.strategies for one in found), strict=True)
            lines.append(f"| `{way}` | {scale} | {' | '.join(map(_both, each))} |")
    return "\n".join(lines)


def _both(each: Sequence[StrategyResult]) -> str:
    """95 % / mean, ``>`` where searches that missed the best make it a lower bound."""
    means = [np.where(r.hits == 0, STEPS + 1, r.hits).mean() - 1 for r in each]
    missed = "> " if any((r.hits == 0).any() for r in each) else ""
    levels = spread([_level(r, "n95") - 1 for r in each], most=STEPS - 1)
    return f"{levels} / {missed}{spread(means, 1)}"


def _level(result: StrategyResult, level: str) -> float:
    found = result.levels[level]
    return np.inf if found is None else found


if __name__ == "__main__":
    main()
