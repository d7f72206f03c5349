"""Older data of a neighbouring system, and whether they help.

A laboratory has mapped 47 compositions with Ca and Y (the older data) and turns to 44 with Ca and
Si (the new system). Both tables are measured; docs/data.md says by whom. The same search is made
twice, with the older data and without, and the number of samples until the best one is compared.
One pair of searches tells little; docs/transfer.md has many, with those in which older data harm.
"""

from __future__ import annotations

import pandas as pd

import tansaku as tk

NEW, OLD = "Li(?)Ca(y)Zr(2-y)Si(x)P(3-x)O12", "Li(?)Ca(y)Y(x)Zr(2-x-y)(PO4)3"


def search(truth: pd.Series, older: bool) -> tk.Campaign:
    """Search until the best composition is made; the campaign afterwards."""
    # With the formulas the two systems have something in common: the amounts of their elements.
    steps = [tk.Stepped(name=name, low=0, high=0.3, step=0.05) for name in ("x", "y")]
    campaign = tk.Campaign.from_space(steps, template=NEW, target="sigma", scale="log10")
    for x, y in set(truth[truth.isna()].index):  # five compositions that were not measurable
        campaign.block(f"x = {x} and y = {y}", why="not measurable")
    if older:
        source = tk.SourceSpec(
            source="Ca-Y", inputs=["x_Y", "y_Ca"], target="sigma_lowT_S_cm", template=OLD
        )
        for notice in campaign.sources.add_table(tk.datasets.load("lyczp_47"), source):
            print(notice)
    best = campaign.status().best
    while best is None or best.value < truth.max():
        (suggestion,) = campaign.suggest()
        sigma = truth[suggestion.inputs["x"], suggestion.inputs["y"]]
        # A value that surprises is asked about; those of the table are right.
        campaign.record(suggestion, sigma=sigma, confirm=True)
        best = campaign.status().best
    return campaign


if __name__ == "__main__":
    table = tk.datasets.load("lczsp_49").set_index(["x_Si", "y_Ca"])["sigma_S_cm"]
    alone, helped = search(table, older=False), search(table, older=True)
    print(helped.suggest().document()["sources"][0]["words"])
    without, beside = alone.status().measured, helped.status().measured
    print(f"Samples until the best: {without} without the older data, {beside} with them.")
