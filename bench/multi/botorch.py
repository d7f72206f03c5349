"""Several goals beside BoTorch's qLogNEHVI, in one run: python -m bench.multi.botorch [--runs N]

Both begin with the same random samples and choose one sample at a time from what is left of a
finished table. BoTorch's side is what its tutorials show: a SingleTaskGP with its defaults for each
goal, values standardised, qLogNoisyExpectedHypervolumeImprovement with 128 Sobol samples over the
measured points, asked at every open candidate, the reference point inferred from what is measured.
What is compared is the hypervolume that is missing, over samples 6 to 30.
"""

from __future__ import annotations

import argparse
import time
import warnings
from dataclasses import replace

import numpy as np
import torch
from botorch.acquisition.multi_objective.logei import qLogNoisyExpectedHypervolumeImprovement
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from botorch.models.model_list_gp_regression import ModelListGP
from botorch.sampling.normal import SobolQMCNormalSampler
from botorch.utils.multi_objective.hypervolume import infer_reference_point
from botorch.utils.multi_objective.pareto import is_non_dominated
from gpytorch.mlls import SumMarginalLogLikelihood
from torch import Tensor

from bench.multi.tables import Task, lyczp, triple
from tansaku.design import Floats, Ints
from tansaku.studies import study

START, SAMPLES, SEED = 5, 30, 0


def tasks() -> list[Task]:
    """The tables of the benchmark whose goals are all measured, and other goals of LYCZP."""
    base = lyczp()
    wanted = {
        "conductivity at the higher temperature x density": (
            "sigma_highT_S_cm:max:log10",
            "relative_density:max",
        ),
        "density x impurity": ("relative_density:max", "impurity_fraction:min"),
        "conductivity x density x impurity": (
            "sigma_lowT_S_cm:max:log10",
            "relative_density:max",
            "impurity_fraction:min",
        ),
    }
    more = [
        replace(base, name=f"lyczp_47, {name}", targets=targets, reference=())
        for name, targets in wanted.items()
    ]
    return [base, *more, *triple()]


def next_pick(X: Tensor, Y: Tensor, open_: Tensor, seed: int) -> int:
    """The place among the open candidates of the next sample; all goals are to be large."""
    Z = (Y - Y.mean(0)) / Y.std(0).clamp_min(1e-9)
    model = ModelListGP(*(SingleTaskGP(X, Z[:, [j]]) for j in range(Z.shape[1])))
    fit_gpytorch_mll(SumMarginalLogLikelihood(model.likelihood, model))
    acquisition = qLogNoisyExpectedHypervolumeImprovement(
        model,
        ref_point=infer_reference_point(Z[is_non_dominated(Z)], scale=0.1).tolist(),
        X_baseline=X,
        sampler=SobolQMCNormalSampler(torch.Size([128]), seed=seed),
        prune_baseline=True,
    )
    with torch.no_grad():
        parts = [acquisition(part.unsqueeze(1)) for part in open_.split(256)]
    return int(torch.cat(parts).argmax())


def of_botorch(X: Floats, good: Floats, begin: Ints, samples: int) -> Ints:
    """Picks from these starts, shape (runs, samples)."""
    points, values, found = torch.from_numpy(X), torch.from_numpy(good), []
    for run, start in enumerate(begin.tolist()):
        picks = list(start)
        while len(picks) < samples:
            left = [i for i in range(len(X)) if i not in picks]
            picks.append(left[next_pick(points[picks], values[picks], points[left], run)])
        found.append(picks)
    return np.array(found, dtype=np.int64)


def compared(task: Task, runs: int) -> tuple[Floats, Floats, float, float]:
    """(missing hypervolume of each run of ours, of BoTorch's, processor seconds of each)."""
    clock = time.process_time()
    ours = study(
        task.frame, inputs=task.inputs, target=list(task.targets), reference=dict(task.reference),
        strategies=["standard"], runs=runs, start=START, steps=SAMPLES, seed=SEED,
    )  # fmt: skip
    first, (own,) = time.process_time(), ours.strategies
    X, (good, _kept) = ours.table.matrix, ours.table.worth
    X = (X - X.min(0)) / np.ptp(X, axis=0)
    theirs = of_botorch(X, good, own.picks[:, :START], SAMPLES)
    last, metric = time.process_time(), ours.metrics["hypervolume"]
    missing = [1 - metric.of(picks)[:, START:].mean(1) for picks in (own.picks, theirs)]
    return missing[0], missing[1], first - clock, last - first


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    print("| table and goals | missing, ours | BoTorch's | ratio | time, ours / BoTorch's |")
    print("|---|---|---|---|---|")
    logs = []
    for task in tasks():
        one, other, mine, theirs = compared(task, given.runs)
        logs.append(np.log(one.mean() / other.mean()))
        print(f"| {task.name} | {one.mean():.3f} | {other.mean():.3f} | {np.exp(logs[-1]):.2f} |"
              f" 1/{theirs / mine:.0f} |", flush=True)  # fmt: skip
    drawn = np.random.default_rng(0).integers(len(logs), size=(4000, len(logs)))
    low, high = np.exp(np.quantile(np.array(logs)[drawn].mean(1), [0.025, 0.975]))
    print(f"| all | | | {np.exp(np.mean(logs)):.2f} ({low:.2f} to {high:.2f}) | |")


if __name__ == "__main__":
    main()
