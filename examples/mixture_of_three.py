"""A mixture of three oxides whose amounts add up to 1.

What the laboratory would measure is simulated here: the density of a glass is played by a formula
with a maximum inside the triangle, and each measurement has an error of 0.003 g/cm3.
"""

from __future__ import annotations

import numpy as np

import tansaku as tk

OXIDES = ("Li2O", "B2O3", "SiO2")
BEST = np.array([0.15, 0.60, 0.25])  # of the simulated truth; the search does not know it


def density(mixture: dict[str, float], rng: np.random.Generator) -> float:
    """Simulated, g/cm3."""
    away = np.array([mixture[oxide] for oxide in OXIDES]) - BEST
    return 2.55 - 1.2 * (away**2).sum() + 0.003 * rng.standard_normal()


def search(samples: int = 18, seed: int = 0) -> tk.Campaign:
    """Three mixtures at a time; the campaign afterwards."""
    rng = np.random.default_rng(seed)
    campaign = tk.Campaign.from_space(
        [tk.Stepped(name=oxide, low=0, high=1, step=0.05) for oxide in OXIDES],
        ["Li2O + B2O3 + SiO2 = 1", "Li2O <= 0.5"],  # more lithia does not make a glass
        target="density",
    )
    while campaign.status().measured < samples:
        for mixture in campaign.suggest(n=3, seed=seed):
            campaign.record(mixture, density=density(mixture.inputs, rng), confirm=True)
        best = campaign.status().best
        print(f"{campaign.status().measured:2} samples, best {best.value:.3f} at {best.inputs}")
    return campaign


if __name__ == "__main__":
    found = search()
    found.plot("ternary").savefig("mixture_of_three.png")
    print("The triangle is in mixture_of_three.png; the simulated truth has its best at", BEST)
