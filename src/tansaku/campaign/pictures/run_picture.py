"""Furnace runs: what came out of each, and what is expected of the planned ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tansaku.campaign.history.records import Measurement, Status, Suggestion
from tansaku.campaign.pictures.drawn import Drawn, numbers
from tansaku.campaign.pictures.scene import Scene
from tansaku.design import Floats
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.plots.run_plot import RunColumn, runs_figure
from tansaku.space import Scale, Value
from tansaku.space.values import shown


def draw_runs(scene: Scene) -> Drawn:
    """A column for each run: done ones in the order of recording, then planned ones.

    Raises:
        UsageError: no result and no suggestion tells its run, failed samples aside.
    """
    made: dict[str, list[Measurement]] = {}
    for m in scene.state.measurements:
        if m.run is not None and m.status is not Status.EXCLUDED:
            made.setdefault(m.run, []).append(m)
    planned: dict[str, list[Suggestion]] = {}
    for s in scene.state.open_suggestions:
        if s.run is not None and scene.target.name in s.predicted:
            planned.setdefault(s.run, []).append(s)
    columns = [
        _column(scene, name, made.get(name, []), planned.get(name, []))
        for name in dict.fromkeys([*made, *planned])
    ]
    if not any(len(each.values) or len(each.expected) for each in columns):
        raise UsageError(
            _("No result and no suggestion of campaign '{name}' tells its furnace run.").format(
                name=scene.spec.name
            ),
            _("Record results with their run, or plan runs with 'tansaku plan'."),
        )
    return Drawn(
        "runs",
        runs_figure(columns, scene.target, title=scene.title()),
        {
            "target": scene.target.name,
            "runs": [
                {
                    "run": each.name,
                    "settings": each.settings,
                    "values": numbers(each.values),
                    "failed": each.failed,
                    "expected": numbers(each.expected),
                }
                for each in columns
            ],
        },
    )


def _column(
    scene: Scene, name: str, made: Sequence[Measurement], planned: Sequence[Suggestion]
) -> RunColumn:
    target = scene.target
    plain = [
        m.values[target.name]
        for m in made
        if m.counts and target.name in m.values and target.name not in m.limits
    ]
    foretold = [s.predicted[target.name] for s in planned]

    def scaled(values: Sequence[float]) -> Floats:
        found = np.array(values, dtype=np.float64)
        return np.log10(found) if target.scale is Scale.LOG10 else found

    return RunColumn(
        name=name,
        settings=_shared(scene, [*(m.inputs for m in made), *(s.inputs for s in planned)]),
        values=scaled(plain),
        failed=sum(m.status is Status.FAILED for m in made),
        expected=scaled([p.mean for p in foretold]),
        low=scaled([p.low for p in foretold]),
        high=scaled([p.high for p in foretold]),
    )


def _shared(scene: Scene, inputs: Sequence[Mapping[str, Value]]) -> str:
    """What all samples of a run share of the settings of the process."""
    space = scene.space
    words = []
    for parameter in space.inputs:
        values = {each[parameter.name] for each in inputs}
        if len(values) == 1 and space.roles[parameter.name] != "composition":
            unit = getattr(parameter, "unit", "")
            words.append(f"{shown(values.pop())} {unit}".strip())
    return ", ".join(words)
