"""Acquisition: one number per candidate that ranks it, and the registry of its kinds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from tansaku.bo.acquisition_input import AcquisitionInput, Kind
from tansaku.registry import Registry
from tansaku.strategy import NAMES, AcquisitionSpec


@dataclass(frozen=True)
class Acquisition(ABC):
    """A rule that ranks candidates; its fields are parameters, as ``AcquisitionSpec`` names them.

    Attributes:
        kind: What its score is: see :data:`~tansaku.bo.acquisition_input.Kind`.
        draws: It ranks by functions drawn from the posterior, another one for each sample.
        explores: It asks where least is known, whatever is good.
        rises: It never falls where the mean or the sd of a goal to be raised is larger, and a
            chance to fail only lowers it: what bounds these bounds it.
        in_logarithms: It ranks by the logarithm of what its name says.
    """

    kind: ClassVar[Kind]
    draws: ClassVar[bool] = False
    explores: ClassVar[bool] = False
    rises: ClassVar[bool] = False
    in_logarithms: ClassVar[bool] = False

    @abstractmethod
    def score(self, given: AcquisitionInput) -> Float[Tensor, "b N"]:
        """Score of each candidate, the largest is picked: finite or -inf, never NaN."""


ACQUISITIONS: Registry[type[Acquisition]] = Registry("acquisition", NAMES["acquisition"])


def acquisition_of(spec: AcquisitionSpec) -> Acquisition:
    """The one that a strategy names, with its parameters."""
    named = ACQUISITIONS[spec.name]
    return named(**{field.name: getattr(spec, field.name) for field in fields(named)})


def score_of(acquisition: Acquisition, given: AcquisitionInput) -> Float[Tensor, "b N"]:
    """Its score, with the chance that a sample works and its cost taken into account."""
    return given.weighed(acquisition.score(given), acquisition.kind)
