"""Verdicts in words: each code says its own thing, with its numbers."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from tansaku.insight.verdict import Range, SourceVerdict, brief, use, words

Code = Literal["helps", "open", "hurts"]


def verdict(code: Code, **change: Any) -> SourceVerdict:
    fields: dict[str, Any] = {
        "source": "old [S/cm] {x}",
        "verdict": code,
        "measured": 8,
        "needed": 3,
        "weight": 0.87,
        "factor": 2.0,
        "gain": Range(value=0.6931471805599453, low=0.1, high=1.2),
        "correlation": Range(value=0.81, low=0.42, high=0.97),
        "reach": 0.9,
        "co_located": 2,
    }
    return SourceVerdict(**fields | change)


def test_the_numbers_say_why() -> None:
    helps = words(verdict("helps"))
    assert helps.startswith("Older data 'old [S/cm] {x}' help: ")
    for part in ("8 results are 2 times", "87 %", "+0.81 (+0.42 to +0.97)"):
        assert part in helps
    hurts = words(verdict("hurts", factor=0.5))
    assert "hurt: " in hurts
    assert "only 0.5 times as probable" in hurts
    open_ = words(verdict("open"))
    assert "no evidence yet: " in open_
    assert "87 %" in open_
    assert "times as probable" in words(verdict("open", needed=8))
    early = words(verdict("open", gain=None, factor=None, measured=1))
    assert "1 of the 3 results" in early
    assert "times" not in early


def test_what_runs_the_other_way_does_not_plainly_help() -> None:
    """With the whole interval of the correlation below 0; else it is not certain."""
    opposed = verdict("helps", correlation=Range(value=-0.95, low=-0.99, high=-0.8))
    assert words(opposed).startswith("Older data 'old [S/cm] {x}' run the other way: ")
    assert "-0.95, -0.99 to -0.80" in words(opposed)
    assert "run the other way" in brief(opposed)
    unsure = verdict("helps", correlation=Range(value=-0.3, low=-0.7, high=0.2))
    assert " help: " in words(unsure)
    assert "other way" not in words(unsure) + brief(unsure)


def test_little_within_reach_is_said() -> None:
    assert "Only 10 % of the candidates" in words(verdict("open", reach=0.1))
    assert "candidates" not in words(verdict("open", reach=0.5))


@pytest.mark.parametrize(("weight", "said"), [(0.004, "< 1 %"), (0.998, "> 99 %"), (0.5, "50 %")])
def test_chances_are_never_certain(weight: float, said: str) -> None:
    assert f"is {said}" in words(verdict("open", weight=weight))


@pytest.mark.parametrize(
    ("code", "sources", "part"),
    [
        ("helps", "weighed", "weight of 87 %"),
        ("open", "weighed", "weight of 87 %"),
        ("hurts", "weighed", "used less, with a weight of 87 %"),
        ("hurts", "pooled", "'standard' would use them less"),
        ("helps", "trusted", "without asking whether they help."),
        ("helps", "ranked", "by how well they rank the results"),
        ("helps", "ignored", "makes no use of them"),
    ],
)
def test_what_a_strategy_makes_of_it(code: Code, sources: str, part: str) -> None:
    assert part in use(verdict(code), sources, "named")


def test_what_is_left_out_is_said() -> None:
    assert "all but left out" in use(verdict("hurts", weight=0.03), "weighed", "standard")
    assert "all but left out" not in use(verdict("hurts", weight=0.4), "weighed", "standard")


def test_a_verdict_is_kept_as_it_was() -> None:
    for code in ("helps", "open", "hurts"):
        found = verdict(code)
        assert SourceVerdict.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        (3.456, "3.5"),
        (123.4, "123"),
        (1e9, "more than 1000"),
        (0.0321, "0.032"),
        (1e-9, "less than 0.001"),
    ],
)
def test_factors_are_numbers_that_say_something(factor: float, said: str) -> None:
    assert f" {said} times as probable" in words(verdict("open", factor=factor))


@pytest.mark.parametrize("code", ["helps", "open", "hurts"])
def test_verdicts_of_older_versions_are_still_told(code: Code) -> None:
    """They hold no factor, and their weight was the chance."""
    told = words(verdict(code, factor=None))
    assert "times" not in told
    assert "87 %" in told


def test_several_sources_have_a_chance_and_a_share_each() -> None:
    found = verdict("helps", chance=0.99, weight=0.3, target="sigma")
    assert "'old [S/cm] {x}' (sigma) help" in words(found)
    assert "chance that they help is 99 %" in words(found)
    assert "weight of 30 %" in use(found, "weighed", "standard")
    assert brief(found) == "older data 'old [S/cm] {x}' (sigma) help (weight 30 %)"
