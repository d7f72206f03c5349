"""A search over compositions and firings whose best is known, for tests of furnace runs."""

from __future__ import annotations

from typing import Any

import tansaku as tk
from tansaku.campaign.furnace.furnace_plan import FurnacePlan

GAS = tk.Categorical(name="gas", values=("air", "O2"))
STEPS = (
    tk.Stepped(name="x", low=0, high=0.5, step=0.125),
    tk.Stepped(name="T", low=900, high=1100, step=50, unit="°C"),
    tk.Stepped(name="t", low=4, high=12, step=4, unit="h"),
    GAS,
)


def truth(inputs: dict[str, Any]) -> float:
    """A conductivity in S/cm: best at x = 0.25, 1000 °C, under oxygen."""
    decades = -5 - (inputs["x"] - 0.25) ** 2 * 8 - ((inputs["T"] - 1000) / 100) ** 2
    return float(10 ** (decades + 0.3 * (inputs["gas"] == "O2") - 0.02 * inputs["t"]))


def campaign(measured: int = 6, **changes: Any) -> tk.Campaign:
    """A search over 150 candidates at 30 firings."""
    made = tk.Campaign.from_space(STEPS, target="sigma", scale="log10", unit="S/cm", **changes)
    if measured:
        for each in made.suggest(measured, strategy="random").suggestions:
            made.record_at(each.inputs, {"sigma": truth(each.inputs)})
    return made


def plan(made: tk.Campaign, **changes: Any) -> FurnacePlan:
    asked = {"runs": 2, "crucibles": 3, "shared": ["T", "t", "gas"]} | changes
    return made.plan_runs(**asked)
