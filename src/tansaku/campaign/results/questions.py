"""Questions: what a careful person would ask before a result is stored."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from tansaku.campaign.history.records import CampaignSpec, Candidacy, Measurement, Status
from tansaku.campaign.history.sample_names import candidate_of, names_of
from tansaku.campaign.history.state import State, history_of
from tansaku.campaign.results.measured import NewResult
from tansaku.design import Floats, Joint
from tansaku.errors import ConfirmationError, ModelError
from tansaku.insight.figures import measured
from tansaku.language import _, joined
from tansaku.space import Predicted, Scale, Target
from tansaku.space.values import ROUNDING_NOISE, settings
from tansaku.strategy import STRATEGIES

FEWEST = 5
"""Results from which the model is asked. Of the right results of 25 real tables (``make
bench-trust``) 1.0, 0.6, 0.6 and 0.2 % would be asked about with 5, 8, 20 and 35 known, and 2.8 %
with 3."""
OTHER_UNIT = 2.5
"""Decades beyond all that is measured from which another unit is suspected where the model is not
asked: between two results of a few, and a factor of a thousand."""
NEAREST = 60
"""Results that it learns from, those nearest to what is asked about: with 400 a fit takes 6 s, and
a loop that records hundreds one by one would not end."""
SURPRISING = 3.8906
"""Standard deviations of the next measurement beyond which 1 in 10,000 lies."""
FAR_DECADES, FAR_SD = 1.0, 10.0
"""How far off a result has to be, too, before anybody is asked: decades on a log10 scale, standard
deviations on a linear one. So a model that is a little too sure asks nothing."""
TELLS_APART = ("run", "batch", "pellet", "made_on", "operator", "equipment", "phase")
"""Details by which a second measurement of a sample differs from the first."""


def confirm_all(
    spec: CampaignSpec, state: State, results: Sequence[NewResult], changed: Mapping[str, NewResult]
) -> None:
    """See that nothing that is to be stored is doubtful.

    Args:
        spec: The campaign.
        state: As it stands.
        results: New results.
        changed: {id: all that is told of that measurement now}.

    Raises:
        ConfirmationError: the questions that a person should answer first.
    """
    stored = _stored(spec, state, results)
    new = [each for each in results if all(each is not one for one, _question in stored)]
    questions = [question for _told, question in stored]
    questions += [*_repeated(spec, state, new), *_far_off(spec, state, new)]
    questions += _corrected(spec, state, changed)
    if not questions:
        return
    hint = _(
        "Nothing was stored. If it is right, say so (--yes, in Python confirm=True); if not,"
        " correct it."
    )
    if stored and len(results) > 1:
        more = _("In a table that grows pass over what is stored: --only-new, only_new=True.")
        hint = joined(hint, more)
    raise ConfirmationError(questions, hint)


def same_values(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Whether all values are the same but for the rounding of a spreadsheet."""
    return one.keys() == other.keys() and all(
        math.isclose(one[name], other[name], rel_tol=ROUNDING_NOISE) for name in one
    )


def _stored(
    spec: CampaignSpec, state: State, results: Sequence[NewResult]
) -> list[tuple[NewResult, str]]:
    """Results, and failures, that are stored already, each with its question."""
    known: dict[Candidacy, list[Measurement]] = {}
    for m in state.measurements:
        known.setdefault(m.candidate, []).append(m)
    found = []
    for each in results:
        for m in known.get(candidate_of(spec, each.place), []):
            of_m = {k: getattr(m, k) for k in (*TELLS_APART, "status", "why")}
            if _same(each, m.values, m.limits, of_m):
                question = _(
                    "{id} is stored with the same result of {sample} ({values}): is this a"
                    " second measurement?"
                ).format(id=m.id, sample=_sample(spec, state, each), values=_values(each))
                found.append((each, question))
                break
    return found


def _repeated(spec: CampaignSpec, state: State, results: Sequence[NewResult]) -> list[str]:
    """New results that stand twice, or differ from what is stored of samples of their names."""
    questions = []
    by_name = {m.sample: m for m in state.measurements if m.sample}
    seen: dict[Candidacy, list[NewResult]] = {}
    for each in results:
        others = seen.setdefault(candidate_of(spec, each.place), [])
        if each.values:
            if any(_same(each, o.values, o.limits, o.details) for o in others):
                questions.append(
                    _(
                        "The result {values} of {sample} stands twice: was it measured twice?"
                    ).format(values=_values(each), sample=_sample(spec, state, each))
                )
            questions += _differs(each, by_name)
        others.append(each)
    return questions


def _differs(result: NewResult, by_name: Mapping[str, Measurement]) -> list[str]:
    """A sample of this name is stored with another result."""
    name = result.details.get("sample")
    stored = None if name is None else by_name.get(str(name))
    if (
        stored is None
        or not stored.counts
        or any(not _agree(result.details.get(key), getattr(stored, key)) for key in TELLS_APART)
    ):
        return []
    both = [t for t in result.values if t in stored.values]
    if all(math.isclose(result.values[t], stored.values[t], rel_tol=ROUNDING_NOISE) for t in both):
        return []
    return [
        _(
            "{name} is stored as {id} with {stored}, and now {values} is told: is this a second"
            " measurement? (A correction is 'tansaku correct NAME {id}'.)"
        ).format(
            name=name,
            id=stored.id,
            stored=", ".join(f"{t}={stored.values[t]:g}" for t in both),
            values=_values(result),
        )
    ]


def _same(
    result: NewResult,
    values: Mapping[str, float],
    limits: Mapping[str, str],
    details: Mapping[str, object],
) -> bool:
    """Whether a result, or a failure, says the same, and nothing tells it apart."""
    if not result.values and any(
        result.details.get(k) != details.get(k) for k in ("status", "why")
    ):
        return False
    return (
        same_values(values, result.values)
        and dict(limits) == dict(result.limits)
        and all(
            _agree(result.details.get(key), details.get(key)) or details.get(key) is None
            for key in TELLS_APART
        )
    )


def _agree(result: object, stored: object) -> bool:
    """Whether a detail is not told, or is the one that is stored: a day is told as text."""
    return result is None or str(result) == str(stored)


def _corrected(spec: CampaignSpec, state: State, changed: Mapping[str, NewResult]) -> list[str]:
    """Values that are typed anew, held against what all other results lead to expect."""
    values = {m.id: m.values for m in state.measurements}
    new = [result for id, result in changed.items() if not same_values(values[id], result.values)]
    rest = tuple(m for m in state.measurements if m.id not in changed)
    return _far_off(spec, replace(state, measurements=rest), new)


def _far_off(spec: CampaignSpec, state: State, results: Sequence[NewResult]) -> list[str]:
    """Results that the model would not have thought possible, and that are far from what it
    expects."""
    questions: list[str] = []
    for target in spec.targets:
        some = [
            t
            for t in results
            if target.name in t.values and t.details.get("status", Status.OK) is Status.OK
        ]
        if target.known or not some:
            continue
        history = history_of(spec, state, target)
        if len(history.y) < FEWEST:
            questions += _other_unit(spec, state, target, some, history.values)
            continue
        for each, expected in zip(some, _expected(spec, state, target, some), strict=True):
            value = float(target.to_model(np.array(each.values[target.name])))
            if expected is not None and _surprises(target, each, value, *expected):
                questions.append(_question(spec, state, target, each, expected))
    return questions


def _other_unit(
    spec: CampaignSpec, state: State, target: Target, results: Sequence[NewResult], values: Floats
) -> list[str]:
    """Results that are a thousand times larger than the few that are known, or smaller where the
    scale is one of decades."""
    known = np.log10(np.abs(values[values != 0]))
    questions = []
    for each in results:
        value = each.values[target.name]
        if not len(known) or not value or target.name in each.limits:
            continue
        off = math.log10(abs(value)) - float(known.max())
        if target.scale is Scale.LOG10:
            off = max(off, float(known.min()) - math.log10(abs(value)))
        if off > OTHER_UNIT:
            questions.append(
                _(
                    "{target} = {value} of {sample} lies beyond the other results by a factor of"
                    " about 10^{power}: another unit?"
                ).format(
                    target=target.name,
                    value=_values(each, target.name),
                    sample=_sample(spec, state, each),
                    power=round(off),
                )
            )
    return questions


def _expected(
    spec: CampaignSpec, state: State, target: Target, results: Sequence[NewResult]
) -> list[tuple[float, float] | None]:
    """(mean, sd of the next measurement) of each, model scale: as its suggestion had it, else as
    the model has it now; ``None`` where no model can be computed."""
    said = {s.candidate: s.predicted.get(target.name) for s in state.open_suggestions}
    found = [_as_said(target, said.get(candidate_of(spec, each.place))) for each in results]
    missing = [i for i, each in enumerate(found) if each is None]
    if missing:
        from tansaku.bo.engine import survey  # on demand: they bring torch
        from tansaku.campaign.history.problem import asked_at
        from tansaku.campaign.suggest.candidates import Streams

        points: Floats = np.stack([results[i].place.row for i in missing])
        strategy = STRATEGIES["standard"]
        try:
            problem, history = asked_at(spec, state, points, strategy, target)
            rng = Streams.of(0, history, 0).model()
            landscape = survey(Joint.of(problem.near(NEAREST)), strategy, [rng])
        except ModelError:  # what cannot be judged is not doubted
            return found
        for k, i in enumerate(missing):
            found[i] = float(landscape.mean[0, k, 0]), float(landscape.measured_sd[0, k, 0])
    return found


def _as_said(target: Target, predicted: Predicted | None) -> tuple[float, float] | None:
    """A stored prediction on the model scale; one of 0.1.0 leaves the noise out."""
    if predicted is None or predicted.function is None:
        return None
    if target.scale is Scale.LINEAR:
        return target.sign * predicted.mean, predicted.sd
    if predicted.log10_mean is None or predicted.log10_sd is None:
        return None
    return target.sign * predicted.log10_mean, predicted.log10_sd


def _surprises(target: Target, result: NewResult, value: float, mean: float, sd: float) -> bool:
    """Whether a value, or a limit, lies beyond what is possible and far off."""
    off = abs(value - mean)
    limit = result.limits.get(target.name)
    if limit is not None:
        upward = (limit == "above") == (target.sign > 0)
        off = max(0.0, value - mean if upward else mean - value)
    far = FAR_DECADES if target.scale is Scale.LOG10 else FAR_SD * sd
    return off > SURPRISING * sd and off > far


def _question(
    spec: CampaignSpec, state: State, target: Target, result: NewResult, model: tuple[float, float]
) -> str:
    mean, sd = model
    value, expected = result.values[target.name], target.interval(mean, sd)
    text = _(
        "{target} = {value} of {sample} is far from what the other results lead to expect"
        " ({low:.3g} to {high:.3g}): is it right?"
    ).format(
        target=target.name,
        value=_values(result, target.name),
        sample=_sample(spec, state, result),
        low=expected.low,
        high=expected.high,
    )
    ratio = value / target.in_unit(mean) if target.in_unit(mean) else 0.0
    power = round(math.log10(ratio)) if ratio > 0 else 0
    if power and power % 3 == 0 and target.name not in result.limits:
        text = joined(
            text,
            _("It differs by a factor of about 10^{power}: another unit?").format(power=power),
        )
    return text


def _sample(spec: CampaignSpec, state: State, result: NewResult) -> str:
    candidate = candidate_of(spec, result.place)
    name = result.details.get("sample") or names_of(spec, state).get(candidate)
    where = settings(spec.space.named(result.place.row))
    return f"{name} ({where})" if name else where


def _values(result: NewResult, name: str | None = None) -> str:
    found = {t: measured(v, result.limits.get(t)) for t, v in result.values.items()}
    if name is not None:
        return found[name]
    return ", ".join(f"{t}={text}" for t, text in found.items()) or str(
        result.details.get("why") or _("failed")
    )
