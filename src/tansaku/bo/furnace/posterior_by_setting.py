"""The posterior of one outcome at every shared setting of a furnace."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from tansaku.bo.surrogates.posterior import VARIANCE_FLOOR, Posterior


@dataclass(frozen=True, slots=True)
class PosteriorBySetting:
    """Of c components in s fantasies, at G settings of w points.

    Attributes:
        posterior: Of all points.
        points: Which of them stand at each setting, shape (G, w).
        rows: Rows whose products are the covariance explained so far, shape (c, r, G, w), in
            standardised units.
        mean: In model units.
        variance: In model units squared.
    """

    posterior: Posterior
    points: Int[Tensor, "G w"]
    rows: Float[Tensor, "c r G w"]
    mean: Float[Tensor, "c s G w"]
    variance: Float[Tensor, "c G w"]

    @classmethod
    def of(cls, posterior: Posterior, points: Int[Tensor, "G w"]) -> PosteriorBySetting:
        """At these points."""
        return cls(
            posterior,
            points,
            posterior.solved[:, :, points],
            posterior.mean[:, :, points],
            posterior.variance[:, points],
        )

    def fantasize(
        self, place: Int[Tensor, " G"], draws: Float[Tensor, "#c f"]
    ) -> tuple[PosteriorBySetting, Float[Tensor, "c f G"]]:
        """(the posterior after a fantasized value of point ``place`` of each setting, that value);
        ``draws`` are standard normal."""
        law, settings = self.posterior.law, torch.arange(len(place), device=place.device)
        scale = law.scale.view(-1, 1, 1)
        own = self.rows[:, :, settings, place]
        prior = self._prior(self.points[settings, place])
        covariance = prior - torch.einsum("crg,crgw->cgw", own, self.rows)
        sd = (self.variance[:, settings, place].unsqueeze(-1) / scale.square()).sqrt()
        known = self.variance.sqrt() / scale  # no covariance exceeds both sds, but by rounding
        row = torch.maximum(torch.minimum(covariance / sd, known), -known)
        shift = (row * scale).unsqueeze(1)
        mean = self.mean + draws[:, :, None, None] * shift
        floor = VARIANCE_FLOOR * law.hyperparameters.signal.view(-1, 1, 1) * scale.square()
        after = PosteriorBySetting(
            self.posterior,
            self.points,
            torch.cat([self.rows, row.unsqueeze(1)], 1),
            mean,
            torch.maximum(self.variance - shift.squeeze(1).square(), floor),
        )
        return after, mean[:, :, settings, place]

    def _prior(self, picked: Int[Tensor, " G"]) -> Float[Tensor, "c G w"]:
        """Prior covariance of one point of each setting with all of its setting."""
        law, (G, w) = self.posterior.law, self.points.shape
        c = len(law.scale)
        which = torch.arange(c, device=picked.device).repeat_interleave(G)
        one = self.posterior.pool[picked].unsqueeze(1).repeat(c, 1, 1)
        all_ = self.posterior.pool[self.points].repeat(c, 1, 1)
        return law.take(which).covariance(one, all_).view(c, G, w)
