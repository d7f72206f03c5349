"""Picked: what every way of suggesting shares, from the checks before to the suggestions after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, overload

import numpy as np
from pydantic import Field

from tansaku import markup
from tansaku.bo.surrogates import Fitted
from tansaku.campaign.history.own_tables import frame_of
from tansaku.campaign.history.records import AnsweredSuggestion, CampaignSpec, Suggestion
from tansaku.campaign.history.requester import Requester
from tansaku.campaign.history.sample_names import names_of
from tansaku.campaign.history.state import History, State
from tansaku.campaign.suggest.candidates import Listing
from tansaku.campaign.suggest.model_limits import contradicting
from tansaku.design import Floats, Ints
from tansaku.errors import PoolExhaustedError, UsageError
from tansaku.insight.reasons import Reason, percent, sentence
from tansaku.insight.verdict import AnsweredVerdict
from tansaku.language import _
from tansaku.space import EVERYTHING, Allowed, Predicted, Target, composed
from tansaku.spec import Answer
from tansaku.strategy import Strategy

if TYPE_CHECKING:
    import pandas as pd

Facts = dict[str, float | int | str]
"""What a reason is made from."""


class Suggestions(Answer, Sequence[Suggestion]):
    """What to make next, as ``suggest --json`` has it: a sequence of suggestions, in the order of
    choosing.

    Attributes:
        campaign: Name of the campaign.
        strategy: Name of the strategy.
        seed: The seed used; the same seed gives the same answer.
        suggestions: In the order of choosing.
        model: What the model was: kernel, hyperparameters and log marginal likelihood before and
            after the fit; empty where no model was asked.
        sources: What the older data are worth, one for each source that was used and each target
            that it tells of.
        notices: What a careful assistant would mention.
        targets: What is wanted.

    Example:
        >>> import tansaku as tk
        >>> table = {"x": [0.0, 0.3, 0.6, 1.0], "y": [1.0, 3.0, 2.0, None]}
        >>> campaign = tk.Campaign.from_table(table, inputs=["x"], target="y")
        >>> found = campaign.suggest(n=1)
        >>> len(found), found[0].id, found[0].inputs, list(found.frame["pool_row"])
        (1, 's1', {'x': 1.0}, [3])
        >>> campaign.record(found[0], y=2.5).measurements[0].values
        {'y': 2.5}
    """

    campaign: str
    strategy: str
    seed: int
    suggestions: tuple[AnsweredSuggestion, ...]
    model: dict[str, Any]
    sources: tuple[AnsweredVerdict, ...] = ()
    notices: tuple[str, ...] = ()
    targets: tuple[Target, ...] = Field(default=(), exclude=True)

    def __len__(self) -> int:
        return len(self.suggestions)

    def __iter__(self) -> Iterator[Suggestion]:  # type: ignore[override]  # not of the fields
        return iter(self.suggestions)

    @overload
    def __getitem__(self, index: int) -> Suggestion: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Suggestion]: ...

    def __getitem__(self, index: int | slice) -> Suggestion | Sequence[Suggestion]:
        return self.suggestions[index]

    def _repr_html_(self) -> str:
        names = [target.name for target in self.targets]
        inputs = list(dict.fromkeys(name for each in self.suggestions for name in each.inputs))
        header = ["id", *inputs]
        for name in names:
            header += [name, _("next measurement (95 %)")]
        header += [_("beats the best") if len(names) < 2 else _("new compromise"), _("why")]
        rows: list[list[markup.Cell]] = []
        for each in self.suggestions:
            row: list[markup.Cell] = [each.id, *(each.inputs[name] for name in inputs)]
            for name in names:
                said = each.predicted.get(name)
                row += [None, None] if said is None else [said.mean, _between(said)]
            rows.append([*row, each.chance_to_beat_best, sentence(each.reason)])
        title = _("Campaign {name}, strategy {strategy}, seed {seed}").format(
            name=self.campaign, strategy=self.strategy, seed=self.seed
        )
        return markup.block(title, markup.grid(header, rows), markup.lines(self.notices))

    @property
    def frame(self) -> pd.DataFrame:
        """See :func:`~tansaku.campaign.history.own_tables.frame_of`."""
        return frame_of(self.suggestions, self.targets)


def _between(said: Predicted) -> str:
    return _("{low} to {high}").format(low=f"{said.low:.3g}", high=f"{said.high:.3g}")


class Picks(Protocol):
    """What is read of a proposal for one search (b = 1); n picks."""

    @property
    def picks(self) -> Ints:
        """Candidates, shape (1, n)."""

    @property
    def chance(self) -> Floats:
        """Probability to beat the best, shape (1, n); NaN where it is not known."""

    @property
    def works(self) -> Floats | None:
        """Probability that each works, shape (1, n)."""


def check_number(n: int, left: int, pending: int, allowed: Allowed = EVERYTHING) -> None:
    """See that so many candidates are open and allowed; PoolExhaustedError where they are not."""
    if n > left:
        raise PoolExhaustedError(
            _("{n} suggestions were asked for, but only {left} candidates are open.").format(
                n=n, left=left
            )
            + (_(" {pending} more are under way.").format(pending=pending) if pending else "")
            + _left_out(allowed),
            _("Ask for fewer, allow replicates, or make a campaign with more candidates."),
        )


def _left_out(allowed: Allowed) -> str:
    """Which conditions leave candidates out."""
    said = [_(" Asked for: {condition}.").format(condition=c.text) for c in allowed.required]
    said += [_(" Blocked: {condition}.").format(condition=c.text) for c in allowed.denied]
    return "".join(said)


def picked(
    spec: CampaignSpec,
    state: State,
    listing: Listing,
    proposal: Picks,
    predicted: Sequence[Mapping[str, Predicted]],
    reason: Callable[[int, Suggestion], Reason],
) -> tuple[Suggestion, ...]:
    """The picks in the scientist's words, with ids that were never used.

    Args:
        spec: The campaign's.
        state: As it stands.
        listing: The candidates from which was chosen.
        proposal: What was chosen.
        predicted: {target: prediction} of each pick; empty without a model.
        reason: Why pick ``i``, which has no reason yet.
    """
    chosen = proposal.picks[0]
    made, names = composed(spec.space, listing.matrix[chosen]), names_of(spec, state)
    found = []
    for i, position in enumerate(chosen.tolist()):
        chance = float(proposal.chance[0, i])
        plain = Suggestion(
            id=f"s{state.suggested + 1 + i}",
            inputs=spec.space.named(listing.matrix[position]),
            pool_row=listing.label(position),
            formula=made.formulas[i],
            predicted=dict(predicted[i]),
            chance_to_beat_best=None if np.isnan(chance) else chance,
            chance_to_work=None if proposal.works is None else float(proposal.works[0, i]),
            reason=Reason(kind=""),
        )
        update = {"reason": reason(i, plain), "sample": names.get(plain.candidate)}
        found.append(plain.model_copy(update=update))
    return tuple(found)


def first_facts(pending: int, replicates: int) -> Facts:
    """That others are under way, or that the candidate was measured before."""
    facts: Facts = {"pending": pending} if pending else {}
    return facts | ({"replicates": replicates} if replicates else {})


def failure_facts(failed: int, proposal: Picks, i: int) -> Facts:
    """How many samples failed, and whether pick ``i`` will work."""
    if not failed:
        return {}
    works = {} if proposal.works is None else {"works": percent(float(proposal.works[0, i]))}
    return {"failed": failed, **works}


def result_facts(histories: Sequence[History], fits: Sequence[Fitted | None] = ()) -> Facts:
    """How many results are limits, how many of these the models leave out, and how many samples
    were measured more than once: of several targets in all, and of the one with most."""
    facts: Facts = {}
    limits = sum(len(each.limits.bound) for each in histories)
    left_out = sum(int(contradicting(fitted).sum()) for fitted in fits)
    if limits:
        facts |= {"limits": limits} | ({"left_out": left_out} if left_out else {})
    several = [each.counts[each.counts > 1] for each in histories]
    most = max(several, key=len)
    if len(most):
        facts |= {"repeated": len(most), "results": int(most.sum())}
    return facts


def without_model(strategy: Strategy, measured: int, facts: Facts) -> Reason:
    """The reason of a pick that no model chose."""
    if strategy.surrogate is None:
        return Reason(kind="random", facts=facts)
    needed = {"measured": measured, "needed": strategy.start_samples}
    return Reason(kind=f"start_{strategy.start}", facts=facts | needed)


def replaced(state: State, asking: Requester, suggestions: Sequence[Suggestion]) -> tuple[str, ...]:
    """What is said where earlier suggestions are no longer under way; and where one of them is
    offered again: who asked for it cannot be told from who asks now, and may be making it."""
    staying = set(state.staying(asking))
    gone = len(state.open_suggestions) - len(staying)
    if not gone:
        return ()
    found = [
        _(
            "Earlier suggestions without a result that these replace: {n}; "
            "ask for more to keep them under way."
        ).format(n=gone)
    ]
    before = {s.candidate: s.called for s in state.open_suggestions if s.candidate not in staying}
    twice = {s.called: before[s.candidate] for s in suggestions if s.candidate in before}
    if twice:
        text = _(
            "Offered once more, as no result is there yet: {pairs}. If somebody makes them already,"
            " keep them under way (--more), or let each person be named (--by)."
        )
        pairs = ", ".join(f"{now} = {then}" for now, then in twice.items())
        found.append(text.format(pairs=pairs))
    return tuple(found)


def checked_limit(seconds: float | None) -> float | None:
    """The time limit; UsageError where it is none."""
    if seconds is not None and not seconds > 0:
        raise UsageError(
            _("A time limit of {seconds:g} s was given.").format(seconds=seconds),
            _("Give a number of seconds above 0."),
        )
    return None if seconds is None else float(seconds)


def late(seconds: float | None, cut: bool) -> tuple[str, ...]:
    """What is said where the time was up."""
    if not cut:
        return ()
    return (
        _(
            "The time limit of {seconds:g} s was reached: this is the best found until then, not "
            "the end of the search."
        ).format(seconds=seconds),
    )
