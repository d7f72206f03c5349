"""What is known about a shipped table: its columns, their accuracy, and whom to cite."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Citation:
    """Where data come from, and under which licence.

    Attributes:
        authors: In the order of the article.
        title: Of the article.
        journal: Its journal.
        year: Of publication.
        doi: Digital object identifier, without a resolver in front.
        licence: SPDX identifier.
        licence_url: Where its text stands.
    """

    authors: tuple[str, ...]
    title: str
    journal: str
    year: int
    doi: str
    licence: str
    licence_url: str

    @property
    def url(self) -> str:
        """The address of the article."""
        return f"https://doi.org/{self.doi}"

    def __str__(self) -> str:
        authors = ", ".join(self.authors)
        return f"{authors}: {self.title}. {self.journal} ({self.year}), {self.url} ({self.licence})"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        name: As in the file.
        unit: ``1`` for a pure number.
        meaning: What stands in it.
        accuracy: How far a value may be from the published one; empty for set values.
    """

    name: str
    unit: str
    meaning: str
    accuracy: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """One shipped table.

    Attributes:
        file: Name of the CSV file beside this module.
        title: What the table holds, in one line.
        formula: The family of compositions.
        columns: In the order of the file.
        obtained: How the numbers were obtained.
        citation: Whom to cite.
    """

    file: str
    title: str
    formula: str
    columns: tuple[Column, ...]
    obtained: str
    citation: Citation
