"""Pictures of the model itself: which inputs matter, and what older data are worth."""

from __future__ import annotations

from tansaku.campaign.importance import can_be_shared, importance_of, with_interval
from tansaku.campaign.pictures.drawn import Drawn, check_enough, numbers
from tansaku.campaign.pictures.scene import Scene
from tansaku.campaign.sources.relevance import verdicts
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.plots.importance_plot import importance_figure
from tansaku.plots.source_plot import SourceBar, sources_figure

FEWEST = 4
"""Results: of fewer, nearly every share is as likely as any other."""


def draw_importance(scene: Scene) -> Drawn:
    """Sobol indices of each input: of functions that the model draws, so that the interval holds
    all that it does not know.

    Raises:
        UsageError: one input only, or formulas that are known of the candidates alone.
    """
    check_enough("importance", len(scene.values), FEWEST, scene.target.name)
    if not can_be_shared(scene.space):
        raise UsageError(
            _("Importance needs two inputs that can be set on their own."),
            _("Draw a profile, or parity."),
        )
    model = scene.model if len(scene.model.targets) == 1 else scene.model[scene.target.name]
    alone, in_all = importance_of(model, scene.space, scene.seed)
    names = list(scene.space.names)
    figure = importance_figure(names, alone, in_all, title=scene.title(scene.target.name))
    shows = {"target": scene.target.name, "inputs": names}
    shares = {"alone": numbers(with_interval(alone)), "in_all": numbers(with_interval(in_all))}
    return Drawn("importance", figure, shows | shares)


def draw_sources(scene: Scene) -> Drawn:
    """What older data are worth, as the campaign's own results tell.

    Raises:
        UsageError: no older data are attached.
    """
    if not scene.state.sources:
        raise UsageError(
            _("Campaign '{name}' has no older data.").format(name=scene.spec.name),
            _("Attach some with 'tansaku source NAME add'."),
        )
    found = verdicts(scene.spec, scene.state, scene.strategy, scene.seed)
    bars = [
        SourceBar(
            name=f"{v.source} ({v.target})" if v.target else v.source,
            verdict=v.verdict,
            chance=v.weight if v.chance is None else v.chance,
            correlation=(v.correlation.value, v.correlation.low, v.correlation.high),
        )
        for v in found
    ]
    figure = sources_figure(bars, title=scene.title())
    return Drawn("sources", figure, {"sources": [v.model_dump(mode="json") for v in found]})
