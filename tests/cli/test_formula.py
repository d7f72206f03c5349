"""tansaku formula: the table, the document, the notes and the error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Tansaku = Callable[..., Any]


def test_the_table_has_every_element(tansaku: Tansaku) -> None:
    """With its amount and shares, then molar mass and charge."""
    done = tansaku("formula", "Li1.25Ca0.125Zr1.875(PO4)3")
    assert (done.code, done.err) == (0, "")
    lines = [line.split() for line in done.out.splitlines() if line.strip()]
    assert lines[0] == ["Li1.25Ca0.125Zr1.875P3O12"]
    assert ["Zr", "1.875", "10.274", "36.421", "+4"] in lines
    assert [line[0] for line in lines[3:8]] == ["Li", "Ca", "Zr", "P", "O"]
    assert lines[-2:] == [["Molar", "mass:", "469.639", "g/mol."], ["Net", "charge:", "0."]]


def test_an_unknown_charge_says_so(tansaku: Tansaku) -> None:
    """On the screen and, as null, in JSON; the note is on stderr unless --quiet."""
    done = tansaku("formula", "LiCoO2")
    assert "Net charge: unknown." in done.out
    assert "no default oxidation state for Co" in done.err
    quiet = tansaku("formula", "LiCoO2", "--json", "--quiet")
    assert quiet.err == ""
    assert quiet.json["net_charge"] is None


def test_states_can_be_stated(tansaku: Tansaku) -> None:
    """--states settles what has no default."""
    done = tansaku("formula", "LiCoO2", "--states", "Co=3", "--json")
    assert (done.json["net_charge"], done.json["notices"]) == (0, [])
    assert tansaku("formula", "LiCoO2", "--states", "Co=30").code == 3
    assert tansaku("formula", "LiCoO2", "--states", "Co").code == 2


def test_charges_are_signed(tansaku: Tansaku) -> None:
    """A written charge is the net charge."""
    assert "Net charge: -3." in tansaku("formula", "PO4^3-").out


@pytest.mark.parametrize("text", ["CaSO4.2H2O", "Li2Xy", "(" * 10_000, "Pm2O3"])
def test_what_cannot_be_read_is_one_paragraph(tansaku: Tansaku, text: str) -> None:
    """Exit code 3, nothing on stdout, or one document with --json."""
    done = tansaku("formula", text)
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("Error: ")
    assert len(done.err.splitlines()) == 1
    assert tansaku("formula", text, "--json").json["error"]["code"] == "formula"
