"""Two systems and a gatekeeper that says what it is told, for tests of older data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import tansaku as tk
from tansaku.bo.source_relevance import assess as source_relevance
from tansaku.campaign import Campaign
from tansaku.campaign.sources import relevance as judging
from tansaku.strategy import STRATEGIES

LCZSP = "Li(?)Ca(y)Zr(2-y)Si(x)P(3-x)O12"
LYCZP = "Li(?)Ca(y)Y(x)Zr(2-x-y)(PO4)3"
STANDARD = STRATEGIES["standard"]


def searched(**said: Any) -> Campaign:
    """A search of the Si-Ca system, nothing measured."""
    x, y = (tk.Stepped(name=n, low=0, high=0.3, step=0.05) for n in "xy")
    template = tk.CompositionTemplate(text=LCZSP, **said)
    return Campaign.from_space(
        [x, y], template=template, target="sigma_S_cm", scale="log10", name="new"
    )


def finished(lyczp: pd.DataFrame, n: int = 47, **said: Any) -> Campaign:
    """The finished search of the Y-Ca system."""
    x, y = (tk.Stepped(name=n, low=0, high=0.375, step=0.0625) for n in "xy")
    template = tk.CompositionTemplate(text=LYCZP, **said)
    made = Campaign.from_space([x, y], template=template, target="sigma_lowT_S_cm", name="old")
    rows = lyczp.head(n).rename(columns={"x_Y": "x", "y_Ca": "y"})
    made.record(rows[["x", "y", "sigma_lowT_S_cm"]])
    return made


def columns(**more: Any) -> tk.SourceSpec:
    return tk.SourceSpec(inputs=("x=x_Y", "y=y_Ca"), target="sigma_lowT_S_cm", **more)


def measured(campaign: Campaign, lczsp: pd.DataFrame, step: int = 8) -> Campaign:
    found = lczsp.dropna()[["x_Si", "y_Ca", "sigma_S_cm"]].to_numpy()[::step]
    for x, y, value in found:
        campaign.record_at({"x": x, "y": y}, {"sigma_S_cm": value})
    return campaign


Judge = Callable[[str, float, float], None]


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Judge:
    """Let the gatekeeper give a verdict that the test chooses."""

    def choose(verdict: str, helps: float, gain: float) -> None:
        def assess(problems: Any, _strategy: Any) -> source_relevance.Assessment:
            found = source_relevance.SourceEvidence(
                verdict=source_relevance.Verdict(verdict),
                helps=helps,
                log_bayes=0.0,
                weight=helps,
                gain=source_relevance.Estimate(gain, gain - 1, gain + 1),
                reach=1.0,
                co_located=0,
                rank=None,
                correlation=source_relevance.Estimate(0.5, 0.1, 0.9),
            )
            each = (found,) * len(problems.sources)
            return source_relevance.Assessment(problems.measured, each, found.verdict)

        def probes(
            problems: Any, _strategy: Any, _verdict: Any, n: int = 1
        ) -> tuple[source_relevance.Probe, ...]:
            free = np.flatnonzero(~problems.taken[0])[3:5]
            return tuple(source_relevance.Probe(int(i), 0, 0, 0.0, 0.5, True) for i in free[:n])

        monkeypatch.setattr(source_relevance, "assess", assess)
        monkeypatch.setattr(judging, "most_telling", probes)

    return choose
