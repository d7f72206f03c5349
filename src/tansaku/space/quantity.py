"""Quantity: a number that follows from the parameters, such as the hours that a firing takes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tansaku.chem.expression import Expression
from tansaku.design import Floats
from tansaku.errors import SpaceError
from tansaku.language import _
from tansaku.space.constraints import plain_names
from tansaku.space.parameters import Parameter
from tansaku.spec import Spec


class Quantity(Spec):
    """A number, or sums and products of the parameters' names.

    Attributes:
        text: As it was written.

    Example:
        >>> from tansaku.space.parameters import Stepped
        >>> t = Stepped(name="t", low=2, high=12, step=2)
        >>> Quantity(text="t + 6").values([t], np.array([[2.0], [12.0]])).tolist()
        [8.0, 18.0]
    """

    text: str

    def names(self, parameters: Sequence[Parameter]) -> tuple[str, ...]:
        """The parameters that it speaks of, in the order of the space.

        Raises:
            SpaceError: a name is no parameter, or a choice that has no number.
        """
        spoken = self._plain(parameters)[1].values()
        return tuple(p.name for p in parameters if p.name in spoken)

    def values(self, parameters: Sequence[Parameter], matrix: Floats) -> Floats:
        """At rows of a matrix of these parameters, shape (n, p) -> (n,).

        Raises:
            SpaceError: as :meth:`names`.
            FormulaError: the text is no sum or product; points at the character.
        """
        plain, spoken = self._plain(parameters)
        places = {p.name: i for i, p in enumerate(parameters)}
        at = {own: matrix[:, places[name]] for own, name in spoken.items()}
        found = np.asarray(Expression.parse(plain).value(at), dtype=np.float64)
        return np.array(np.broadcast_to(found, len(matrix)))

    def _plain(self, parameters: Sequence[Parameter]) -> tuple[str, dict[str, str]]:
        try:
            return plain_names(self.text, {p.name: p for p in parameters})
        except SpaceError as error:
            raise SpaceError(
                _("'{text}': {why}").format(text=self.text, why=error.message), error.hint
            ) from None
