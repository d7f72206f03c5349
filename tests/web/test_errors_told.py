"""Every error is one document, in the caller's language, says where it is, and is documented."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.testclient import TestClient

from tansaku import errors, web
from tansaku.services import history
from tansaku.web import doorkeeper
from tansaku.web.doorkeeper import LARGEST_BODY
from tansaku.web.http_errors import NAMED, status_of
from tests.web.conftest import API, LAB, caller

JAPANESE = re.compile("[ぁ-んァ-ン]")
JSON = {"content-type": "application/json"}

WRONG: list[tuple[str, str, Any, int, str, str]] = [
    ("GET", f"{API}/nothing", None, 404, "request", ""),
    ("GET", "/a/b%2Fc", None, 404, "request", ""),
    ("PUT", LAB, None, 405, "request", ""),
    ("GET", f"{API}/campaigns/none", None, 404, "campaign-not-found", ""),
    ("GET", f"{LAB}/suggestions/s9", None, 404, "unknown-name", ""),
    ("DELETE", f"{LAB}/sources/none", None, 404, "unknown-name", ""),
    ("GET", f"{LAB}?lang=de", None, 422, "request", "query.lang"),
    ("GET", f"{LAB}/pool?limit=x", None, 422, "request", "query.limit"),
    ("GET", f"{LAB}/plot?kind=none", None, 422, "unknown-name", ""),
    ("GET", f"{LAB}/plot?at=x", None, 422, "request", "query.at"),
    ("POST", f"{LAB}/suggestions", b"{", 422, "request", "body"),
    ("POST", f"{LAB}/suggestions", b"[]", 422, "request", "body"),
    ("POST", f"{LAB}/suggestions", b"\xff", 400, "request", ""),
    ("POST", f"{LAB}/suggestions", b'{"n": 0}', 422, "request", "body.n"),
    ("POST", f"{LAB}/suggestions", b'{"n": "x"}', 422, "request", "body.n"),
    ("POST", f"{LAB}/suggestions", b'{"time_limit": NaN}', 422, "request", "body.time_limit"),
    ("POST", f"{LAB}/suggestions", b'{"m": 1}', 422, "request", "body.m"),
    ("POST", f"{LAB}/suggestions", b'{"n": 99}', 422, "pool-exhausted", ""),
    ("POST", f"{LAB}/suggestions", b'{"strategy": "x"}', 422, "unknown-name", ""),
    ("POST", f"{LAB}/measurements", b"{}", 422, "request", "body.at"),
    ("POST", f"{LAB}/measurements", b'{"id": "s1", "status": "x"}', 422, "request", "body.status"),
    ("POST", f"{LAB}/measurements", b'{"at": {"a": 9, "b": 9}, "results": {"y": 1}}', 422,
     "not-in-pool", ""),
    ("POST", f"{LAB}/predict", b"{}", 422, "request", "body.at"),
    ("POST", f"{LAB}/withdraw", b'{"ids": []}', 422, "request", "body.ids"),
    ("POST", f"{LAB}/measurements/file?filename=.", b"x", 422, "request", "query.filename"),
    ("POST", f"{LAB}/undo", b"{}", 409, "nothing-to-undo", ""),
    ("POST", f"{LAB}/redo", b"{}", 409, "nothing-to-undo", ""),
    ("POST", f"{LAB}/redo", b'{"number": 2}', 422, "request", "body.number"),
    ("POST", f"{API}/formula", b'{"formula": "Xx2"}', 422, "formula", ""),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "status", "code", "where"), WRONG)
def test_errors_are_documents(
    lab: TestClient, method: str, path: str, body: Any, status: int, code: str, where: str
) -> None:
    english = lab.request(method, path, content=body, headers=JSON)
    japanese = lab.request(
        method, path, content=body, headers=JSON | {"Accept-Language": "ja-JP, en;q=0.5"}
    )
    assert (english.status_code, japanese.status_code) == (status, status), english.text
    for found in (english, japanese):
        assert found.headers["content-type"] == "application/json"
        error = found.json()["error"]
        assert (error["code"], error.get("path", "")) == (code, where)
        assert error["message"]
        assert set(error) <= {"code", "message", "hint", "path"}
    assert not JAPANESE.search(english.text)
    assert JAPANESE.search(japanese.json()["error"]["message"])


@pytest.mark.usefixtures("lab")
def test_what_nobody_foresaw_is_a_document(
    store: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has the trace, the caller has not."""

    def broken(store: str, name: str) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(history, "history", broken)
    with caller(store, raise_server_exceptions=False) as api:
        found = api.get(f"{LAB}/history?lang=ja")
    assert found.status_code == 500
    assert found.json()["error"]["code"] == "bug"
    assert JAPANESE.search(found.json()["error"]["message"])
    assert "secret" not in found.text
    assert "secret" in caplog.text


def test_a_store_that_cannot_be_used(tmp_path: Any) -> None:
    with caller(f"sqlite:///{tmp_path}/none/lab.db") as api:
        assert api.get("/health").status_code == 200
        found = api.get("/ready")
        assert (found.status_code, found.json()["error"]["code"]) == (503, "store")
        assert api.get(f"{API}/campaigns").status_code == 503


def test_each_caller_is_answered_in_their_language(lab: TestClient) -> None:
    """Forty requests of two languages, eight at a time, and never the other's."""

    def ask(i: int) -> bool:
        language = ("en", "ja")[i % 2]
        found = lab.post(f"{LAB}/suggestions", json={"n": 99}, params={"lang": language})
        return bool(JAPANESE.search(found.json()["error"]["message"])) == (language == "ja")

    with ThreadPoolExecutor(8) as crowd:
        assert all(crowd.map(ask, range(40)))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "evil.example:8765"}, 421),
        ({"Host": "["}, 421),
        ({"Host": "127.0.0.1.evil.example"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Origin": "null"}, 403),
        ({"Content-Length": str(LARGEST_BODY + 1)}, 413),
        ({"Content-Length": "-1"}, 413),
        ({"Origin": "http://127.0.0.1:8765"}, 200),
        ({"Host": "localhost:8765"}, 200),
        ({"Host": "[::1]:8765"}, 200),
    ],
)
def test_pages_of_others_are_kept_out(
    lab: TestClient, headers: dict[str, str], status: int
) -> None:
    found = lab.post(f"{LAB}/undo", content=b"{}", headers=JSON | headers)
    assert found.status_code == (409 if status == 200 else status)
    assert found.json()["error"]["code"] == ("nothing-to-undo" if status == 200 else "request")


def test_a_body_without_end_is_cut_off(lab: TestClient) -> None:
    """Its length is not told beforehand."""
    sent = 0

    def pieces() -> Any:
        nonlocal sent
        for _ in range(100):
            sent += 1_000_000
            yield b"x" * 1_000_000

    found = lab.post(f"{API}/look?filename=t.csv", content=pieces())
    assert found.status_code == 413
    error = found.json()["error"]
    assert error["code"] == "request"
    assert "Leave out sheets, columns and rows" in error["hint"]


def test_pieces_of_a_body_add_up() -> None:
    """Each of them is small."""
    pieces = iter([{"type": "http.request", "body": b"x" * 400, "more_body": True}] * 3)

    async def receive() -> Any:
        return next(pieces)

    async def read() -> list[int]:
        limited = doorkeeper._limited(receive, 1000)
        return [len((await limited())["body"]) for _piece in range(3)]

    with pytest.raises(HTTPException) as refused:
        asyncio.run(read())
    assert (refused.value.status_code, list(pieces)) == (413, [])


def kinds(of: type[errors.TansakuError]) -> Iterator[type[errors.TansakuError]]:
    """The classes below it."""
    for each in of.__subclasses__():
        yield each
        yield from kinds(each)


def refusals() -> Iterator[tuple[int, str]]:
    """(status, code) of every refusal of a request that stands in the server's source, and of
    those that the framework makes and the source tells apart."""
    files = sorted(Path(inspect.getfile(web)).parent.rglob("*.py"))
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8")))]
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            kind = getattr(errors, node.func.id, object)
            if node.func.id == "HTTPException":
                yield ast.literal_eval(node.args[0]), "request"
            elif issubclass(kind, errors.RequestError):
                default = inspect.signature(kind).parameters["status"].default
                told = [each.value for each in node.keywords if each.arg == "status"]
                yield (ast.literal_eval(told[0]) if told else default), kind.code
        elif isinstance(node, ast.Compare) and ast.unparse(node.left).endswith(".status_code"):
            yield ast.literal_eval(node.comparators[0]), "request"


def met(kind: type[errors.TansakuError]) -> Iterator[tuple[int, str]]:
    """(status, code) of an error that a request meets, whatever the request names."""
    error = kind(["?"], "!") if kind is errors.ConfirmationError else kind("?", "!")
    paths = [{}, *({part: "x"} for part in NAMED)]
    for headers in ([], [(b"if-match", b"x")]):
        for path in paths:
            scope = {"type": "http", "headers": headers, "path_params": path}
            yield status_of(error, Request(scope)), kind.code


def test_every_error_is_documented() -> None:
    """With its status and code, and none that the server does not answer."""
    text = (Path(__file__).parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d{3}) \| ([^|]+) \| [^|]+ \| [^|]+ \|$", text, re.MULTILINE)
    told = [(int(status), code) for status, codes in rows for code in re.findall("`(.+?)`", codes)]
    # What a program meets that asks a server is no answer of one; nor is a job that fails.
    met_elsewhere = {errors.ServerError, errors.ClusterError}
    every = [kind for kind in kinds(errors.TansakuError) if kind not in met_elsewhere]
    answered = {pair for kind in every for pair in met(kind)} | set(refusals()) | {(500, "bug")}
    assert sorted(told) == sorted(answered | {(status, code) for *_, status, code, _ in WRONG})
