"""A study of a campaign: its own history as the truth that searches reveal, sample by sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

import numpy as np

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.history.by_run import teaching, unheeded_runs
from tansaku.campaign.history.model_inputs import model_inputs_of, uses_sources
from tansaku.campaign.history.objectives import costs, known_at, measured_targets
from tansaku.campaign.history.phase_names import phases_of
from tansaku.campaign.history.records import CampaignSpec, Candidacy, Measurement, Status
from tansaku.campaign.history.source_table import SourceTable
from tansaku.campaign.history.state import State
from tansaku.campaign.sources.link import Link
from tansaku.campaign.suggest.candidates import Listing
from tansaku.campaign.suggest.model_limits import model_limits
from tansaku.campaign.suggest.trade_offs import standing_of
from tansaku.design import Ints
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.strategy import Strategy, strategy_of
from tansaku.studies.entry import replays
from tansaku.studies.finished_table import FinishedTable, check_goals, constant
from tansaku.studies.history_search import HistorySearch
from tansaku.studies.result import Study
from tansaku.studies.run import ReplayOptions, studied, study_of_table
from tansaku.studies.study_sources import link_sources

Reports = dict[Candidacy, tuple[Measurement, ...]]
"""{candidate that has results: all that was reported of it}."""


def study_campaign(campaign: Campaign, **options: Unpack[ReplayOptions]) -> Study:
    """Replay strategies on what a campaign has measured: each sample reveals all that was reported
    of it, failures, limits, sds, replicates, phases and runs, and the strategies learn from that,
    and from the older data that are attached, as the campaign does.

    Args:
        campaign: At least two of its samples have a value of every goal.
        options: Those of :class:`~tansaku.studies.run.Replays`: ``strategies``, ``runs``,
            ``start``, ..; ``sources`` are older data beside those that are attached.

    Raises:
        UsageError: fewer than two samples are measured, or the options make no study.
        TableError, DataError: as :func:`tansaku.study`.

    Example:
        >>> import pandas as pd
        >>> table = pd.DataFrame({"x": [0.0, 0.1, 0.2, 0.3], "y": [1.0, 3.0, 2.0, None]})
        >>> made = Campaign.from_table(table, inputs=["x"], target="y")
        >>> study_campaign(made, strategies=["random"], runs=2, start=1).n_candidates
        3
    """
    attached = [Link(parts, ()) for parts in campaign.sources.parts.values()]
    how = replays(options)
    how = replace(how, sources=[*attached, *how.sources])
    spec, state = campaign.document.campaign, campaign.state
    reports = reports_of(state)
    table = finished_campaign(spec, state, reports)
    if plain(spec, reports):
        return study_of_table(table, how)
    chosen = [strategy_of(s) for s in how.strategies]
    older = link_sources(table, how.sources, chosen)
    notices = [*table.notices, *_unheeded(spec, state, chosen, older.parts)]
    known = replace(state, sources=older.parts)

    def search(strategy: Strategy, _older: Link) -> HistorySearch:
        asked = strategy.model_copy(
            update={"start_samples": 1}
        )  # from the first one after the start
        return history_search(spec, known, asked, samples=how.samples(len(table)), seed=how.seed)

    return studied(replace(table, notices=tuple(dict.fromkeys(notices))), how, older, search)


def history_search(
    spec: CampaignSpec,
    state: State,
    strategy: Strategy,
    *,
    samples: int,
    seed: int,
    kind: type[HistorySearch] = HistorySearch,
) -> HistorySearch:
    """A search over the candidates that a campaign has results of, of a ``kind`` that may know less
    than there is."""
    reports = reports_of(state)
    inputs = tuple(model_inputs_of(spec.space, t, state.sources, strategy) for t in spec.targets)
    matrix = np.stack([spec.space.row(found[0].inputs) for found in reports.values()])
    listing = Listing(
        matrix,
        None if spec.space.pool.kind == "free" else _labels(reports),
        {candidate: i for i, candidate in enumerate(reports)},
        inputs[0].encoder.encode(matrix),
    )
    return kind(spec, state, tuple(reports.values()), listing, inputs, samples, strategy, seed)


def finished_campaign(spec: CampaignSpec, state: State, reports: Reports) -> FinishedTable:
    """The candidates that a campaign has results of, and the truth about them.

    Raises:
        UsageError: fewer than two have a value of every goal, or there is no goal.
        DataError: none counts.
    """
    check_goals(spec.targets)
    space, standing = spec.space, standing_of(spec, state)
    if len(standing.complete) < 2:
        raise UsageError(
            _("Campaign '{name}' has {n} measured samples.").format(
                name=spec.name, n=len(standing.complete)
            ),
            _("A study replays what was measured: it needs at least 2."),
        )
    labels, place = _labels(reports), {c: i for i, c in enumerate(reports)}
    values = np.full((len(reports), len(spec.targets)), np.nan)
    values[[place[c] for c in standing.complete]] = standing.values
    for j, target in enumerate(spec.targets):
        if target.known:
            values[:, j] = known_at(spec, target.name, labels)
    matrix = np.stack([space.row(found[0].inputs) for found in reports.values()])
    complete = values[~np.isnan(values).any(1)]
    found = FinishedTable(
        spec.targets,
        space,
        matrix,
        labels,
        values,
        costs(spec, matrix, labels),
        spec.reference or {},
        (*_notices(spec, state, reports), *constant(spec.targets, complete)),
        np.array(
            [*dict.fromkeys(place[m.candidate] for m in state.measurements if m.candidate in place)]
        ),
    )
    found.check()
    return found


def reports_of(state: State) -> Reports:
    """What was reported of each candidate; of those with excluded results only nothing, and listed
    candidates in the order of their list."""
    found: dict[Candidacy, list[Measurement]] = {}
    for each in state.measurements:
        found.setdefault(each.candidate, []).append(each)
    kept = [
        (candidate, tuple(each))
        for candidate, each in found.items()
        if any(m.status is not Status.EXCLUDED for m in each)
    ]
    return dict(sorted(kept, key=lambda pair: pair[0] if isinstance(pair[0], int) else 0))


def plain(spec: CampaignSpec, reports: Reports) -> bool:
    """Whether each candidate reveals one value of every target and nothing else: then all runs know
    equally much after each sample."""
    every = [m for found in reports.values() for m in found]
    names = {t.name for t in measured_targets(spec.targets)}
    return (
        len(every) == len(reports)
        and not phases_of(every)
        and not any(m.limits or m.sd or m.made or m.achieved or m.run for m in every)
        and all(m.counts and names <= m.values.keys() for m in every)
    )


def _labels(reports: Reports) -> Ints:
    """What the candidates are called: their labels; in a free space places in the order of
    measuring."""
    return np.array([c if isinstance(c, int) else i for i, c in enumerate(reports)])


def _notices(spec: CampaignSpec, state: State, reports: Reports) -> list[str]:
    """What takes no part, and what takes part in another way than in the lab."""
    every = {m.candidate for m in state.measurements}
    goals = {t.name for t in measured_targets(spec.targets)}
    found = [[m for m in each if m.counts] for each in reports.values()]
    limited = [
        {n for m in each for n in goals & m.limits.keys()}
        - {n for m in each for n in m.values.keys() - m.limits.keys()}
        for each in found
    ]
    lacking = [goals - {n for m in each for n in m.values} for each in found if each]
    size = spec.space.size
    counted = {
        _("{n} candidates without a result take no part."): 0
        if size is None or spec.space.pool.kind == "free"
        else size - len(every),
        _("{n} candidates whose results are all excluded take no part."): len(every) - len(reports),
        _(
            "{n} candidates failed: a search that makes them learns that, and none is the best."
        ): sum(not each for each in found),
        _("Of {n} candidates a limit is all that is known: it teaches, and none is the best."): sum(
            map(bool, limited)
        ),
        _(
            "{n} candidates lack a value: they teach with what they have, and none is the best."
        ): sum(map(bool, lacking)),
        _("{n} blocks are not heeded: what has a result could be made."): len(state.blocked),
    }
    said = [text.format(n=n) for text, n in counted.items() if n]
    if any(m.run for each in reports.values() for m in each):
        said.append(
            _(
                "Searches make one sample after the other and plan no furnace runs; what samples of"
                " a run share is learned once both are made."
            )
        )
    return said


def _unheeded(
    spec: CampaignSpec,
    state: State,
    strategies: Sequence[Strategy],
    sources: Sequence[SourceTable],
) -> list[str]:
    """What the results tell and a strategy cannot use."""
    targets = measured_targets(spec.targets)
    histories = [teaching(spec, state, target) for target in targets]
    older = [sum(len(s.values) for s in sources if s.is_about(each.name)) for each in targets]
    return [
        f"{strategy.name}: {notice}"
        for strategy in strategies
        for history, n in zip(histories, older, strict=True)
        for notice in (
            *model_limits(history, strategy, older=n if uses_sources(strategy) else 0),
            *unheeded_runs(history, strategy),
        )
    ]
