"""Chemistry of a space: what its candidates are made of, and which of them can be made."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from tansaku.chem.amounts import Amounts
from tansaku.chem.charge import net_charge
from tansaku.chem.composition import Composition
from tansaku.chem.polynomial import Polynomial
from tansaku.chem.sites import Site
from tansaku.chem.template import Template
from tansaku.design import Floats
from tansaku.errors import ChargeError, SpaceError, UsageError
from tansaku.language import _
from tansaku.space.constraints import BoundConstraint, Constraint
from tansaku.space.parameters import Categorical, Settable
from tansaku.spec import Spec

ENCODINGS = ("parameters", "elements", "sites", "descriptors")
"""What the model may see of a composition; packages may offer more (``encode.ENCODINGS``)."""


class _Chemistry(Spec):
    """What templates and listed formulas have in common.

    Attributes:
        sites: Declared sites as ``Site.parse`` reads them, "M: Zr,Y,Ca = 2".
        states: Oxidation states that differ from the defaults.
        encoding: What the model sees: the ``parameters``, the amounts of the ``elements``, the
            shares of the ``sites``, ``descriptors``, or another name of ``encode.ENCODINGS``.
        descriptors: Names of the descriptors; empty for the usual ones.
    """

    sites: tuple[str, ...] = ()
    states: dict[str, float] = {}
    encoding: str = Field(default="parameters", examples=list(ENCODINGS))
    descriptors: tuple[str, ...] = ()

    def declared_sites(self) -> tuple[Site, ...]:
        """The sites as they were read.

        Raises:
            SpaceError: one cannot be read.
        """
        return tuple(Site.parse(text) for text in self.sites)

    def charges(self, amounts: Amounts) -> Floats | None:
        """Net charge of N compositions, shape (N,); None where a state is unknown."""
        try:
            found = net_charge(amounts, dict(self.states))
        except ChargeError:
            return None
        return np.round(found, 6) + 0.0


class CompositionTemplate(_Chemistry):
    """A formula with variables; some of the space's parameters are its variables.

    Attributes:
        text: Such as ``Li(?)Ca(y)Y(x)Zr(2-x-y)(PO4)3``; ``?`` is the balancing amount.
        neutral: Whether charges have to add up to 0.

    Example:
        >>> CompositionTemplate(text="Li(?)Y(x)Zr(2-x)(PO4)3").template().balanced_text
        '1+x'
    """

    kind: Literal["template"] = "template"
    text: str
    neutral: bool = True

    def template(self) -> Template:
        """The template as it was read.

        Raises:
            FormulaError, ChargeError, SpaceError: as ``Template.parse``.
        """
        return _read(self.text, tuple(sorted(self.states.items())), self.sites, self.neutral)

    def bound_to(self, parameters: Sequence[Settable]) -> tuple[BoundConstraint, ...]:
        """What the template demands of these parameters: no negative amount, full sites, no charge.

        Rules that every setting keeps are left out.

        Raises:
            SpaceError: a variable has no range, is a choice, or plays no part.
        """
        template = self.template()
        _check_variables(template, parameters)
        bound = [
            replace(Constraint(text=rule).bound_to(parameters), text=words)
            for words, rule in _demands(template)
        ]
        return tuple(each for each in bound if not _always(each))

    def amounts(self, names: Sequence[str], matrix: Floats) -> Amounts:
        """Compositions of rows of a matrix of parameters with these names, shape (n, p).

        Raises:
            SpaceError: an amount is negative.
        """
        template = self.template()
        values = {name: matrix[:, names.index(name)] for name in template.variables}
        if not template.variables:
            raise TypeError("a template without variables spans no space")
        return template.amounts(values)


class ListedFormulas(_Chemistry):
    """The formula of each candidate of a table.

    Attributes:
        formulas: Canonical texts, in the order of the pool.
        column: The column of the table they stood in.
        amounts_are_inputs: Whether the amounts of the elements that vary are inputs, alone or
            beside others such as a temperature.

    Example:
        >>> listed = ListedFormulas(formulas=("Li2O", "Li2S", "Li2O"), amounts_are_inputs=True)
        >>> listed.positions("O1Li2"), listed.positions("Na2S")
        ((0, 2), ())
        >>> listed.amount_inputs
        ('S', 'O')
    """

    kind: Literal["formulas"] = "formulas"
    formulas: tuple[str, ...] = ()
    column: str = "formula"
    amounts_are_inputs: bool = False

    def compositions(self) -> Amounts:
        """The compositions of the pool, in its order."""
        return _compositions(self.formulas)

    @property
    def amount_inputs(self) -> tuple[str, ...]:
        """The inputs that are amounts of elements: of all that vary, or of none."""
        return self.compositions().varying if self.amounts_are_inputs else ()

    def positions(self, text: str) -> tuple[int, ...]:
        """Positions of the candidates with this formula, however it is written.

        Raises:
            FormulaError: the formula cannot be read.
        """
        wanted = Composition.parse(text).text()
        return tuple(i for i, each in enumerate(self.formulas) if each == wanted)


Chemistry = Annotated[CompositionTemplate | ListedFormulas, Field(discriminator="kind")]


@lru_cache(maxsize=64)
def _read(
    text: str, states: tuple[tuple[str, float], ...], sites: tuple[str, ...], neutral: bool
) -> Template:
    return Template.parse(
        text, dict(states), sites=[Site.parse(each) for each in sites], neutral=neutral
    )


@lru_cache(maxsize=8)
def _compositions(formulas: tuple[str, ...]) -> Amounts:
    found = Amounts.of([Composition.parse(text) for text in formulas])
    found.matrix.setflags(write=False)
    return found


def _check_variables(template: Template, parameters: Sequence[Settable]) -> None:
    """See that the variables and the parameters fit each other."""
    known: Mapping[str, Settable] = {p.name: p for p in parameters}
    missing = [name for name in template.variables if name not in known]
    if missing:
        raise SpaceError(
            _(
                "The template '{text}' has the variables {names}; no range is given for {missing}."
            ).format(
                text=template.text,
                names=", ".join(template.variables),
                missing=", ".join(missing),
            ),
            _(
                "Give each variable a range, for example {name}=0:0.5:0.1, or write a number."
            ).format(name=missing[0]),
        )
    for name in template.variables:
        if isinstance(known[name], Categorical):
            raise SpaceError(
                _("The variable '{name}' of the template is a choice between names.").format(
                    name=name
                ),
                _("Give it a range of numbers, for example {name}=0:0.5:0.1.").format(name=name),
            )
    for name in known:
        written = re.search(rf"(?<![A-Za-z_]){re.escape(name)}(?![A-Za-z0-9_])", template.text)
        if written and name not in template.variables:
            raise SpaceError(
                _("'{name}' cancels out of the template '{text}': it changes no amount.").format(
                    name=name, text=template.text
                ),
                _("Correct the template, or leave '{name}' out.").format(name=name),
            )
    if not template.variables:
        raise SpaceError(
            _("The template '{text}' has no variable.").format(text=template.text),
            _("Write amounts that vary in brackets, for example Li(1+x)Zr(2-x)Y(x)(PO4)3."),
        )


def _amounts_of(template: Template) -> list[tuple[str, str]]:
    """That no amount is negative, in words and as a comparison."""
    found = []
    for symbol, amount in zip(template.elements, template.polynomials, strict=True):
        if not amount.names:
            continue
        words = f"{symbol} = {amount.text()} >= 0"
        if symbol == template.balanced_element:
            states = ", ".join(f"{name} {state:+g}" for name, state in template.oxidation.items())
            words += " " + _("(what the charges leave: {states})").format(states=states)
        found.append((words, f"{amount.text()} >= 0"))
    return found


def _demands(template: Template) -> list[tuple[str, str]]:
    """(in words, as a comparison) of each rule that may be broken."""
    found = _amounts_of(template)
    for site in template.sites:
        total = Polynomial.constant(0)
        for symbol in site.elements:
            total = total.plus(template.polynomials[template.elements.index(symbol)])
        if not total.names:
            continue  # checked when the template was read
        if site.high is not None and site.high == site.low:
            found.append((site.text(), f"{total.text()} = {site.high:.12g}"))
            continue
        if site.low:
            found.append((site.text(), f"{total.text()} >= {site.low:.12g}"))
        if site.high is not None:
            found.append((site.text(), f"{total.text()} <= {site.high:.12g}"))
    if template.residual is not None and template.residual.names:
        charge = template.residual.text()
        found.append((_("charge {text} = 0").format(text=charge), f"{charge} = 0"))
    if all(amount.names for amount in template.polynomials):
        total = Polynomial.constant(0)
        for amount in template.polynomials:
            total = total.plus(amount)
        if total.names:
            found.append((_("amounts above 0"), f"{total.text()} > 0"))
    return found


def _always(bound: BoundConstraint) -> bool:
    """Whether every setting keeps it; False where that is not plain."""
    most = [p.count - 1 for p in bound.parameters]
    return bound.linear and all(
        not rule.equal
        and sum(max(c, 0) * top for c, top in zip(rule.coefficients, most, strict=True))
        <= rule.bound
        for rule in bound.rules
    )


def chemistry_of(template: str | CompositionTemplate | None) -> CompositionTemplate | None:
    """A template given as text or whole.

    Raises:
        UsageError: it is neither.
    """
    if template is None or isinstance(template, CompositionTemplate):
        return template
    if not isinstance(template, str):
        raise UsageError(
            _("A template is a text, not {value}.").format(value=repr(template)[:40]),
            _("Write for example template='Li(?)Y(x)Zr(2-x)(PO4)3'."),
        )
    return CompositionTemplate(text=template)
