"""Languages of requests: ``?lang=ja``, else what was chosen for all pages, else what the browser
prefers, else English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tansaku.errors import RequestError
from tansaku.language import LANGUAGES, _
from tansaku.web.preferences import preference

ANY: Final = "*"
"""What Accept-Language calls every language that is not named."""


def language_of(query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """The language of the answer; one that is asked for and not known counts as not asked for.

    >>> language_of({}, {"accept-language": "de, ja;q=0.8, en;q=0.7"})
    'ja'
    >>> language_of({}, {"cookie": "lang=en", "accept-language": "ja"})
    'en'
    """
    for asked in (query.get("lang", ""), preference(headers, "lang")):
        if asked in LANGUAGES:
            return asked
    weights = dict(map(_weighed, headers.get("accept-language", "").split(",")))
    known = {name: weights.get(name, weights.get(ANY, 0.0)) for name in LANGUAGES}
    return max(LANGUAGES, key=lambda name: known[name])


def check_language(query: Mapping[str, str]) -> None:
    """See that the language which the address names is there.

    Raises:
        RequestError: it is not.
    """
    asked = query.get("lang", LANGUAGES[0])
    if asked not in LANGUAGES:
        raise RequestError(
            _("There is no language '{name}'.").format(name=asked),
            _("Known: {names}.").format(names=", ".join(LANGUAGES)),
            path="query.lang",
        )


def _weighed(part: str) -> tuple[str, float]:
    """(language, how much it is wanted) of one part of Accept-Language: ``ja-JP;q=0.8``."""
    tag, _semicolon, weight = part.partition(";")
    name = tag.strip().partition("-")[0].casefold()
    try:
        return name, float(weight.strip().removeprefix("q=") or 1)
    except ValueError:
        return name, 0.0
