"""Descriptors: numbers that say how compositions differ, for all of them at once.

A descriptor is an average over a group of elements: those of a site (``M.radius_mean``), or, where
no site is named, all cations but the mobile ion: the framework into which dopants go. With shares
x_i = n_i / sum n_j of the group's elements, each function below states its formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tansaku.chem.amounts import Amounts
from tansaku.chem.charge import OxidationStates, net_charge, oxidation_states
from tansaku.chem.composition import RESOLUTION
from tansaku.chem.elements import atomic_mass, element
from tansaku.chem.radii import USUAL_COORDINATION, ionic_radius
from tansaku.chem.sites import Site
from tansaku.errors import DataError
from tansaku.language import _
from tansaku.registry import Registry

Floats = NDArray[np.float64]

MOBILE_ION = "Li"
"""The ion that the search is about, unless another is named."""


class Encoded(NamedTuple):
    """Columns that describe compositions: ``matrix`` of shape (N, k), and k names."""

    matrix: Floats
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DescriptorContext:
    """What a descriptor has to know beside the amounts.

    Attributes:
        state_of: Element -> oxidation state.
        oxidation: The stated oxidation states, as given.
        mobile: The mobile ion.
        coordination: Neighbours of an element; ``USUAL_COORDINATION`` for those not named.
        site: The site that is described, or None for all cations but the mobile ion.
    """

    state_of: OxidationStates
    oxidation: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    mobile: str = MOBILE_ION
    coordination: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    site: Site | None = None

    def group(self, amounts: Amounts) -> tuple[str, ...]:
        """The elements over which is averaged."""
        if self.site is not None:
            return tuple(s for s in self.site.elements if s in amounts.elements)
        return tuple(s for s in amounts.elements if s != self.mobile and self.state_of(s) > 0)


Descriptor = Callable[[Amounts, DescriptorContext], Floats]
"""N compositions -> one number each, shape (N,)."""

DESCRIPTORS: Registry[Descriptor] = Registry("descriptor")
"""Everything that :func:`describe` can compute, by name."""


@DESCRIPTORS.register("radius_mean")
def radius_mean(amounts: Amounts, context: DescriptorContext) -> Floats:
    """Mean ionic radius, pm: sum x_i r_i, with Shannon's radii (Acta Cryst. A32 (1976) 751)."""
    return _mean(amounts, context, _radius)


@DESCRIPTORS.register("radius_variance")
def radius_variance(amounts: Amounts, context: DescriptorContext) -> Floats:
    """Size disorder, pm^2: sum x_i r_i^2 - (sum x_i r_i)^2.

    Source: L. M. Rodriguez-Martinez, J. P. Attfield, Phys. Rev. B 54 (1996) R15622.
    """
    return _variance(amounts, context, _radius)


@DESCRIPTORS.register("radius_mismatch")
def radius_mismatch(amounts: Amounts, context: DescriptorContext) -> Floats:
    """Size mismatch without a unit: sqrt(sum x_i (1 - r_i / r)^2), with the mean radius r.

    Source: Y. Zhang et al., Adv. Eng. Mater. 10 (2008) 534 (there for alloys, called delta).
    """
    return np.sqrt(_variance(amounts, context, _radius)) / _mean(amounts, context, _radius)


@DESCRIPTORS.register("electronegativity_mean")
def electronegativity_mean(amounts: Amounts, context: DescriptorContext) -> Floats:
    """Mean electronegativity on Pauling's scale: sum x_i chi_i (values: see elements.py)."""
    return _mean(amounts, context, _electronegativity)


@DESCRIPTORS.register("electronegativity_spread")
def electronegativity_spread(amounts: Amounts, context: DescriptorContext) -> Floats:
    """Standard deviation of the electronegativity: sqrt(sum x_i (chi_i - chi)^2).

    Source: S. Fang et al., J. Non-Cryst. Solids 321 (2003) 120 (there for metallic glasses).
    """
    return np.sqrt(_variance(amounts, context, _electronegativity))


@DESCRIPTORS.register("charge_mean")
def charge_mean(amounts: Amounts, context: DescriptorContext) -> Floats:
    """Mean oxidation state: sum x_i z_i; on one site, how aliovalent the substitution is."""
    return _mean(amounts, context, _charge)


@DESCRIPTORS.register("charge_spread")
def charge_spread(amounts: Amounts, context: DescriptorContext) -> Floats:
    """Standard deviation of the oxidation state: sqrt(sum x_i (z_i - z)^2)."""
    return np.sqrt(_variance(amounts, context, _charge))


@DESCRIPTORS.register("mixing_entropy")
def mixing_entropy(amounts: Amounts, context: DescriptorContext) -> Floats:
    """Ideal entropy of mixing in units of R per mole of the group: -sum x_i ln x_i.

    Source: J.-W. Yeh et al., Adv. Eng. Mater. 6 (2004) 299.
    """
    shares, _elements = _shares(amounts, context)
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    # Plus 0, so that a pure site has 0 and not -0.
    answer: Floats = -(shares * logs).sum(axis=1) + 0.0
    return answer


@DESCRIPTORS.register("mobile_amount")
def mobile_amount(amounts: Amounts, context: DescriptorContext) -> Floats:
    """Moles of the mobile ion per formula unit."""
    return amounts.column(context.mobile)


@DESCRIPTORS.register("mobile_share")
def mobile_share(amounts: Amounts, context: DescriptorContext) -> Floats:
    """Moles of the mobile ion per mole of atoms."""
    return amounts.column(context.mobile) / _total(amounts.matrix, _("the formula"))


@DESCRIPTORS.register("mass_mean")
def mass_mean(amounts: Amounts, context: DescriptorContext) -> Floats:
    """Mean atomic mass, g/mol: sum x_i m_i (masses: see elements.py)."""
    return _mean(amounts, context, lambda symbol, _context: atomic_mass(symbol))


@DESCRIPTORS.register("molar_mass")
def molar_mass(amounts: Amounts, _context: DescriptorContext) -> Floats:
    """Mass of one formula unit, g/mol, whatever the site: sum n_i m_i."""
    return amounts.molar_masses()


@DESCRIPTORS.register("net_charge")
def charge(amounts: Amounts, context: DescriptorContext) -> Floats:
    """Net charge of one formula unit, whatever the site: sum n_i z_i; 0 where neutral."""
    return net_charge(amounts, context.oxidation)


def describe(
    amounts: Amounts,
    names: Sequence[str],
    *,
    sites: Iterable[Site] = (),
    oxidation: Mapping[str, float] | None = None,
    mobile: str = MOBILE_ION,
) -> Encoded:
    """Descriptors of N compositions.

    Args:
        amounts: The compositions.
        names: Names in ``DESCRIPTORS``; ``M.radius_mean`` is that of site M alone.
        sites: Declared sites; their coordination decides which radius an element has.
        oxidation: Oxidation states that differ from the defaults.
        mobile: The mobile ion.

    Returns:
        Shape (N, k) for k names.

    Raises:
        UnknownNameError: no descriptor or site has that name.
        ChargeError: an element has no oxidation state.
        DataError: an element has no such radius or electronegativity, or a group is empty
            somewhere.

    Example:
        >>> from tansaku.chem.composition import Composition
        >>> both = Amounts.of([Composition.parse(f) for f in ("LiZr2P3O12", "Li2YZrP3O12")])
        >>> site = Site.parse("M: Zr,Y = 2")
        >>> describe(both, ["M.radius_mean", "mobile_amount"], sites=[site]).matrix.tolist()
        [[72.0, 1.0], [81.0, 2.0]]
    """
    element(mobile)
    known: Registry[Site] = Registry("site")
    for site in sites:
        known.add(site.name, site)
    context = DescriptorContext(
        state_of=oxidation_states(oxidation),
        oxidation=MappingProxyType(dict(oxidation or {})),
        mobile=mobile,
        coordination=MappingProxyType(
            {symbol: site.coordination for site in known.values() for symbol in site.elements}
        ),
    )
    matrix = np.empty((len(amounts), len(names)))
    for column, name in enumerate(names):
        place, _dot, descriptor = name.rpartition(".")
        here = replace(context, site=known[place]) if place else context
        matrix[:, column] = DESCRIPTORS[descriptor](amounts, here)
    return Encoded(matrix, tuple(names))


def element_amounts(amounts: Amounts, elements: Sequence[str] | None = None) -> Encoded:
    """Moles of each element per formula unit, shape (N, e).

    Args:
        amounts: The compositions.
        elements: The union of the elements of all campaigns that are compared; by default those
            of ``amounts``.

    Raises:
        DataError: the compositions hold an element that is not in ``elements``.
    """
    union = amounts.elements if elements is None else tuple(elements)
    lost = [s for s in amounts.elements if s not in union and amounts.column(s).any()]
    if lost:
        raise DataError(
            _("The compositions hold {lost}, which is not among {elements}.").format(
                lost=", ".join(lost), elements=", ".join(union)
            ),
            _("Take the union of the elements of all tables."),
        )
    columns = [amounts.column(symbol) for symbol in union]
    matrix = np.stack(columns, axis=1) if columns else np.empty((len(amounts), 0))
    return Encoded(matrix, union)


def site_fractions(amounts: Amounts, sites: Iterable[Site]) -> Encoded:
    """How each site is shared: columns such as ``M.Zr`` that sum to 1 on each site, shape (N, k).

    Raises:
        DataError: a site is empty somewhere.
    """
    columns: list[Floats] = []
    names: list[str] = []
    for site in sites:
        moles = np.stack([amounts.column(symbol) for symbol in site.elements], axis=1)
        shares = moles / _total(moles, _("site {name}").format(name=site.name))[:, None]
        columns.append(shares)
        names += [f"{site.name}.{symbol}" for symbol in site.elements]
    matrix = np.concatenate(columns, axis=1) if columns else np.empty((len(amounts), 0))
    return Encoded(matrix, tuple(names))


Property = Callable[[str, DescriptorContext], float]


def _radius(symbol: str, context: DescriptorContext) -> float:
    coordination = context.coordination.get(symbol, USUAL_COORDINATION)
    return ionic_radius(symbol, context.state_of(symbol), coordination)


def _charge(symbol: str, context: DescriptorContext) -> float:
    return context.state_of(symbol)


def _electronegativity(symbol: str, _context: DescriptorContext) -> float:
    value = element(symbol).electronegativity
    if value is None:
        raise DataError(
            _("There is no electronegativity of {symbol}.").format(symbol=symbol),
            _("Leave the electronegativity out."),
        )
    return value


def _shares(amounts: Amounts, context: DescriptorContext) -> tuple[Floats, list[str]]:
    """Shares of the group's elements that occur at all, shape (N, g), and those elements."""
    group = [s for s in context.group(amounts) if amounts.column(s).any()]
    moles = amounts.matrix[:, [amounts.elements.index(symbol) for symbol in group]]
    name = context.site.name if context.site else None
    place = _("site {name}").format(name=name) if name else _("the group of cations")
    shares: Floats = moles / _total(moles, place)[:, None]
    return shares, group


def _total(moles: Floats, place: str) -> Floats:
    total: Floats = moles.sum(axis=1)
    empty = np.flatnonzero(~(total > RESOLUTION))
    if empty.size:
        raise DataError(
            _("There is nothing on {place} in row {row}.").format(place=place, row=int(empty[0])),
            _("Leave out the descriptors of what can be empty, or narrow the ranges."),
        )
    return total


def _mean(amounts: Amounts, context: DescriptorContext, of: Property) -> Floats:
    shares, group = _shares(amounts, context)
    answer: Floats = shares @ np.array([of(symbol, context) for symbol in group])
    return answer


def _variance(amounts: Amounts, context: DescriptorContext, of: Property) -> Floats:
    shares, group = _shares(amounts, context)
    values = np.array([of(symbol, context) for symbol in group])
    mean = shares @ values
    # Around the mean, not as a difference of two large numbers: never below 0.
    answer: Floats = (shares * (values[None, :] - mean[:, None]) ** 2).sum(axis=1)
    return answer
