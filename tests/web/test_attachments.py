"""Attached files over HTTP: in as a body, out as they were, and nothing that a browser runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tansaku.campaign.attachments import digest
from tests.web.conftest import API, CAMPAIGN, LAB, caller

PHOTO = b"\x89PNG\r\n\x1a\n" + b"photo"
FILES = f"{LAB}/attachments"


@pytest.fixture
def own(shared: str) -> Iterator[TestClient]:
    """The campaign ``lab`` in a store of each kind."""
    with caller(shared) as client:
        assert client.post(f"{API}/campaigns", json=CAMPAIGN).status_code == 201
        yield client


def attach(client: TestClient, content: bytes, name: str, sample: str = "m1") -> str:
    """The id of a file that is attached."""
    query = {"sample": sample, "filename": name}
    found = client.post(FILES, params=query, content=content)
    assert found.status_code == 200, found.text
    return str(found.json()["attachments"][0]["id"])


def test_in_and_out(own: TestClient) -> None:
    """Byte for byte, to be saved under its name; what the caller has is not sent again."""
    assert attach(own, PHOTO, "写真 1.png") == "f1"
    assert attach(own, PHOTO, "写真 1.png") == "f1"
    assert attach(own, b"1 2", "x.xy", "m2") == "f2"
    assert [f["id"] for f in own.get(FILES).json()["attachments"]] == ["f1", "f2"]
    assert [f["id"] for f in own.get(FILES, params={"sample": "m2"}).json()["attachments"]] == [
        "f2"
    ]
    found = own.get(f"{FILES}/f1")
    assert found.content == PHOTO
    headers = found.headers
    assert headers["content-type"] == "image/png"
    assert headers["etag"] == f'"{digest(PHOTO)}"'
    assert headers["content-disposition"] == (
        "attachment; filename*=UTF-8''%E5%86%99%E7%9C%9F%201.png"
    )
    assert headers["x-content-type-options"] == "nosniff"
    again = own.get(f"{FILES}/f1", headers={"If-None-Match": f'"0", {headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    other = own.get(f"{FILES}/f2", headers={"If-None-Match": headers["etag"]})
    assert (other.status_code, other.content) == (200, b"1 2")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", b"<script>alert(1)</script>"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("a.xhtml", b"<html xmlns='http://www.w3.org/1999/xhtml'/>"),
        ("a.js", b"alert(1)"),
    ],
)
def test_nothing_that_runs_comes_as_such(lab: TestClient, name: str, content: bytes) -> None:
    found = lab.get(f"{FILES}/{attach(lab, content, name)}")
    assert found.content == content
    assert found.headers["content-type"] == "application/octet-stream"
    assert found.headers["content-disposition"].startswith("attachment;")
    assert found.headers["content-security-policy"].startswith("default-src 'none'")


def test_what_is_too_large_is_not_read(lab: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused by the length that is told; one that lies, or tells none, by what has come."""
    monkeypatch.setenv("TANSAKU_ATTACHMENT", "1")
    query = {"sample": "m1", "filename": "large.bin"}
    read = []

    def body() -> Iterator[bytes]:
        read.append(1)
        yield bytes(10**6 + 1)

    for headers in ({"Content-Length": str(10**6 + 1)}, {}):
        keyed = headers | {"Idempotency-Key": "one"}
        found = lab.post(FILES, params=query, content=body(), headers=keyed)
        error = found.json()["error"]
        assert found.status_code == (413 if headers else 422), found.text
        assert "'large.bin' has 1.0 MB; at most 1 MB" in error["message"]
        assert "TANSAKU_ATTACHMENT" in error["hint"]
    assert lab.get(FILES).json()["attachments"] == []


def test_a_server_that_takes_more(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit of requests goes with it."""
    monkeypatch.setenv("TANSAKU_ATTACHMENT", "30")
    with caller(store) as client:
        client.post(f"{API}/campaigns", json=CAMPAIGN)
        assert attach(client, bytes(25 * 10**6), "large.bin") == "f1"
        query = {"sample": "m1", "filename": "larger.bin"}
        found = client.post(FILES, params=query, content=bytes(31 * 10**6))
        assert (found.status_code, "30 MB" in found.text) == (413, True)


@pytest.mark.parametrize(
    ("query", "content", "status", "words"),
    [
        ({"sample": "m1", "filename": "a.txt"}, b"", 422, "is empty"),
        ({"sample": "m1", "filename": ".."}, b"x", 422, "no name of a file"),
        ({"sample": "m1", "filename": "a\x00b"}, b"x", 422, "no name of a file"),
        ({"sample": "zz", "filename": "a.txt"}, b"x", 422, "knows no sample"),
        ({"sample": "m1"}, b"x", 422, "filename is missing"),
    ],
)
def test_refusals(
    lab: TestClient, query: dict[str, str], content: bytes, status: int, words: str
) -> None:
    found = lab.post(FILES, params=query, content=content)
    assert found.status_code == status
    assert words in found.json()["error"]["message"]
    assert found.json()["error"]["hint"]


def test_a_file_that_is_not_there(lab: TestClient) -> None:
    for id in ("f9", "m1", "%2e%2e", "f1%2Fx"):
        assert lab.get(f"{FILES}/{id}").status_code == 404
    attach(lab, PHOTO, "a.png")
    assert lab.post(f"{LAB}/withdraw", json={"ids": ["f1"]}).status_code == 200
    assert lab.get(f"{FILES}/f1").status_code == 404


def test_on_the_pages(lab: TestClient) -> None:
    """A picture is shown, all else is a link; names and remarks are no markup."""
    lab.post(f"{LAB}/suggestions", json={"strategy": "random"})
    attach(lab, PHOTO, "a<b>.png", "s1")
    attach(lab, b"<svg/>", "b.svg", "m1")
    whole, own = (
        lab.get(place).text for place in ("/campaigns/lab", "/campaigns/lab/suggestions/s1")
    )
    assert "a&lt;b&gt;.png" in whole
    assert "a<b>" not in whole + own
    assert whole.count("<img") == own.count("<img") == 1
    assert f'href="{FILES}/f2"' in whole
    assert f'href="{FILES}/f2"' not in own
    assert 'name="sample" value="s1"' in own
