"""Incremental posterior: of a whole pool under every hyperparameter sample, row by row, in a study.

Where every measured point is a candidate, a factor of its own is not needed: with L the Cholesky
factor of the data, the rows L^-1 k(data, pool) hold what the next row needs (the column of the new
candidate is its row of L), and their sums hold the posterior mean and variance of every candidate
under every sample (sequential conditioning: Rasmussen and Williams 2006, appendix A.2). Work and
memory per measurement are those of the rows.

Values come in as they are, about an origin: the marginal likelihood integrates their mean out and
takes their standard deviation from all of them, so neither needs to be known while rows are added.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.kernels import BatchedKernel
from tansaku.bo.surrogates.gp import Data, Hyperparameters
from tansaku.bo.surrogates.hyperparameter_samples import (
    LAWFUL_FLOOR,
    HyperparameterSamples,
    kernel_with,
    table_of,
    weigh,
)
from tansaku.bo.surrogates.posterior import VARIANCE_FLOOR, Posterior, Prior


@dataclass(frozen=True, slots=True)
class IncrementalPosterior:
    """What each of h samples makes of the data of b problems, at unit signal variance.

    Attributes:
        pool: Encoded candidates, shape (N, d).
        table: Kernel of all pairs of candidates, shape (N, h, N); ``None`` where not tabulated.
        positions: Candidate of each measurement, shape (b, n).
        origin: What is taken off the values, shape (b,), model units.
        rows: L^-1 k(data, pool), n of them, shape (b, h, N) each.
        half_log_det: Half the log determinants, shape (b, h).
        ones: Square of L^-1 1, shape (b, h).
        along: Product of L^-1 1 and L^-1 y, shape (b, h).
        values: Square of L^-1 y, shape (b, h).
        pool_one: Products of the rows with L^-1 1, shape (b, h, N).
        pool_value: Products of the rows with L^-1 y, shape (b, h, N).
        explained: Squares of the rows, shape (b, h, N).
    """

    pool: Float[Tensor, "N d"]
    table: Float[Tensor, "N h N"] | None
    positions: Int[Tensor, "b n"]
    origin: Float[Tensor, " b"]
    rows: tuple[Float[Tensor, "b h N"], ...]
    half_log_det: Float[Tensor, "b h"]
    ones: Float[Tensor, "b h"]
    along: Float[Tensor, "b h"]
    values: Float[Tensor, "b h"]
    pool_one: Float[Tensor, "b h N"]
    pool_value: Float[Tensor, "b h N"]
    explained: Float[Tensor, "b h N"]

    @classmethod
    def nothing(
        cls,
        pool: Float[Tensor, "N d"],
        kernel: BatchedKernel,
        samples: HyperparameterSamples,
        y: Float[Tensor, "b n"],
    ) -> IncrementalPosterior:
        """Before any measurement of the problems that begin with the values ``y``."""
        b, h, table = len(y), len(samples.noise), table_of(kernel, samples, len(y), pool)
        few, many = y.new_zeros(4, b, h), y.new_zeros(3, b, h, len(pool))
        positions = torch.zeros(b, 0, dtype=torch.int64, device=y.device)
        by_row = None if table is None else table.transpose(0, 1).contiguous()
        return cls(pool, by_row, positions, y.mean(-1), (), *few.unbind(0), *many.unbind(0))

    def add(
        self,
        kernel: BatchedKernel,
        samples: HyperparameterSamples,
        position: Int[Tensor, " b"],
        y: Float[Tensor, " b"],
        count: Float[Tensor, " b"],
    ) -> IncrementalPosterior:
        """One more measurement of each problem. Writes into the sums: what is stored is used up."""
        at = position.view(-1, 1, 1).expand(*self.half_log_det.shape, 1)
        value, one, explained = (
            each.gather(2, at).squeeze(2)
            for each in (self.pool_value, self.pool_one, self.explained)
        )
        noise = samples.noise / count.unsqueeze(-1)
        pivot = (1 + noise - explained).clamp_min(LAWFUL_FLOOR).sqrt()
        if self.table is None:
            pool = self.pool.expand(len(position), -1, -1)
            row = kernel_with(kernel, samples, pool, self.pool[position])
        else:
            row = self.table[position]
        for known in self.rows:  # twice as fast as one product of matrices this thin
            row.addcmul_(known, known.gather(2, at), value=-1)
        row /= pivot.unsqueeze(-1)
        one = (1 - one) / pivot
        value = ((y - self.origin).unsqueeze(-1) - value) / pivot
        return IncrementalPosterior(
            pool=self.pool,
            table=self.table,
            positions=torch.cat([self.positions, position.unsqueeze(-1)], -1),
            origin=self.origin,
            rows=(*self.rows, row),
            half_log_det=self.half_log_det + pivot.log(),
            ones=self.ones + one.square(),
            along=self.along + one * value,
            values=self.values + value.square(),
            pool_one=self.pool_one.addcmul_(row, one.unsqueeze(-1)),
            pool_value=self.pool_value.addcmul_(row, value.unsqueeze(-1)),
            explained=self.explained.addcmul_(row, row),
        )

    def log_weights(
        self, samples: HyperparameterSamples, scale: Float[Tensor, " b"]
    ) -> tuple[Float[Tensor, "b h"], Float[Tensor, "b h"]]:
        """As ``MarginalLikelihood.log_weights``; ``scale`` standardises the values."""
        squares = self.values - self.along.square() / self.ones
        residual = squares / scale.square().unsqueeze(-1)
        return weigh(samples, self.half_log_det, self.ones, residual, self.positions.shape[1])

    def posterior_of(
        self,
        kernel: BatchedKernel,
        samples: HyperparameterSamples,
        signal: Float[Tensor, "b h"],
        data: Data,
        which: Int[Tensor, "b k"],
    ) -> Posterior:
        """What ``which`` samples of each problem believe of the candidates; ``signal`` is the
        signal variance under each sample, standardised."""
        (b, k), number = which.shape, self.explained.shape[1]
        problem = torch.arange(b, device=which.device).repeat_interleave(k)
        flat, sample = problem * number + which.reshape(-1), which.reshape(-1)

        def drawn(each: Tensor) -> Tensor:
            return each.reshape(b * number, *each.shape[2:])[flat]

        s, scale = drawn(signal), data.scale[problem]
        level = drawn(self.along / self.ones).unsqueeze(-1)
        mean = torch.addcmul(drawn(self.pool_value), drawn(self.pool_one), level, value=-1)
        mean += level + self.origin[problem].unsqueeze(-1)
        variance = (1 - drawn(self.explained)).clamp_min_(VARIANCE_FLOOR)
        variance *= (s * scale.square()).unsqueeze(-1)

        def rows() -> Tensor:
            return torch.stack([drawn(row) for row in self.rows], 1) * s.sqrt().view(-1, 1, 1)

        h = Hyperparameters(samples.length_scales[sample], s, samples.noise[sample] * s)
        return Posterior(
            law=Prior(kernel.take(sample), h, scale),
            pool=self.pool,
            rows=cache(rows),
            mean=mean.unsqueeze(1),
            variance=variance,
            noise=h.noise * scale.square(),
        )
