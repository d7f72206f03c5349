"""Target words: what may stand behind a target's name in the shell -> fields of a target."""

from __future__ import annotations

import re

from tansaku.typed import as_typed

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_WORDS = {
    "match": re.compile(rf"=\s*({_NUMBER})(?:\s*(?:\+-|\+/-|±)\s*({_NUMBER}))?"),
    "low": re.compile(rf"(?:>=|≥|≧|>)\s*({_NUMBER})"),
    "high": re.compile(rf"(?:<=|≤|≦|<)\s*({_NUMBER})"),
    "useful": re.compile(rf"({_NUMBER})\.\.({_NUMBER})"),
    "weight": re.compile(rf"weight\s*=\s*({_NUMBER})"),
}
"""What may stand behind a target's name, beside the plain words."""


def read_word(word: str) -> dict[str, object]:
    """The fields that a word behind a target's name sets; none where it is not understood.

    >>> read_word(">=0.85"), read_word("=25±2"), read_word("best")
    ({'low': 0.85}, {'goal': 'match', 'value': 25.0, 'tolerance': 2.0}, {})
    """
    word = as_typed(word)
    if word in ("max", "min", "match", "keep"):  # the last two with a value, or a limit, beside
        return {"goal": word}
    if word in ("log10", "linear"):
        return {"scale": word}
    if word == "known":
        return {"known": True}
    for field, pattern in _WORDS.items():
        match = pattern.fullmatch(word)
        if match is None:
            continue
        numbers = [None if part is None else float(part) for part in match.groups()]
        if field == "match":
            tolerance = {} if numbers[1] is None else {"tolerance": numbers[1]}
            return {"goal": "match", "value": numbers[0], **tolerance}
        return {field: tuple(numbers) if field == "useful" else numbers[0]}
    return {}
