"""python -m bench.process [size] [sharing] [effects] [plans]: all of them without a name.

What is finished is kept in build/process, so a study that was stopped goes on where it was.
``python -m bench.process figure`` draws the table of docs/processes.md as acceleration.png.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import torch

from bench.pictures import IMAGES, rows_of, written
from bench.process import effects, joint_plans, plans, sharing, size
from tansaku.language import current
from tansaku.plots.acceleration import Space, acceleration_figure
from tansaku.plots.picture import Picture

FOLDER = Path("build/process")
WORDS = {
    "en": {"compositions": "compositions", "firings": "firings", "both": "compositions × firings"},
    "ja": {"compositions": "組成", "firings": "焼成条件", "both": "組成 × 焼成条件"},
}
"""What the spaces are called in the figure."""
LEVEL = 0.8
"""Share of the runs behind the figure. At 95 % a single truth decides, whose best candidate stands
out by noise alone, and the interval has no lower end; the table tells it."""


def main(parts: list[str]) -> None:
    """Run the parts that are named, and print their tables."""
    torch.set_num_threads(1)
    wanted = parts or ["plans", "sharing", "effects", "size"]
    if "plans" in wanted:
        print(plans.report())
        print(joint_plans.report())
    if "sharing" in wanted:
        for number in sharing.WEEKS:
            print(sharing.table(sharing.study(FOLDER, number), number))
    if "effects" in wanted:
        print(effects.table(effects.study(FOLDER)))
    if "size" in wanted:
        print(size.table(size.study(FOLDER)))
    if "figure" in wanted:
        written(figure, "acceleration", IMAGES)


def figure() -> Picture:
    """The published accelerations at :data:`LEVEL` with their intervals."""
    spaces = []
    for name, candidates, *_samples, _half, at_level, _most in rows_of(
        "processes.md", "| space | candidates |"
    ):
        times, low, high = map(float, re.findall(r"[\d.]+", at_level))
        spaces.append(Space(WORDS[current()][name], int(candidates), times, low, high))
    return acceleration_figure(spaces, level=LEVEL)


if __name__ == "__main__":
    main(sys.argv[1:])
