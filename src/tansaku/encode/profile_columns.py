"""What follows from a firing profile as further columns, beside those of the inputs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tansaku.chem.amounts import Amounts
from tansaku.design import Design, Floats, Ints
from tansaku.encode.formula_columns import CONSTANT, FormulaColumns
from tansaku.encode.one_hot import OneHot
from tansaku.encode.unit_range import UnitRange
from tansaku.errors import SpaceError
from tansaku.language import _
from tansaku.space import Space


@dataclass(frozen=True, slots=True)
class ProfileColumns:
    """The columns of another encoding, and those that the profile names, each scaled to [0, 1] over
    the candidates. Law: as that of the other encoding, which alone is decoded.

    Attributes:
        space: A listed space with a profile.
        inner: The encoding of the inputs.
        features: The features that vary.
        low: Smallest value of each feature, shape (f,).
        ranges: Its range, shape (f,).

    Example:
        >>> from tansaku.space import Profile, Stepped
        >>> T = Stepped(name="T", low=900, high=1100, step=100)
        >>> profile = {"segments": [{"ramp": {"to": "T", "rate": 100}}], "columns": ["total_time"]}
        >>> space = Space.from_parameters([T], profile=Profile.model_validate(profile))
        >>> encoder = ProfileColumns.of(space, UnitRange.of(space))
        >>> encoder.names, encoder.encode(space.matrix).X.tolist()
        (('T', 'total_time'), [[0.0, 0.0], [0.5, 0.5], [1.0, 1.0]])
    """

    space: Space
    inner: UnitRange | OneHot | FormulaColumns
    features: tuple[str, ...]
    low: Floats
    ranges: Floats

    @classmethod
    def of(cls, space: Space, inner: UnitRange | OneHot | FormulaColumns) -> ProfileColumns:
        """The encoding with the columns that the space's profile names.

        Raises:
            SpaceError: the candidates cannot be listed.
        """
        if space.profile is None:
            raise TypeError("this space has no firing profile")
        if not space.listed:
            raise SpaceError(
                _("Columns of the firing profile need candidates that can be listed."),
                _("Leave out 'columns:', or use fewer and coarser steps."),
            )
        every = space.derived(space.matrix)
        kept = [
            name
            for name in space.profile.columns
            if np.ptp(every[name]) > CONSTANT * max(1.0, float(np.abs(every[name]).max()))
        ]
        low = np.array([every[name].min() for name in kept])
        high = np.array([every[name].max() for name in kept])
        return cls(space, inner, tuple(kept), low, high - low)

    @property
    def names(self) -> tuple[str, ...]:
        """The encoded columns' names, those of the inputs first."""
        return (*self.inner.names, *self.features)

    @property
    def spans(self) -> Floats:
        """One encoded unit in the column's own unit, shape (d,)."""
        return np.concatenate([self.inner.spans, self.ranges])

    @property
    def columns(self) -> Ints:
        """Encoded column of each input, shape (p,)."""
        return self.inner.columns

    def encode(self, matrix: Floats, amounts: Amounts | None = None) -> Design:
        """Experimental values, shape (n, p) -> design, shape (n, d); ``amounts`` as for
        :class:`~tansaku.encode.formula_columns.FormulaColumns`."""
        found = (
            self.inner.encode(matrix, amounts)
            if isinstance(self.inner, FormulaColumns)
            else self.inner.encode(matrix)
        )
        values = self.space.derived(matrix)
        more = np.stack([values[name] for name in self.features], axis=1) if self.features else None
        if more is None:
            return found
        X = np.concatenate([found.X, (more - self.low) / self.ranges], axis=1)
        return Design(X, self.names)

    def decode(self, X: Floats) -> Floats:
        """Encoded points, shape (n, d) -> experimental values, shape (n, p)."""
        return self.inner.decode(X[:, : len(self.inner.names)])
