"""Stages: whoever listens knows of them, and nobody else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context

import tansaku as tk
from tansaku.language import use
from tansaku.stages import listener, listening, nobody, stage

Told = list[tuple[str, int, int]]


def test_the_innermost_listens() -> None:
    """What is said inside of two goes to the inner one, and to the outer one again behind it, also
    where the work inside fails."""
    outer: Told = []
    inner: Told = []
    stage("to nobody")
    with listening(lambda *told: outer.append(told)):
        stage("a")
        with suppress(KeyError), listening(lambda *told: inner.append(told)):
            stage("b", 1, 2)
            raise KeyError
        stage("c")
    stage("to nobody")
    assert (outer, inner) == ([("a", 0, 0), ("c", 0, 0)], [("b", 1, 2)])
    assert listener() is nobody


def test_a_thread_has_its_own() -> None:
    """As with the language: only in a copy of the context somebody listens."""
    heard: Told = []
    with listening(lambda *told: heard.append(told)), ThreadPoolExecutor(1) as threads:
        threads.submit(stage, "elsewhere").result()
        threads.submit(copy_context().run, stage, "here").result()
    assert heard == [("here", 0, 0)]


def test_a_suggestion_tells_its_stages() -> None:
    """In the language in use; and a study nothing but its strategies, counted."""
    table = {"x": [i / 9 for i in range(10)], "y": [1.0, 3, 2, 5, 4, 6, None, None, None, None]}
    campaign = tk.Campaign.from_table(table, inputs=["x"], target="y")
    heard: Told = []
    with use("ja"), listening(lambda *told: heard.append(told)):
        campaign.suggest(1)
    assert heard == [("モデルを学習しています", 0, 0)]
    measured = {name: values[:6] for name, values in table.items()}
    heard.clear()
    with listening(lambda *told: heard.append(told)):
        tk.study(measured, inputs=["x"], target="y", strategies=["standard"], runs=2, start=2)
    assert {name for name, _done, _total in heard} == {"standard"}
    assert heard[-1] == ("standard", 8, 8)
