"""Table proposal: what a campaign would take of a table file, and what is to be decided before."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tansaku.campaign.campaign import Campaign
from tansaku.errors import TableError, TansakuError, UsageError
from tansaku.language import _
from tansaku.space import ColumnRoles, Comma, Goal, Scale, Target

if TYPE_CHECKING:
    from tansaku.tables.understood import ColumnSeen, Look


TRIED_MOST: Final = 300
"""Columns of a table up to which it is tried whether a campaign can be made of it: of 20,000 inputs
that takes minutes."""


@dataclass(frozen=True, slots=True)
class TableProposal:
    """A table as it was understood, and what a campaign would take of it.

    Attributes:
        path: The file.
        look: What was understood.
    """

    path: Path
    look: Look

    @property
    def target(self) -> Target | None:
        """The target that would be taken; ``None`` where no column looks like a result."""
        result = self.look.result
        if result is None:
            return None
        return Target(name=result.name, goal=Goal(result.goal), scale=Scale(result.scale))

    @property
    def command(self) -> str | None:
        """The command that makes a campaign of it; ``None`` where inputs or target are missing."""
        parts = self.options()
        if parts is None or self.look.turned:
            return None
        return f"tansaku new {_('NAME')} " + shlex.join(["--table", str(self.path), *parts])

    def doubts(
        self, *, inputs_known: bool = False, target_known: bool = False
    ) -> tuple[tuple[str, str], ...]:
        """What is to be decided before a campaign is made as read: (what was seen, what to do)."""
        look, found = self.look, []
        nothing_set = not (inputs_known or look.inputs or look.formula)
        if look.turned:
            found.append(
                (
                    _("The table seems to lie on its side: names of quantities in column A."),
                    _("Put each sample into a row (in Excel: copy, paste special, transpose)."),
                )
            )
        if look.impedance and not target_known:
            found.append(self._raw_impedance())
        if look.repeats and not target_known:
            found.append(
                (
                    _("Columns {names} seem to repeat one measurement.").format(
                        names=", ".join(f"'{name}'" for name in look.repeats)
                    ),
                    _(
                        "Write repeated measurements into rows of their own, or name the column"
                        " that is meant with --target."
                    ),
                )
            )
        found += (
            []
            if target_known
            else [
                _unread(each, _("Correct them, or name the column that is meant with --target."))
                for each in look.unread_results
            ]
        )
        found += [] if inputs_known else [_incomplete(each) for each in look.incomplete]
        if not inputs_known:
            named = target_known and len(look.dropped) == 1 and look.result is None
            found += [] if named else [_dropped(each) for each in look.dropped]
            if look.unlike is not None:
                name, (one, row) = look.unlike
                found.append(
                    (
                        _(
                            "Rows {one} and {row} would be one candidate, though '{name}' differs."
                        ).format(one=one + 1, row=row + 1, name=name),
                        _(
                            "Correct the row that is wrong, or name '{name}' among the inputs; the"
                            " amounts of its elements are inputs then: --inputs {inputs}."
                        ).format(
                            name=name,
                            inputs=shlex.quote(",".join(map(_quoted, (name, *look.inputs)))),
                        ),
                    )
                )
        if nothing_set or (look.result is None and not target_known):
            found.append(self._nothing_set() if nothing_set else self._nothing_measured())
        return tuple(found)

    def _raw_impedance(self) -> tuple[str, str]:
        columns = self.look.impedance
        options = [part for name, column in columns.items() for part in (f"--{name}", column)]
        return (
            _("Columns {names} are of measured pellets, and no result yet.").format(
                names=", ".join(f"'{name}'" for name in columns.values())
            ),
            _("Make conductivities of them, and the campaign of that table: {command}.").format(
                command=shlex.join(
                    [
                        *("tansaku", "conductivity", "--table", str(self.path)),
                        *(*options, "--out", "conductivity.csv"),
                    ]
                )
            ),
        )

    def _nothing_set(self) -> tuple[str, str]:
        return (
            _("In '{file}' no columns were found that look like inputs and a result.").format(
                file=self.path.name
            ),
            _("'tansaku look {file}' shows what was read. Name --inputs and --target.").format(
                file=self.path
            ),
        )

    def _nothing_measured(self) -> tuple[str, str]:
        """What is said of a table without results: a plan, or they were not recognised."""
        return (
            _("'{file}' holds no column that looks like a result.").format(file=self.path.name),
            _(
                "Name what is or will be measured with --target; of a plan every row is open then:"
                " {command}."
            ).format(
                command=shlex.join(
                    [
                        *("tansaku", "new", _("NAME"), "--table", str(self.path), "--as-read"),
                        *("--target", _("RESULT") + ":max"),
                    ]
                )
            ),
        )

    def refusal(self) -> tuple[str, str] | None:
        """Why no campaign is made as read, and what to do: what is to be decided, or what a trial
        finds, in which nothing is stored. ``None`` where ``--as-read`` makes one."""
        from tansaku.tables.read import refuse_uncomputed

        table, target = self.look.table, self.target
        if (doubts := self.doubts()) or target is None:
            return doubts[0]
        if len(self.look.columns) > TRIED_MOST:
            return None
        try:
            refuse_uncomputed(table.layout)
            Campaign.from_table(
                table.frame, inputs=self.look.inputs, formula=self.look.formula, target=target
            )
        except TansakuError as error:
            return error.message, error.hint
        return None

    def other_results(self, targets: Sequence[str]) -> tuple[str, ...]:
        """A notice of results of the table beside those that are wanted; it is empty where there
        are none."""
        names = [c.name for c in self.look.columns if c.role == "result" and c.name not in targets]
        if not names:
            return ()
        notice = _(
            "Other results of the table are not used: {names}. Give --target several times to heed"
            " more than one."
        )
        return (notice.format(names=", ".join(f"'{name}'" for name in names)),)

    def options(self) -> list[str] | None:
        """``--inputs``, ``--formula`` and ``--target`` as a person would write them."""
        target, inputs, formula = self.target, self.look.inputs, self.look.formula
        if target is None or not (inputs or formula):
            return None
        named = ["--inputs", ",".join(map(_quoted, inputs))] if inputs else []
        named += ["--formula", formula] if formula else []
        return [*named, "--target", str(target)]

    def detail(self, column: ColumnSeen) -> str | None:
        """What a column that is neither input nor target would tell of each measured row."""
        from tansaku.tables.details import detail_of  # on demand: tables bring pandas

        found = detail_of(column.name)
        if found is None:  # at once: a table may have thousands of columns
            return None
        taken = (*self.look.inputs, self.look.formula, self.target and self.target.name)
        return None if column.name in taken else found

    def spread(self) -> dict[str, str]:
        """{column: ``sd``, ``sem`` or ``repeats``} of columns that would say how sure results are;
        ``error`` where the person has to say what it is."""
        from tansaku.tables.spreads import columns_of_spreads

        if self.target is None:
            return {}
        taken = {*self.look.inputs, self.target.name, self.look.formula or ""}
        found = columns_of_spreads(self.look.table.frame, [self.target], taken, ColumnRoles())
        said = dict.fromkeys(found.sd.values(), "sd") | dict.fromkeys(found.sem.values(), "sem")
        said |= dict.fromkeys(found.doubtful, "error")
        return said | ({found.repeats: "repeats"} if found.repeats else {})


def proposed(path: Path, *, sheet: str | None = None, comma: Comma | None = None) -> TableProposal:
    """Read a table, and see what a campaign would take of it.

    Args:
        path: A .csv, .xlsx or .parquet file.
        sheet: The sheet of a workbook, where several hold tables.
        comma: What commas in numbers mean, where the columns do not tell.

    Raises:
        StoreError: the file cannot be opened.
        TableError, CellError: it holds no table that can be read.
    """
    from tansaku.tables.read import laid_out
    from tansaku.tables.understood import look_at  # on demand: tables bring pandas

    return TableProposal(path, look_at(laid_out(path, sheet=sheet, comma=comma)))


def as_read(
    seen: TableProposal, *, inputs_known: bool = False, target_known: bool = False
) -> tuple[Sequence[str], str | None, Target | None]:
    """Inputs, formula column and target that a campaign would take of a table; no target where the
    person has named it and none was recognised.

    Args:
        seen: The table.
        inputs_known: Whether the person has named the inputs.
        target_known: Whether the person has named the target.

    Raises:
        TableError: the table may mean something else than it seems, no column looks like an
            input or a result, or cells cannot be read.
    """
    if doubts := seen.doubts(inputs_known=inputs_known, target_known=target_known):
        raise TableError(*doubts[0])
    return seen.look.inputs, seen.look.formula, seen.target


def refuse_unconfirmed(path: Path, *, sheet: str | None, comma: Comma | None) -> UsageError:
    """The answer to ``new --table`` without inputs and target: what would be taken, and how to
    say yes to it."""
    seen = proposed(path, sheet=sheet, comma=comma)
    if doubts := seen.doubts():
        return UsageError(*doubts[0])
    return UsageError(
        _("No --inputs and --target are given. As read, '{file}' means: {options}.").format(
            file=path.name, options=shlex.join(seen.options() or [])
        ),
        _(
            "Say --as-read to take that, or name the columns. 'tansaku look {file}' shows"
            " what was read."
        ).format(file=path),
    )


def _unread(column: ColumnSeen, hint: str) -> tuple[str, str]:
    cells = [f"{c.address} '{' '.join(c.reading.text.split())}'" for c in column.unreadable]
    what = _("Column '{name}' looks like a result, but cells cannot be read: {cells}.")
    if column.role != "result":
        what = _("Column '{name}' looks like an input, but cells cannot be read: {cells}.")
    return what.format(name=column.name, cells=", ".join(cells[:10])), hint


def _incomplete(column: ColumnSeen) -> tuple[str, str]:
    cells = [each.address for each in column.missing]
    return (
        _("Column '{name}' looks like an input, but cells are empty: {cells}.").format(
            name=column.name, cells=", ".join(cells[:10])
        ),
        _("Fill them in, or name the columns that are meant with --inputs."),
    )


def _dropped(column: ColumnSeen) -> tuple[str, str]:
    """What is said of a column that may be an input and would be dropped."""
    shown = column.sample or column.name
    message = _("Column '{name}' ('{cell}') would not be used, and rows differ in it.").format(
        name=column.name, cell=shown
    )
    if column.mixed:
        return message, _(
            "Split it into columns with one number each, such as 'T [℃]' and 'time [h]', or name"
            " it among --inputs with --choices '{name}'; a result needs plain numbers, and"
            " 'tansaku conductivity' makes them of impedances."
        ).format(name=column.name)
    if column.unreadable:
        return _unread(column, column.unreadable[0].hint)
    return message, _(
        "Name the columns that are set with --inputs, with it or without it, and what is measured"
        " with --target."
    )


def _quoted(name: str) -> str:
    """A name for a list with commas."""
    return f'"{name}"' if "," in name else name
