"""Furnace runs that are drawn at random: before a model is asked, and where none can tell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tansaku.bo.furnace.given import CLOSE, Furnace, Plan, Run, Tell
from tansaku.design import Bools


def drawn_plan(
    taken: Bools,
    furnace: Furnace,
    planned: Sequence[Run],
    coins: tuple[bool, ...],
    tell: Tell,
    rng: np.random.Generator,
) -> Plan:
    """The plan with random runs where a coin says so: other settings as long as there are some,
    and random samples at each."""
    taken, runs = taken.copy(), list(planned)
    at_random = [i for i, coin in enumerate(coins) if coin]
    used = sum(float(furnace.hours[run.setting]) for run in runs)
    if planned:
        used -= sum(float(furnace.hours[planned[i].setting]) for i in at_random)
        for i, run in enumerate(planned):
            taken[run.picks] |= not coins[i]
    seen = {run.setting for i, run in enumerate(planned) if not coins[i]}
    for left, i in zip(range(len(at_random) - 1, -1, -1), at_random, strict=True):
        hours = furnace.available - used - left * float(furnace.hours.min())
        run = _random_run(taken, furnace, hours, seen, rng)
        used += float(furnace.hours[run.setting])
        taken[run.picks] = True
        seen.add(run.setting)
        runs[i : i + 1] = [run]
    nothing = np.full(furnace.runs, np.nan)
    return Plan(
        np.array([run.setting for run in runs], dtype=np.int64),
        tuple(run.picks for run in runs),
        nothing,
        np.full((furnace.runs, furnace.settings), np.nan),
        np.nan,
        nothing,
        coins,
        tell(runs, coins),
    )


def _random_run(
    taken: Bools, furnace: Furnace, hours: float, seen: set[int], rng: np.random.Generator
) -> Run:
    """A random run that takes no longer than ``hours``, as full as a run can be."""
    sizes = np.bincount(furnace.group[~taken], minlength=furnace.settings)
    fits = furnace.hours <= hours * (1 + CLOSE)
    full = np.flatnonzero(fits & (sizes >= min(furnace.crucibles, int(sizes[fits].max()))))
    fresh = np.setdiff1d(full, list(seen))
    setting = int(rng.choice(fresh if len(fresh) else full))
    members = np.flatnonzero((furnace.group == setting) & ~taken)
    size = min(furnace.crucibles, len(members))
    return Run(setting, rng.choice(members, size=size, replace=False).astype(np.int64))
