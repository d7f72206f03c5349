"""``make bench-recording``: processor time of one more result behind 10 to 10,000."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.history.records import CampaignDocument, Measurement, Recorded
from tansaku.services.record import record_at
from tansaku.space import Discrete
from tansaku.store import open_store

SIZES = (10, 500, 2_000, 10_000)
REPEATS = 7


def campaign(n: int) -> tuple[CampaignDocument, list[dict[str, float]]]:
    """A campaign with ``n`` results, one event each, and candidates that are left."""
    values = tuple(float(v) for v in range(110))
    axes = [Discrete(name="a", values=values), Discrete(name="b", values=values)]
    made = Campaign.from_space(axes, target="y", name="lab")
    points = [{"a": float(k // 110), "b": float(k % 110)} for k in range(110 * 110)]
    at, rng = datetime.now(UTC), np.random.default_rng(0)
    y = np.sin(np.arange(n) / 700) + 0.1 * rng.standard_normal(n)
    labels = [made.space.locate(point).label for point in points[:n]]
    results = [
        Recorded(
            at=at,
            measurements=(
                Measurement(
                    id=f"m{k + 1}", pool_row=labels[k], inputs=points[k], values={"y": y[k]}, at=at
                ),
            ),
        )
        for k in range(n)
    ]
    return made.document.model_copy(update={"events": (*made.events, *results)}), points[n:]


def median_ms(act: Callable[[int], object]) -> float:
    """Processor time of one call in ms, the median after the first."""
    times = []
    for k in range(REPEATS + 1):
        begun = time.process_time()
        act(k)
        times.append(time.process_time() - begun)
    return 1e3 * float(np.median(times[1:]))


def main() -> None:
    """Print the table."""
    print("| results before | `--yes` | judged by the model |")
    print("|---|---|---|")
    for n in SIZES:
        document, free = campaign(n)
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{folder}/lab.db"
            with open_store(url) as store:
                store.create(document)
            value = {"y": float(np.sin(n / 700))}
            sure = median_ms(lambda k: record_at(url, "lab", free[k], value, confirm=True))  # noqa: B023
            asked = median_ms(lambda k: record_at(url, "lab", free[50 + k], value))  # noqa: B023
        print(f"| {n:,} | {sure:.0f} ms | {asked:.0f} ms |", flush=True)


if __name__ == "__main__":
    main()
