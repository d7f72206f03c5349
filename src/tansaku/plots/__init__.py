"""Figures from results: plain arrays, a space and a target in, a matplotlib Figure out.

Figures are made without pyplot, so nothing stays open and no window or display is needed; save one
with ``figure.savefig(path)``.
"""

from tansaku.plots.discovery import Curve, discovery_figure
from tansaku.plots.maps import acquisition_map, prediction_map

__all__ = ["Curve", "acquisition_map", "discovery_figure", "prediction_map"]
