"""Views of a campaign: its log, and what the model believes of its pool."""

from __future__ import annotations

from dataclasses import dataclass

from tansaku.campaign.records import Event
from tansaku.design import Bools, Floats


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One event of the log, and whether it was taken back later."""

    number: int
    event: Event
    undone: bool


@dataclass(frozen=True, slots=True)
class Landscape:
    """What the model believes of the whole pool; values on the model scale (log10 where asked).

    Attributes:
        inputs: Candidates in experimental units, shape (N, d).
        mean: Predicted mean, shape (N,); in the target's own direction (a minimised target is
            not turned).
        sd: Shape (N,).
        chance: Probability to beat the best measured value, shape (N,).
        acquisition: Shape (N,); on a log scale for ``pi`` and ``log_ei``.
        measured: Which candidates are measured, shape (N,).
        values: Measured means, shape (N,); NaN where not measured.
    """

    inputs: Floats
    mean: Floats
    sd: Floats
    chance: Floats
    acquisition: Floats
    measured: Bools
    values: Floats
