"""Sites: places in the crystal that elements share, and how many of them there are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tansaku.chem.elements import element
from tansaku.chem.radii import USUAL_COORDINATION
from tansaku.errors import SpaceError
from tansaku.language import _

MAX_TEXT = 500
"""Characters of a site in words; real ones have some 30."""
_NUMBER = r"\d{1,6}(?:\.\d{0,12})?"
_SITE = re.compile(
    rf"\s*(?P<name>[A-Za-z][A-Za-z0-9_']{{0,15}})\s*(?:\((?P<around>\d{{1,2}})\))?\s*[:：]"
    r"\s*(?P<elements>[A-Za-z][A-Za-z,，、\s]*?)"
    rf"(?:(?P<sense><=|>=|=|≤|≥|≦|≧)\s*(?P<first>{_NUMBER})\s*(?:\.\.\s*(?P<last>{_NUMBER}))?)?\s*",
)


@dataclass(frozen=True, slots=True)
class Site:
    """A kind of place in the crystal: which elements share it and how many fit.

    Attributes:
        name: How the lab calls it, e.g. "M".
        elements: The elements that share it.
        low: Least moles of them per formula unit.
        high: Most moles of them per formula unit; None where no limit is stated.
        coordination: Neighbours of an atom there; decides which ionic radius counts.

    Example:
        >>> site = Site.parse("M: Zr,Y,Ca = 2")
        >>> site.elements, site.low, site.high, site.text()
        (('Zr', 'Y', 'Ca'), 2.0, 2.0, 'M (6): Zr,Y,Ca = 2')
    """

    name: str
    elements: tuple[str, ...]
    low: float = 0.0
    high: float | None = None
    coordination: int = USUAL_COORDINATION

    @classmethod
    def of(
        cls,
        name: str,
        elements: Sequence[str],
        *,
        total: float | None = None,
        coordination: int = USUAL_COORDINATION,
    ) -> Site:
        """A site that is always full with ``total`` moles, or without a limit.

        Raises:
            SpaceError: see :meth:`checked`.
        """
        low = 0.0 if total is None else total
        return cls(name, tuple(elements), low, total, coordination).checked()

    @classmethod
    def parse(cls, text: str) -> Site:
        """Read ``M: Zr,Y,Ca = 2``, also ``<= 2``, ``>= 1``, ``= 1..2`` or no limit at all.

        The number of neighbours may follow the name: ``M (6): Zr,Y,Ca = 2``; else it is 6.

        Raises:
            SpaceError: the text is not of this form, or see :meth:`checked`.
        """
        found = _SITE.fullmatch(text) if len(text) <= MAX_TEXT else None
        sense = None if found is None else found["sense"]
        if found is None or (found["last"] and sense != "="):
            raise SpaceError(
                _("Cannot read the site '{text}'.").format(text=text[:60]),
                _("Write for example M: Zr,Y,Ca = 2, or A (8): La,Ca <= 3 with 8 neighbours."),
            )
        first = None if found["first"] is None else float(found["first"])
        last = first if found["last"] is None else float(found["last"])
        return cls(
            name=found["name"],
            elements=tuple(re.split(r"[,，、\s]+", found["elements"].strip())),
            low=first if first is not None and sense in ("=", ">=", "≥", "≧") else 0.0,
            high=last if sense in ("=", "<=", "≤", "≦") else None,
            coordination=int(found["around"] or USUAL_COORDINATION),
        ).checked()

    def checked(self) -> Site:
        """The site itself, when it makes sense.

        Raises:
            FormulaError: an unknown element.
            SpaceError: an element twice, or limits that leave nothing.
        """
        for symbol in self.elements:
            element(symbol)
        if len(set(self.elements)) < len(self.elements):
            raise SpaceError(
                _("Site {name} names an element twice: {elements}.").format(
                    name=self.name, elements=", ".join(self.elements)
                ),
                _("Name each element once."),
            )
        if self.low < 0 or (self.high is not None and not self.high >= self.low):
            raise SpaceError(
                _("Site {name} has room for {low:g} to {high:g} moles.").format(
                    name=self.name, low=self.low, high=self.high
                ),
                _("The limits are positive, the lower one first."),
            )
        return self

    def limit(self) -> str:
        """The limit in signs: ``= 2``, ``<= 2``, ``>= 1``, ``= 1..2``, or empty."""
        if self.high is None:
            return f">= {self.low:.12g}" if self.low else ""
        if self.high == self.low:
            return f"= {self.high:.12g}"
        return f"= {self.low:.12g}..{self.high:.12g}" if self.low else f"<= {self.high:.12g}"

    def text(self) -> str:
        """As :meth:`parse` reads it."""
        head = f"{self.name} ({self.coordination}): {','.join(self.elements)}"
        return f"{head} {self.limit()}".strip()


def checked_sites(sites: Iterable[Site], elements: Iterable[str]) -> tuple[Site, ...]:
    """The sites, when each fits a template of these elements.

    Raises:
        SpaceError: a site names an element that is not in the template, an element stands on two
            sites, or two sites have one name.
    """
    known, found = tuple(elements), tuple(site.checked() for site in sites)
    names = [site.name for site in found]
    placed: dict[str, str] = {}
    for site in found:
        if names.count(site.name) > 1:
            raise SpaceError(
                _("Two sites are called {name}.").format(name=site.name),
                _("Give each site a name of its own."),
            )
        for symbol in site.elements:
            if symbol not in known:
                raise SpaceError(
                    _("Site {name} holds {symbol}, which is not in the template.").format(
                        name=site.name, symbol=symbol
                    ),
                    _("The template's elements are: {elements}.").format(elements=", ".join(known)),
                )
            if symbol in placed:
                raise SpaceError(
                    _("{symbol} stands on two sites, {first} and {second}.").format(
                        symbol=symbol, first=placed[symbol], second=site.name
                    ),
                    _("How it divides between them is unknown; name it on one site only."),
                )
            placed[symbol] = site.name
    return found
