"""The gatekeeper: its rule, and its numbers against scipy, counting and simulation."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tansaku.bo.kernels import BatchedKernel
from tansaku.bo.source_relevance import assess as source_relevance
from tansaku.bo.source_relevance import probing
from tansaku.bo.source_relevance.leave_one_out import DRAWN, model_average_of, spec_for
from tansaku.bo.surrogates import hyperparameter_samples as hs
from tansaku.bo.surrogates.transfer import SHARES
from tansaku.design import Design, Floats, Problems, SourceData
from tansaku.strategy import STRATEGIES
from tests.seeds import generator, scatter

STANDARD = STRATEGIES["standard"]


def surface(X: Floats) -> Floats:
    return np.asarray(np.sin(4 * X[:, 0]) + np.cos(3 * X[:, 1]) * X[:, 0])


def grid() -> Floats:
    axis = np.linspace(0, 1, 7)
    return np.array([(a, b) for a in axis for b in axis])


def source_of(kind: str) -> SourceData:
    """Every second point of the grid: as the target, upside down, shuffled, or far away."""
    X = grid()[::2]
    y = surface(X)
    X = X + 50 if kind == "far" else X
    y = {"inverted": -y, "shuffled": y[np.argsort(scatter(len(y), 7))]}.get(kind, y)
    return SourceData(X, y, np.ones(len(y)))


def problems(n: int, *kinds: str) -> Problems:
    X = grid()
    at = np.argsort(scatter(len(X)))[None, :n]
    taken = np.zeros((1, len(X)), dtype=bool)
    taken[0, at[0]] = True
    return Problems(
        pool=Design(X, ("a", "b")),
        X=X[at],
        y=surface(X)[at],
        counts=np.ones((1, n)),
        taken=taken,
        pending=np.empty((1, 0), dtype=np.int64),
        positions=at,
        sources=tuple(source_of(kind) for kind in kinds),
    )


@given(st.floats(-50, 50), st.integers(0, 9))
def test_the_rule(log_bayes: float, measured: int) -> None:
    found = source_relevance.verdict_of(log_bayes, measured)
    decisive, enough = math.log(source_relevance.DECISIVE), measured >= source_relevance.FEWEST
    assert (found is source_relevance.Verdict.HELPS) == (enough and log_bayes >= decisive)
    assert (found is source_relevance.Verdict.HURTS) == (enough and log_bayes <= -decisive)


@pytest.mark.parametrize("kind", ["same", "inverted"])
def test_a_related_source_helps(kind: str) -> None:
    found = source_relevance.assess(problems(9, kind), STANDARD)
    (told,) = found.statements
    assert found.verdict is told.verdict is source_relevance.Verdict.HELPS
    assert told.helps > 0.9
    assert told.gain is not None
    assert told.gain.low > 0
    assert (told.correlation.high > 0.9) == (kind == "same")
    assert (told.correlation.low < -0.9) == (kind == "inverted")


def test_a_shuffled_source_does_not() -> None:
    found = source_relevance.assess(problems(16, "shuffled"), STANDARD)
    assert found.verdict is not source_relevance.Verdict.HELPS
    assert found.statements[0].helps < 0.7


def test_of_several_sources_one_is_enough() -> None:
    found = source_relevance.assess(problems(9, "shuffled", "same"), STANDARD)
    assert [t.verdict.value for t in found.statements][1] == "helps"
    assert found.verdict is source_relevance.Verdict.HELPS
    assert found.statements[1].helps > found.statements[0].helps


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_values_leave_it_open(n: int) -> None:
    found = source_relevance.assess(problems(n, "same"), STANDARD)
    (told,) = found.statements
    assert found.measured == n
    assert found.verdict is told.verdict is source_relevance.Verdict.OPEN
    assert told.gain is told.rank is None
    assert 0 < told.helps < 1
    assert told.correlation.low <= told.correlation.value <= told.correlation.high
    if n == 0:
        assert told.helps == pytest.approx(1 - SHARES["weighed"]["alone"])
        assert told.log_bayes == 0


def test_probability_and_factor_agree() -> None:
    alone = SHARES["weighed"]["alone"]
    for kinds in (("same",), ("same", "shuffled")):
        found = source_relevance.assess(problems(5, *kinds), STANDARD).statements
        for told in found:
            odds = math.log((1 - alone) / alone) + told.log_bayes
            assert told.helps == pytest.approx(1 / (1 + math.exp(-odds)))
        if len(kinds) == 1:
            assert found[0].weight == pytest.approx(found[0].helps)
        assert sum(told.weight for told in found) < 1


def test_what_is_said_is_the_same_with_another_source_beside() -> None:
    """A source is judged by itself; only its weight is shared."""
    (told,) = source_relevance.assess(problems(7, "same"), STANDARD).statements
    first, _other = source_relevance.assess(problems(7, "same", "shuffled"), STANDARD).statements
    assert first.helps == pytest.approx(told.helps)
    assert first.verdict is told.verdict
    assert first.weight < told.weight


def test_without_a_source_there_is_nothing_to_say() -> None:
    found = source_relevance.assess(problems(5), STANDARD)
    assert found.statements == ()
    assert found.verdict is source_relevance.Verdict.OPEN
    assert source_relevance.probes(problems(5), STANDARD) == ()


def test_reach_and_rank() -> None:
    """Where source points coincide with the target's, ranks are those of the two columns."""
    task = problems(12, "same")
    on_source = np.array([p for p in task.positions[0] if p % 2 == 0])  # type: ignore[index]
    task = replace(
        task,
        X=task.pool.X[on_source][None],
        y=surface(grid())[on_source][None] + 0.3 * np.sin(7 * np.arange(len(on_source))),
        counts=np.ones((1, len(on_source))),
        positions=on_source[None],
    )
    (told,) = source_relevance.assess(task, STANDARD).statements
    assert told.reach > 0.95
    assert told.co_located == len(on_source)
    expected = stats.spearmanr(task.y[0], surface(grid())[on_source]).statistic
    assert told.rank is not None
    assert told.rank.value == pytest.approx(expected)
    half = 1.6449 * math.sqrt((1 + expected**2 / 2) / (len(on_source) - 3))
    assert told.rank.high == pytest.approx(math.tanh(math.atanh(expected) + half), abs=1e-4)
    (far,) = source_relevance.assess(problems(5, "far"), STANDARD).statements
    assert far.reach == 0


def read_by_hand(source: SourceData, points: Floats) -> tuple[Floats, Floats]:
    """(prediction of the source, share of the variance that its points explain) at some points,
    averaged over the samples behind them, by dense algebra in the source's own unit."""
    spec = spec_for(STANDARD)
    task = replace(problems(1, "same"), sources=(source,))
    context = model_average_of(task, spec, source).context
    (learnt,) = context.warm.sources
    samples, means, explained = hs.samples_for(2), [], []
    for h in learnt.drawn(DRAWN).tolist():
        kernel = hs.kernel_of(spec, samples).take(torch.tensor([h]))

        def k(A: Floats, B: Floats, kernel: BatchedKernel = kernel, h: int = h) -> Floats:
            apart = (A[:, None] - B) / samples.length_scales[h].numpy()
            return kernel.value(torch.from_numpy(np.square(apart).sum(-1))[None])[0].numpy()

        K = k(source.X, source.X) + float(samples.noise[h]) * np.diag(1 / source.counts)
        ones, cross = np.linalg.solve(K, np.ones(len(K))), k(source.X, points)
        mean = ones @ source.y / ones.sum()
        means.append(mean + cross.T @ np.linalg.solve(K, source.y - mean))
        explained.append((cross * np.linalg.solve(K, cross)).sum(0))
    return np.mean(means, axis=0), np.mean(explained, axis=0)


def test_rank_and_reach_between_the_points_of_a_source() -> None:
    """In a unit of its own: where a measured point lies at a source point its value counts, noise
    and all, else what the source's model says there. The source has a corner of the grid."""
    X = grid()[(grid() < 0.6).all(1)][::2]
    source = SourceData(X, 300 + 40 * surface(X) + 20 * scatter(len(X)), np.ones(len(X)))
    task = replace(problems(14), sources=(source,))
    (told,) = source_relevance.assess(task, STANDARD).statements
    rows = [row.tolist() for row in X]
    at = [rows.index(x) if x in rows else -1 for x in task.X[0].tolist()]
    predicted, _explained = read_by_hand(source, task.X[0])
    values = np.where(np.array(at) >= 0, source.y[at], predicted)
    assert told.rank is not None
    assert told.rank.value == pytest.approx(stats.spearmanr(task.y[0], values).statistic)
    assert told.co_located == sum(i >= 0 for i in at)
    _predicted, explained = read_by_hand(source, grid())
    assert np.abs(explained - source_relevance.REACHED).min() > 1e-6
    assert 0 < told.reach < 1
    assert told.reach == pytest.approx((explained > source_relevance.REACHED).mean())


@pytest.mark.parametrize("n", [1, 20])
def test_probes_lie_at_the_source_and_are_open(n: int) -> None:
    task = problems(n, "shuffled")
    found = source_relevance.probes(task, STANDARD, 5)
    assert len(found) == 5
    bits = [p.information for p in found]
    assert bits == sorted(bits, reverse=True)
    for probe in found:
        assert not task.taken[0, probe.candidate]
        assert probe.distance == 0
        assert probe.candidate == 2 * probe.source_point
        assert probe.worth == (probe.information >= source_relevance.WORTH_BITS)


def test_where_the_source_was_measured_already_no_probe_is_proposed() -> None:
    """Every point of the source is taken but one: the next open ones are as good as none."""
    task = problems(20, "shuffled")
    taken = task.taken.copy()
    taken[0, ::2] = True
    taken[0, 8] = False
    found = source_relevance.probes(replace(task, taken=taken), STANDARD, 5)
    assert [(each.candidate, each.distance) for each in found] == [(8, 0.0)]


@pytest.mark.parametrize("n", [2, 3])
def test_information_is_that_of_simulated_values(n: int) -> None:
    """Mutual information of "it helps" and the value, by drawing both."""
    task = problems(n, "inverted")
    model_average = model_average_of(task, spec_for(STANDARD), task.sources[0])
    points = task.pool.X[np.array([4])]
    bits = probing._information(points, model_average)[0]
    (told,) = source_relevance.assess(task, STANDARD).statements
    laws = [probing._predicted(points, model_average, with_sources=each) for each in (True, False)]
    rng = generator(0)
    total, p = 0.0, (told.helps, 1 - told.helps)
    for k in (0, 1):
        which = rng.integers(16, size=40_000)
        values = rng.normal(laws[k][0][which, 0], laws[k][1][which, 0])
        density = [stats.norm.pdf(values[:, None], *(v[:, 0] for v in law)).mean(1) for law in laws]
        both = p[0] * density[0] + p[1] * density[1]
        total += p[k] * float(np.log2(density[k] / both).mean())
    assert bits == pytest.approx(total, abs=0.02)
    assert bits > 0.02


def test_the_unit_of_the_values_plays_no_part() -> None:
    """Gains, factors and ranks have none."""
    task, unit = problems(7, "same"), 1024.0
    (source,) = task.sources
    other = replace(
        task, y=unit * task.y, sources=(SourceData(source.X, unit * source.y, source.counts),)
    )
    (one,), (scaled,) = (source_relevance.assess(t, STANDARD).statements for t in (task, other))
    assert scaled.log_bayes == pytest.approx(one.log_bayes, rel=1e-9)
    for part in ("gain", "rank", "correlation"):
        for end in ("value", "low", "high"):
            found = getattr(getattr(scaled, part), end)
            assert found == pytest.approx(getattr(getattr(one, part), end), rel=1e-9)


def test_intervals_are_those_of_their_laws() -> None:
    """A mean by Student's law; of a discrete law the points that 5 % lie beyond on each side."""
    values = generator(1).standard_normal(6)
    found = source_relevance._mean_of(values)
    low, high = stats.t.interval(0.9, 5, values.mean(), stats.sem(values))
    assert (found.value, found.low, found.high) == pytest.approx((values.mean(), low, high))
    points = np.array([-0.9, -0.2, 0.1, 0.5, 0.8])
    law = stats.rv_discrete(values=(np.arange(5), [0.04, 0.06, 0.5, 0.36, 0.04]))
    told = source_relevance._quantiles(points, law.pmf(np.arange(5)))
    assert (told.low, told.high) == (points[int(law.ppf(0.05))], points[int(law.ppf(0.95))])
    assert told.value == pytest.approx(points @ law.pmf(np.arange(5)))
