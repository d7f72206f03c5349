"""The study: strategies on one finished table, on common starts, beside exact random search."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tansaku.campaign.history.model_inputs import model_inputs_of, uses_sources
from tansaku.campaign.sources.link import Link
from tansaku.campaign.sources.read_source import Older
from tansaku.campaign.sources.source_formulas import formulas_by
from tansaku.design import Bools, Floats, Ints
from tansaku.errors import UsageError
from tansaku.language import _
from tansaku.space import CompositionTemplate, ListedFormulas, Space, Target
from tansaku.strategy import Strategy, strategy_of
from tansaku.studies.metrics import (
    discovery,
    first_hit,
    random_discovery,
    random_mean,
    samples_to,
    wilson,
)
from tansaku.studies.replay import PoolSearch, Progress, replay_all, starts
from tansaku.studies.result import LEVELS, StrategyResult, Study
from tansaku.studies.stopped import said_of_stop, whole
from tansaku.studies.study_sources import link_sources
from tansaku.tables import understand_formulas

if TYPE_CHECKING:
    import pandas as pd

ROUNDING = 1e-12
"""Values that differ by less than this share of the largest one are equally good: spreadsheets
carry 15 digits, and means of replicates are rounded."""


def study(
    frame: pd.DataFrame,
    *,
    inputs: Sequence[str],
    target: str | Target,
    goal: str = "max",
    scale: str = "linear",
    value: float | None = None,
    strategies: Sequence[str | Strategy] = ("random", "standard"),
    runs: int = 1000,
    start: int = 6,
    steps: int | None = None,
    seed: int = 0,
    each_start: bool = False,
    sources: Sequence[Older | Link] = (),
    formula: str | ListedFormulas | None = None,
    template: str = "",
    checkpoint: str | Path | None = None,
    progress: Progress | None = None,
) -> Study:
    """Replay strategies on a finished table and report how soon they find its best row.

    Args:
        frame: The table; rows without a target value take no part.
        inputs: Names of the input columns.
        target: Name of the target column, or a whole Target.
        goal: ``max``, ``min`` or ``match``.
        scale: ``linear`` or ``log10``.
        value: The value to match.
        strategies: Names, or whole strategies.
        runs: Number of runs, each from its own random start.
        start: Start samples, the same for every strategy; they count as samples.
        steps: Samples in all, start samples counted; by default the whole pool.
        seed: The same seed gives the same study.
        each_start: One run per possible first sample, in place of ``runs`` and ``start``.
        sources: Finished measurements of older systems, for the strategies that use them.
        formula: The table's column with formulas, or how they are used; one with a usual name is
            found without.
        template: Instead: a formula whose variables are among the inputs.
        checkpoint: File that keeps the finished runs while the study is under way; the same call
            goes on from there, and ends as if it had not been stopped.
        progress: Called with (strategy, picks done, picks in all).

    Raises:
        StudyStopped: Ctrl-C; it has what is done until then.
        StoreError: the checkpoint is of another study, or cannot be used.
        UsageError: a number that makes no study; a source that does not fit the target.
        TableError, CellError: the table cannot be used; names row and column.

    Source: discovery probability as in M. Nakayama's lecture (2022) and Fukuda et al., RSC Adv.
    (2022), doi:10.1039/d2ra04539g.
    """
    wanted = Target.of(target, goal=goal, scale=scale, value=value)
    chosen = [strategy_of(s) for s in strategies]
    reading = understand_formulas(frame, inputs, [wanted], listed(formula))
    space, y, dropped = _finished(reading.space, reading.positions, reading.values, wanted)
    space = by_template(space, template)
    size = 1 if each_start else start
    samples = len(y) if steps is None else min(steps, len(y))
    check_numbers(chosen, runs, size, samples, len(y))
    model = wanted.to_model(y)
    score = wanted.score(y)
    best = score >= score.max() - ROUNDING * np.abs(model).max()
    exact = random_discovery(len(y), int(best.sum()))
    begin = starts(len(y), runs, size, seed, each=each_start)
    older = link_sources(
        sources, space=space, values={wanted.name: y}, targets=[wanted], strategies=chosen
    )
    used = [s.name for s in chosen if older.parts and uses_sources(s)]
    seen = [model_inputs_of(space, wanted, older.parts, strategy) for strategy in chosen]
    searches = [
        PoolSearch(
            pool=inputs.encoder.encode(space.matrix),
            values=model[:, None],
            samples=samples,
            strategy=strategy,
            seed=seed,
            wants=(wanted.want(),),
            older=(inputs.sources,),
        )
        for strategy, inputs in zip(chosen, seen, strict=True)
    ]
    replayed = replay_all(searches, begin, checkpoint=checkpoint, progress=progress)
    found = Study(
        target=reading.targets[0],
        space=space,
        values=y,
        best_position=int(np.argmax(score)),
        start=size,
        each_start=each_start,
        seed=seed,
        random_exact=exact,
        random_exact_mean=random_mean(len(y), int(best.sum())),
        strategies=tuple(
            _result(name, picks, best, seconds, size, name in used)
            for name, picks, seconds in replayed.strategies
        ),
        notices=(*reading.notices, *dropped, *older.notices, *said_of_stop(replayed)),
        sources=older.parts,
    )
    return whole(found, replayed, checkpoint)


def _result(
    name: str, picks: Ints, best: Bools, seconds: float, start: int, uses_source: bool
) -> StrategyResult:
    """The curve of one strategy, beside exact random search."""
    hits, exact = first_hit(picks, best), random_discovery(len(best), int(best.sum()))
    p = discovery(hits, picks.shape[1])
    low, high = wilson(p, len(hits))
    return StrategyResult(
        name,
        picks,
        hits,
        p,
        low,
        high,
        random_exact=exact[: picks.shape[1]],
        random_levels={name: samples_to(exact, p) for name, p in LEVELS.items()},
        start=start,
        seconds=seconds,
        uses_source=uses_source,
    )


def _finished(
    space: Space,
    positions: Sequence[int],
    values: Sequence[tuple[float, ...]],
    target: Target,
) -> tuple[Space, Floats, tuple[str, ...]]:
    """The measured part of the pool, its values, and a notice on what was left out."""
    model = target.to_model(np.array([v[0] for v in values], dtype=np.float64))
    where = np.array(positions, dtype=np.int64)
    measured, inverse = np.unique(where, return_inverse=True)
    counts = np.bincount(inverse)
    raw = np.bincount(inverse, weights=[v[0] for v in values])
    mean = np.bincount(inverse, weights=model) / counts
    y = np.array(
        [
            r if k == 1 else target.in_unit(float(m))
            for r, k, m in zip(raw, counts, mean, strict=True)
        ]
    )
    kept = space.only(measured)
    left_out = len(space) - len(measured)
    notice = _("{n} rows without a value of '{name}' take no part.").format(
        n=left_out, name=target.name
    )
    return kept, y, (notice,) if left_out else ()


def listed(formula: str | ListedFormulas | None) -> ListedFormulas | None:
    """How a column of formulas is used, where only its name may be given."""
    return ListedFormulas(column=formula) if isinstance(formula, str) else formula


def by_template(space: Space, text: str) -> Space:
    """The space with the formulas that a template gives its candidates; as it is without one.

    Raises:
        UsageError: a variable of the template is no input.
    """
    if not text:
        return space
    formulas = tuple(formulas_by(CompositionTemplate(text=text), space.names, space.matrix))
    return space.model_copy(update={"chemistry": ListedFormulas(formulas=formulas)})


def check_numbers(
    strategies: Sequence[Strategy], runs: int, start: int, samples: int, candidates: int
) -> None:
    """See that these numbers make a study; UsageError where they do not."""
    rules = (
        (bool(strategies), _("No strategy was named."), _("Name one, for example standard.")),
        (runs >= 1, _("{n} runs were asked for.").format(n=runs), _("Ask for at least 1.")),
        (
            len({s.name for s in strategies}) == len(strategies),
            _("A strategy is named twice: {names}.").format(
                names=", ".join(s.name for s in strategies)
            ),
            _("Name each once."),
        ),
        (
            1 <= start <= candidates,
            _("{n} start samples were asked for, of {N} candidates.").format(n=start, N=candidates),
            _("Choose from 1 to {N}.").format(N=candidates),
        ),
        (
            start <= samples,
            _("{steps} samples in all are fewer than the {n} start samples.").format(
                steps=samples, n=start
            ),
            _("Raise --steps or lower --start."),
        ),
    )
    for holds, message, hint in rules:
        if not holds:
            raise UsageError(message, hint)
