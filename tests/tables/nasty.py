"""Nasty tables: files as labs hand them over, made here, each with what must come of it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.comments import Comment

from tests.tables.old_books import old_book

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Nasty:
    """A file, and what must come of it.

    Attributes:
        name: What is nasty.
        file: Its name.
        content: Makes its bytes.
        columns: {column: its numbers, None where there is none}.
        said: Words of notices.
        limits: {address: side}.
        failed: Addresses.
        error: Words of the error instead; the cell that must be named is among them.
    """

    name: str
    file: str
    content: Callable[[], bytes]
    columns: dict[str, list[float | None]] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    limits: dict[str, str] = field(default_factory=dict)
    failed: tuple[str, ...] = ()
    error: tuple[str, ...] = ()

    def write(self, folder: Path) -> Path:
        """The file in a folder."""
        path = folder / self.file
        path.write_bytes(self.content())
        return path


def text(content: str, encoding: str = "utf-8") -> Callable[[], bytes]:
    """A text file."""
    return lambda: content.encode(encoding)


def book(
    *sheets: Rows,
    names: Sequence[str] = (),
    merged: Sequence[str] = (),
    comments: dict[str, str] | None = None,
    hidden: Sequence[int] = (),
) -> Callable[[], bytes]:
    """A workbook; merged cells and comments are those of its first sheet."""

    def make() -> bytes:
        made = openpyxl.Workbook()
        made.remove(made.active)
        for i, rows in enumerate(sheets):
            sheet = made.create_sheet(names[i] if names else f"Sheet{i + 1}")
            for row in rows:
                sheet.append(row)
            if i in hidden:
                sheet.sheet_state = "hidden"
        first = made.worksheets[0]
        for place in merged:
            first.merge_cells(place)
        for place, said in (comments or {}).items():
            first[place].comment = Comment(said, "lab")
        stream = io.BytesIO()
        made.save(stream)
        return stream.getvalue()

    return make


def stored_value(rows: Rows, formula: str, value: str) -> Callable[[], bytes]:
    """A workbook whose one formula has a stored value, as Excel writes it."""

    def make() -> bytes:
        stream = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(book(rows)())) as old,
            zipfile.ZipFile(stream, "w") as new,
        ):
            for part in old.namelist():
                content = old.read(part)
                if part.endswith("sheet1.xml"):
                    before = f"<f>{formula}</f><v />".encode()
                    assert before in content
                    content = content.replace(before, f"<f>{formula}</f><v>{value}</v>".encode())
                new.writestr(part, content)
        return stream.getvalue()

    return make


GOOD: Rows = (["x", "y"], [1, 10], [2, 20])
XY: dict[str, list[float | None]] = {"x": [1, 2], "y": [10, 20]}

TABLES = [
    Nasty("semicolons and decimal commas", "t.csv", text("x;y\n0,5;1\n1,25;2\n"),
          {"x": [0.5, 1.25], "y": [1, 2]}),
    Nasty("tabs", "t.tsv", text("x\ty\n1\t10\n2\t20\n"), XY),
    Nasty("tabs in a .txt", "t.txt", text("x\ty\n1\t10\n2\t20\n"), XY),
    Nasty("UTF-16 as Excel saves Unicode text", "t.csv",
          text("x\ty\n1\t10\n2\t20\n", "utf-16"), XY),
    Nasty("cp932", "t.csv", text("温度 [℃],伝導度\n９００,1.2×10\n", "cp932"),
          error=("row 1", "伝導度", "1.2×10")),
    Nasty("cp932 with full-width digits", "t.csv",
          text("温度 [℃],y\n９００,１\n９５０,２\n", "cp932"),
          {"温度 [℃]": [900, 950], "y": [1, 2]}, said=("cp932",)),
    Nasty("powers of ten as people type them", "t.csv",
          text("x,y\n1,1.2×10⁻⁴\n2,1.2x10^-4\n3,1.2×10-4\n4,10⁻⁴\n5,1.2Ｅ−４\n6,1.2 × 10^(−4)\n"),
          {"y": [1.2e-4, 1.2e-4, 1.2e-4, 1e-4, 1.2e-4, 1.2e-4]}),
    Nasty("the raised digit was lost", "t.csv", text("x,y\n1,1.2×104\n2,3\n"),
          error=("row 1", "1.2×104")),
    Nasty("U+2212 and other dashes", "t.csv", text("x,y\n−1,1\n–2,2\n－３,3\n"),
          {"x": [-1, -2, -3]}),
    Nasty("thousands", "t.csv", text('x,y\n1,"1,234.5"\n2,"12,345"\n'), {"y": [1234.5, 12345]}),
    Nasty("points between thousands", "t.csv", text("x;y\n1;1.234,5\n2;2.345\n"),
          {"y": [1234.5, 2345]}),
    Nasty("a comma that may mean either", "t.csv", text('x,y\n1,"1,234"\n2,"5,678"\n'),
          error=("row 1", "'1,234'", "--decimal")),
    Nasty("commas that contradict each other", "t.csv", text('x,y\n1,"0,5"\n2,0.7\n'),
          error=("'0,5'", "'0.7'", "row 1", "row 2")),
    Nasty("a point among decimal commas", "t.csv", text("x;y\n1;0,5\n2;1.234\n"),
          error=("row 2", "'1.234'")),
    Nasty("units in the cells", "t.xlsx", book([["T", "y"], ["700 °C", 1], ["750℃", 2], [800, 3]]),
          {"T": [700, 750, 800]}),
    Nasty("another unit in one cell", "t.xlsx", book([["T [℃]", "y"], ["700 ℃", 1], ["973 h", 2]]),
          error=("cell A3", "'973 h'", "h", "℃")),
    Nasty("one cell in mS/cm", "t.csv", text("T,σ / S cm-1\n700,1.9e-3\n750,2.2mS/cm\n"),
          {"σ / S cm-1": [1.9e-3, 2.2e-3]}),
    Nasty("one cell in K", "t.csv", text("T (℃),y\n700,1\n1073.15 K,2\n"), {"T (℃)": [700, 800]}),
    Nasty("one unit among bare numbers", "t.csv", text("T,y\n700,1\n750,2\n1073 K,3\n"),
          error=("row 3", "1073 K", "behind its name")),
    Nasty("twelve hundred among thousands", "t.csv",
          text('T,y\n1100,1\n"1,200",2\n1150,3\n1250,4\n'), {"T": [1100, 1200, 1150, 1250]}),
    Nasty("shares of the value", "t.csv", text("x,y\n1,3.2 ± 5%\n2,5.5×10⁻⁴ ± 0.3×10⁻⁴\n"),
          {"y": [3.2, 5.5e-4]}),
    Nasty("plain blanks between thousands", "t.csv", text("T;y\n900;1 050,5\n950;900,0\n"),
          {"y": [1050.5, 900.0]}),
    Nasty("thirds", "t.csv", text("x,y\n1/3,1\n0.5,2\n8/3,3\n"), {"x": [1 / 3, 0.5, 8 / 3]}),
    Nasty("titles above", "t.xlsx",
          book([["Series 7"], ["Operator", "Tanaka"], [], ["x", "T", "z", "y"], [1, 2, 3, 4],
                [5, 6, 7, 8]]),
          {"x": [1, 5], "y": [4, 8]}, said=("Series 7", "Tanaka", "line 1")),
    Nasty("merged names over names", "t.xlsx",
          book([["No", "組成", None, "結果"], [None, "x", "y", None], [1, 0.1, 0.2, 5],
                [2, 0.3, 0.4, 6]], merged=["A1:A2", "B1:C1", "D1:D2"]),
          {"No": [1, 2], "組成 x": [0.1, 0.3], "組成 y": [0.2, 0.4], "結果": [5, 6]},
          said=("lines 1, 2",)),
    Nasty("the same as CSV", "t.csv", text("組成,,結果\nx,y,\n0.1,0.2,5\n0.3,0.4,6\n"),
          {"組成 x": [0.1, 0.3], "組成 y": [0.2, 0.4], "結果": [5, 6]}),
    Nasty("a line of units", "t.csv", text("T,t,sigma,note\n℃,h,S/cm,-\n900,1,5,a\n950,2,6,b\n"),
          {"T [℃]": [900, 950], "t [h]": [1, 2], "sigma [S/cm]": [5, 6]}),
    Nasty("merged cells in the rows", "t.xlsx",
          book([["T", "x", "y"], [900, 1, 5], [None, 2, 6], [950, 3, 7]], merged=["A2:A3"]),
          {"T": [900, 900, 950]}, said=("Merged cells",)),
    Nasty("blank rows and columns", "t.xlsx",
          book([[], [None, "x", None, "y"], [None, 1, None, 10], [], [None, 2, None, 20], []]), XY),
    Nasty("a note below", "t.xlsx", book([*GOOD, [], ["※ measured at 25 ℃"]]), XY,
          said=("※ measured at 25 ℃", "line 5")),
    Nasty("means below", "t.csv", text("id,x,y\na,1,10\nb,2,20\nmean,1.5,15\n"), XY,
          said=("mean", "line 4")),
    Nasty("a second table below", "t.xlsx", book([*GOOD, [], ["p", "q"], [7, 8]]), XY,
          said=("second table", "p | q")),
    Nasty("the header again on each page", "t.csv", text("x,y\n1,10\nx,y\n2,20\n"), XY,
          said=("repeated", "line 3")),
    Nasty("comments on cells", "t.xlsx", book(GOOD, comments={"B2": "measured twice"}), XY),
    Nasty("words for nothing", "t.csv",
          text("x,y\n1,ND\n2,n.d.\n3,N/A\n4,-\n5,ー\n6,未測定\n7,#N/A\n8,3\n"),
          {"y": [None, None, None, None, None, None, None, 3]}),
    Nasty("failures", "t.xlsx",
          book([["x", "y"], [1, "failed"], [2, "割れ"], [3, "×"], [4, "cracked (1200 ℃)"], [5, 5]]),
          {"y": [None, None, None, None, 5]}, failed=("B2", "B3", "B4", "B5")),
    Nasty("limits", "t.xlsx",
          book([["x", "y"], [1, "<1e-8"], [2, "> 10"], [3, "≦0.1"], [4, "５以下"],
                [5, "1×10⁻⁹未満"], [6, 2]]),
          {"y": [1e-8, 10, 0.1, 5, 1e-9, 2]},
          limits={"B2": "below", "B3": "above", "B4": "below", "B5": "below", "B6": "below"}),
    Nasty("a failed input", "t.xlsx", book([["x", "y"], [1, 1], ["割れ", 2], [3, 3]]),
          error=("cell A3", "'割れ'")),
    Nasty("sd in the cells", "t.csv", text("x,y\n1,3.2 ± 0.1\n2,3.4(2)\n3,(1.5±0.1)×10⁻³\n"),
          {"y": [3.2, 3.4, 1.5e-3]}),
    Nasty("a formula with its value", "t.xlsx",
          stored_value([["x", "y"], [1, "=A2*10"], [2, 20]], "A2*10", "10"), XY),
    Nasty("a formula without a value", "t.xlsx", book([["x", "y"], [1, "=A2*10"], [2, 20]]),
          error=("B2", "values are not stored")),
    Nasty("a cell that could not be computed", "t.xlsx",
          book([["x", "y"], [1, "#DIV/0!"], [2, 20]]), error=("cell B2", "'#DIV/0!'")),
    Nasty("a date in place of a number", "t.csv", text("x,y\n1,2026-01-02\n2,3\n"),
          error=("row 1", "2026-01-02")),
    Nasty("remarks on another sheet", "t.xlsx",
          book([["to do: XRD"]], GOOD, names=["memo", "data"]), XY, said=("2 sheets", "'data'")),
    Nasty("the columns that are wanted on one sheet of two", "t.xlsx",
          book([["p", "q"], [1, 2], [3, 4]], GOOD, names=["first", "second"]), XY),
    Nasty("two sheets that may be meant", "t.xlsx", book(GOOD, GOOD, names=["May", "June"]),
          error=("'May', 'June'", "--sheet")),
    Nasty("a hidden sheet", "t.xlsx", book(GOOD, GOOD, names=["a", "b"], hidden=[1]), XY),
    Nasty("names twice", "t.csv", text("x,y,note,note\n1,10,,\n2,20,,\n"), error=("'note'",)),
    Nasty("no names at all", "t.csv", text("1,10\n2,20\n"), error=("no column names",)),
    Nasty("a comma too many", "t.csv", text("x,y\n1,10\n2,0,5\n"),
          error=("Row 2", "line 3", "'5'")),
    Nasty("an old .xls", "t.xls",
          old_book([["Series 7"], ["T [℃]", "σ"], ["９００", "1.2×10⁻⁵"], [950, "<1e-8"],
                    [None, "割れ"]], merged=[(3, 4, 0, 0)]),
          {"T [℃]": [900, 950, 950], "σ": [1.2e-5, 1e-8, None]}, said=("Series 7", "Merged"),
          limits={"B4": "below"}, failed=("B5",)),
    Nasty("an .xls with a formula that nobody computed", "t.xls",
          old_book([["x", "y"], [1, "=A2*10"], [2, 20]]), error=("B2", "values are not stored")),
    Nasty("an .xls that is the text of an instrument", "t.xls", text("x\ty\r\n1\t10\r\n2\t20\r\n"),
          XY, said=("is text",)),
    Nasty("points between thousands beside decimal commas", "t.csv",
          text("T;x;y\n1.100;0,5;1\n1.150;0,75;2\n"),
          error=("'1.100' may be 1100", "row 2", "--decimal")),
    Nasty("points that part decimals in every column", "t.csv",
          text("T;x;y\n1.100;0.5;1\n1.150;0.75;2\n"), {"T": [1.1, 1.15], "x": [0.5, 0.75]}),
    Nasty("two tables side by side", "t.xlsx",
          book([["x", "y", None, "x", "y"], [1, 10, None, 3, 30], [2, 20, None, 4, 40]]),
          error=("'x' (A, D)", "'y' (B, E)")),
    Nasty("a German laboratory", "t.csv",
          text("Versuchsreihe;;;\nBearbeiter: Müller;;;\n;;;\nProbe;x;T [°C];Dichte\n"
               "1;0,5;900;2,95\n2;0,75;950;gerissen\n3;1,0;950;n.b.\n4;1,5;950;< 2,5\n"
               "Mittelwert;0,94;;\n", "cp1252"),
          {"x": [0.5, 0.75, 1.0, 1.5], "T [°C]": [900, 950, 950, 950],
           "Dichte": [2.95, None, None, 2.5]},
          said=("cp1252", "Müller", "Mittelwert"), limits={"D8": "below"}, failed=("D6",)),
    Nasty("an unfinished Japanese workbook", "t.xlsx",
          book([["2026年度 焼成実験（田中）"], [],
                ["No.", "仕込み組成", None, "本焼成", None, "結果"],
                [None, "Al量", "Ta量", "温度(℃)", "時間(h)", "σ(25℃)\n[S/cm]"],
                ["①", 0.1, 0.2, "１１００", "１２", "3.2×10⁻⁴"],
                ["②", 0.1, 0.3, None, "24h", "割れ（徐冷中）"],
                ["③", 0.2, 0.3, 1150, 24, "<1×10⁻⁷"],
                ["平均", None, None, None, None, "=AVERAGE(F5)"]],
               merged=["A1:F1", "B3:C3", "D3:E3", "A3:A4", "D5:D6"], comments={"F5": "再測定"}),
          {"仕込み組成 Ta量": [0.2, 0.3, 0.3], "本焼成 温度(℃)": [1100, 1100, 1150],
           "本焼成 時間(h)": [12, 24, 24], "結果 σ(25℃) [S/cm]": [3.2e-4, None, 1e-7]},
          said=("田中", "平均", "Merged"), limits={"F7": "below"}, failed=("F6",)),
    Nasty("western Windows text", "t.csv",
          text("Prüfkörper;T (°C);Dichte [g/cm³]\nA1;900;0,91\nA2;950;0,95\n", "cp1252"),
          {"T (°C)": [900, 950], "Dichte [g/cm³]": [0.91, 0.95]}, said=("cp1252", "Prüfkörper")),
    Nasty("escaped formulas", "t.csv", text("x,y,\"'=name\"\n1,'-10,\n2,20,'=1+1\n"),
          {"x": [1, 2], "y": [-10, 20]}),
]  # fmt: skip
