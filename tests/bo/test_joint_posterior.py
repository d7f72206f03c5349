"""What a model says of points together: against scikit-learn, BoTorch, SciPy and brute force."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from botorch.acquisition.analytic import LogExpectedImprovement
from scipy import optimize, stats
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

from tansaku.bo import engine, joint_posterior, posteriors
from tansaku.bo.joint_posterior import JointPosterior
from tansaku.bo.mixture_quantile import mixture_quantile
from tansaku.bo.surrogates import GP
from tansaku.design import Design, Floats, Joint, Problems, Want
from tansaku.strategy import STRATEGIES, AcquisitionSpec, Strategy
from tests.bo.test_gp import botorch_model
from tests.bo.test_measured import cases
from tests.seeds import FALSE_ALARM, generator, spread

STANDARD = STRATEGIES["standard"]
EVIDENCE = sorted(cases())
POINTS = 12


def asked(kind: str = "plain") -> Problems:
    """A search with some kind of evidence, asked about its first points: measured ones and others
    among them."""
    problem = cases()[kind]
    pool = Design(problem.pool.X[8 : 8 + POINTS], problem.pool.names)
    return replace(problem, pool=pool, taken=np.zeros((1, POINTS), dtype=bool))


def learned(kind: str = "plain", strategy: Strategy = STANDARD) -> JointPosterior:
    return JointPosterior.of(Joint.of(asked(kind)), strategy, [generator(0)])


@pytest.mark.parametrize("size", [10**6, 5])
@pytest.mark.parametrize("kind", EVIDENCE)
def test_it_is_what_the_engine_surveys(
    kind: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every kind of evidence, in one block or in several."""
    monkeypatch.setattr(posteriors, "block_size", lambda _fitted: size)
    found, surveyed = learned(kind), engine.survey(Joint.of(asked(kind)), STANDARD, [generator(0)])
    theirs = surveyed.mean, surveyed.sd, surveyed.measured_sd
    for ours, each in zip(found.moments, theirs, strict=True):
        np.testing.assert_allclose(ours, each[0], rtol=1e-9)
    np.testing.assert_allclose(found.chance, surveyed.chance[0], rtol=1e-6, atol=1e-12)
    score = found.score(STANDARD.acquisition)
    np.testing.assert_allclose(score, surveyed.score[0], rtol=1e-9)


def test_the_lectures_law_is_scikit_learns() -> None:
    """Mean and covariance, in which scikit-learn counts the noise of new points."""
    found = learned("plain", STRATEGIES["lecture"])
    ((weight, gp),) = found.processes(0)
    h = gp.hyperparameters
    kernel = ConstantKernel(float(h.signal[0])) * RBF(h.length_scales[0].numpy())
    kernel += WhiteKernel(float(h.noise[0]))
    reference = GaussianProcessRegressor(kernel, alpha=0.1, optimizer=None, normalize_y=True)
    problem = asked()
    mean, covariance = reference.fit(problem.X[0], problem.y[0]).predict(
        problem.pool.X, return_cov=True
    )
    assert weight == 1
    np.testing.assert_allclose(found.moments.mean[:, 0], mean, rtol=1e-6)
    np.testing.assert_allclose(found.covariance(0), covariance, rtol=1e-6, atol=1e-9)
    drawn = found.sample(4000, generator(1))[..., 0]
    assert within(drawn, mean, covariance)


def test_draws_of_a_law_of_measurements_have_its_noise() -> None:
    """The lecture's interval is that of a measurement, and what is drawn of it is one, however
    noisy the values are."""
    plain = cases()["plain"]
    noisy = replace(plain, y=plain.y + generator(5).standard_normal(plain.y.shape))
    found = JointPosterior.of(Joint.of(noisy), STRATEGIES["lecture"], [generator(0)])
    sd = found.moments.sd[:, 0]
    assert found.processes(0)[0][1].measurement_variance.sqrt() > 0.4 * sd.max()
    drawn = found.sample(4000, generator(1))[..., 0]
    np.testing.assert_allclose(drawn.std(0), sd, rtol=0.08)


@pytest.mark.filterwarnings("ignore:.*input data.*")
def test_one_component_is_botorchs() -> None:
    """Mean, covariance and log EI at the hyperparameters that were fitted."""
    strategy = STRATEGIES["standard"].but(
        fit="map", kernel="matern52", components=16, scatter=0.0, sources="ignored",
        incumbent="observed", misfit=1.0,
    )  # fmt: skip
    found, problem = learned("plain", strategy), asked()
    ((_weight, gp),) = found.processes(0)
    h = gp.hyperparameters
    model = botorch_model(
        problem.X[0], problem.y[0], "matern52", h.length_scales[0].tolist(),
        float(h.signal[0]), float(h.noise[0]),
    )  # fmt: skip
    model.mean_module.constant.data.fill_(float(gp.mean[0]))
    model.eval()
    points = torch.from_numpy(problem.pool.X)
    best = torch.tensor(problem.y.max())
    with torch.no_grad():
        theirs = model.posterior(points)
        log_ei = LogExpectedImprovement(model, best)(points.unsqueeze(1)).numpy()
        noisy = model.posterior(points, observation_noise=True).variance[:, 0].numpy()
    np.testing.assert_allclose(found.moments.mean[:, 0], theirs.mean[:, 0].numpy(), atol=1e-6)
    covariance = theirs.distribution.covariance_matrix.numpy()
    np.testing.assert_allclose(found.covariance(0), covariance, atol=1e-6)
    np.testing.assert_allclose(np.diag(found.covariance(0, measured=True)), noisy, atol=1e-6)
    score = found.score(strategy.acquisition)
    np.testing.assert_allclose(score, log_ei, rtol=1e-5, atol=1e-5)


def within(drawn: Floats, mean: Floats, covariance: Floats) -> bool:
    """Whether draws, shape (n, N), have these moments but for ``FALSE_ALARM``; of a mixture the
    fourth moments, by which the errors of covariances are told, are the draws' own."""
    n, N = drawn.shape
    z = stats.norm.isf(FALSE_ALARM / 2 / (N + N**2))
    apart = drawn - mean
    products = apart[:, :, None] * apart[:, None, :]
    errors = products.std(0, ddof=1) / np.sqrt(n)
    first = np.abs(apart.mean(0)) < z * drawn.std(0, ddof=1) / np.sqrt(n)
    second = np.abs(products.mean(0) - covariance) < z * errors
    return bool(first.all() and second.all())


def by_hand(found: JointPosterior, n: int, seed: int) -> Floats:
    """Draws of the function from the single processes, in phases drawn by their shares."""
    rng, posterior = generator(seed), found.now.posteriors[0]
    assert posterior is not None
    shares = posterior.shares
    share = np.ones((1, POINTS)) if shares is None else shares[0].numpy()
    drawn = []
    for weight, gp in found.processes(0):
        points = posterior.pool.unsqueeze(0)
        mean, covariance = gp.predict(points)[0][0].numpy(), gp.covariance(points)[0].numpy()
        some = rng.multivariate_normal(
            mean, covariance, size=round(weight * n), method="eigh", tol=1e-6
        ).reshape(-1, *share.shape)
        phase = (rng.random((len(some), POINTS))[:, None] > share.cumsum(0)[:-1]).sum(1)
        drawn.append(np.take_along_axis(some, phase[:, None], 1)[:, 0])
    return np.concatenate(drawn)


@pytest.mark.parametrize("kind", EVIDENCE)
def test_covariances_are_total(kind: str) -> None:
    """Of the mixture over components and phases: against draws from each process."""
    found = learned(kind)
    covariance = found.covariance(0)
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), found.moments.sd[:, 0])
    assert np.linalg.eigvalsh(covariance).min() > -1e-9 * np.trace(covariance)
    assert within(by_hand(found, 40_000, 2), found.moments.mean[:, 0], covariance)


@pytest.mark.parametrize("measured", [False, True])
@pytest.mark.parametrize("kind", EVIDENCE)
def test_samples_have_the_moments_of_the_law(kind: str, measured: bool) -> None:
    found = learned(kind)
    drawn = found.sample(4000, generator(3), measured=measured)[..., 0]
    covariance = found.covariance(0, measured=measured)
    assert within(drawn, found.moments.mean[:, 0], covariance)


@pytest.mark.parametrize("kind", ["plain", "phases", "runs", "sources"])
def test_samples_of_many_points_have_the_moments_too(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Along functions. Those that are drawn together share the error of their frequencies, so that
    a few are drawn at a time."""
    monkeypatch.setattr(joint_posterior, "FACTORISED", 4)
    found, rng = learned(kind), generator(3)
    drawn = np.concatenate([found.sample(60, rng)[..., 0] for _ in range(30)])
    assert within(drawn, found.moments.mean[:, 0], found.covariance(0))


def test_the_same_seed_draws_the_same() -> None:
    found = learned()
    first, again, other = (found.sample(3, generator(seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("measured", [False, True])
@pytest.mark.parametrize("kind", ["plain", "phases", "stated"])
def test_quantiles_and_probabilities_are_the_mixtures(kind: str, measured: bool) -> None:
    """Against a search for the root of SciPy's laws, point by point."""
    found = learned(kind)
    share, mean, sd = (each.numpy() for each in found._law(0, measured=measured))
    weight = np.broadcast_to(share[:, None] / mean.shape[1], mean.shape)

    def below(y: float, i: int) -> float:
        law = stats.norm.cdf(y, mean[..., i], sd[..., i])
        return float((weight[..., i] * law).sum())

    for p in (1e-3, 0.3, 0.975):
        ours = found.quantile(0, p, measured=measured)
        for i in range(POINTS):
            low, high = mean[..., i].min() - 9, mean[..., i].max() + 9
            root = optimize.brentq(lambda y, i=i, p=p: below(y, i) - p, low, high, xtol=1e-13)
            assert ours[i] == pytest.approx(root, abs=1e-9)
        chance = found.probability({0: (-np.inf, ours)}, measured=measured)
        np.testing.assert_allclose(chance, p, rtol=1e-9)
        chance = found.probability({0: (ours, np.inf)}, measured=measured)
        np.testing.assert_allclose(chance, 1 - p, rtol=1e-9)
    below_all = (mean - 12 * sd).min((0, 1))  # where it is 1e-33 and less
    chance = found.probability({0: (-np.inf, below_all)}, measured=measured)
    law = (weight * stats.norm.cdf(below_all, mean, sd)).sum((0, 1))
    np.testing.assert_allclose(chance, law, rtol=1e-10)
    far = found.probability({0: (1e3, np.inf)}, measured=measured)
    assert ((far >= 0) & (far < 1e-300)).all()


def test_quantiles_of_laws_far_apart() -> None:
    """Newton's method alone leaves the bracket here; a law without weight says nothing."""
    weight = torch.tensor([[0.3, 1e-9, 1.0], [0.7, 1 - 1e-9, 0.0]]).double()
    mean = torch.tensor([[-1e3, 1e6, 2.0], [1e3, 0.0, 1e9]]).double()
    sd = torch.tensor([[1.0, 1e-3, 0.5], [1e-6, 1.0, 1.0]]).double()
    for p in (0.29, 0.31, 0.9999):
        found = mixture_quantile(weight, mean, sd, p)
        law = (weight * torch.special.ndtr((found - mean) / sd)).sum(0)
        np.testing.assert_allclose(law.numpy(), p, atol=1e-9)


def test_several_outcomes_are_told_together() -> None:
    """One of them known beforehand; each is what it is alone, and all keep their bounds at once."""
    first, rngs = asked(), [generator(0), generator(1)]
    second = replace(first, y=np.cos(first.y))
    joint = Joint(
        (first, second), (Want(), Want(lower=0.5)), first.X, np.stack([first.y, second.y], -1)
    )
    found = JointPosterior.of(joint, STANDARD, rngs)
    alone = JointPosterior.of(Joint.of(second), STANDARD, [generator(1)])
    np.testing.assert_array_equal(found.moments.mean[:, 1], alone.moments.mean[:, 0])
    np.testing.assert_array_equal(found.covariance(1), alone.covariance(0))
    bounds = {0: (0.2, np.inf), 1: (-np.inf, 0.8)}
    together = found.probability(bounds)
    each = [found.probability({j: bounds[j]}) for j in bounds]
    np.testing.assert_allclose(together, each[0] * each[1])
    drawn = found.sample(20_000, generator(4))
    share = ((drawn[..., 0] > 0.2) & (drawn[..., 1] < 0.8)).mean(0)
    z = stats.norm.isf(FALSE_ALARM / 2 / POINTS)
    allowed = z * np.sqrt(together * (1 - together) / 20_000) + z**2 / 20_000
    assert (np.abs(share - together) < allowed).all()
    price = Want(known=np.arange(float(POINTS)))
    wide = replace(
        joint, outcomes=(first, second, first), wants=(*joint.wants, price),
        y=np.concatenate([joint.y, np.zeros_like(joint.y[..., :1])], -1), cost=None,
    )  # fmt: skip
    beside = found.beside(wide)
    np.testing.assert_array_equal(beside.moments.mean[:, 2], np.arange(POINTS))
    np.testing.assert_array_equal(beside.sample(2, generator(0))[0, :, 2], np.arange(POINTS))
    assert beside.covariance(2).max() < 1e-12
    assert (beside.score(AcquisitionSpec()) != found.score(AcquisitionSpec())).any()


@pytest.mark.parametrize("name", ["pi", "ei", "log_ei", "ucb", "variance"])
def test_scores_are_the_engines(name: str) -> None:
    """``pi`` is a probability, of which the engine takes the logarithm; failures count."""
    strategy = STANDARD.but(acquisition=name)
    found = engine.survey(Joint.of(asked("failures")), strategy, [generator(0)])
    score = learned("failures").score(strategy.acquisition)
    np.testing.assert_allclose(np.log(score) if name == "pi" else score, found.score[0], rtol=1e-9)
    if name == "pi":
        assert ((score >= 0) & (score <= 1)).all()


def test_the_model_is_asked_elsewhere() -> None:
    """Without another fit: the same as if these had been the points from the start."""
    found, problem = learned(), asked()
    other = replace(
        problem, pool=Design(spread(7, 2), ("a", "b")), taken=np.zeros((1, 7), dtype=bool)
    )
    again = JointPosterior.of(Joint.of(other), STANDARD, [generator(0)])
    np.testing.assert_array_equal(found.over(Joint.of(other)).moments.mean, again.moments.mean)


@pytest.mark.parametrize("kind", EVIDENCE)
def test_the_weights_of_the_data_make_the_mean(kind: str) -> None:
    """Of each process by itself: its mean moves by the weight of a value when that value moves, as
    the process conditioned on moved values says."""
    found = learned(kind)
    fitted = found.model.fitted[0]
    assert fitted is not None
    for i in (0, POINTS - 1):
        weights = found.data_weights(0, i)
        gp, which = joint_posterior._distinct(fitted)
        assert weights.shape == (gp.data.z.shape[1],)
        share = found._law(0)[0][:, i]
        posterior = found.now.posteriors[0]
        assert posterior is not None
        points = posterior.pool.unflatten(0, (len(share), -1))[:, i].expand(len(gp.alpha), -1, -1)
        before = gp.solve(points)[0]
        for k in range(len(weights)):
            z = gp.data.z.clone()
            z[:, k] += 1.0
            moved = GP.from_root(
                gp.kernel,
                gp.hyperparameters,
                replace(gp.data, z=z),
                gp.root,
                torch.where(gp.mean_variance > 0, torch.nan, gp.mean),
                nugget=gp.nugget,
                source=gp.source,
            )
            by_hand = ((moved.solve(points)[0] - before) @ share)[which].mean()
            assert weights[k] == pytest.approx(float(by_hand), abs=1e-8)


@pytest.mark.parametrize("kind", EVIDENCE)
def test_gain_splits_into_what_is_expected_and_what_is_unclear(kind: str) -> None:
    """The whole is expected improvement; the part that is exploitation the mean over the
    components of how far their means lie above what each has to beat."""
    found = learned(kind)
    whole, sure = (each[0].numpy() for each in found.given.split_gain())
    improvement = found.score(STANDARD.acquisition.model_copy(update={"name": "ei"}))
    np.testing.assert_allclose(whole * found.works, improvement, rtol=1e-6)
    assert (whole >= sure * (1 - 1e-9)).all()
    (outcome,) = found.given.outcomes
    above = (outcome.mean - found.given.best.unsqueeze(-1)).clamp_min(0)
    by_hand = found.given.average(above)[0].numpy()
    np.testing.assert_allclose(sure, by_hand, rtol=1e-4, atol=1e-6 * whole.max())


@pytest.mark.parametrize("kind", EVIDENCE)
def test_beliefs_after_a_value_have_it_there(kind: str) -> None:
    """At the quantile of each component, and with no doubt left; others move the same way or not
    at all where nothing ties them."""
    found = learned(kind)
    at = int(np.argmax(found.moments.sd[:, 0]))
    low, high = (found.after(at, p).moments for p in (0.1, 0.9))
    assert low.mean[at, 0] < found.moments.mean[at, 0] < high.mean[at, 0]
    share, mean, sd = found._law(0)
    if len(share) == 1:
        drawn = (mean[0, :, at] + stats.norm.ppf(0.9) * sd[0, :, at]).mean()
        assert high.mean[at, 0] == pytest.approx(float(drawn), rel=1e-6)
    assert (high.sd[:, 0] <= found.moments.sd[:, 0] + high.mean[:, 0].std()).all()
