"""A process that has weighed the samples of a problem does not weigh them again; what it says is to
the bit what a process says that never did."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from jaxtyping import Float
from torch import Tensor

from tansaku.bo.kernels import KERNELS, RBF
from tansaku.bo.surrogates import Fitted, Observations, fit
from tansaku.bo.surrogates.gp import Noise
from tansaku.bo.surrogates.quadrature import Grid, forget
from tansaku.campaign import Campaign
from tansaku.strategy import SurrogateSpec
from tests.campaign.test_reason_card import KINDS
from tests.seeds import generator, scatter, spread

X = torch.from_numpy(spread(9, 2))[None]
Y = torch.from_numpy(scatter(9, 7))[None]
ONES = torch.ones(1, 9).double()
PLAIN = Observations.plain(X, Y, ONES)
OTHERS = {
    "point": Observations.plain(X + 1e-9 * torch.eye(9, 2).double(), Y, ONES),
    "value": Observations.plain(X, Y + 1e-9 * torch.eye(9)[4].double(), ONES),
    "replicates": Observations.plain(X, Y, ONES + torch.eye(9)[4].double()),
    "known": Observations(X, Y, Noise.of(ONES, 0.01 * ONES), PLAIN.limits),
    "runs": Observations(X, Y, Noise.of(ONES, runs=torch.arange(9)[None] // 3), PLAIN.limits),
}


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    forget()
    yield
    forget()


@pytest.fixture
def weighings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The problems of each weighing."""
    found: list[int] = []
    weighed = Grid.weighed

    def counting(grid: Grid, *, nodes: bool) -> tuple[Tensor, Tensor]:
        found.append(len(grid.data.z))
        return weighed(grid, nodes=nodes)

    monkeypatch.setattr(Grid, "weighed", counting)
    return found


def said(observed: Observations, kernel: str = "matern52+rbf") -> bytes:
    """Means and variances at some points, to the bit."""
    found: Fitted = fit(observed, SurrogateSpec(kernel=kernel), [generator(3)])
    points = torch.from_numpy(spread(30, 2)[20:]).expand(len(found.gp.alpha), -1, -1)
    return b"".join(part.numpy().tobytes() for part in found.gp.predict(points))


@pytest.mark.parametrize("what", OTHERS)
def test_only_the_same_is_the_same(what: str, weighings: list[int]) -> None:
    """Whatever differs, and by however little, is weighed anew."""
    first = said(PLAIN)
    assert (said(PLAIN), weighings) == (first, [1])
    known = said(OTHERS[what])
    assert weighings == [1, 1]
    forget()
    assert said(OTHERS[what]) == known
    assert said(PLAIN) == first


class Rough(type(RBF)):  # type: ignore[misc]
    def __init__(self, power: float) -> None:
        self.power = power

    def value(self, s: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        return torch.exp(-0.5 * s**self.power)


@pytest.mark.usefixtures("own_registries")
def test_a_kernel_that_is_entered_anew_is_another_one() -> None:
    """Under the same name, as in a notebook whose cell is run again."""
    KERNELS.add("own", Rough(0.5))
    first = said(PLAIN, "own")
    del KERNELS._entries["own"]  # type: ignore[attr-defined]
    KERNELS.add("own", Rough(0.9))
    second = said(PLAIN, "own")
    assert second != first
    forget()
    assert said(PLAIN, "own") == second


@pytest.mark.parametrize("kind", KINDS)
def test_reasons_rest_on_what_the_suggestion_has_weighed(kind: str, weighings: list[int]) -> None:
    """Also where they are asked for later; and whatever they did with it, it is as it was."""
    campaign: Campaign = KINDS[kind]()
    found = campaign.suggest(n=2, seed=1)
    done = len(weighings)
    assert done > 0
    cards = [campaign.explain(each.id).card for each in found]
    assert len(weighings) == done
    forget()
    assert [campaign.explain(each.id).card for each in found] == cards
