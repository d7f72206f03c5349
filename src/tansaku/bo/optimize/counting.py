"""Counting: uniform draws of settable points that keep linear rules, however rare they are.

The points are counted from the last parameter to the first, by the sums that the parameters before
have reached; going back through the counts, every point has the same chance. Nothing is rejected.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tansaku.design import Floats, Ints, Region

CELLS = 2**19
"""Sums times settings of one parameter that are looked at: half a second. Beyond, as with fine
steps under several rules, the points are not counted."""
LARGEST = 2**52
"""Sums below this are exact."""
CHUNK = 2**22
"""Chances that are held at once: some 30 MB."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The settable points of a region, by rules only.

    Attributes:
        after: For each parameter the number of the sum that each (sum, level) leads to; -1 where no
            point goes on from there. Shapes (sums, levels).
        points: For each parameter how many points go on from each sum, and at the end 1.
    """

    after: tuple[Ints, ...]
    points: tuple[Floats, ...]

    @property
    def total(self) -> float:
        """How many points there are."""
        return float(self.points[0].sum())

    @classmethod
    def of(cls, region: Region) -> Counted | None:
        """Count them; ``None`` where the sums are too many."""
        parts, low, high = _sums(region)
        if max((float(np.abs(part).max(initial=0)) for part in parts), default=0.0) > LARGEST:
            return None
        least = [sum(p.min(axis=0) for p in parts[j:]) for j in range(len(parts) + 1)]
        most = [sum(p.max(axis=0) for p in parts[j:]) for j in range(len(parts) + 1)]
        sums, after = np.zeros((1, len(high)), dtype=np.int64), []
        for j, part in enumerate(parts):
            if len(sums) * len(part) > CELLS:
                return None
            there = sums[:, None, :] + part[None]
            goes_on = (there + least[j + 1] <= high) & (there + most[j + 1] >= low)
            # What any rest keeps is one sum: an upper bound that cannot be broken any more.
            there = np.where(low < -LARGEST, np.maximum(there, high - most[j + 1]), there)
            index = np.full(goes_on.shape[:2], -1, dtype=np.int64)
            kept = goes_on.all(axis=2)
            sums, index[kept] = np.unique(there[kept], axis=0, return_inverse=True)
            after.append(index)
        points = [np.ones(len(sums))]
        for index in reversed(after):
            points.insert(0, np.where(index >= 0, np.append(points[0], 0.0)[index], 0).sum(axis=1))
        return cls(tuple(after), tuple(points))

    def every(self) -> Ints:
        """All points, shape (total, p)."""
        at, found = np.zeros(1, dtype=np.int64), np.empty((1, 0), dtype=np.int64)
        for index, points in zip(self.after, self.points[1:], strict=True):
            alive = (index[at] >= 0) & (np.append(points, 0.0)[index[at]] > 0)
            row, level = np.nonzero(alive)
            found = np.concatenate([found[row], level[:, None]], axis=1)
            at = index[at[row], level]
        return found

    def draw(self, n: int, rng: np.random.Generator) -> Ints:
        """n points, each with the same chance, shape (n, p)."""
        size = max(1, CHUNK // max(index.shape[1] for index in self.after))
        sizes = [min(size, n - start) for start in range(0, n, size)]
        return np.concatenate([self._draw(each, rng) for each in sizes])

    def _draw(self, n: int, rng: np.random.Generator) -> Ints:
        at, found = np.zeros(n, dtype=np.int64), []
        for index, points in zip(self.after, self.points[1:], strict=True):
            chances = np.where(index >= 0, np.append(points, 0.0)[index], 0.0)
            below = np.cumsum(chances, axis=1)
            reached = rng.random(n) * below[at, -1]
            level = (below[at] <= reached[:, None]).sum(axis=1)
            found.append(level)
            at = index[at, level]
        return np.stack(found, axis=1)


def _sums(region: Region) -> tuple[list[Ints], Ints, Ints]:
    """(what each level of each parameter adds to each sum, the sums' lower and upper bounds)."""
    low = [r.bound if r.equal else -2 * LARGEST for r in region.rules]
    low += [c.least or -2 * LARGEST for c in region.counts]
    high = [r.bound for r in region.rules] + [c.most for c in region.counts]
    parts = []
    for j, size in enumerate(region.sizes.tolist()):
        levels = np.arange(size, dtype=np.float64)
        adds = [rule.coefficients[j] * levels for rule in region.rules]
        adds += [(levels > 0) * float(j in each.columns) for each in region.counts]
        part = np.stack(adds, axis=1) if adds else np.zeros((size, 0))
        parts.append(np.clip(part, -2 * LARGEST, 2 * LARGEST).astype(np.int64))
    ends = 2 * LARGEST
    return (
        parts,
        np.clip(low, -ends, ends).astype(np.int64),
        np.clip(high, -ends, ends).astype(np.int64),
    )
