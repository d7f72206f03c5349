"""Composition and firing together, a furnace run at a time, with two goals.

Nine compositions at nine firings; the furnace takes four crucibles, which share the temperature
and the time. The pellets have to conduct and to be dense. What the laboratory would measure is
simulated here: two formulas that want different firings, and an error that the samples of a run
share.
"""

from __future__ import annotations

import numpy as np

import tansaku as tk

RUNS, CRUCIBLES = 5, 4


def measured(made: dict[str, float], run_error: float) -> dict[str, float]:
    """Simulated: conductivity in S/cm, best at 1080 °C, and relative density, best at 1150 °C."""
    decades = -5 - 8 * (made["x"] - 0.15) ** 2 - 4 * (made["y"] - 0.1) ** 2
    decades -= ((made["T"] - 1080) / 100) ** 2 + ((made["t"] - 12) / 16) ** 2
    density = 0.93 - ((made["T"] - 1150) / 260) ** 2 - 0.5 * made["y"]
    return {"sigma": 10 ** (decades + run_error), "density": density}


def search(seed: int = 0) -> tk.Campaign:
    """Fire ``RUNS`` runs, one after the other; the campaign afterwards."""
    rng = np.random.default_rng(seed)
    campaign = tk.Campaign.from_space(
        [
            tk.Stepped(name="x", low=0, high=0.25, step=0.125),
            tk.Stepped(name="y", low=0, high=0.25, step=0.125),
            # What a run shares: inputs beside the variables of the formula are the process.
            tk.Stepped(name="T", low=1000, high=1150, step=75, unit="°C"),
            tk.Discrete(name="t", values=(4, 12, 24), unit="h"),
        ],
        template="Li(?)Ca(y)Y(x)Zr(2-x-y)(PO4)3",
        # Conductivity over decades, and a density that is of no use below 0.7.
        target=["sigma:max:log10", "density:max:>=0.7"],
    )
    for _ in range(RUNS):
        plan = campaign.plan_runs(crucibles=CRUCIBLES, hours="t + 8", seed=seed)
        run = plan.runs[0]
        print(f"{run.run}: {run.setting}, {run.hours:.0f} h. {run.reason}")
        error = 0.05 * rng.standard_normal()
        for sample in run.suggestions:
            values = measured(sample.inputs, error)
            # A value that surprises is asked about; the formulas of above are right.
            campaign.record(sample, **values, run=run.run, confirm=True)
    return campaign


if __name__ == "__main__":
    found = search()
    print("Samples that no other one beats in both goals:")
    for each in found.status().compromises:
        print(each.formula, each.inputs, each.values)
    found.plot("pareto").savefig("composition_and_firing.png")
