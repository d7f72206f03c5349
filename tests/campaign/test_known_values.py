"""Columns that are known beforehand are read by the candidate, whatever their order."""

from __future__ import annotations

import numpy as np
import pandas as pd

import tansaku as tk
from tansaku.campaign.history.objectives import known_at


def test_known_values_follow_the_labels() -> None:
    table = pd.DataFrame({"x": [0.3, 0.1, 0.2], "price": [5.0, 7.0, 6.0], "y": [1.0, None, None]})
    targets = [tk.Target(name="y"), tk.Target(name="price", goal="min", known=True)]
    campaign = tk.Campaign.from_table(table, inputs=["x"], target=targets)
    spec = campaign.document.campaign
    labels = np.asarray(spec.space.labels)
    known = dict(zip(labels.tolist(), known_at(spec, "price", labels).tolist(), strict=True))
    assert sorted(known.values()) == [5.0, 6.0, 7.0]
    for order in ([2, 0, 1], [1, 2], [0]):
        found = known_at(spec, "price", labels[order])
        assert found.tolist() == [known[int(label)] for label in labels[order]]
