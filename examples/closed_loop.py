"""A closed loop: a robot with a furnace makes what is suggested, without a person.

The furnace is simulated: pellets that conduct best at x = 0.21 and 1120 °C, melt where it is too
hot for them, and cannot be measured below 1e-7 S/cm. The loop knows none of that; it learns from
values, limits and failures. After each sample it writes the campaign to a file, so that it goes on
where it stopped.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import tansaku as tk

FILE = Path("closed_loop.json")
MOST, WORTH_IT = 24, 0.02  # samples at most; the chance to beat the best that is worth one


class MeltedError(Exception):
    """The pellet is lost."""


class SimulatedFurnace:
    """What a driver of the real one would offer: fire, and measure."""

    limit = 1e-7  # S/cm, of the bridge

    def conductivity(self, x: float, T: float, seed: int) -> float:
        """S/cm of a pellet with the composition x, fired at T °C; 8 % error.

        Raises:
            MeltedError: it was too hot for this composition.
        """
        if 1230 - 200 * x < T:
            raise MeltedError
        error = 0.035 * np.random.default_rng(seed).standard_normal()
        return 10 ** (-4.4 - (8 * (x - 0.21)) ** 2 - ((T - 1120) / 70) ** 2 + error)


def step(campaign: tk.Campaign, furnace: SimulatedFurnace) -> bool:
    """Make one sample and record it, if one is worth making; whether it was."""
    suggestion = campaign.suggest()[0]
    chance = suggestion.chance_to_beat_best
    if chance is not None and chance < WORTH_IT:
        return False
    number = campaign.status().measurements
    try:
        sigma = furnace.conductivity(**suggestion.inputs, seed=number)
    except MeltedError:
        campaign.record(suggestion, status="failed", why="melted")
        told = "melted"
    else:
        told = f"{sigma:.2e}" if sigma > furnace.limit else f"<{furnace.limit:.0e}"
        # A value that surprises is asked about. Nobody is here to answer, so it counts as measured.
        campaign.record(suggestion, sigma=told, confirm=True)
    print(f"{number + 1:2}  {suggestion.inputs}  {told}")
    campaign.save(FILE, force=True)
    return True


def search() -> tk.Campaign:
    """Go on where the file ends, until no sample is worth making."""
    if FILE.exists():
        campaign = tk.Campaign.load(FILE)
    else:
        space = [
            tk.Stepped(name="x", low=0, high=0.5, step=0.05),
            tk.Continuous(name="T", low=1000, high=1250, resolution=5, unit="°C"),
        ]
        campaign = tk.Campaign.from_space(space, target="sigma", scale="log10", name="closed_loop")
    furnace = SimulatedFurnace()
    while campaign.status().measurements < MOST and step(campaign, furnace):
        pass
    return campaign


if __name__ == "__main__":
    best = search().status().best
    print(f"The best: {best.value:.2e} S/cm at {best.inputs}")
