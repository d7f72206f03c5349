"""The golden set: what each command answers over small tables, word for word and number for number.

It holds nothing to be right that other tests do not; it shows what a change of the house changes.
Where that is meant, ``pytest tests/golden --write-golden`` writes it anew, and the difference is
read before it is committed.
"""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Tansaku, place, tansaku

__all__ = ["place", "tansaku"]
HERE = Path(__file__).parent
DIGITS = 1e-5
"""Relative difference of numbers: processors differ in the last digits, and an optimum that is flat
more than they do."""
CHANGES = {
    "time",
    "at",
    "seconds",
    "version",
    "by",
    "who",
    "user",
    "path",
    "file",
    "store",
    "wall",
    "copied",
    "asked",
}
"""Fields that differ from day to day and from machine to machine."""
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")

with (HERE / "stories.toml").open("rb") as _stream:
    LISTED = tomllib.load(_stream)


@pytest.mark.parametrize("story", LISTED["story"], ids=lambda story: story["name"])
def test_every_answer_is_as_it_was(
    story: dict[str, str], place: Path, tansaku: Tansaku, request: pytest.FixtureRequest
) -> None:
    for name, text in LISTED["files"].items():
        (place / name).write_text(text.lstrip(), encoding="utf-8")
    found = [_answer(line, place, tansaku) for line in story["lines"].strip().splitlines()]
    kept = HERE / "expected" / f"{story['name'].replace(' ', '_')}.json"
    if request.config.getoption("--write-golden"):
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for then, now in zip(json.loads(kept.read_text(encoding="utf-8")), found, strict=True):
        differs = _differences(then, now)
        assert not differs, "\n".join([then["command"], *differs])


def _answer(line: str, place: Path, tansaku: Tansaku) -> dict[str, Any]:
    done = tansaku(*shlex.split(line), "--json")
    told = done.json if done.out.strip() else None
    errors = done.err.replace(str(place), "").splitlines()
    return {"command": line, "code": done.code, "json": _steady(told), "errors": errors}


def _steady(told: Any) -> Any:
    """Without what changes from day to day."""
    if isinstance(told, dict):
        return {name: _steady(value) for name, value in told.items() if name not in CHANGES}
    return [_steady(each) for each in told] if isinstance(told, list) else told


def _differences(then: Any, now: Any, where: str = "") -> list[str]:
    """Each place where two answers differ."""
    if isinstance(then, dict) and isinstance(now, dict) and then.keys() == now.keys():
        return [d for name in then for d in _differences(then[name], now[name], f"{where}.{name}")]
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        pairs = enumerate(zip(then, now, strict=True))
        return [d for i, (a, b) in pairs for d in _differences(a, b, f"{where}[{i}]")]
    return [] if _same(then, now) else [f"{where}: {then!r} -> {now!r}"]


def _same(then: Any, now: Any) -> bool:
    if isinstance(then, float) and isinstance(now, int | float):
        return now == pytest.approx(then, rel=DIGITS, abs=1e-12)
    if isinstance(then, str) and isinstance(now, str) and then != now:
        numbers = [[float(n) for n in NUMBER.findall(text)] for text in (then, now)]
        alike = NUMBER.sub("#", then) == NUMBER.sub("#", now)
        return alike and numbers[1] == pytest.approx(numbers[0], rel=0.02)
    return bool(then == now)
