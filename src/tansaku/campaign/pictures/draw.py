"""Draw: the pictures of a campaign by their names, and which of them suit it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tansaku.campaign.history.objectives import measured_targets
from tansaku.campaign.history.problem import check_has_model
from tansaku.campaign.history.records import CampaignDocument
from tansaku.campaign.history.state import fold
from tansaku.campaign.pictures.area_pictures import draw_acquisition, draw_map, draw_slices
from tansaku.campaign.pictures.arrhenius_picture import draw_arrhenius
from tansaku.campaign.pictures.drawn import Drawn
from tansaku.campaign.pictures.front_picture import draw_front
from tansaku.campaign.pictures.model_pictures import draw_importance, draw_sources
from tansaku.campaign.pictures.profile_picture import draw_profile
from tansaku.campaign.pictures.progress_picture import draw_progress
from tansaku.campaign.pictures.result_pictures import draw_parity
from tansaku.campaign.pictures.run_picture import draw_runs
from tansaku.campaign.pictures.scene import Scene, target_of
from tansaku.campaign.pictures.ternary_picture import draw_ternary, summing
from tansaku.errors import DataError, ModelError, UnknownNameError, UsageError
from tansaku.language import _
from tansaku.space import Categorical, Goal, Space, Value
from tansaku.space.values import number_of
from tansaku.stages import stage
from tansaku.strategy import STRATEGIES, Strategy

PICTURES: Final[dict[str, Callable[[Scene], Drawn]]] = {
    "map": draw_map,
    "slice": draw_slices,
    "ternary": draw_ternary,
    "profile": draw_profile,
    "acquisition": draw_acquisition,
    "parity": draw_parity,
    "progress": draw_progress,
    "pareto": draw_front,
    "importance": draw_importance,
    "arrhenius": draw_arrhenius,
    "sources": draw_sources,
    "runs": draw_runs,
}

AS_MANY: Final = 4
"""Pictures where none is named."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be drawn.

    Attributes:
        strategy: Whose model is asked.
        seed: The same seed draws the same picture.
        target: The target that is drawn; by default the first goal.
        at: {input: value} where a picture goes through; others are as at the best sample.
        over: The axes: two inputs of a map, two goals of ``pareto``, of Arrhenius lines the
            temperature.
    """

    strategy: Strategy
    seed: int = 0
    target: str | None = None
    at: Mapping[str, Value] = field(default_factory=dict)
    over: Sequence[str] = ()


def draw(document: CampaignDocument, kinds: Sequence[str], request: Request) -> tuple[Drawn, ...]:
    """The pictures of these kinds; without any the four that suit the campaign. The model is
    learned once for all of them.

    Raises:
        UnknownNameError: there is no such kind, target or input.
        UsageError: a picture does not fit the campaign; says why.
        ModelError: too few results; says how many are needed.
    """
    for kind in kinds:
        if kind not in PICTURES:
            raise UnknownNameError(
                _("'{kind}' is no picture.").format(kind=kind),
                _("These are: {names}.").format(names=", ".join(PICTURES)),
            )
    check_has_model(request.strategy)
    scene = _scene(document, request)
    if kinds:
        return tuple(_drawn(kind, scene) for kind in dict.fromkeys(kinds))
    return _suiting(scene)


def suiting(document: CampaignDocument) -> tuple[str, ...]:
    """The kinds that suit the campaign, in the order of what they tell; results that are too few
    for one are told where it is drawn."""
    return tuple(_in_order(_scene(document, Request(STRATEGIES["standard"]))))


def _scene(document: CampaignDocument, request: Request) -> Scene:
    spec = document.campaign
    return Scene(
        spec=spec,
        state=fold(document.events),
        events=document.events,
        strategy=request.strategy,
        seed=request.seed,
        target=target_of(spec, request.target),
        at=_held(spec.space, request),
        over=tuple(request.over),
        chosen=request.target is not None,
    )


def _held(space: Space, request: Request) -> dict[int, float]:
    """{column: setting} of the inputs that are held.

    Raises:
        UsageError: the campaign has no such input, or the value is none of it.
        NotInPoolError: a choice that is not there.
    """
    unknown = [name for name in request.at if name not in space.names]
    if unknown:
        raise UsageError(
            _("The campaign has no input {names}.").format(names=", ".join(unknown)),
            _("The inputs are: {names}.").format(names=", ".join(space.names)),
        )
    return {
        j: number_of(parameter, request.at[parameter.name], "")
        for j, parameter in enumerate(space.inputs)
        if parameter.name in request.at
    }


def _drawn(kind: str, scene: Scene) -> Drawn:
    stage(_("drawing the pictures"))
    return PICTURES[kind](scene)


def _suiting(scene: Scene) -> tuple[Drawn, ...]:
    """The first four that can be drawn, of those that suit it, in the order of what they tell."""
    found: list[Drawn] = []
    for kind in _in_order(scene):
        try:
            found.append(_drawn(kind, scene))
        except (UsageError, ModelError, DataError):
            if kind == "progress":  # the one that needs least says what is needed
                raise
        if len(found) == AS_MANY:
            break
    return tuple(found)


def _in_order(scene: Scene) -> list[str]:
    space, targets = scene.space, scene.spec.targets
    numeric = any(not isinstance(p, Categorical) for p in space.inputs)
    several = sum(t.goal in (Goal.MAX, Goal.MIN) for t in measured_targets(targets)) > 1
    runs = any(m.run for m in scene.state.measurements)
    triangle = numeric and space.listed and summing(space) is not None
    wished = {
        "progress": True,
        "ternary": triangle,
        "map": numeric and not triangle,
        "pareto": several,
        "parity": True,
        "sources": bool(scene.state.sources),
        "runs": runs,
        "profile": len(space.inputs) > 1,
        "acquisition": True,
        "importance": True,
    }
    return [kind for kind, suits in wished.items() if suits]
