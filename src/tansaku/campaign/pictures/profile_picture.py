"""The profiler: every target along each input, through the best sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from tansaku.campaign.campaign_posterior import Posterior
from tansaku.campaign.history.objectives import measured_targets
from tansaku.campaign.pictures.drawn import Drawn, check_enough, numbers
from tansaku.campaign.pictures.scene import Scene
from tansaku.campaign.pictures.slice_points import on_slice, through
from tansaku.design import Floats
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.plots.profile_plot import TargetProfile, Trace, profile_figure
from tansaku.space import ListedFormulas, Space
from tansaku.space.listed import apart
from tansaku.space.space import MATCH_TOLERANCE
from tansaku.space.values import settings

FEWEST = 2
"""Results of a target: one says nothing of what varies."""

ALONG = 61
"""Settings of a number along one side: a line without corners."""


def draw_profile(scene: Scene) -> Drawn:
    """Mean and 95 % interval of the function along each input."""
    targets = measured_targets(scene.spec.targets)
    for target in targets:
        check_enough("profile", len(scene.of(target).values), FEWEST, target.name)
    space, point = scene.space, scene.point
    rows = [_along(space, point, j) for j in range(len(space.inputs))]
    drawn = [j for j, part in enumerate(rows) if len(part) > 1]
    if not drawn:
        raise UsageError(
            _("No candidate differs from {point} in one input alone.").format(
                point=settings(space.named(point))
            ),
            _("Draw parity or importance, or choose another point with --at."),
        )
    model = scene.model.over(np.concatenate([rows[j] for j in drawn]))
    cuts = np.cumsum([len(rows[j]) for j in drawn])[:-1]
    profiles = []
    for target in targets:
        one = model if len(model.targets) == 1 else model[target.name]
        traces = _traces(scene.of(target), one.on_model_scale, drawn, rows, cuts)
        profiles.append(TargetProfile(target, traces))
    figure = profile_figure(
        [space.inputs[j] for j in drawn], point[drawn], profiles, title=scene.title()
    )
    return Drawn("profile", figure, _shown(scene, drawn, profiles))


def _along(space: Space, point: Floats, j: int) -> Floats:
    """Rows along input ``j`` through a point; candidates where only these have a formula."""
    if isinstance(space.chemistry, ListedFormulas):
        off = apart(space.inputs, space.matrix, point) > MATCH_TOLERANCE
        own = space.matrix[~np.delete(off, j, axis=1).any(1)]
        return own[np.argsort(own[:, j])]
    return through(space, point, [j], ALONG)


def _traces(
    scene: Scene, model: Posterior, drawn: list[int], rows: list[Floats], cuts: Floats
) -> tuple[Trace, ...]:
    parts = (np.split(each, cuts) for each in (model.mean, *model.interval()))
    traces = []
    for j, mean, low, high in zip(drawn, *parts, strict=True):
        here = on_slice(scene, scene.history.matrix, [j])
        measured = np.stack([scene.history.matrix[here, j], scene.values[here]], -1)
        traces.append(Trace(rows[j][:, j], mean, low, high, measured))
    return tuple(traces)


def _shown(scene: Scene, drawn: list[int], profiles: list[TargetProfile]) -> dict[str, Any]:
    names = [scene.space.names[j] for j in drawn]
    return {
        "at": scene.space.named(scene.point),
        "targets": {
            profile.target.name: {
                name: {
                    "settings": numbers(trace.settings),
                    "mean": numbers(trace.mean),
                    "low": numbers(trace.low),
                    "high": numbers(trace.high),
                    "measured": numbers(trace.measured),
                }
                for name, trace in zip(names, profile.traces, strict=True)
            }
            for profile in profiles
        },
    }
