"""Furnace runs that no model chooses: before one is asked, and where none can tell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tansaku.bo.furnace.plan_search import CLOSE, Furnace, Run
from tansaku.bo.start import StartDesign
from tansaku.design import Bools, Ints


def random_runs(
    taken: Bools,
    furnace: Furnace,
    runs: Sequence[Run | None],
    rng: np.random.Generator,
    design: StartDesign | None = None,
) -> list[Run]:
    """The runs with others in the place of those that are missing: other settings as long as there
    are some, and samples at each, at random or by the design of a start (b = 1)."""
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
        full = _full(taken, furnace, hours, settings)
        drawn = (
            _random_run(taken, furnace, full, rng)
            if design is None
            else _designed_run(design, furnace, full)
        )
        used += float(furnace.hours[drawn.setting])
        taken[drawn.picks] = True
        settings.add(drawn.setting)
        found.insert(i, drawn)
    return found


def _full(taken: Bools, furnace: Furnace, hours: float, settings: set[int]) -> Ints:
    """Settings whose run takes no longer than ``hours`` and is as full as a run can be; others than
    these ``settings`` where there are some."""
    sizes = np.bincount(furnace.group[~taken], minlength=furnace.settings)
    fits = furnace.hours <= hours * (1 + CLOSE)
    full = np.flatnonzero(fits & (sizes >= min(furnace.crucibles, int(sizes[fits].max()))))
    fresh = np.setdiff1d(full, list(settings))
    return fresh if len(fresh) else full


def _random_run(taken: Bools, furnace: Furnace, full: Ints, rng: np.random.Generator) -> Run:
    """A random run at one of these settings."""
    setting = int(rng.choice(full))
    members = np.flatnonzero((furnace.group == setting) & ~taken)
    size = min(furnace.crucibles, len(members))
    return Run(setting, rng.choice(members, size=size, replace=False).astype(np.int64))


def _designed_run(design: StartDesign, furnace: Furnace, full: Ints) -> Run:
    """The run at the setting of the design's next sample, filled by the samples after it."""
    (first,) = design.next(np.isin(furnace.group, full))
    setting = int(furnace.group[first])
    members = furnace.group == setting
    more = min(furnace.crucibles - 1, int((members & ~design.taken[0]).sum()))
    picks = [first, *(design.next(members)[0] for _sample in range(more))]
    return Run(setting, np.array(picks, dtype=np.int64))
