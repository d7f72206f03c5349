"""A change that is asked for twice is made once; one of what nobody sees any more is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from tansaku.services.opened import kept_answer
from tansaku.services.status import status
from tansaku.store import answers
from tests.web.conftest import API, CAMPAIGN, LAB, caller

RESULT: dict[str, Any] = {"at": {"a": 0, "b": 2}, "results": {"y": 5e-6}, "confirm": True}
KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


def test_a_retry_makes_no_replicate(shared: str) -> None:
    """Also after a restart of the server, on every database; without a key it is a replicate."""
    store = shared
    with caller(store) as api:
        api.post(f"{API}/campaigns", json=CAMPAIGN)
        first = api.post(f"{LAB}/measurements", json=RESULT, headers=KEY)
    with caller(store) as api:
        second = api.post(f"{LAB}/measurements", json=RESULT, headers=KEY)
        assert first.status_code == second.status_code == 200
        assert second.json() == first.json()
        assert second.headers["idempotency-replayed"] == "true"
        assert "idempotency-replayed" not in first.headers
        assert status(store, "lab").measurements == 9
        assert api.post(f"{LAB}/measurements", json=RESULT).status_code == 200
        assert status(store, "lab").measurements == 10


def test_both_at_once_are_one(lab: TestClient, store: str) -> None:
    """Whoever is second gets the first one's answer, also while that is worked out."""
    with ThreadPoolExecutor(6) as crowd:
        ask = lambda _i: lab.post(f"{LAB}/measurements", json=RESULT, headers=KEY)  # noqa: E731
        found = list(crowd.map(ask, range(6)))
    assert [each.status_code for each in found] == [200] * 6
    assert len({each.text for each in found}) == 1
    assert status(store, "lab").measurements == 9


def test_a_key_stands_for_one_request(lab: TestClient, store: str) -> None:
    lab.post(f"{LAB}/measurements", json=RESULT, headers=KEY)
    for other in (
        lab.post(f"{LAB}/measurements", json=RESULT | {"results": {"y": 6e-6}}, headers=KEY),
        lab.post(f"{LAB}/suggestions", json={}, headers=KEY),
    ):
        assert other.status_code == 422
        assert other.json()["error"]["path"] == "header.idempotency-key"
    assert status(store, "lab").measurements == 9
    assert lab.post(f"{LAB}/undo", json={}, headers={"Idempotency-Key": "x" * 201}).is_error


def test_what_failed_may_be_asked_again(lab: TestClient) -> None:
    """Only what was stored is answered from memory."""
    doubtful = RESULT | {"results": {"y": 5.0}, "confirm": False}
    refused = lab.post(f"{LAB}/measurements", json=doubtful, headers=KEY)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "confirm")
    assert refused.json()["error"]["questions"]
    assert lab.post(f"{LAB}/measurements", json=RESULT, headers=KEY).status_code == 200


def test_a_campaign_is_made_once(api: TestClient) -> None:
    found = [api.post(f"{API}/campaigns", json=CAMPAIGN, headers=KEY) for _ in range(2)]
    assert [each.status_code for each in found] == [201, 201]
    assert found[0].json() == found[1].json()
    again = api.post(f"{API}/campaigns", json=CAMPAIGN)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "campaign-exists")


def test_old_answers_are_forgotten(
    lab: TestClient, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the next change that has a key."""
    lab.post(f"{LAB}/measurements", json=RESULT, headers=KEY)
    lab.post(f"{LAB}/undo", json={}, headers={"Idempotency-Key": "second"})
    assert kept_answer(store, KEY["Idempotency-Key"]) is not None
    monkeypatch.setattr(answers, "KEPT", timedelta(seconds=-1))
    lab.post(f"{LAB}/undo", json={"number": 1}, headers={"Idempotency-Key": "refused"})
    assert kept_answer(store, "second") is not None
    lab.post(f"{LAB}/block", json={"condition": "a > 2"}, headers={"Idempotency-Key": "third"})
    assert kept_answer(store, KEY["Idempotency-Key"]) is None
    assert kept_answer(store, "third") is not None


def test_only_what_was_seen_is_changed(lab: TestClient, store: str) -> None:
    """The ETag of each state is its own; a change of another state is refused, and nothing is
    stored."""
    seen = lab.get(LAB).headers["etag"]
    assert lab.get(LAB, headers={"If-None-Match": f'"x", {seen}'}).status_code == 304
    match = {"If-Match": seen}
    assert lab.post(f"{LAB}/measurements", json=RESULT, headers=match).status_code == 200
    for path, body in (
        ("/measurements", RESULT),
        ("/suggestions", {}),
        ("/undo", {}),
        ("/redo", {}),
        ("/block", {"condition": "a > 2"}),
    ):
        late = lab.post(LAB + path, json=body, headers=match)
        assert (late.status_code, late.json()["error"]["code"]) == (412, "conflict"), path
    assert lab.delete(LAB, headers=match).status_code == 412
    assert lab.post(f"{LAB}/rename", json={"name": "x"}, headers=match).status_code == 412
    assert status(store, "lab").measurements == 9
    now = lab.get(LAB, headers={"If-None-Match": seen})
    assert (now.status_code, now.headers["etag"] == seen) == (200, False)
    assert lab.post(f"{LAB}/undo", json={}, headers={"If-Match": "*"}).status_code == 200
