"""A figure that shows itself in a notebook, without pyplot and its global state."""

from __future__ import annotations

import io

from matplotlib.figure import Figure

ENDINGS = ("png", "svg", "pdf")
"""What pictures are written as."""


class Picture(Figure):
    """A matplotlib figure; the last expression of a notebook cell shows it."""

    def content(self, ending: str = "png") -> bytes:
        """The picture as a file with one of :data:`ENDINGS`; the same picture is the same bytes."""
        file = io.BytesIO()
        undated = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[ending]
        self.savefig(file, format=ending, metadata=undated)
        return file.getvalue()

    @property
    def words(self) -> list[str]:
        """What is written on it but for the ticks: titles, labels, legends, notes."""
        found = [self.get_suptitle()]
        for axes in self.axes:
            found += [axes.get_title(loc=loc) for loc in ("left", "center")]
            found += [axes.get_xlabel(), axes.get_ylabel()]
            found += [text.get_text() for text in axes.texts]
        for legend in self.legends:
            found += [text.get_text() for text in legend.get_texts()]
        return [text for text in found if text]

    def _repr_png_(self) -> bytes:
        return self.content()
