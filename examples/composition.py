"""A search over compositions, in which a finished table plays the laboratory.

44 NASICON compositions Li(1+x+2y)Ca(y)Zr(2-y)Si(x)P(3-x)O12 were all made and measured once;
docs/data.md says by whom. The search sees a conductivity only after it has asked for that
composition, so it can be judged: after how many samples has it made the best one?
"""

from __future__ import annotations

import tansaku as tk

INPUTS = ["x_Si", "y_Ca"]
BUDGET = 20


def search(seed: int = 0) -> tk.Campaign:
    """Make ``BUDGET`` samples, one after the other; the campaign afterwards."""
    truth = tk.datasets.load("lczsp_49").dropna().set_index(INPUTS)["sigma_S_cm"]

    # The candidates are the rows, and no result is known yet. The conductivity spans two decades,
    # so the model sees its logarithm.
    plan = truth.reset_index()[INPUTS]
    campaign = tk.Campaign.from_table(plan, inputs=INPUTS, target="sigma_S_cm", scale="log10")

    for made in range(1, BUDGET + 1):
        found = campaign.suggest(seed=seed)  # at random, until there is something to learn from
        composition = found[0].inputs
        sigma = truth[tuple(composition.values())]  # in a laboratory: make it, and measure
        # A value that surprises is asked about; those of the table are right.
        campaign.record(found[0], sigma_S_cm=sigma, confirm=True)
        chance = found[0].chance_to_beat_best
        said = "at random" if chance is None else f"chance to beat the best {chance:.0%}"
        print(f"{made:2}  {composition}  {sigma:.2e} S/cm  ({said})")
    return campaign


if __name__ == "__main__":
    best = search().status().best
    print(f"The best of them: {best.value:.2e} S/cm at {best.inputs}")
