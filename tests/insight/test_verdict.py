"""Verdicts in words: each code says its own thing, with its numbers."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from tansaku.insight.verdict import Range, SourceVerdict, use, words

Code = Literal["helps", "open", "hurts"]


def verdict(code: Code, **change: Any) -> SourceVerdict:
    fields: dict[str, Any] = {
        "source": "old [S/cm] {x}",
        "verdict": code,
        "measured": 8,
        "needed": 3,
        "weight": 0.87,
        "gain": Range(value=0.6931471805599453, low=0.1, high=1.2),
        "correlation": Range(value=0.81, low=0.42, high=0.97),
        "reach": 0.9,
        "co_located": 2,
    }
    return SourceVerdict(**fields | change)


def test_the_numbers_say_why() -> None:
    helps = words(verdict("helps"))
    assert helps.startswith("Older data 'old [S/cm] {x}' help: ")
    for part in ("8 results", "2 times", "87 %", "+0.81 (+0.42 to +0.97)"):
        assert part in helps
    hurts = words(verdict("hurts", gain=Range(value=-0.6931471805599453, low=-1, high=0)))
    assert "hurt: " in hurts
    assert "only 0.5 times as probable" in hurts
    open_ = words(verdict("open"))
    assert "no evidence yet: " in open_
    assert "87 %" in open_
    early = words(verdict("open", gain=None, measured=1))
    assert "1 of the 3 results" in early
    assert "times" not in early


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
    assert verdict("helps").times == pytest.approx(2)
    assert verdict("open", gain=None).times is None
