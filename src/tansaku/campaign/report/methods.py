"""Methods: how samples were chosen, as a paper says it."""

from __future__ import annotations

from collections.abc import Sequence

from tansaku.campaign.history.records import Event, Suggested
from tansaku.campaign.history.state import State
from tansaku.campaign.report.content import Section
from tansaku.language import _
from tansaku.strategy import STRATEGIES, Strategy

KERNELS = {
    "matern12": "Matérn 1/2",
    "matern32": "Matérn 3/2",
    "matern52": "Matérn 5/2",
    "rbf": "RBF",
}


def of_methods(events: Sequence[Event], state: State) -> Section:
    """What a paper says of the choice: the ways that were used, with their suggestions."""
    used: dict[str, tuple[Strategy | None, list[str], set[int]]] = {}
    for event in events:
        if isinstance(event, Suggested):
            strategy = _strategy(event)
            key = event.strategy if strategy is None else strategy.model_dump_json()
            _known, ids, seeds = used.setdefault(key, (strategy, [], set()))
            ids += [each.id for each in event.suggestions]
            seeds.add(event.seed)
    lines = [
        _(
            "Samples suggested: {suggested}; results recorded: {results}, of {samples} different"
            " samples."
        ).format(
            suggested=state.suggested,
            results=len(state.measurements),
            samples=len({m.candidate for m in state.measurements}),
        )
    ]
    for key, (strategy, ids, seeds) in used.items():
        text = _("Suggestions {ids} (seeds {seeds}): {how}")
        how = key if strategy is None else way(strategy)
        shown = ids[0] if len(ids) == 1 else f"{ids[0]} … {ids[-1]} ({len(ids)})"
        lines.append(text.format(ids=shown, seeds=", ".join(map(str, sorted(seeds))), how=how))
    return Section(_("Methods"), lines)


def _strategy(event: Suggested) -> Strategy | None:
    """The strategy of a call: as it was kept, else, of what 0.1.0 stored, what its name means."""
    if event.asked is not None:
        return event.asked.strategy
    return STRATEGIES.get(event.strategy)


def way(strategy: Strategy) -> str:
    """How a strategy chooses, in a few sentences."""
    surrogate, acquisition = strategy.surrogate, strategy.acquisition.name
    if surrogate is None:
        return _("Strategy '{name}': drawn at random.").format(name=strategy.name)
    model = {
        "bank": _(
            "Gaussian processes with the kernels {kernels}, averaged over their hyperparameters by"
            " evidence"
        ),
        "map": _(
            "a Gaussian process with the kernel {kernels}, its hyperparameters at the maximum of"
            " their posterior"
        ),
        "lecture": _("a Gaussian process with the kernel {kernels}, as scikit-learn fits it"),
    }.get(surrogate.fit)
    if model is None:
        model = _("Gaussian processes, fitted by the surrogate '{name}'").format(name=surrogate.fit)
    ranks = {
        "pi": _("probability of improvement"),
        "ei": _("expected improvement"),
        "log_ei": _("logarithm of the expected improvement"),
        "ucb": _("upper confidence bound"),
        "thompson": _("Thompson sampling"),
        "variance": _("predicted variance"),
    }
    start = {
        "random": _("at random"),
        "space_filling": _("far from each other"),
        "central": _("where one sample tells most of all others"),
    }[strategy.start]
    text = _(
        "Strategy '{name}': {model}; acquisition function: {acquisition}; the first {n} samples:"
        " {start}."
    )
    return text.format(
        name=strategy.name,
        model=model.format(
            kernels=" + ".join(KERNELS.get(k, k) for k in surrogate.kernel.split("+"))
        ),
        acquisition=ranks.get(acquisition, acquisition),
        n=strategy.start_samples,
        start=start,
    )
