"""Which compositions of a long stream are new, in 8 bytes each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tansaku.chem.composition import PER_UNIT

Floats = NDArray[np.float64]
Hashes = NDArray[np.uint64]
Ints = NDArray[np.int64]

# SplitMix64 (G. Steele, D. Lea, C. Flood, OOPSLA 2014, doi:10.1145/2660193.2660195): every bit of
# the input changes half of the bits of the output.
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


class Seen:
    """The compositions that have gone by; :meth:`first` tells and remembers the new ones.

    Hashes are kept in sorted runs of growing length, merged like a log, so that n compositions
    cost n log n in all.

    Example:
        >>> seen = Seen()
        >>> seen.first(np.array([[1.0, 2.0], [0.5, 2.0], [1.0, 2.0]])).tolist()
        [0, 1]
        >>> seen.first(np.array([[0.5, 2.0], [0.25, 2.0]])).tolist()
        [1]
    """

    def __init__(self) -> None:
        self._runs: list[Hashes] = []

    def __len__(self) -> int:
        return sum(len(run) for run in self._runs)

    def first(self, matrix: Floats) -> Ints:
        """Rows of ``matrix``, shape (n, e), that are new within the resolution; in order."""
        hashes, rows = np.unique(_hashes(matrix), return_index=True)
        new = np.ones(len(hashes), dtype=bool)
        for run in self._runs:
            place = np.searchsorted(run, hashes)
            place[place == len(run)] = 0
            new &= run[place] != hashes
        if new.any():
            self._remember(hashes[new])
        return np.sort(rows[new]).astype(np.int64)

    def _remember(self, run: Hashes) -> None:
        while self._runs and len(self._runs[-1]) <= 2 * len(run):
            run = np.concatenate([self._runs.pop(), run])
            run.sort(kind="stable")  # merges sorted runs in linear time
        self._runs.append(run)


def _hashes(matrix: Floats) -> Hashes:
    """One 64-bit hash per row of amounts, equal for equal multiples of the resolution."""
    counts = np.rint(matrix * PER_UNIT).astype(np.int64).view(np.uint64)
    total = np.zeros(len(counts), dtype=np.uint64)
    for column in counts.T:
        total = (total ^ column) + _GAMMA
        total = (total ^ (total >> np.uint64(30))) * _FIRST
        total = (total ^ (total >> np.uint64(27))) * _SECOND
        total ^= total >> np.uint64(31)
    return total
