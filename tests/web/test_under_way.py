"""A request that takes long says what it is at, to who sent it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any, NamedTuple

import pytest
from starlette.testclient import TestClient

from tansaku.actor import signed_in
from tansaku.bo import engine
from tansaku.services import account as accounts
from tansaku.services import new
from tansaku.stages import stage
from tests.web.conftest import API, CAMPAIGN, LAB, caller

WATCHED = {"X-Watched": "mine"}
NOTHING = {"progress": None, "seconds": None}
PASSWORD = "kiln gas tram violet"


class Slow(NamedTuple):
    """Suggestions that stop half-way until somebody lets them go on."""

    reached: Event
    go: Event

    @contextmanager
    def asked(self, ask: Callable[[], Any], status: int = 200) -> Iterator[None]:
        """Somebody has asked for one, which waits meanwhile."""
        self.reached.clear()
        self.go.clear()
        with ThreadPoolExecutor(1) as threads:
            answer = threads.submit(ask)
            try:
                assert self.reached.wait(60)
                yield
            finally:
                self.go.set()
            assert answer.result().status_code == status


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    """Each has learned its model, and compares its candidates."""
    found, propose = Slow(Event(), Event()), engine.propose

    def waiting(*given: Any, **options: Any) -> Any:
        proposal = propose(*given, **options)
        stage("half of it", 5, 10)
        found.reached.set()
        assert found.go.wait(60)
        return proposal

    monkeypatch.setattr(engine, "propose", waiting)
    return found


def test_a_request_is_watched_by_its_name(lab: TestClient, slow: Slow) -> None:
    """As long as it is worked on; before and after there is nothing to tell."""
    place = f"{API}/progress/mine"
    assert lab.get(place).json() == NOTHING
    with slow.asked(lambda: lab.post(f"{LAB}/suggestions", json={}, headers=WATCHED)):
        found = lab.get(place).json()
        assert found["progress"] == {"stage": "half of it", "done": 5, "total": 10}
        assert found["seconds"] > 0
        assert lab.get(f"{API}/progress/other").json() == NOTHING
    assert lab.get(place).json() == NOTHING
    with slow.asked(lambda: lab.post(f"{LAB}/suggestions", json={})):
        assert lab.get(f"{API}/progress/").status_code == 404


def test_what_fails_is_not_under_way_any_more(lab: TestClient) -> None:
    wrong = {"strategy": "none"}
    assert lab.post(f"{LAB}/suggestions", json=wrong, headers=WATCHED).status_code == 422
    assert lab.get(f"{API}/progress/mine").json() == NOTHING


def test_a_name_that_is_too_long(lab: TestClient) -> None:
    """Is said before anything is done."""
    found = lab.post(f"{LAB}/suggestions", json={}, headers={"X-Watched": "x" * 201})
    assert (found.status_code, found.json()["error"]["path"]) == (422, "header.x-watched")
    assert lab.get(LAB).json()["pending"] == 0


def test_nobody_watches_another_account(store: str, slow: Slow) -> None:
    """The same name of two accounts is two names."""
    for name in ("Sato", "Ito"):
        accounts.add(store, name, role="admin", password=PASSWORD)
    tokens = {each: accounts.new_token(store, each, "test").token for each in ("Sato", "Ito")}
    made = {name: value for name, value in CAMPAIGN.items() if name != "name"}
    with signed_in("Sato"):
        new.new(store, "lab", new.CampaignDescription.model_validate(made))
    with caller(store, accounts=True) as client:
        shown = {who: {"Authorization": f"Bearer {token}"} for who, token in tokens.items()}
        with slow.asked(
            lambda: client.post(f"{LAB}/suggestions", json={}, headers=shown["Sato"] | WATCHED)
        ):
            seen = {
                who: client.get(f"{API}/progress/mine", headers=headers).json()["progress"]
                for who, headers in shown.items()
            }
            assert seen["Ito"] is None
            assert seen["Sato"]["stage"] == "half of it"
            assert client.get(f"{API}/progress/mine").status_code == 401
