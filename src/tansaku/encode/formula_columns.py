"""What a formula says of a candidate, as columns: element amounts, site shares or descriptors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from tansaku.chem.amounts import Amounts
from tansaku.chem.descriptors import Encoded, describe, element_amounts, site_fractions
from tansaku.design import Bools, Design, Floats, Ints
from tansaku.encode.beside import columns_beside, nearest_candidates
from tansaku.encode.one_hot import OneHot
from tansaku.errors import SpaceError
from tansaku.language import _
from tansaku.registry import Registry
from tansaku.space import Chemistry, CompositionTemplate, Space, amounts_at

USUAL_DESCRIPTORS: Final = (
    "mobile_amount",
    "radius_mean",
    "radius_mismatch",
    "electronegativity_mean",
    "charge_mean",
)
"""What is taken where no descriptors are named: the carriers, and size, bond and charge of what
replaces what. With declared sites the last four are taken of each site."""

CONSTANT: Final = 1e-9
"""A column that varies by less than this share of its size is left out: it tells nothing."""


class Columns(Protocol):
    """What a model can see of formulas: a function that tells compositions in columns."""

    def __call__(self, chemistry: Chemistry, amounts: Amounts, /) -> Encoded:
        """Columns of N compositions, shape (N, k), in whatever unit, and their k names.

        Args:
            chemistry: Declared sites and oxidation states, and named descriptors.
            amounts: Moles per formula unit: ``amounts.matrix``, shape (N, elements), of
                ``amounts.elements``.

        Raises:
            DataError: a column cannot be computed; names what is missing.
        """


ENCODINGS: Registry[Columns] = Registry("encoding", {"parameters"})
"""What a campaign may name as its encoding, besides ``parameters``."""


@ENCODINGS.register("elements")
def elements(_chemistry: Chemistry, amounts: Amounts) -> Encoded:
    """Moles of each element per formula unit."""
    return element_amounts(amounts)


@ENCODINGS.register("sites")
def sites(chemistry: Chemistry, amounts: Amounts) -> Encoded:
    """How each declared site is shared.

    Raises:
        SpaceError: no site is declared.
    """
    if not chemistry.sites:
        raise SpaceError(
            _("The encoding 'sites' needs declared sites."),
            _("Declare them, for example --site 'M: Zr,Y,Ca = 2'."),
        )
    return site_fractions(amounts, chemistry.declared_sites())


@ENCODINGS.register("descriptors")
def descriptors(chemistry: Chemistry, amounts: Amounts) -> Encoded:
    """The named descriptors, or the usual ones."""
    return describe(
        amounts,
        chemistry.descriptors or usual_descriptors(chemistry),
        sites=chemistry.declared_sites(),
        oxidation=dict(chemistry.states),
    )


def usual_descriptors(chemistry: Chemistry) -> tuple[str, ...]:
    """What is taken where no descriptors are named."""
    declared = [site.name for site in chemistry.declared_sites()]
    if not declared:
        return USUAL_DESCRIPTORS
    first, *averages = USUAL_DESCRIPTORS
    return (first, *(f"{site}.{name}" for site in declared for name in averages))


@dataclass(frozen=True, slots=True)
class FormulaColumns:
    """Columns from the formula in place of the template's variables; other inputs as in
    :class:`~tansaku.encode.one_hot.OneHot`. Columns that are the same for every candidate are left
    out. Law: ``encode(decode(X)).X`` is X for the X of every candidate; candidates that look the
    same to the encoding are one to it.

    Attributes:
        space: Inputs and listed candidates.
        encoding: A name of ``ENCODINGS``.
        names: The encoded columns' names, those of the formula first.
        low: Smallest value of each column of the formula, shape (f,).
        spans: Range of each column, shape (d,).
        varies: Which of the encoding's columns are kept.
        rest: The encoding of all inputs, of which ``beside`` are kept.
        beside: Columns of ``rest`` that are no variables of the template.

    Example:
        >>> from tansaku.space import Stepped
        >>> x = Stepped(name="x", low=0, high=0.5, step=0.25)
        >>> template = CompositionTemplate(text="Li(?)Y(x)Zr(2-x)(PO4)3", encoding="elements")
        >>> space = Space.from_parameters([x], template=template)
        >>> encoder = FormulaColumns.of(space)
        >>> encoder.names, encoder.encode(space.matrix).X[1].tolist()
        (('Li', 'Y', 'Zr'), [0.5, 0.5, 0.5])
    """

    space: Space
    encoding: str
    names: tuple[str, ...]
    low: Floats
    spans: Floats
    varies: Bools
    rest: OneHot
    beside: Ints

    @classmethod
    def of(cls, space: Space) -> FormulaColumns:
        """The encoding that the space's chemistry names.

        Raises:
            SpaceError: the candidates cannot be listed, or no column varies.
            DataError: the encoding cannot be computed for some candidate; names what is missing.
        """
        chemistry = space.chemistry
        if chemistry is None:
            raise TypeError("this space knows no formulas")
        if not space.listed:
            raise SpaceError(
                _("The encoding '{name}' needs candidates that can be listed.").format(
                    name=chemistry.encoding
                ),
                _("Use the encoding 'parameters', or fewer and coarser steps."),
            )
        found = ENCODINGS[chemistry.encoding](chemistry, amounts_at(space, space.matrix))
        low, high = found.matrix.min(axis=0), found.matrix.max(axis=0)
        varies = high - low > CONSTANT * np.maximum(1.0, np.abs(high))
        if not varies.any():
            raise SpaceError(
                _("The encoding '{name}' is the same for every candidate.").format(
                    name=chemistry.encoding
                ),
                _("Use the encoding 'parameters', or other descriptors."),
            )
        rest = OneHot.of(space)
        variables: set[str] = set()
        if isinstance(chemistry, CompositionTemplate):
            variables = set(chemistry.template().variables)
        else:
            variables = set(chemistry.amount_inputs)
        own = [i for i, name in enumerate(space.names) if name not in variables]
        beside = np.flatnonzero(np.isin(rest.source, own))
        return cls(
            space=space,
            encoding=chemistry.encoding,
            names=(
                *(name for name, kept in zip(found.names, varies, strict=True) if kept),
                *(rest.names[i] for i in beside),
            ),
            low=low[varies],
            spans=np.concatenate([(high - low)[varies], rest.spans[beside]]),
            varies=varies,
            rest=rest,
            beside=beside,
        )

    @property
    def columns(self) -> Ints:
        """Encoded column of each input, shape (p,); -1 where it has none of its own."""
        return columns_beside(self.space, self.rest, self.beside, len(self.low))

    def encode(self, matrix: Floats, amounts: Amounts | None = None) -> Design:
        """Experimental values, shape (n, p) -> design, shape (n, d).

        Args:
            matrix: The inputs.
            amounts: What the points are made of, where that is not what their inputs say.
        """
        chemistry = self.space.chemistry
        if chemistry is None:
            raise TypeError("this space knows no formulas")
        made = amounts_at(self.space, matrix) if amounts is None else amounts
        union = amounts_at(self.space, self.space.matrix[:1]).elements
        made = Amounts(union, np.stack([made.column(symbol) for symbol in union], axis=1))
        found = ENCODINGS[self.encoding](chemistry, made).matrix[:, self.varies]
        f = len(self.low)
        others = self.rest.encode(matrix)
        X = np.concatenate([(found - self.low) / self.spans[:f], others.X[:, self.beside]], axis=1)
        return Design(X, self.names)

    def decode(self, X: Floats) -> Floats:
        """Encoded points, shape (n, d) -> the inputs of the nearest candidates, shape (n, p)."""
        return nearest_candidates(self.space, self.encode, X)
