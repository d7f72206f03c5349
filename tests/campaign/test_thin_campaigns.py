"""Of campaigns of which little is known every picture is drawn, or refused with what it needs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pandas as pd
import pytest
from matplotlib import pyplot as plt

import tansaku as tk
from tansaku.campaign.pictures.draw import PICTURES
from tansaku.errors import TansakuError


def nothing(campaign: tk.Campaign) -> None:
    """No sample."""


def one_failure(campaign: tk.Campaign) -> None:
    campaign.record_at({"x": 0.1, "t": 900.0}, {}, status="failed", run="week 12")


def one_limit(campaign: tk.Campaign) -> None:
    campaign.record_at({"x": 0.1, "t": 900.0}, {"y": "<1e-8"})


def one_value(campaign: tk.Campaign) -> None:
    campaign.record_at({"x": 0.1, "t": 900.0}, {"y": 3e-6}, run="week 12")


def alike(campaign: tk.Campaign) -> None:
    for x in (0.1, 0.2, 0.3):
        campaign.record_at({"x": x, "t": 900.0}, {"y": 3e-6})


@pytest.mark.parametrize("known", [nothing, one_failure, one_limit, one_value, alike])
def test_every_picture_of_it_is_drawn_or_refused(known: Callable[[tk.Campaign], None]) -> None:
    rows = [{"x": x, "t": t, "y": None} for x in (0.1, 0.2, 0.3) for t in (900.0, 1000.0)]
    campaign = tk.Campaign.from_table(
        pd.DataFrame(rows), inputs=["x", "t"], target="y", scale="log10"
    )
    known(campaign)
    drawn = []
    for kind in PICTURES:
        with contextlib.suppress(TansakuError):  # any other error would be a fault
            plt.close(campaign.plot(kind))
            drawn.append(kind)
    assert bool(drawn) == (known in (one_value, alike))
