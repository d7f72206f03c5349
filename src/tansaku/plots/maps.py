"""What the model believes, and where it would look next, over all candidates of a pool.

One input makes a line, two inputs a map, more inputs a ranking with one panel for each input.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tansaku.design import Bools, Floats, Ints
from tansaku.language import _
from tansaku.plots import areas, lines, rankings
from tansaku.plots.fonts import keep_tick_fonts, style
from tansaku.plots.labels import escaped, of_acquisition, of_sd, of_target
from tansaku.plots.marks import Marks, Points
from tansaku.plots.palette import CHANCES, UNCERTAINTY, VALUES
from tansaku.plots.picture import Picture
from tansaku.space import Space, Target

LOG_EI_WINDOW = 15.0
"""log EI is shown down to this far below its largest value: a candidate there promises e**15, or
three million, times less. It falls to minus hundreds, which would flatten everything else."""


def prediction_map(
    space: Space,
    target: Target,
    *,
    measured: Sequence[int] | Ints,
    values: Sequence[float] | Floats,
    mean: Floats,
    sd: Floats,
    suggested: Sequence[int] | Ints = (),
    title: str = "",
) -> Picture:
    """Measured points beside the predicted mean and its standard deviation.

    Args:
        space: The pool, N candidates.
        target: The property.
        measured: Pool positions (0 .. N-1) of measured candidates, each once.
        values: Their values in the target's unit; the mean where there are replicates.
        mean: Predicted means on the target's scale (log10 for a log10 target, the sign not
            turned), shape (N,).
        sd: Predicted standard deviations on the same scale, shape (N,).
        suggested: Pool positions of suggested candidates, in order.
        title: Over the figure.
    """
    points = Points.of(space, target, measured, values, suggested)
    if len(space.inputs) == 1:
        return line_map(points, mean, sd, title=title)
    if len(space.inputs) == 2:
        beliefs = Beliefs(points.values, mean, sd)
        return area_map(space, target, points.at(*space.matrix.T), beliefs, title=title)
    with style():
        return _finished(rankings.of_prediction(points, mean, sd), title)


def line_map(points: Points, mean: Floats, sd: Floats, *, title: str = "") -> Picture:
    """The mean with its 95 % band along the only input; mean and sd on the target's scale."""
    with style():
        return _finished(lines.with_band(points, mean, sd), title)


def acquisition_map(
    space: Space,
    target: Target,
    *,
    acquisition: Floats,
    name: str,
    measured: Sequence[int] | Ints,
    values: Sequence[float] | Floats,
    suggested: Sequence[int] | Ints = (),
    title: str = "",
) -> Picture:
    """How the acquisition ranks the candidates; the largest value is made next.

    Args:
        space: The pool, N candidates.
        target: The property.
        acquisition: One number per candidate, shape (N,); NaN or -inf where it may not be chosen.
        name: A name of ``bo.acquisition.ACQUISITIONS``.
        measured: Pool positions (0 .. N-1) of measured candidates, each once.
        values: Their values in the target's unit; they decide which one is the best.
        suggested: Pool positions of suggested candidates, in order.
        title: Over the figure.
    """
    points = Points.of(space, target, measured, values, suggested)
    return acquisition_of(points, acquisition, name, title=title)


def acquisition_of(points: Points, acquisition: Floats, name: str, *, title: str = "") -> Picture:
    """:func:`acquisition_map` of what is known of the pool."""
    space, shown = points.space, np.where(np.isfinite(acquisition), acquisition, np.nan)
    if len(space.inputs) == 2:
        return acquisition_area(space, points.at(*space.matrix.T), shown, name, title=title)
    drawn = lines if len(space.inputs) == 1 else rankings
    label, (low, high) = of_acquisition(name), _worth_seeing(shown, name)
    with style():
        return _finished(drawn.of_acquisition(points, shown, label, low, high), title)


def area_map(
    space: Space,
    target: Target,
    marks: Marks,
    beliefs: Beliefs,
    *,
    hatched: Bools | None = None,
    title: str = "",
) -> Picture:
    """Measured samples, predicted mean, its standard deviation and the chance to work over two
    inputs, with samples wherever they lie.

    Args:
        space: The candidates that are drawn, over the two inputs, N of them.
        target: The property.
        marks: Where samples lie.
        beliefs: What is known and believed.
        hatched: Which candidates are blocked, shape (N,).
        title: Over the figure.
    """
    with style():
        shown = believed(target, beliefs)
        blocked = None if hatched is None else areas.Hatched(hatched, _("blocked"))
        return _finished(areas.panels(space, shown, marks, blocked), title)


def acquisition_area(
    space: Space, marks: Marks, acquisition: Floats, name: str, *, title: str = ""
) -> Picture:
    """How the acquisition ranks candidates over two inputs, with samples wherever they lie.

    Args:
        space: The candidates that are drawn, over the two inputs, N of them.
        marks: Where samples lie.
        acquisition: One number per candidate, shape (N,); NaN or -inf where it may not be chosen.
        name: A name of ``bo.acquisition.ACQUISITIONS``.
        title: Over the figure.
    """
    shown = np.where(np.isfinite(acquisition), acquisition, np.nan)
    panel = areas.Panel("", shown, VALUES, *_worth_seeing(shown, name), of_acquisition(name))
    closed = areas.Hatched(np.isnan(shown), _("not to be chosen"))
    with style():
        return _finished(areas.panels(space, [panel], marks, closed), title)


@dataclass(frozen=True, slots=True)
class Beliefs:
    """What a map shows, on the target's scale (log10 for a log10 target).

    Attributes:
        values: Of the measured places, shape (n,).
        mean: Predicted means of the candidates, shape (N,).
        sd: Their standard deviations, shape (N,).
        works: Their probability not to fail, shape (N,); None where no sample has failed.
    """

    values: Floats
    mean: Floats
    sd: Floats
    works: Floats | None = None


def believed(target: Target, beliefs: Beliefs) -> list[areas.Panel]:
    """The panels of a map."""
    low, high = areas.limits(np.concatenate([beliefs.values, beliefs.mean]))
    found = [
        areas.Panel(_("measured"), beliefs.values, VALUES, low, high, only_measured=True),
        areas.Panel(
            _("predicted mean"), beliefs.mean, VALUES, low, high, of_target(target), beside=2
        ),
        areas.Panel(
            _("predicted sd"), beliefs.sd, UNCERTAINTY, *areas.limits(beliefs.sd), of_sd(target)
        ),
    ]
    if beliefs.works is not None:
        words = (_("chance to work"), _("chance to work (%)"))
        found.append(areas.Panel(words[0], 100 * beliefs.works, CHANCES, 0, 100, words[1]))
    return found


def _finished(figure: Picture, title: str) -> Picture:
    if title:
        figure.suptitle(escaped(title))
    keep_tick_fonts(figure)
    return figure


def _worth_seeing(acquisition: Floats, name: str) -> tuple[float, float]:
    """Limits of the scale: all values, but of log EI only those that may ever matter."""
    if not np.isfinite(acquisition).any():
        return 0.0, 1.0
    low, high = areas.limits(acquisition)
    return (max(low, high - LOG_EI_WINDOW), high) if name == "log_ei" else (low, high)
