"""One code for every device: the engine run on a second device gives the processor's answers."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tansaku.bo import device, engine, search, shortlist
from tansaku.bo.device import to_device, to_host
from tansaku.bo.optimize import bfgs
from tansaku.bo.optimize.settable import drawn
from tansaku.bo.source_relevance import assess as source_relevance
from tansaku.bo.surrogates import fitting
from tansaku.bo.surrogates import map as maximised
from tansaku.design import (
    Design,
    Direction,
    Joint,
    LevelRule,
    Limited,
    Problems,
    Region,
    SourceData,
    Tried,
    Want,
)
from tansaku.errors import UsageError
from tansaku.strategy import STRATEGIES, Strategy
from tests.bo.conftest import fitted_of
from tests.bo.second_device import DEVICE, MixedDevicesError, SecondDevice
from tests.seeds import generator

ROOM = Path(device.__file__).parent
ON_THE_PROCESSOR = {
    "device.py": "the two doors themselves",
    "optimize/free.py": "SciPy's climb",
    "optimize/settable.py": "the Sobol points",
}
FACTORIES = {
    "arange", "as_tensor", "empty", "eye", "full", "linspace", "ones", "rand", "randn", "tensor",
    "zeros",
}  # fmt: skip
WITH_MODEL = [name for name in STRATEGIES if STRATEGIES[name].surrogate is not None]
N, D = 40, 2


@contextmanager
def second_device(monkeypatch: pytest.MonkeyPatch) -> Iterator[SecondDevice]:
    """The environment asks for the second device, and it is there."""
    with monkeypatch.context() as patched, SecondDevice() as there:
        patched.setattr(device, "DEVICES", ("cpu", DEVICE.type))
        patched.setenv(device.VARIABLE, DEVICE.type)
        yield there


def points() -> np.ndarray:
    """Candidates, shape (N, D)."""
    return generator(0).random((N, D))


def searches(b: int, n: int, *, pending: int = 0, **more: Any) -> Problems:
    """b searches with n measurements each, and the last candidates under way."""
    X = points()
    y = np.sin(5 * X[:, 0]) - 3 * X[:, 1] ** 2
    rows = np.stack([generator([1, i]).permutation(N - pending)[:n] for i in range(b)])
    under_way = np.tile(np.arange(N - pending, N), (b, 1))
    taken = np.zeros((b, N), dtype=bool)
    taken[np.arange(b)[:, None], rows] = True
    taken[:, N - pending :] = True
    counts = 1.0 + np.arange(b * n).reshape(b, n) % 2
    pool = Design(X, ("a", "b"))
    return Problems(pool, X[rows], y[rows], counts, taken, under_way, positions=rows, **more)


def source(sign: float) -> SourceData:
    """An older system."""
    X = generator(2).random((7, D))
    return SourceData(X, sign * np.sin(5 * X[:, 0]), np.ones(7))


def tried(b: int, t: int) -> tuple[np.ndarray, np.ndarray]:
    """Points, and which of them worked: every other one."""
    return generator(3).random((b, t, D)), np.tile(np.arange(t) % 2 == 0, (b, 1))


def limits(b: int, c: int) -> Limited:
    """Values below -1."""
    X = generator(4).random((b, c, D))
    return Limited(X, np.full((b, c), -1.0), np.full((b, c), -1.0))


@pytest.fixture(autouse=True)
def short_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few steps of a fit show what many do."""
    monkeypatch.setattr(bfgs, "MAX_STEPS", 4)


QUESTIONS: dict[str, Problems] = {
    "one": searches(1, 6, pending=2),
    "nine": searches(9, 5),  # from eight on a study tabulates the kernel
    "match": searches(2, 5, pending=1, direction=Direction.MATCH, match=-0.5),
    "a source": searches(1, 4, pending=1, sources=(source(1.0),)),
    "two sources": searches(1, 4, sources=(source(1.0), source(-1.0))),
    "a source alone": searches(1, 0, sources=(source(1.0),)),
    "failures": searches(2, 5, tried=Tried(*tried(2, 4))),
    "limits and sds": searches(2, 5, noise=np.full((2, 5), 0.1), limits=limits(2, 2)),
}


QUESTIONS_OF = {
    "standard": list(QUESTIONS),
    "transfer": ["two sources"],
    "mixed": ["a source", "a source alone"],
    "isotropic": ["nine", "two sources", "limits and sds"],
    "ensemble": ["two sources"],
    "thompson": ["one", "nine", "match"],
}
"""Beside these the strategies differ in their scores, for which one question is enough."""
EACH_QUESTION = pytest.mark.parametrize(
    ("name", "question"),
    [(name, each) for name in WITH_MODEL for each in QUESTIONS_OF.get(name, ["one"])],
)


def generators(b: int) -> list[np.random.Generator]:
    return [generator([7, i]) for i in range(b)]


def quick(name: str) -> Strategy:
    """The strategy, with one start of a fit where it takes many."""
    strategy = STRATEGIES[name]
    assert strategy.surrogate is not None
    return strategy.model_copy(
        update={
            "start_samples": 1,
            "surrogate": strategy.surrogate.model_copy(update={"restarts": 1}),
        }
    )


def told(proposal: engine.Proposal) -> dict[str, Any]:
    """The numbers of an answer."""
    found = {each.name: getattr(proposal, each.name) for each in fields(proposal)}
    found["high"] = [law.quantiles([(0.9, True)])[0] for law in proposal.laws]
    return {
        k: v
        for k, v in found.items()
        if v is not None and k not in ("fitted", "warm", "way", "laws")
    }


def same_on_both(
    monkeypatch: pytest.MonkeyPatch, ask: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """What was asked has the same answer on the second device; it really was asked there."""
    here = ask()
    with second_device(monkeypatch) as there:
        found = ask()
    assert there.ran > 10
    assert found.keys() == here.keys()
    for name, value in here.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-12, err_msg=name)
    return here


@EACH_QUESTION
def test_proposals_are_those_of_the_processor(
    name: str, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two picks; then the next one, from what the first fit left where that plays a part."""
    problems, strategy = QUESTIONS[question], quick(name)

    def ask() -> dict[str, Any]:
        rngs = generators(problems.size)
        first = engine.propose(Joint.of(problems), strategy, 2, rngs)
        answer = told(first) | {"effective": fitted_of(first).effective}
        if question in ("nine", "a source"):
            again = engine.propose(Joint.of(problems), strategy, 1, rngs, warm=first.warm)
            answer["again"] = again.picks
        return answer

    same_on_both(monkeypatch, ask)


@pytest.mark.parametrize("name", WITH_MODEL)
def test_what_is_believed_of_the_pool_is_the_same(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    problems, strategy = QUESTIONS["match"], quick(name)

    def ask() -> dict[str, Any]:
        found = engine.survey(Joint.of(problems), strategy, generators(problems.size))
        return {each: getattr(found, each) for each in ("mean", "sd", "chance", "score")}

    same_on_both(monkeypatch, ask)


@pytest.mark.parametrize("name", ["standard", "thompson"])
def test_a_pool_in_blocks_gives_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "WHOLE", 10)
    monkeypatch.setattr(engine, "BEST", 6)
    monkeypatch.setattr(shortlist, "block_size", lambda _fitted: 13)
    problems, strategy = QUESTIONS["one"], quick(name)
    same_on_both(
        monkeypatch,
        lambda: told(engine.propose(Joint.of(problems), strategy, 2, generators(problems.size))),
    )


def test_a_large_search_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the posterior is maximised in place of averaging, first from a part of the data."""
    monkeypatch.setattr(fitting, "LARGEST", 4)
    monkeypatch.setattr(maximised, "FEW", 5)
    problems = searches(2, 8)

    def ask() -> dict[str, Any]:
        found = engine.propose(Joint.of(problems), quick("standard"), 1, generators(2))
        assert fitted_of(found).fit == "map"
        return told(found)

    same_on_both(monkeypatch, ask)


def test_a_space_that_is_not_listed_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """SciPy climbs on the processor; the scores and their gradients come from the device."""
    sizes = np.array([400, 400])
    rule = LevelRule((1, 1), 600)
    region = Region(
        sizes=sizes,
        columns=np.array([0, 1]),
        steps=1 / (sizes - 1),
        rules=(rule,),
        holds=rule.holds,
        encode=lambda levels: levels / (sizes - 1),
    )
    measured = drawn(region, 6, generator(3))
    X = region.encode(measured)
    y = -((X - 0.37) ** 2).sum(1)
    problem = replace(QUESTIONS["one"], X=X[None], y=y[None], positions=None)
    monkeypatch.setattr(search, "POINTS", 64)
    monkeypatch.setattr(search, "STARTS", 1)
    monkeypatch.setattr(search, "ROUNDS", 1)

    def ask() -> dict[str, Any]:
        draw, model = generator(4), generator(5)
        found = search.candidates(
            problem, measured, region, quick("standard"), draw=draw, model=model
        )
        return {"levels": found.levels}

    same_on_both(monkeypatch, ask)


def test_several_outcomes_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two objectives by hypervolume, with a limit on a third outcome, whole and in blocks."""
    first = searches(1, 6, pending=1)
    others = [replace(first, y=np.cos(k * first.X.sum(-1))) for k in (3.0, 7.0)]
    joint = Joint(
        (first, *others),
        (Want(), Want(), Want(None, lower=-0.5)),
        first.X,
        np.stack([first.y, others[0].y, others[1].y], -1),
    )

    def ask() -> dict[str, Any]:
        return told(engine.propose(joint, quick("standard"), 2, generators(1)))

    same_on_both(monkeypatch, ask)
    monkeypatch.setattr("tansaku.bo.engine.WHOLE", 10)
    same_on_both(monkeypatch, ask)


def test_what_is_said_of_a_source_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    problems = searches(1, 5, sources=(source(1.0),))

    def ask() -> dict[str, Any]:
        return {"said": repr(source_relevance.assess(problems, quick("standard")))}

    here = ask()
    with second_device(monkeypatch) as there:
        assert ask() == here
    assert there.ran > 10


def test_the_second_device_refuses_what_cuda_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The measure of the tests above."""
    with second_device(monkeypatch):
        there = to_device(np.ones(3))
        assert there.device == DEVICE
        assert (there + torch.tensor(1.0)).device == DEVICE  # a number of the processor is welcome
        np.testing.assert_array_equal(to_host(there.new_tensor([1.0, 2.0]) * 2), [2.0, 4.0])
        for forbidden in (
            lambda: there + torch.ones(3),
            lambda: there[torch.arange(2)],
            lambda: torch.zeros(3)[there.long()],
            lambda: torch.cat([there, torch.zeros(1)]),
            lambda: torch.eye(3) @ there,
        ):
            with pytest.raises(MixedDevicesError):
                forbidden()
        with pytest.raises(RuntimeError, match="not supported"):
            there.numpy()


def violations(code: str) -> list[str]:
    """Where tensors are made without a device, or pass between numpy and torch."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, owner = node.func.attr, node.func.value
        of_torch = isinstance(owner, ast.Name) and owner.id == "torch"
        placed = any(keyword.arg == "device" for keyword in node.keywords)
        if of_torch and (name == "from_numpy" or (name in FACTORIES and not placed)):
            found.append(f"{node.lineno}: torch.{name}")
        if name == "numpy" and not node.args:
            found.append(f"{node.lineno}: .numpy()")
    return found


def test_tensors_are_made_where_their_company_is() -> None:
    """In the code that no test above runs, too: ``device=``, or to_device and to_host."""
    found = {
        str(path.relative_to(ROOM)): violations(path.read_text(encoding="utf-8"))
        for path in sorted(ROOM.rglob("*.py"))
    }
    stray = {name: where for name, where in found.items() if where}
    assert {name: where for name, where in stray.items() if name not in ON_THE_PROCESSOR} == {}
    assert violations("torch.zeros(3)\nx.numpy()\ntorch.from_numpy(a)\ntorch.eye(2, device=d)") == [
        "1: torch.zeros",
        "2: .numpy()",
        "3: torch.from_numpy",
    ]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA card here")
@EACH_QUESTION
def test_proposals_on_a_card_are_those_of_the_processor(
    name: str, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same picks; numbers to the rounding of sums in another order."""
    problems = QUESTIONS[question]

    def ask() -> dict[str, Any]:
        rngs = generators(problems.size)
        return told(engine.propose(Joint.of(problems), quick(name), 2, rngs))

    here = ask()
    monkeypatch.setenv(device.VARIABLE, "cuda")
    found = ask()
    np.testing.assert_array_equal(found["picks"], here["picks"])
    for key, value in here.items():
        np.testing.assert_allclose(found[key], value, rtol=1e-6, atol=1e-9, err_msg=key)


def test_the_processor_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("", "cpu"):
        monkeypatch.setenv(device.VARIABLE, value)
        assert device.chosen() == torch.device("cpu")
    monkeypatch.delenv(device.VARIABLE)
    assert device.chosen() == torch.device("cpu")


def test_cuda_is_used_where_it_is_asked_for_and_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """And never silently left aside."""
    monkeypatch.setenv(device.VARIABLE, "cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UsageError, match="PyTorch finds none"):
        to_device(np.ones(2))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert device.chosen() == torch.device("cuda")
    monkeypatch.setenv(device.VARIABLE, "gpu")
    with pytest.raises(UsageError, match="'gpu', which names no device") as caught:
        device.chosen()
    assert caught.value.hint == "Set it to cpu / cuda."


def test_a_mapped_array_is_copied_and_another_shared() -> None:
    array = np.ones(3)
    to_device(array)[0] = 2.0
    assert array[0] == 2.0
    array.flags.writeable = False
    to_device(array)[1] = 2.0  # no warning of torch, and the array is as it was
    assert array.tolist() == [2.0, 1.0, 1.0]
