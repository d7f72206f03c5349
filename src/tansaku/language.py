"""The language of every text that a person reads: one gettext catalogue, English first.

``_`` translates at the moment of the call into the language chosen by :func:`use`; the choice
belongs to the running context (thread or task), so a server can answer two people in two
languages at once.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "ja")
_CATALOGUES = Path(__file__).parent / "locale"
_chosen: ContextVar[str] = ContextVar("tansaku_language", default="en")


@contextmanager
def use(language: str) -> Iterator[None]:
    """Speak ``language`` (one of :data:`LANGUAGES`) inside the ``with`` block."""
    token = _chosen.set(language)
    try:
        yield
    finally:
        _chosen.reset(token)


def current() -> str:
    """The language in use, ``"en"`` unless chosen otherwise."""
    return _chosen.get()


def _(message: str) -> str:
    """``message`` in the language in use; the English text itself where it is English."""
    language = current()
    return message if language == "en" else _catalogue(language).gettext(message)


def joined(*sentences: str) -> str:
    """Sentences one behind the other; behind a Japanese full stop stands no blank.

    >>> joined("It melted.", "", "Take less."), joined("溶けました。", "減らしてください。")
    ('It melted. Take less.', '溶けました。減らしてください。')
    """
    return re.sub("(?<=。) ", "", " ".join(each for each in sentences if each))


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("tansaku", _CATALOGUES, [language])


def percent(share: float) -> str:
    """A probability; those that round to 0 or 100 % say on which side they are.

    >>> percent(0.237), percent(0.0004), percent(1.0)
    ('24 %', '< 1 %', '100 %')
    """
    if 0 < share < 0.01:
        return _("< 1 %")
    if 0.99 < share < 1:
        return _("> 99 %")
    return _("{percent:.0f} %").format(percent=100 * share)
