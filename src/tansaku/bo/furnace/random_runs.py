"""Furnace runs that are drawn at random: before a model is asked, and where none can tell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tansaku.bo.furnace.plan_search import CLOSE, Furnace, Run
from tansaku.design import Bools


def random_runs(
    taken: Bools, furnace: Furnace, runs: Sequence[Run | None], rng: np.random.Generator
) -> list[Run]:
    """The runs with random ones in the place of those that are missing: other settings as long as
    there are some, and random samples at each."""
    taken, kept = taken.copy(), [run for run in runs if run is not None]
    used, settings = (
        sum(float(furnace.hours[run.setting]) for run in kept),
        {r.setting for r in kept},
    )
    for run in kept:
        taken[run.picks] = True
    found, missing = list(kept), len(runs) - len(kept)
    for i in [i for i, run in enumerate(runs) if run is None]:
        missing -= 1
        hours = furnace.available - used - missing * float(furnace.hours.min())
        drawn = _random_run(taken, furnace, hours, settings, rng)
        used += float(furnace.hours[drawn.setting])
        taken[drawn.picks] = True
        settings.add(drawn.setting)
        found.insert(i, drawn)
    return found


def _random_run(
    taken: Bools, furnace: Furnace, hours: float, settings: set[int], rng: np.random.Generator
) -> Run:
    """A random run that takes no longer than ``hours``, as full as a run can be."""
    sizes = np.bincount(furnace.group[~taken], minlength=furnace.settings)
    fits = furnace.hours <= hours * (1 + CLOSE)
    full = np.flatnonzero(fits & (sizes >= min(furnace.crucibles, int(sizes[fits].max()))))
    fresh = np.setdiff1d(full, list(settings))
    setting = int(rng.choice(fresh if len(fresh) else full))
    members = np.flatnonzero((furnace.group == setting) & ~taken)
    size = min(furnace.crucibles, len(members))
    return Run(setting, rng.choice(members, size=size, replace=False).astype(np.int64))
