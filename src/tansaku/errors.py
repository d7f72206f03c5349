"""The whole error tree: what was given, which rule it broke, what to do next.

Every error that a person may meet is a :class:`TansakuError` with a stable ``code`` (for
machines), an ``exit_code`` (for the shell), a ``message`` (what was given and the rule it broke)
and a ``hint`` (what to do). Texts are already in the reader's language when they are raised.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class TansakuError(Exception):
    """Root of every error that tansaku raises on purpose.

    Attributes:
        message: What was given and which rule it broke.
        hint: What to do next; may be empty.

    Example:
        >>> str(DataError("Column 'x' is missing.", "Columns found: a, b."))
        "Column 'x' is missing. Columns found: a, b."
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(TansakuError):
    """The call itself is wrong: an option, an argument or a name."""

    code = "usage"
    exit_code = 2


class RequestError(UsageError):
    """A request that the server cannot take as it is.

    Attributes:
        path: Where in the request: ``body.at.x``; empty for the whole.
        status: The status that HTTP has for it.
    """

    code = "request"

    def __init__(self, message: str, hint: str = "", *, path: str = "", status: int = 422) -> None:
        super().__init__(message, hint)
        self.path = path
        self.status = status


class LogInError(RequestError):
    """A request of nobody that the server knows: a name, password or token that is wrong, missing
    or over."""

    code = "log-in"

    def __init__(self, message: str, hint: str = "", *, path: str = "", status: int = 401) -> None:
        super().__init__(message, hint, path=path, status=status)


class UnknownNameError(UsageError):
    """A name that no registry holds (a strategy, a kernel, an acquisition)."""

    code = "unknown-name"


class DataError(TansakuError):
    """What was given to read does not hold what it should."""

    code = "data"
    exit_code = 3


class TableError(DataError):
    """A table lacks, repeats or empties a column or row."""

    code = "table"


class CellError(TableError):
    """One or more cells cannot be used; the message names row and column."""

    code = "cell"


class NotInPoolError(DataError):
    """A row that is no candidate of the campaign."""

    code = "not-in-pool"


class PoolExhaustedError(DataError):
    """More suggestions are asked for than candidates are left."""

    code = "pool-exhausted"


class FormulaError(DataError):
    """A chemical formula that cannot be read; the message points at the character."""

    code = "formula"


class ChargeError(DataError):
    """Oxidation states that are missing, or charges that cannot balance."""

    code = "charge"


class SpaceError(DataError):
    """A template, parameter or constraint that spans no usable space; names the culprit."""

    code = "space"


class WeighingError(DataError):
    """Precursors that cannot make the composition; names the element."""

    code = "weighing"


class CampaignNotFoundError(DataError):
    """The store has no campaign of that name."""

    code = "campaign-not-found"


class CampaignExistsError(DataError):
    """The store has a campaign of that name already."""

    code = "campaign-exists"


class RightsError(DataError):
    """An account may not do this."""

    code = "rights"


class ConfirmationError(DataError):
    """Something is doubtful and was not confirmed; nothing is stored.

    Attributes:
        questions: What a person should look at, a sentence each.
    """

    code = "confirm"

    def __init__(self, questions: Sequence[str], hint: str) -> None:
        super().__init__(" ".join(questions), hint)
        self.questions = tuple(questions)


class NothingToUndoError(DataError):
    """No change is left that could be taken back, or no undo."""

    code = "nothing-to-undo"


class ConflictError(DataError):
    """Someone else changed the campaign between reading and writing."""

    code = "conflict"


class RepeatedRequestError(DataError):
    """A change that is asked for under a key which a stored change has already."""

    code = "repeated"


class ServerError(DataError):
    """A server that cannot be reached, that broke, or that was told to give up."""

    code = "server"


class ClusterError(DataError):
    """Workers of a cluster that cannot be reached, are lost, or have other versions."""

    code = "cluster"


class StoreError(DataError):
    """The database or a file cannot be opened, read or written."""

    code = "store"


class ModelError(TansakuError):
    """The model cannot be computed from these data."""

    code = "model"
    exit_code = 4


class FactorisationError(ModelError):
    """A covariance matrix stays indefinite after the documented jitter."""

    code = "factorisation"
