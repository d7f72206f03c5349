"""Attempts: how often somebody may be wrong at the door."""

from __future__ import annotations

from collections import defaultdict, deque
from threading import Lock
from time import monotonic
from typing import Final

from tansaku.errors import RequestError
from tansaku.language import _

WINDOW: Final = 900.0
"""Seconds for which a failed log-in counts."""

MOST: Final = 10
"""Failed log-ins of one name, and of one address, in that time. Nobody guesses a password of 12
characters at 1000 a day, and who mistypes one waits a quarter of an hour."""

MOST_KEYS: Final = 10_000
"""Names and addresses that are remembered at once; then those that no longer count are dropped."""


class Attempts:
    """Failed log-ins of the last minutes, in this process."""

    def __init__(self) -> None:
        self._failed: defaultdict[str, deque[float]] = defaultdict(deque)
        self._lock = Lock()

    def check(self, *keys: str) -> None:
        """See that none of these has failed too often.

        Raises:
            RequestError: one has.
        """
        now = monotonic()
        with self._lock:
            counted = [self._counted(key, now) for key in keys if key in self._failed]
        left = max((WINDOW - (now - each[0]) for each in counted if len(each) >= MOST), default=0)
        if left:
            raise RequestError(
                _("Too many log-ins have failed."),
                _("Try again in {n} minutes.").format(n=int(left // 60) + 1),
                status=429,
            )

    def fail(self, *keys: str) -> None:
        """Count a failed one for each of these."""
        now = monotonic()
        with self._lock:
            if len(self._failed) > MOST_KEYS:
                for key in [each for each in self._failed if not self._counted(each, now)]:
                    del self._failed[key]
            for key in keys:
                self._failed[key].append(now)

    def _counted(self, key: str, now: float) -> deque[float]:
        """Those of a key that still count."""
        found = self._failed[key]
        while found and now - found[0] > WINDOW:
            found.popleft()
        return found
