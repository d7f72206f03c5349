"""Logging in and out, tokens, what administrators do, and what keeps others out."""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from tansaku.client import Server
from tansaku.errors import LogInError, UsageError
from tansaku.services import account as accounts
from tansaku.services import passwords
from tansaku.store import Passes, open_store
from tansaku.web import attempts
from tansaku.web.application import create_app
from tansaku.web.gate import COOKIES
from tansaku.web.server import listen
from tests.web.conftest import API, CAMPAIGN
from tests.web.test_client import InProcess

PASSWORD: Final = "kiln gas tram violet"
ANOTHER: Final = "amber step fog cello"
HTML: Final = {"Accept": "text/html"}


def browser(store: str, scheme: str = "http") -> TestClient:
    """A browser in front of the server of a store."""
    app = create_app(store, accounts=True)
    return TestClient(app, base_url=f"{scheme}://lab.example", follow_redirects=False)


HASHER: Final = passwords._hasher


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash of the least cost, where that of every log-in would take most of the time."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: cheap)


def test_a_hash_costs_what_it_should() -> None:
    """The second option that RFC 9106 recommends (section 4), and each has a salt of its own."""
    made = [HASHER().hash(PASSWORD) for _ in range(2)]
    assert all(each.startswith("$argon2id$v=19$m=65536,t=3,p=4$") for each in made)
    assert made[0] != made[1]


@pytest.fixture
def admin(store: str) -> str:
    """A store with one administrator, ``root``."""
    accounts.add(store, "root", role="admin", password=PASSWORD)
    return store


@pytest.fixture
def page(admin: str) -> Iterator[TestClient]:
    """A browser that is logged in."""
    with browser(admin) as client:
        assert logged_in(client).status_code == 200
        yield client


def logged_in(client: TestClient, password: str = PASSWORD, name: str = "root") -> Any:
    """The answer to a log-in."""
    return client.post(f"{API}/login", json={"name": name, "password": password})


def csrf(client: TestClient) -> dict[str, str]:
    """What the pages of a session send with each change."""
    found = re.search(r'data-csrf="([0-9a-f]{64})"', client.get("/", headers=HTML).text)
    assert found is not None
    return {"X-CSRF-Token": found[1]}


@pytest.mark.parametrize(("scheme", "secure"), [("http", False), ("https", True)])
def test_a_session_is_a_cookie_that_no_script_reads(admin: str, scheme: str, secure: bool) -> None:
    """And that no other site's page sends along; over https it is sent over https only."""
    with browser(admin, scheme) as client:
        answer = logged_in(client)
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(COOKIES[scheme] + "=")
        for said in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=43200"):
            assert said in cookie
        assert ("Secure" in cookie) == secure
        assert "Domain" not in cookie
        assert answer.json()["account"] == "root"
        assert ("strict-transport-security" in answer.headers) == secure
        assert client.get(f"{API}/me").json()["role"] == "admin"


@pytest.mark.parametrize(
    ("name", "password"), [("root", ANOTHER), ("nobody", PASSWORD), ("root", "x" * 1000), ("", "")]
)
def test_a_wrong_name_is_a_wrong_password(admin: str, name: str, password: str) -> None:
    """Which of the two is not told."""
    with browser(admin) as client:
        found = logged_in(client, password, name)
        assert found.status_code == (401 if name else 422)
        if name:
            assert found.json()["error"]["message"] == "The name or the password is wrong."
        assert "set-cookie" not in found.headers


def test_a_change_comes_from_a_page_of_the_session(page: TestClient) -> None:
    """Without its mark, with another's, or from the page of another site it is refused; a look
    needs none."""
    own, place = csrf(page), f"{API}/campaigns"
    refused = [
        page.post(place, json=CAMPAIGN),
        page.post(place, json=CAMPAIGN, headers={"X-CSRF-Token": "0" * 64}),
        page.post(place, json=CAMPAIGN, headers={"X-CSRF-Token": "\x7f"}),
        page.post(place, json=CAMPAIGN, headers=own | {"Origin": "http://evil.example"}),
        page.post(place, json=CAMPAIGN, headers=own | {"Origin": "null"}),
        page.delete(f"{place}/lab"),
    ]
    assert [each.status_code for each in refused] == [403] * len(refused)
    assert page.get(place).json()["campaigns"] == []
    made = page.post(place, json=CAMPAIGN, headers=own | {"Origin": "http://lab.example"})
    assert made.status_code == 201
    assert page.get(f"{place}/lab/history").json()["events"][0]["by"] == "root"


def test_logging_out_ends_the_session_on_the_server(page: TestClient) -> None:
    """Whoever has copied the cookie is out, too."""
    cookie = page.cookies["tansaku"]
    assert page.post(f"{API}/logout", headers=csrf(page)).status_code == 204
    assert "tansaku" not in page.cookies
    page.cookies["tansaku"] = cookie
    assert page.get(f"{API}/me").status_code == 401


@pytest.mark.parametrize("how", ["password", "closed", "over"])
def test_what_ends_a_session(admin: str, page: TestClient, how: str) -> None:
    """Another password, a closed account, and time; a new log-in then takes what is new."""
    accounts.add(admin, "second", role="admin", password=PASSWORD)
    if how == "password":
        accounts.set_password(admin, "root", ANOTHER)
    elif how == "closed":
        accounts.change(admin, "root", closed=True)
    else:
        yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat()
        raw = sqlite3.connect(admin.removeprefix("sqlite:///"))
        raw.execute("UPDATE passes SET expires = ?", [yesterday])
        raw.commit()
        raw.close()
    assert page.get(f"{API}/me").status_code == 401
    assert logged_in(page).status_code == (200 if how == "over" else 401)
    if how == "closed":
        accounts.change(admin, "root", closed=False)
        assert logged_in(page).status_code == 200


def test_a_token_is_told_once_and_revoked(admin: str, page: TestClient) -> None:
    """It needs no cookie and no mark, and a session is no token."""
    made = page.post(f"{API}/me/tokens", json={"label": "robot"}, headers=csrf(page)).json()
    secret = made["token"]
    assert secret.startswith("tansaku_")
    assert secret not in page.get(f"{API}/me/tokens").text
    again = page.post(f"{API}/me/tokens", json={"label": "robot"}, headers=csrf(page))
    assert again.status_code == 422
    with browser(admin) as robot:
        shown = {"Authorization": f"Bearer {secret}"}
        assert robot.post(f"{API}/campaigns", json=CAMPAIGN, headers=shown).status_code == 201
        session = {"Authorization": f"Bearer {page.cookies['tansaku']}"}
        assert robot.get(f"{API}/me", headers=session).status_code == 401
        revoked = page.delete(f"{API}/me/tokens/robot", headers=csrf(page))
        assert revoked.json()["tokens"] == []
        assert robot.get(f"{API}/me", headers=shown).status_code == 401
    assert page.delete(f"{API}/me/tokens/robot", headers=csrf(page)).status_code == 404


def test_the_client_shows_a_token(admin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given, or in the environment; without one its error has a class of its own."""
    token = accounts.new_token(admin, "root", "robot").token
    with browser(admin) as app:
        for given in ({"token": token}, {}):
            if not given:
                monkeypatch.setenv("TANSAKU_TOKEN", token)
            with Server("http://lab.example", transport=InProcess(app), **given) as server:
                assert server.campaigns() == []
        monkeypatch.delenv("TANSAKU_TOKEN")
        with (
            Server("http://lab.example", transport=InProcess(app)) as server,
            pytest.raises(LogInError, match="has to know who asks") as caught,
        ):
            server.campaigns()
    assert caught.value.status == 401


def test_too_many_failed_log_ins_have_to_wait(admin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one name, from one address; also the right password, until the time is over."""
    monkeypatch.setattr(accounts, "matches", lambda _kept, password: password == PASSWORD)
    now = [0.0]
    monkeypatch.setattr(attempts, "monotonic", lambda: now[0])
    with browser(admin) as client:
        answers = [logged_in(client, ANOTHER).status_code for _ in range(attempts.MOST + 2)]
        assert answers == [401] * attempts.MOST + [429] * 2
        late = logged_in(client)
        assert (late.status_code, late.json()["error"]["code"]) == (429, "request")
        assert logged_in(client, ANOTHER, "other name").status_code == 429
        now[0] = attempts.WINDOW + 1
        assert logged_in(client).status_code == 200
        # The old password of a session that somebody has left open is guessed no faster.
        own, place = csrf(client), f"{API}/me/password"
        wrong = {"old": "guess", "new": ANOTHER}
        answers = [client.post(place, json=wrong, headers=own).status_code for _ in range(12)]
        assert answers == [401] * attempts.MOST + [429] * 2


def test_another_password_takes_the_old_one(page: TestClient) -> None:
    """And is long enough; then it has to log in again."""
    place, own = f"{API}/me/password", csrf(page)
    short = page.post(place, json={"old": PASSWORD, "new": "short"}, headers=own)
    assert short.json()["error"]["message"] == "A password has 12 to 128 characters."
    wrong = page.post(place, json={"old": ANOTHER, "new": ANOTHER}, headers=own)
    assert wrong.json()["error"]["path"] == "body.old"
    assert page.post(place, json={"old": PASSWORD, "new": ANOTHER}, headers=own).is_success
    assert page.get(f"{API}/me").status_code == 401
    assert logged_in(page, ANOTHER).status_code == 200


def test_what_an_administrator_does_is_noted(page: TestClient) -> None:
    """With who did it; the last administrator stays one."""
    own, place = csrf(page), f"{API}/accounts"
    body = {"name": "佐藤", "password": PASSWORD, "role": "viewer"}
    assert page.post(place, json=body, headers=own).status_code == 201
    assert page.post(place, json=body, headers=own).status_code == 422
    changed = {"role": "editor", "all_campaigns": True, "password": ANOTHER}
    found = page.patch(f"{place}/佐藤", json=changed, headers=own).json()
    assert (found["role"], found["all_campaigns"], found["closed"]) == ("editor", True, None)
    assert [each["account"] for each in page.get(place).json()["accounts"]] == ["root", "佐藤"]
    for last in ({"role": "editor"}, {"closed": True}):
        refused = page.patch(f"{place}/root", json=last, headers=own)
        assert "the last administrator" in refused.json()["error"]["message"]
    assert page.patch(f"{place}/none", json={"closed": True}, headers=own).status_code == 404
    log = page.get(f"{API}/account-log").json()["changes"]
    assert [(each["by"], each["account"], each["what"]) for each in log][:3] == [
        ("root", "佐藤", "changed"),
        ("root", "佐藤", "password"),
        ("root", "佐藤", "added"),
    ]


def test_no_secret_is_kept_or_logged(
    admin: str, page: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither in the store nor in its backup, nor in what the server writes of log-ins that fail
    and of bugs; sessions stay out of a backup."""
    caplog.set_level(logging.DEBUG)
    logged_in(page, ANOTHER)
    logged_in(page, PASSWORD, ANOTHER)
    token = accounts.new_token(admin, "root", "robot").token
    page.get(f"{API}/campaigns", headers={"Authorization": f"Bearer {token}"})
    copy = page.get(f"{API}/backup").content
    file = Path(admin.removeprefix("sqlite:///"))
    kept = b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*"))
    session = page.cookies["tansaku"]
    for secret in (PASSWORD, ANOTHER, token, session):
        assert secret not in caplog.text
        assert secret.encode() not in kept
        assert secret.encode() not in copy
    assert "log-in refused, asked for from testclient" in caplog.text
    assert b"$argon2id$" in kept
    again = file.with_name("copy.db")
    again.write_bytes(copy)
    restored = f"sqlite:///{again}"
    assert accounts.holder(restored, token, "token") == "root"
    assert accounts.holder(admin, session, "session") == "root"
    assert accounts.holder(restored, session, "session") is None


def test_a_backup_keeps_what_is_shared(admin: str, page: TestClient, tmp_path: Path) -> None:
    """Also where campaigns have other numbers in the copy than in the store."""
    own = csrf(page)
    for name in ("first", "lab"):
        page.post(f"{API}/campaigns", json=CAMPAIGN | {"name": name}, headers=own)
    accounts.add(admin, "guest", role="viewer", password=PASSWORD)
    accounts.share(admin, "guest", "lab", "viewer")
    raw = sqlite3.connect(admin.removeprefix("sqlite:///"))
    raw.execute("DELETE FROM events WHERE campaign_id = 1")
    raw.execute("DELETE FROM campaigns WHERE id = 1")
    raw.commit()
    raw.close()
    copy = tmp_path / "copy.db"
    copy.write_bytes(page.get(f"{API}/backup").content)
    assert accounts.account(f"sqlite:///{copy}", "guest").campaigns == {"lab": "viewer"}


@pytest.mark.parametrize("path", ["/", "/account", "/login", "/docs", f"{API}/me", "/health"])
def test_nothing_of_a_page_goes_elsewhere(page: TestClient, path: str) -> None:
    """No response is sniffed, framed, or kept; scripts run from this server only."""
    headers = page.get(path, headers=HTML).headers
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert re.search(r"default-src '(self|none)'", policy)
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "no-store" in headers["cache-control"]


@pytest.mark.parametrize("then", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_the_log_in_leads_to_no_other_site(admin: str, then: str) -> None:
    with browser(admin) as client:
        found = client.get("/login", params={"next": then}, headers=HTML)
        assert 'data-then="/"' in found.text


@pytest.mark.parametrize("language", ["en", "ja"])
def test_pages_of_accounts(admin: str, page: TestClient, language: str) -> None:
    said = {"en": ("Log in", "Revoke", "Log out"), "ja": ("ログイン", "取り消す", "ログアウト")}
    accounts.new_token(admin, "root", "robot")
    first, *others = said[language]
    assert first in page.get(f"/login?lang={language}", headers=HTML).text
    text = page.get(f"/account?lang={language}", headers=HTML).text
    assert all(each in text for each in (*others, "robot", "root"))


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "lab.example", ""])
def test_another_host_needs_an_account(store: str, host: str) -> None:
    """And the error says how to make the first one."""
    with pytest.raises(UsageError, match="there is none yet") as caught:
        listen(store, host, 0)
    assert "tansaku account add NAME --role admin" in caught.value.hint
    with pytest.raises(UsageError, match="there is none yet"):
        listen(store, "127.0.0.1", 0, accounts=True)
    accounts.add(store, "guest", role="editor", password=PASSWORD)
    with pytest.raises(UsageError, match="there is none yet"):
        listen(store, host, 0)


def test_with_an_account_others_may_come_in(admin: str) -> None:
    found = listen(admin, "0.0.0.0", 0)
    with found.port:
        assert found.told.accounts
        assert found.exposed
    here = listen(admin, "127.0.0.1", 0)
    with here.port:
        assert not here.told.accounts
        assert not here.exposed


def test_what_is_over_is_forgotten(admin: str) -> None:
    """Sessions of long ago do not pile up."""
    for _ in range(3):
        accounts.log_in(admin, "root", PASSWORD)
    file = sqlite3.connect(admin.removeprefix("sqlite:///"))
    file.execute("UPDATE passes SET expires = ''")
    file.commit()
    accounts.log_in(admin, "root", PASSWORD)
    assert file.execute("SELECT count(*) FROM passes").fetchone() == (1,)
    file.close()
    with open_store(admin) as opened:
        assert Passes(opened.database).tokens("root") == []
