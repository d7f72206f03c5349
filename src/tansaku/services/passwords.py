"""Passwords: what they have to be, and their hashes by argon2id (RFC 9106)."""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Final

from tansaku.errors import UsageError
from tansaku.language import _

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST: Final = 12
"""Characters of a password (OWASP Application Security Verification Standard 4.0.3, 2.1.1)."""

LONGEST: Final = 128
"""Characters beyond which nothing is gained, and a request only takes time (the same, 2.1.2)."""

_ONE: Final = Lock()
"""A hash takes 64 MB and a tenth of a second, so a crowd at the door is let in one by one."""


def check_password(password: str) -> None:
    """See that it can be one.

    Raises:
        UsageError: too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(
            _("A password has {low} to {high} characters.").format(low=SHORTEST, high=LONGEST),
            _("Take several words that do not belong together."),
        )


def hash_of(password: str) -> str:
    """The hash that is kept of it, with a salt of its own."""
    with _ONE:
        return _hasher().hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether a password is the one whose hash was kept. Where there is none the same time goes by,
    so that nobody can find out which accounts there are."""
    from argon2.exceptions import VerifyMismatchError

    if len(password) > LONGEST:
        return False
    with _ONE:
        try:
            _hasher().verify(_of_nobody() if kept is None else kept, password)
        except VerifyMismatchError:
            return False
    return kept is not None


@cache
def _hasher() -> PasswordHasher:
    """With the library's choice: the second recommended option of RFC 9106, 64 MB in 3 passes."""
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _of_nobody() -> str:
    return _hasher().hash("")
