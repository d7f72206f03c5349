"""Campaigns of which it is known whether their model can be believed, for tests and the bench."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

import tansaku as tk
from tansaku.campaign.model_health import Health
from tansaku.design import Floats
from tests.seeds import generator

MEASURED = (16, 41)
"""Results: from, below."""
LIKE = 0.5
"""Correlation from which an unrelated function is one that helps, by chance."""


@dataclass(frozen=True)
class Case:
    """A campaign, and which answers are right."""

    campaign: tk.Campaign
    is_right: Callable[[Health], bool]

    def right(self) -> bool:
        """Whether the answer is."""
        return self.is_right(self.campaign.health())


def surface(rng: np.random.Generator, d: int) -> Callable[[Floats], Floats]:
    """A sum of four plane waves with a wave length of about twice the range."""
    waves, shift, size = 2.5 * rng.normal(size=(4, d)), 6.3 * rng.random(4), rng.normal(size=4)
    return lambda X: np.cos(X @ waves.T + shift) @ size


def kinds_of(health: Health) -> set[str]:
    """What was found."""
    return {each.kind for each in health.every}


def made(kind: str, seed: int) -> Case:
    """A case of a kind: ``smooth`` with a noise of 1 to 10 % of the signal's sd, and so are the
    others, but for ``noise`` alone and ``hidden`` signals with a noise of 1.5 sds; an ``outlier``
    lies 4 to 8 sds of the signal off, of ``idle`` the last input does nothing, ``misleading``
    older data are of an unrelated function, ``helping`` ones of the same."""
    rng = generator([seed, KINDS.index(kind)])
    n, d = int(rng.integers(*MEASURED)), int(rng.integers(1 + (kind == "idle"), 4))
    X, names = rng.random((n + 20, d)), [f"x{i}" for i in range(d)]
    function = surface(rng, d - (kind == "idle"))
    value = function(X[:, : d - (kind == "idle")])
    middle, size = value.mean(), value.std()
    noise = 1.5 if kind == "hidden" else 10 ** rng.uniform(-2, -1)
    y = (value - middle) / size * (kind != "noise") + noise * rng.standard_normal(len(X))
    bad = int(rng.integers(n))
    if kind == "outlier":
        y[bad] += rng.choice([-1, 1]) * rng.uniform(4, 8)
    table = pd.DataFrame(X, columns=names).assign(y=np.where(np.arange(n + 20) < n, y, np.nan))
    campaign = tk.Campaign.from_table(table, inputs=names, target="y")
    if kind in ("misleading", "helping"):
        other, older = function, rng.random((30, d))
        while kind == "misleading" and (
            other is function or abs(np.corrcoef(other(X), value)[0, 1]) > LIKE
        ):
            other = surface(rng, d)
        told = pd.DataFrame(older, columns=names).assign(y=(other(older) - middle) / size)
        campaign.sources.add_table(told, tk.SourceSpec(source="older", factor=1))

    def named(health: Health) -> bool:
        found = [each.measurements for each in health.targets[0].outliers]
        return found == [(f"m{bad + 1}",)]

    right: dict[str, Callable[[Health], bool]] = {
        "smooth": lambda health: health.verdict == "green",
        "noise": lambda health: health.verdict == "red",
        "hidden": lambda health: health.verdict != "green",
        "outlier": lambda health: health.verdict == "amber" and named(health),
        "idle": lambda health: health.verdict == "green" and "idle" in kinds_of(health),
        "misleading": lambda health: health.verdict == "amber" and "hurts" in kinds_of(health),
        "helping": lambda health: health.verdict == "green",
    }
    return Case(campaign, right[kind])


KINDS = ("smooth", "noise", "hidden", "outlier", "idle", "misleading", "helping")
