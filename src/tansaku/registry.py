"""A named dict that refuses duplicates and explains misses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

from tansaku.errors import UnknownNameError
from tansaku.language import _

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

T = TypeVar("T")


def offered(kind: str) -> dict[str, EntryPoint]:
    """{name: what an installed package offers under it}: its entry points ``tansaku.KIND``."""
    from importlib.metadata import entry_points  # on demand: 20 ms, and hardly ever asked

    return {each.name: each for each in entry_points(group=f"tansaku.{kind}")}


class Registry(Mapping[str, T]):
    """What can be chosen by name, e.g. kernels; ``kind`` is the noun used in errors, and ``names``
    takes each name, for those who ask by name before what it stands for is loaded. What installed
    packages offer is loaded when its name is asked for.

    Example:
        >>> fruits = Registry[int]("fruit")
        >>> fruits.add("apple", 1)
        1
        >>> fruits["appel"]
        Traceback (most recent call last):
            ...
        tansaku.errors.UnknownNameError: ...Unknown fruit 'appel'... Known: apple.
    """

    def __init__(self, kind: str, names: set[str] | None = None) -> None:
        self.kind = kind
        self._names = set[str]() if names is None else names
        self._entries: dict[str, T] = {}
        self._gone: dict[str, str] = {}

    def add(self, name: str, entry: T) -> T:
        """Register ``entry`` under ``name``; a name can be taken once only."""
        if name in self._entries:
            raise ValueError(f"{self.kind} {name!r} is registered twice")
        self._entries[name] = entry
        self._names.add(name)
        return entry

    def register(self, name: str) -> Callable[[T], T]:
        """A decorator that registers what it decorates under ``name``."""
        return lambda entry: self.add(name, entry)

    def replace(self, name: str, other: str) -> None:
        """Tell those who ask for ``name``, which is no more, of ``other``."""
        self._gone[name] = other

    def __getitem__(self, name: str) -> T:
        if name in self._gone:
            raise UnknownNameError(
                _("The {kind} '{name}' is gone, because it gained nothing.").format(
                    kind=_(self.kind), name=name
                ),
                _("Use '{other}'.").format(other=self._gone[name]),
            )
        if name not in self._entries and (found := offered(self.kind).get(name)) is not None:
            entry = found.load()  # which may enter itself
            self._entries.get(name) or self.add(name, entry)
        if name not in self._entries:
            raise UnknownNameError(
                _("Unknown {kind} '{name}'.").format(kind=_(self.kind), name=name),
                _("Known: {names}.").format(names=", ".join(self._known())),
            )
        return self._entries[name]

    def _known(self) -> list[str]:
        """Every name that may be asked for."""
        others = sorted(self._names - set(self._entries))
        return list(dict.fromkeys([*others, *self._entries, *sorted(offered(self.kind))]))

    def __contains__(self, name: object) -> bool:
        return name in self._entries or name in offered(self.kind)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
