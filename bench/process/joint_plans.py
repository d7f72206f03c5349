"""Plans for two goals beside the best there is, where every plan can be tried; and their time.

The two goals are two truths of the family on the same candidates. Every plan is counted by the
growth of the hypervolume on joint draws that the planner did not see.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import torch

from bench.process import truths
from bench.process.plans import CRUCIBLES, MEASURED, RUNS, SETTINGS, case, timed
from bench.process.sharing import STRATEGY, problem
from tansaku.bo.fantasy_posterior import MultiOutputModel
from tansaku.bo.furnace.batch_objective import covariance_of
from tansaku.bo.furnace.plan import plan
from tansaku.bo.furnace.plan_search import Furnace, picks_of
from tansaku.bo.objectives.utility import Front
from tansaku.bo.surrogates.posterior import Posterior
from tansaku.design import Floats, Ints, Joint, Want

CASES = 20
DRAWS = 400


def joint_of(X: Floats, values: Floats, measured: Ints) -> Joint:
    """A search for both columns of ``values``, shape (N, 2)."""
    outcomes = tuple(replace(problem(X, y, measured), positions=None) for y in values.T)
    return Joint(outcomes, (Want(), Want()), X[measured][None], values[measured][None])


def ratio(seed: int) -> float:
    """Gain of our plan over that of the best of all plans."""
    X, first, group = case(seed)
    values = np.stack([first, _second(seed)], -1)
    measured = np.random.default_rng([seed, 1]).choice(len(X), MEASURED, replace=False)
    joint = joint_of(X, values, measured)
    furnace = Furnace(group, RUNS, CRUCIBLES, np.zeros(SETTINGS))
    found = plan(joint, STRATEGY, furnace, np.random.default_rng(seed))
    model = MultiOutputModel.of(joint, STRATEGY, [np.random.default_rng(seed)])
    front = model.over(torch.from_numpy(X)).to_beat("posterior")[0]
    drawn = np.stack([_drawn(each.gp, X, seed, j) for j, each in enumerate(model.fitted) if each])
    free = np.flatnonzero(~joint.outcomes[0].taken[0])
    pairs = [p for p in combinations(free.tolist(), 2) if group[p[0]] == group[p[1]]]
    plans = [
        [*pairs[i], *pairs[j]]
        for i, j in combinations(range(len(pairs)), 2)
        if not set(pairs[i]) & set(pairs[j])
    ]
    plans.append(picks_of(found.runs).tolist())
    gains = _growth(drawn, np.array(plans), front)
    return float(gains[-1] / gains.max())


def _second(seed: int) -> Floats:
    """Another truth at the candidates of ``case(seed)``."""
    y = truths.values(1000 + seed)
    rng = np.random.default_rng(seed)
    firings = rng.choice(truths.LEVELS**2, SETTINGS, replace=False)
    samples = rng.choice(truths.LEVELS**2, 5, replace=False)
    return y[(samples[:, None] * truths.LEVELS**2 + firings[None]).ravel()]


def _drawn(gp: object, X: Floats, seed: int, j: int) -> Floats:
    """Joint draws of one outcome, shape (draws, N)."""
    posterior = Posterior.over(gp, torch.from_numpy(X))  # type: ignore[arg-type]
    K = covariance_of(posterior, np.arange(len(X))).numpy()
    rng = np.random.default_rng([seed, 2, j])
    each = [
        rng.multivariate_normal(m, k, DRAWS // len(K), method="eigh")
        for m, k in zip(posterior.mean[:, 0].numpy(), K, strict=True)
    ]
    return rng.permutation(np.concatenate(each))


def _growth(drawn: Floats, plans: Ints, front: Front) -> Floats:
    """Mean growth of the hypervolume by each plan: of two goals, sample by sample."""
    total = np.zeros(len(plans))
    base = _area(front.good[0].numpy()[None], front.reference[0].numpy())
    good = front.good[0].numpy()
    for draw in drawn.transpose(1, 2, 0):
        both = np.concatenate(
            [np.broadcast_to(good, (len(plans), *good.shape)), draw[plans]], axis=1
        )
        total += _area(both, front.reference[0].numpy()) - base
    return total / drawn.shape[1]


def _area(points: Floats, reference: Floats) -> Floats:
    """Hypervolume of each of k fronts of two goals, shape (k, p, 2) -> (k,)."""
    above = np.maximum(points - reference, 0.0)
    order = np.argsort(-above[..., 0], axis=1)
    x, y = (np.take_along_axis(above[..., j], order, 1) for j in (0, 1))
    height = np.maximum.accumulate(y, axis=1)
    return (x * np.diff(height, axis=1, prepend=0.0)).sum(1)


def seconds(runs: int = 3, crucibles: int = 8, measured: int = 24) -> tuple[float, float]:
    """(wall, processor) seconds for the plan of a pool of 2401 at 49 firings, two goals."""
    X, values = truths.grid(), np.stack([truths.values(0), truths.values(1)], -1)
    known = np.random.default_rng(0).choice(len(X), measured, replace=False)
    furnace = Furnace(truths.shared(), runs, crucibles, np.zeros(truths.LEVELS**2))
    asked = joint_of(X, values, known)
    return timed(lambda: plan(asked, STRATEGY, furnace, np.random.default_rng(1)))


def report() -> str:
    """Both as lines of text."""
    ratios = np.array([ratio(seed) for seed in range(CASES)])
    wall, cpu = seconds()
    return "\n".join(
        (
            f"two goals, {CASES} small cases: growth of the hypervolume over that of the best plan:"
            f" mean {ratios.mean():.4f}, worst {ratios.min():.4f}, equal in"
            f" {(ratios > 1 - 1e-9).mean():.0%}",
            f"3 runs of 8 out of 2401 candidates, two goals, 24 measured: {wall:.1f} s, processor"
            f" {cpu:.1f} s",
        )
    )
