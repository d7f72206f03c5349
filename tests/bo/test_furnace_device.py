"""Furnace runs on a second device: the answers are those of the processor."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tansaku.bo import engine
from tansaku.bo.furnace.plan import plan
from tansaku.bo.furnace.plan_search import Furnace, picks_of
from tansaku.design import Joint, Want
from tests.bo.test_device import N, generators, quick, same_on_both, searches, told
from tests.seeds import generator


@pytest.mark.parametrize("goals", [1, 2])
def test_furnace_runs_give_the_same(goals: int, monkeypatch: pytest.MonkeyPatch) -> None:
    first = searches(1, 6, pending=1)
    other = replace(first, y=np.cos(3 * first.X.sum(-1)))
    furnace = Furnace(group=np.arange(N) % 5, runs=2, crucibles=2, hours=np.zeros(5))
    joint = Joint((first, other), (Want(), Want()), first.X, np.stack([first.y, other.y], -1))
    joint = Joint.of(first) if goals == 1 else joint

    def ask() -> dict[str, Any]:
        rng = generator(0)
        found = plan(joint, quick("standard"), furnace, rng)
        return {"picks": picks_of(found.runs), "gains": found.gains}

    same_on_both(monkeypatch, ask)


def test_samples_that_share_a_run_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = replace(searches(1, 16), runs=np.arange(16)[None] // 2)

    def ask() -> dict[str, Any]:
        return told(engine.propose(Joint.of(asked), quick("standard"), 2, generators(1)))

    same_on_both(monkeypatch, ask)
