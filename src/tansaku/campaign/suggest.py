"""The straight path from a campaign to its next samples: the one function to read first.

space -> encoder -> history (Design, y) + pending -> listing -> Problems -> engine.propose ->
decode -> Suggestions, each with its reason and the seed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tansaku.bo import engine
from tansaku.bo.deadline import within
from tansaku.campaign.listing import Listing, Streams, learned, searched, whole_pool
from tansaku.campaign.model import describe_model
from tansaku.campaign.records import CampaignSpec, Suggestion
from tansaku.campaign.state import History, State, history_of
from tansaku.design import Design, Floats, Problems
from tansaku.encode import encoder_for
from tansaku.errors import ModelError, PoolExhaustedError, UsageError
from tansaku.insight.reasons import WIDE_SD, Reason, kind_of_pick, sentence
from tansaku.language import _
from tansaku.space import Target, composed
from tansaku.strategy import Strategy

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What to make next.

    Attributes:
        campaign: Name of the campaign.
        strategy: Name of the strategy.
        seed: The seed used; the same seed gives the same answer.
        suggestions: In the order of choosing.
        model: What the model was: kernel, hyperparameters and log marginal likelihood before and
            after the fit; empty where no model was asked.
        notices: What a careful assistant would mention.
    """

    campaign: str
    strategy: str
    seed: int
    suggestions: tuple[Suggestion, ...]
    model: dict[str, Any]
    notices: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """As ``suggest --json`` prints it, reasons as sentences in the language in use."""
        return {
            "campaign": self.campaign,
            "strategy": self.strategy,
            "seed": self.seed,
            "suggestions": [
                s.model_dump(mode="json") | {"reason": sentence(s.reason)} for s in self.suggestions
            ],
            "model": self.model,
            "notices": list(self.notices),
        }

    @property
    def frame(self) -> pd.DataFrame:
        """One row per suggestion: id, pool_row, the formula where it is known, the inputs, mean,
        sd, low, high, chance_to_beat_best, reason. The prediction is that of the first target."""
        import pandas as pd  # on demand: the shell never needs it

        rows = []
        for s in self.suggestions:
            first = next(iter(s.predicted.values()), None)
            numbers = {k: getattr(first, k, None) for k in ("mean", "sd", "low", "high")}
            rows.append(
                {"id": s.id, "pool_row": s.pool_row}
                | ({} if s.formula is None or "formula" in s.inputs else {"formula": s.formula})
                | s.inputs
                | numbers
                | {"chance_to_beat_best": s.chance_to_beat_best, "reason": sentence(s.reason)}
            )
        return pd.DataFrame(rows)


def suggest(
    spec: CampaignSpec,
    state: State,
    n: int,
    strategy: Strategy,
    seed: int,
    *,
    more: bool = False,
    replicate: bool = False,
    time_limit: float | None = None,
) -> Suggestions:
    """Choose the next ``n`` samples of a campaign.

    Args:
        spec: The campaign's space and targets.
        state: What has happened.
        n: How many, at least 1.
        strategy: How to choose.
        seed: Together with the state it fixes the answer.
        more: Samples suggested earlier are under way; suggest others and take them into account.
        replicate: Measured candidates may be suggested again.
        time_limit: Seconds after which the search ends with the best found so far, and says so;
            what is begun (one step of a fit, one block of candidates) is ended first.

    Raises:
        UsageError: n below 1, or a time limit that is not above 0.
        PoolExhaustedError: fewer than ``n`` candidates are open.
    """
    target, history = spec.targets[0], history_of(spec, state)
    pending = list(state.under_way) if more else []
    gone = {*pending, *(() if replicate else state.measured)}
    streams = Streams.of(seed, history, len(pending))
    problem = _problem(spec, history)
    with within(_checked_limit(time_limit)) as cut:
        listing = (
            whole_pool(spec, state)
            if spec.space.listed
            else searched(spec, state, problem, strategy, streams)
        )
        taken = listing.mask(gone)
        _check_number(n, int((~taken).sum()), len(pending))
        problem = replace(
            problem,
            pool=encoder_for(spec.space).encode(listing.matrix),
            taken=taken[None],
            pending=np.array([[listing.positions[c] for c in pending]], dtype=np.int64),
        )
        proposal = engine.propose(problem, strategy, n, [streams.model()])
    why = _Why(target, history, strategy, len(pending), len(history.candidates))
    known = composed(spec.space, listing.matrix[proposal.picks[0, :n]])
    formulas = [None] * n if known is None else known.formulas
    made = [_decode(spec, listing, proposal, i, why, formulas[i]) for i in range(n)]
    first = state.suggested + 1
    return Suggestions(
        campaign=spec.name,
        strategy=strategy.name,
        seed=seed,
        suggestions=tuple(s.model_copy(update={"id": f"s{first + i}"}) for i, s in enumerate(made)),
        model={} if proposal.fitted is None else describe_model(proposal.fitted, spec, strategy),
        notices=_notices(state, more) + _late(time_limit, bool(cut)),
    )


def _problem(spec: CampaignSpec, history: History) -> Problems:
    """One search, as the engine sees it, before it has candidates."""
    target = spec.targets[0]
    measured = learned(spec, history)
    return Problems(
        pool=Design(measured.X[:0], measured.kinds, measured.names),
        X=measured.X[None],
        y=history.y[None],
        counts=history.counts[None],
        taken=np.zeros((1, 0), dtype=np.bool_),
        pending=np.zeros((1, 0), dtype=np.int64),
        direction=target.direction,
        match=target.match_on_model_scale(),
    )


def _check_number(n: int, left: int, pending: int) -> None:
    if n < 1:
        raise UsageError(_("{n} suggestions were asked for.").format(n=n), _("Ask for at least 1."))
    if n > left:
        raise PoolExhaustedError(
            _("{n} suggestions were asked for, but only {left} candidates are open.").format(
                n=n, left=left
            )
            + (_(" {pending} more are under way.").format(pending=pending) if pending else ""),
            _("Ask for fewer, allow replicates, or make a campaign with more candidates."),
        )


@dataclass(frozen=True, slots=True)
class _Why:
    """What the reason of a pick is made from."""

    target: Target
    history: History
    strategy: Strategy
    pending: int
    measured: int

    def of(self, proposal: engine.Proposal, i: int, replicates: int) -> Reason:
        """The reason of pick ``i``."""
        extra: dict[str, float | int | str] = {}
        if self.pending:
            extra["pending"] = self.pending
        if replicates:
            extra["replicates"] = replicates
        if not proposal.by_model:
            return self._without_model(extra)
        if proposal.at_random[0, i]:
            return Reason(kind="no_pattern", facts=extra)
        facts = extra | {
            "chance": _percent(float(proposal.chance[0, i])),
            "best": self._best(),
            "sd": f"{proposal.sd[0, i]:.2g}",
        }
        if self.strategy.acquisition.name == "variance":
            return Reason(kind="explore", facts=facts)
        return Reason(
            kind=kind_of_pick(
                above=float(proposal.chance[0, i]) > 0.5,
                wide=bool(proposal.rank_of_sd[0, i] > WIDE_SD),
            ),
            facts=facts,
        )

    def _without_model(self, extra: dict[str, float | int | str]) -> Reason:
        if self.strategy.surrogate is None:
            return Reason(kind="random", facts=extra)
        return Reason(
            kind=f"start_{self.strategy.start}",
            facts=extra | {"measured": self.measured, "needed": self.strategy.start_samples},
        )

    def _best(self) -> str:
        """The best measured value as text, in the target's unit."""
        best = int(np.argmax(self.target.score(self.history.values)))
        return f"{self.history.values[best]:.3g} {self.target.unit}".strip()


def _decode(
    spec: CampaignSpec,
    listing: Listing,
    proposal: engine.Proposal,
    i: int,
    why: _Why,
    formula: str | None,
) -> Suggestion:
    """Pick ``i`` in the scientist's words; its id is given later."""
    position = int(proposal.picks[0, i])
    predicted = {}
    if proposal.by_model:
        mean, sd = float(proposal.mean[0, i]), float(proposal.sd[0, i])
        predicted = {why.target.name: why.target.to_unit(mean, sd)}
    made = Suggestion(
        id="",
        inputs=spec.space.named(listing.matrix[position]),
        pool_row=listing.label(position),
        formula=formula,
        predicted=predicted,
        chance_to_beat_best=float(proposal.chance[0, i]) if proposal.by_model else None,
        reason=Reason(kind=""),
    )
    measured = why.history.candidates
    at = measured.index(made.candidate) if made.candidate in measured else None
    replicates = 0 if at is None else int(why.history.counts[at])
    return made.model_copy(update={"reason": why.of(proposal, i, replicates)})


def _notices(state: State, more: bool) -> tuple[str, ...]:
    if more or not state.open_suggestions:
        return ()
    return (
        _(
            "{n} earlier suggestions without results are replaced by these; "
            "ask for more to keep them under way."
        ).format(n=len(state.open_suggestions)),
    )


def _checked_limit(seconds: float | None) -> float | None:
    if seconds is not None and not seconds > 0:
        raise UsageError(
            _("A time limit of {seconds:g} s was given.").format(seconds=seconds),
            _("Give a number of seconds above 0."),
        )
    return None if seconds is None else float(seconds)


def _late(seconds: float | None, cut: bool) -> tuple[str, ...]:
    if not cut:
        return ()
    return (
        _(
            "The time limit of {seconds:g} s was reached: this is the best found until then, not "
            "the end of the search."
        ).format(seconds=seconds),
    )


def _percent(chance: float) -> str:
    return f"{100 * chance:.0f} %" if chance >= 0.01 else "< 1 %"


def predict(
    spec: CampaignSpec, state: State, points: Floats, strategy: Strategy, seed: int
) -> engine.Landscape:
    """What the model believes at ``points``, shape (k, inputs) in experimental units.

    Raises:
        UsageError: the strategy has no model.
        ModelError: nothing is measured yet.
    """
    if strategy.surrogate is None:
        raise UsageError(
            _("Strategy '{name}' has no model and so predicts nothing.").format(name=strategy.name),
            _("Choose another strategy, for example standard."),
        )
    history = history_of(spec, state)
    if len(history.candidates) == 0:
        raise ModelError(
            _("Campaign '{name}' has no measurement to learn from.").format(name=spec.name),
            _("Record a result first."),
        )
    problem = replace(
        _problem(spec, history),
        pool=encoder_for(spec.space).encode(points),
        taken=np.zeros((1, len(points)), dtype=np.bool_),
    )
    return engine.survey(problem, strategy, [Streams.of(seed, history, 0).model()])
