"""``tansaku account``: made, shared, closed, and told; no password on the command line."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from tansaku.cli import account_command
from tests.cli.conftest import Tansaku

PASSWORD = "kiln gas tram violet"
Type = Callable[[str], None]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Type:
    """``typed(text)``: what standard input holds for the next command."""
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_an_account_from_its_making_to_its_end(tansaku: Tansaku, typed: Type) -> None:
    table = ("--table", "table.csv", "--inputs", "a,b", "--target", "y:max")
    assert tansaku("new", "lab", *table).code == 0
    assert "no account" in tansaku("account").out
    typed(f"{PASSWORD}\n")
    assert tansaku("account", "add", "root", "--role", "admin").code == 0
    typed(f"{PASSWORD}\n")
    assert "sato" in tansaku("account", "add", "sato").out
    shared = tansaku("account", "share", "sato", "lab", "--role", "viewer", "--json").json
    assert shared["campaigns"] == {"lab": "viewer"}
    rows = [line.split() for line in tansaku("account").out.splitlines()]
    assert ["root", "admin", "all"] in rows
    assert ["sato", "editor", "lab", "(viewer)"] in rows
    token = tansaku("account", "token", "sato", "robot", "--days", "30").out.splitlines()[0]
    assert token.startswith("tansaku_")
    assert "robot" not in tansaku("account", "revoke", "sato", "robot").out
    assert tansaku("account", "unshare", "sato", "lab", "--json").json["campaigns"] == {}
    assert tansaku("account", "change", "sato", "--all", "--json").json["all_campaigns"] is True
    assert tansaku("account", "close", "sato", "--json").json["closed"] is not None
    assert tansaku("account", "open", "sato", "--json").json["closed"] is None
    typed("amber step fog cello\n")
    assert tansaku("account", "password", "sato").code == 0
    told = [each["what"] for each in tansaku("account", "log", "--json").json["changes"]]
    assert told == [
        *("password", "changed", "changed", "changed", "unshared", "revoked", "token", "shared"),
        *("added", "added"),
    ]
    assert tansaku("account", "log").out.count("sato") == len(told) - 1


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (("add",), "is not understood", 2),
        (("dance", "sato"), "is not understood", 2),
        (("close", "sato", "lab"), "is not understood", 2),
        (("close", "sato"), "There is no account 'sato'.", 2),
        (("add", "sato"), "A password has 12 to 128 characters.", 2),
        (("add", "-"), "cannot be the name", 2),
        (("share", "root", "none"), "has no campaign 'none'", 3),
        (("share", "root", "none", "--role", "admin"), "there is none of one campaign", 2),
        (("token", "root", "robot", "--days", "0"), "cannot be good for 0 days", 2),
        (("close", "root"), "the last administrator", 2),
    ],
)
def test_what_cannot_be(
    tansaku: Tansaku, typed: Type, arguments: tuple[str, ...], said: str, code: int
) -> None:
    """Is said in one paragraph, and nothing is changed."""
    typed(f"{PASSWORD}\n")
    tansaku("account", "add", "root", "--role", "admin")
    typed("short\n")
    found = tansaku("account", *arguments)
    assert found.code == code
    assert said in " ".join(found.err.split())
    rows = tansaku("account", "--json").json["accounts"]
    assert [(each["account"], each["closed"]) for each in rows] == [("root", None)]


def test_a_password_at_the_keyboard_is_typed_twice(
    tansaku: Tansaku, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And never shown."""

    class Keyboard(io.StringIO):
        def isatty(self) -> bool:
            return True

    answers = [PASSWORD, "something else", PASSWORD, PASSWORD]
    monkeypatch.setattr("sys.stdin", Keyboard())
    monkeypatch.setattr(account_command.getpass, "getpass", lambda *_asked: answers.pop(0))
    differ = tansaku("account", "add", "root", "--role", "admin")
    assert (differ.code, "differ" in differ.err) == (2, True)
    made = tansaku("account", "add", "root", "--role", "admin")
    assert made.code == 0
    assert PASSWORD not in made.out + made.err
