"""What the model believes, and where it would look next, over all candidates of a pool.

One input makes a line, two inputs a map, more inputs a ranking with one panel for each input.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from tansaku.design import Floats, Ints
from tansaku.language import _
from tansaku.plots import areas, lines, rankings
from tansaku.plots.fonts import keep_tick_fonts, style
from tansaku.plots.labels import escaped, of_acquisition, of_sd, of_target
from tansaku.plots.marks import Points
from tansaku.plots.palette import UNCERTAINTY, VALUES
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
) -> Figure:
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
    with style():
        if len(space.inputs) == 1:
            figure = lines.with_band(points, mean, sd)
        elif len(space.inputs) == 2:
            low, high = _limits(np.concatenate([points.values, mean]))
            figure = areas.panels(
                points,
                [
                    areas.Panel(
                        _("measured"), points.values, VALUES, low, high, only_measured=True
                    ),
                    areas.Panel(
                        _("predicted mean"), mean, VALUES, low, high, of_target(target), beside=2
                    ),
                    areas.Panel(_("predicted sd"), sd, UNCERTAINTY, *_limits(sd), of_sd(target)),
                ],
            )
        else:
            figure = rankings.of_prediction(points, mean, sd)
        return _finished(figure, title)


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
) -> Figure:
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
    shown = np.where(np.isfinite(acquisition), acquisition, np.nan)
    label = of_acquisition(name)
    low, high = _worth_seeing(shown, name)
    with style():
        if len(space.inputs) == 1:
            figure = lines.of_acquisition(points, shown, label, low, high)
        elif len(space.inputs) == 2:
            figure = areas.panels(points, [areas.Panel("", shown, VALUES, low, high, label)])
        else:
            figure = rankings.of_acquisition(points, shown, label, low, high)
        return _finished(figure, title)


def _finished(figure: Figure, title: str) -> Figure:
    if title:
        figure.suptitle(escaped(title))
    keep_tick_fonts(figure)
    return figure


def _limits(values: Floats) -> tuple[float, float]:
    """Ends of a colour scale, never equal."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _worth_seeing(acquisition: Floats, name: str) -> tuple[float, float]:
    """Limits of the scale: all values, but of log EI only those that may ever matter."""
    if not np.isfinite(acquisition).any():
        return 0.0, 1.0
    low, high = _limits(acquisition)
    return (max(low, high - LOG_EI_WINDOW), high) if name == "log_ei" else (low, high)
