"""Every route of a server with accounts, as nobody, as a viewer, and as an editor of another
campaign: nothing is told of what is not theirs, not even that it is there."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from httpx import Response
from starlette.testclient import TestClient

from tansaku.actor import signed_in
from tansaku.services import account as accounts
from tansaku.services import jobs, new, trash
from tansaku.services.job_worker import work_once
from tansaku.services.jobs import StudyRequest
from tansaku.web.application import create_app
from tansaku.web.gate import PUBLIC
from tests.web.conftest import API, CAMPAIGN, ROWS, short

PASSWORD: Final = "kiln gas tram violet"
HIDDEN: Final = "kryptonite"
ABSENT: Final = "unobtanium"
"""A campaign that is not shared, and a name that no campaign has; both are as long."""

NOTE: Final = "white pellet, do not tell"
CHANGES: Final = ("POST", "PUT", "PATCH", "DELETE")


class Route(NamedTuple):
    """A route of the app, and an example of what it takes."""

    method: str
    path: str
    body: bytes
    kind: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes() -> list[Route]:
    """Every route that the app has, those that its description leaves out too."""
    app = create_app("sqlite:///unused.db", accounts=True)
    found = []
    for each in iter_route_contexts(app.routes):
        taken = inspect.signature(each.endpoint, eval_str=True).parameters.get("body")
        body, kind = b"a,b,y\n0,2,1e-6\n", "application/octet-stream"
        if taken is not None:
            example = taken.annotation.model_config["json_schema_extra"]["examples"][0]
            body, kind = json.dumps(example).encode(), "application/json"
        found += [Route(method, each.path, body, kind) for method in each.methods]
    return found


ROUTES: Final = routes()
NAMED: Final = "&name=nobodys&inputs=a,b&targets=y:max"


class Door(NamedTuple):
    """A server with accounts, and a token of each."""

    client: TestClient
    store: str
    tokens: dict[str, str]

    @property
    def place(self) -> str:
        """Where the store is, which only administrators may know."""
        return str(Path(self.store.removeprefix("sqlite:///")).parent)

    def ask(self, route: Route, name: str, who: str = "", **headers: str) -> Response:
        """The answer to an account, or to nobody."""
        place = route.path.replace("{name}", name).replace("{id}", "m1").replace("{source}", "old")
        place = place.replace("{account}", "root").replace("{label}", "robot")
        place = place.replace("{file}", "app.css")
        shown = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        content = {} if route.method == "GET" else {"content": route.body}
        told = {"Content-Type": route.kind} | shown | headers
        if route.method != "GET" and ("file" in place or place.endswith(("/look", "/sources"))):
            place = f"{place}?filename=t.csv"
        if route.method != "GET" and place.endswith("/attachments"):
            place = f"{place}?filename=t.csv&sample=m1"
        asked = f"{place}?filename=t.csv{NAMED}" if place == "/pages/make" else place
        return self.client.request(route.method, asked, headers=told, **content)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Campaigns of an administrator that nobody else may see, one in the trash and a job among
    them, and one that is shared."""
    folder: Path = tmp_path_factory.mktemp("rights")
    store = f"sqlite:///{folder}/lab.db"
    roles = {"root": "admin", "viewer": "viewer", "editor": "editor", "stranger": "viewer"}
    for name, role in roles.items():
        accounts.add(store, name, role=role, password=PASSWORD)
    made = new.CampaignDescription.model_validate(
        {each: CAMPAIGN[each] for each in ("inputs", "targets")}
        | {"table": [row | {"note": NOTE} for row in ROWS]}
    )
    with signed_in("root"):
        for name in (HIDDEN, "shared", "other"):
            new.new(store, name, made)
        new.new(store, f"{HIDDEN} removed", made)
        trash.remove(store, f"{HIDDEN} removed")
        jobs.submit(store, StudyRequest(campaign=HIDDEN, runs=1, steps=1, strategies=("random",)))
        accounts.share(store, "viewer", "shared", "editor")
        accounts.share(store, "editor", "other", "editor")
    assert work_once(store, "worker")
    tokens = {name: accounts.new_token(store, name, "test").token for name in roles}
    app = short(create_app(store, accounts=True))
    with TestClient(app, base_url="http://lab.example", follow_redirects=False) as client:
        yield Door(client, store, tokens)


def test_there_are_many_routes() -> None:
    """What the others walk is the app and not an empty list."""
    assert len(ROUTES) > 75
    assert sum("{name}" in each.path for each in ROUTES) > 30


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_nobody_gets_no_further_than_the_log_in(door: Door, route: Route) -> None:
    """Whatever the route, and whether it is there or not."""
    found = door.ask(route, HIDDEN)
    assert HIDDEN not in found.text.replace(found.url.path, "")
    if found.url.path in PUBLIC:
        assert found.status_code in (200, 422, 401)
        return
    assert (found.status_code, found.json()["error"]["code"]) == (401, "log-in")
    assert found.text == door.ask(route, ABSENT).text
    assert found.text == door.ask(Route(route.method, "/none", b"", ""), "").text


@pytest.mark.parametrize("path", ["/", "/campaigns/{name}", "/account", "/none?a=1"])
def test_nobody_with_a_browser_is_led_to_the_log_in(door: Door, path: str) -> None:
    """And from there back."""
    place = path.replace("{name}", HIDDEN)
    found = door.client.get(place, headers={"Accept": "text/html"})
    assert found.status_code == 303
    assert found.headers["location"].startswith("/login?next=%2F")
    page = door.client.get(found.headers["location"], headers={"Accept": "text/html"})
    assert f'data-then="{place}"' in page.text


@pytest.mark.parametrize("who", ["editor", "stranger"])
@pytest.mark.parametrize("route", [each for each in ROUTES if "{name}" in each.path], ids=str)
def test_a_campaign_of_others_is_not_there(door: Door, route: Route, who: str) -> None:
    """The answer is that to a name which nothing has, word for word."""
    # To share is for administrators, whatever the name.
    status = 403 if "/accounts/" in route.path else 404
    for headers in ({}, {"Accept": "text/html"}, {"Prefer": "respond-async"}):
        hidden = door.ask(route, HIDDEN, who, **headers)
        absent = door.ask(route, ABSENT, who, **headers)
        assert (hidden.status_code, absent.status_code) == (status, status), hidden.text
        assert hidden.text.replace(HIDDEN, ABSENT) == absent.text
        assert set(hidden.headers) == set(absent.headers)


@pytest.mark.parametrize("who", ["editor", "stranger"])
@pytest.mark.parametrize(
    "route", [e for e in ROUTES if "{name}" not in e.path and e.path != f"{API}/logout"], ids=str
)
def test_nothing_else_tells_of_it(door: Door, route: Route, who: str) -> None:
    found = door.ask(route, "", who)
    assert found.status_code < 500
    assert HIDDEN not in found.text
    assert NOTE not in found.text
    assert door.place not in found.text


@pytest.mark.parametrize("route", [each for each in ROUTES if "{name}" in each.path], ids=str)
def test_a_viewer_changes_nothing(door: Door, route: Route) -> None:
    """And may look, also where a look is a POST; its own role is the most that it may do, whatever
    it was given in a campaign."""
    before = door.client.get(f"{API}/campaigns/shared", headers=token(door, "root")).json()
    found = door.ask(route, "shared", "viewer")
    assert door.place not in found.text
    looks = route.method == "GET" or route.path.endswith(
        ("/predict", "/posterior", "/look", "/weighed", "/weigh")
    )
    if looks:
        assert found.status_code in (200, 404, 422), found.text  # there is no suggestion m1
    elif route.path.startswith(f"{API}/trash"):
        assert found.status_code == 404
    else:
        assert (found.status_code, found.json()["error"]["code"]) == (403, "rights"), found.text
    assert door.client.get(f"{API}/campaigns/shared", headers=token(door, "root")).json() == before


def token(door: Door, who: str) -> dict[str, str]:
    """What an account shows."""
    return {"Authorization": f"Bearer {door.tokens[who]}"}


BODIES: Final[list[tuple[str, dict[str, Any]]]] = [
    (f"{API}/campaigns/other/sources", {"source": "{name}"}),
    (f"{API}/campaigns", CAMPAIGN | {"name": "n", "sources": [{"source": "{name}"}]}),
]


@pytest.mark.parametrize(("path", "body"), BODIES)
def test_a_body_reaches_no_campaign_of_others(door: Door, path: str, body: dict[str, Any]) -> None:
    """As older data of an own campaign, or of a new one."""
    answers = []
    for name in (HIDDEN, ABSENT):
        text = json.dumps(body).replace("{name}", name)
        headers = token(door, "editor") | {"Content-Type": "application/json"}
        answers.append(door.client.post(path, content=text, headers=headers))
    assert [each.status_code for each in answers] == [404, 404]
    assert answers[0].text.replace(HIDDEN, ABSENT) == answers[1].text


def test_a_study_reaches_no_campaign_of_others(door: Door) -> None:
    """Its job fails as one of a campaign that is not there."""
    errors = []
    for name in (HIDDEN, ABSENT):
        place, headers = f"{API}/studies", token(door, "editor")
        asked = door.client.post(place, json={"campaign": name}, headers=headers)
        assert asked.status_code == 202
        while work_once(door.store, "worker"):
            pass
        found = door.client.get(f"{API}/jobs/{asked.json()['job']}", headers=headers).json()
        assert found["result"] is None
        errors.append(json.dumps(found["error"]).replace(name, ABSENT))
    assert "campaign-not-found" in errors[0]
    assert errors[0] == errors[1]


def test_a_job_of_others_is_not_there(door: Door) -> None:
    """And neither is its result, nor can it be ended."""
    every = door.client.get(f"{API}/jobs", headers=token(door, "root")).json()["jobs"]
    job = every[-1]  # the first one, which root asked for
    for who in ("editor", "viewer", "stranger"):
        own = door.client.get(f"{API}/jobs", headers=token(door, who)).json()["jobs"]
        assert job["job"] not in [each["job"] for each in own]
        for ask in (door.client.get, door.client.delete):
            theirs = ask(f"{API}/jobs/{job['job']}", headers=token(door, who))
            none = ask(f"{API}/jobs/{'0' * 16}", headers=token(door, who))
            assert (theirs.status_code, none.status_code) == (404, 404)
            assert theirs.text.replace(job["job"], "0" * 16) == none.text


def test_an_answer_under_a_key_of_others_is_not_told(door: Door) -> None:
    """Two accounts that use the same key make two changes, and each sees its own again."""
    place, key = f"{API}/campaigns/other/block", {"Idempotency-Key": "one"}
    answers = [
        door.client.post(place, json={"condition": f"a > {n}"}, headers=token(door, who) | key)
        for who in ("root", "editor")
        for n in ((7, 7) if who == "root" else (8, 8))
    ]
    assert [each.status_code for each in answers] == [200] * 4
    replayed = ["idempotency-replayed" in each.headers for each in answers]
    assert replayed == [False, True, False, True]
    assert answers[1].text == answers[0].text != answers[2].text == answers[3].text


def test_a_name_that_is_taken_is_told_to_editors_only(door: Door) -> None:
    """The one thing that who may make campaigns learns of others': names are one list."""
    taken = CAMPAIGN | {"name": HIDDEN}
    found = door.client.post(f"{API}/campaigns", json=taken, headers=token(door, "editor"))
    assert found.json()["error"]["code"] == "campaign-exists"
    found = door.client.post(f"{API}/campaigns", json=taken, headers=token(door, "stranger"))
    assert found.json()["error"]["code"] == "rights"


def test_the_whole_store_is_for_administrators(door: Door) -> None:
    """Out as a document, without accounts, and in; others learn nothing of it, nor of what a
    document says that they send."""
    whole = door.client.get(f"{API}/store", headers=token(door, "root"))
    assert whole.status_code == 200
    assert HIDDEN in whole.text
    for secret in ("argon2", "stranger", door.tokens["root"]):
        assert secret not in whole.text
    for who in ("editor", "viewer", "stranger"):
        answers = [door.client.get(f"{API}/store", headers=token(door, who))]
        for content in (whole.content, b"{}"):
            sent = door.client.post(f"{API}/store", content=content, headers=token(door, who))
            answers.append(sent)
        assert [each.status_code for each in answers] == [403] * 3
        assert {each.json()["error"]["code"] for each in answers} == {"rights"}
        assert len({each.text for each in answers}) == 1
    again = door.client.post(f"{API}/store", content=whole.content, headers=token(door, "root"))
    assert again.json()["error"]["code"] == "campaign-exists"


def test_a_campaign_belongs_to_who_makes_it(door: Door) -> None:
    """Its maker stands in the log and comes in, others do not; what is shared no more is gone."""
    mine = CAMPAIGN | {"name": "mine"}
    made = door.client.post(f"{API}/campaigns", json=mine, headers=token(door, "editor"))
    assert made.status_code == 201
    place = f"{API}/campaigns/mine"
    log = door.client.get(f"{place}/history", headers=token(door, "editor")).json()["events"]
    assert [each["by"] for each in log] == ["editor"]
    assert door.client.get(place, headers=token(door, "viewer")).status_code == 404
    share = f"{API}/accounts/viewer/campaigns/mine"
    assert door.client.put(share, json={}, headers=token(door, "editor")).status_code == 403
    assert door.client.put(share, json={}, headers=token(door, "root")).status_code == 200
    assert door.client.get(place, headers=token(door, "viewer")).status_code == 200
    assert door.client.delete(share, headers=token(door, "root")).status_code == 200
    assert door.client.get(place, headers=token(door, "viewer")).status_code == 404
    renamed = door.client.post(
        f"{place}/rename", json={"name": "mine too"}, headers=token(door, "editor")
    )
    assert renamed.status_code == 200
    assert door.client.get(f"{API}/campaigns/mine too", headers=token(door, "editor")).is_success


def test_nobody_acts_in_the_name_of_another(door: Door) -> None:
    """Neither where the body says who asks."""
    asked = {"n": 1, "by": "root"}
    place = f"{API}/campaigns/other/suggestions"
    found = door.client.post(place, json=asked, headers=token(door, "editor"))
    assert found.json()["error"]["code"] == "rights"
    found = door.client.post(place, json={"n": 1}, headers=token(door, "editor"))
    assert found.status_code == 200
    log = door.client.get(f"{API}/campaigns/other/history", headers=token(door, "root")).json()
    assert log["events"][-1]["by"] == "editor"


def test_a_job_has_the_rights_that_its_account_has_when_it_is_done(door: Door) -> None:
    """Of a campaign that is shared no more meanwhile it fails, as if that were not there."""
    made = CAMPAIGN | {"name": "lent"}
    door.client.post(f"{API}/campaigns", json=made, headers=token(door, "root"))
    share = f"{API}/accounts/editor/campaigns/lent"
    door.client.put(share, json={"role": "editor"}, headers=token(door, "root"))
    headers = token(door, "editor") | {"Prefer": "respond-async"}
    asked = door.client.post(f"{API}/campaigns/lent/suggestions", json={"n": 1}, headers=headers)
    assert asked.status_code == 202
    door.client.delete(share, headers=token(door, "root"))
    while work_once(door.store, "worker"):
        pass
    place = f"{API}/jobs/{asked.json()['job']}"
    found = door.client.get(place, headers=token(door, "editor")).json()
    assert (found["state"], found["error"]["code"]) == ("failed", "campaign-not-found")


def test_where_the_store_is_only_administrators_see(door: Door) -> None:
    """On the page of settings, as with doctor; each sees how many campaigns are there for it."""
    for who, there in (("root", True), ("editor", False), ("stranger", False)):
        page = door.client.get("/settings", headers=token(door, who)).text
        assert (door.store.removeprefix("sqlite:///") in page) == there
        doctor = door.client.get(f"{API}/doctor", headers=token(door, who))
        assert doctor.is_success == there
        listed = door.client.get(f"{API}/campaigns", headers=token(door, who)).json()["campaigns"]
        assert f"<dd>{len(listed)}</dd>" in page
        assert f'<a href="/account">{who}</a>' in page
    assert 'href="/settings' not in door.client.get("/login").text


def test_without_accounts_whoever_sits_there_may_do_all(door: Door) -> None:
    """The same store on the machine itself, as before; a proxy is refused."""
    app: FastAPI = create_app(door.store)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert HIDDEN in client.get(f"{API}/campaigns").text
        passed_on = client.get(f"{API}/campaigns", headers={"X-Forwarded-For": "10.0.0.7"})
        assert passed_on.status_code == 403
        assert HIDDEN not in passed_on.text
        assert client.get(f"{API}/me").status_code == 409
