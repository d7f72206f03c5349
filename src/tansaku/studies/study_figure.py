"""The figure of a study, and what it comes to in a sentence, from the document of the study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tansaku.language import _
from tansaku.studies.study_document import Samples, StudyDocument

if TYPE_CHECKING:
    from tansaku.plots.picture import Picture


def study_figure(found: StudyDocument) -> Picture:
    """The curves with their bands beside random search: discovery as the lecture draws it, of
    several goals the hypervolume."""
    from tansaku.plots.discovery import Curve, discovery_figure  # on demand: matplotlib
    from tansaku.plots.hypervolume_curve import VolumeCurve, hypervolume_figure

    # An end that is not known is None in a document, and not a number in an array.
    random = found.random_exact
    if found.targets:
        volumes = [
            VolumeCurve(each.name, *np.array([each.hypervolume, each.hv_low, each.hv_high], float))
            for each in found.strategies
        ]
        samples = max(len(each.mean) for each in volumes)
        drawn = np.array(random.hypervolume[:samples])
        return hypervolume_figure(volumes, random=drawn, random_is_exact=random.is_exact)
    curves = [
        Curve(each.name, *np.array([each.discovery, each.low, each.high], float))
        for each in found.strategies
    ]
    samples = max(len(each.p) for each in curves)
    return discovery_figure(curves, random_exact=np.array(random.discovery[:samples]))


def conclusion(found: StudyDocument) -> str:
    """How many samples the best strategy takes, and how many random search does."""
    several = bool(found.targets)
    needed = {s.name: s.hv_n95 if several else s.n95 for s in found.strategies}
    random = found.random_exact.hv_n95 if several else found.random_exact.n95
    reached = {name: n for name, n in needed.items() if n is not None}
    told = (
        _("95 % of the reachable hypervolume, on the average: {best}; random search {random}.")
        if several
        else _("The best was found in 95 % of the searches: {best}; random search {random}.")
    )
    best = min(reached, key=lambda name: reached[name], default="")
    first = _("'{strategy}' after {n}").format(strategy=best, n=_samples(reached.get(best)))
    return told.format(best=first if best else _("by none"), random=_after(random))


def _after(n: Samples) -> str:
    return (
        _("not within the samples of a search")
        if n is None
        else _("after {n}").format(n=_samples(n))
    )


def _samples(n: Samples) -> str:
    return _("{n} samples").format(n=n)
