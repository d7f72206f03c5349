"""Client: a campaign on a server, with the methods and the errors of :class:`tansaku.Campaign`.

It needs ``pip install 'tansaku[client]'``. Answers are the documents that commands print with
``--json``.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Final
from urllib.parse import quote

import httpx

from tansaku.errors import ConfirmationError, LogInError, RequestError, ServerError, TansakuError
from tansaku.files import read_whole
from tansaku.language import _, use

PAUSES: Final = (0.5, 1.0, 2.0, 4.0)
"""Seconds before the second, third, .. request for one answer: a server that is started again takes
about so long."""

PATIENCE: Final = 600.0
"""Seconds for one answer: a suggestion over a large space takes a minute or two."""

POLL: Final = 0.5
"""Seconds between two looks at a job."""

BUSY: Final = (429, 502, 503, 504)
"""Statuses behind which the same request may succeed."""

MOST: Final = 10_000
"""Entries of a list that come with one answer."""

Document = dict[str, Any]
"""What a command prints with ``--json``."""


class Server:
    """A server of tansaku.

    Args:
        url: Where ``tansaku serve`` said that it is.
        language: Of texts: ``en`` or ``ja``.
        token: Of an account, where the server has accounts; by default what the variable
            ``TANSAKU_TOKEN`` of the environment holds.
        transport: How requests travel; by default over the network.

    Example:
        >>> with Server("http://127.0.0.1:8765") as server:
        ...     lab = server.campaign("lab")
        >>> lab.name
        'lab'
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8765",
        *,
        language: str = "en",
        token: str | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.language = language
        shown = os.environ.get("TANSAKU_TOKEN") if token is None else token
        self._http = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1",
            headers={"Accept-Language": language}
            | ({"Authorization": f"Bearer {shown}"} if shown else {}),
            timeout=PATIENCE,
            transport=transport,
        )

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def campaigns(self) -> list[str]:
        """Names of the campaigns."""
        return [each["campaign"] for each in self.ask("GET", "campaigns")["campaigns"]]

    def campaign(self, name: str) -> RemoteCampaign:
        """The campaign of this name, which need not be there yet."""
        return RemoteCampaign(self, name)

    def new(self, name: str, **description: Any) -> RemoteCampaign:
        """Make a campaign: of rows (``table``, ``inputs``, ``targets``), or of ``parameters`` and
        what else a file behind ``tansaku new --spec`` says."""
        made = self.ask("POST", "campaigns", description | {"name": name})
        return RemoteCampaign(self, made["campaign"])

    def study(self, **request: Any) -> Document:
        """Replay searches on a ``campaign``, or on the rows of a ``table``; waits for the end."""
        return self.wait(self.ask("POST", "studies", request)["job"])

    def wait(self, job: str) -> Document:
        """What a job has found, once it has ended.

        Raises:
            TansakuError: it failed or was cancelled.
        """
        while True:
            found = self.ask("GET", f"jobs/{job}")
            if found["state"] == "done":
                answer: Document = found["result"]
                return answer
            if found["state"] == "failed":
                raise _error(found["error"], 0)
            if found["state"] == "cancelled":
                with use(self.language):
                    raise ServerError(_("The job '{id}' was cancelled.").format(id=job))
            time.sleep(POLL)

    def ask(
        self, method: str, path: str, body: Any = None, query: Mapping[str, Any] | None = None
    ) -> Document:
        """One document, asked for again where no answer came. All requests for one change have one
        key, so that it is made once. A ``body`` of bytes is sent as it is, all else as JSON.

        Raises:
            TansakuError: the server refused it; of the class that the code stands for.
            ServerError: the server cannot be reached.
        """
        answer: Document = self._answered(method, path, body, query).json()
        return answer

    def content(self, path: str) -> bytes:
        """A file, held against its SHA-256, which is its ``ETag``; errors as of :meth:`ask`.

        Raises:
            ServerError: it has arrived damaged.
        """
        found = self._answered("GET", path)
        if found.headers.get("etag", "").strip('"') != sha256(found.content).hexdigest():
            with use(self.language):
                raise ServerError(_("The file has arrived damaged."), _("Ask for it again."))
        return found.content

    def _answered(
        self, method: str, path: str, body: Any = None, query: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        """The answer to :meth:`ask`, which is no error."""
        content: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
        key = {} if method == "GET" else {"Idempotency-Key": str(uuid.uuid4())}
        for pause in (*PAUSES, None):
            why = ""
            try:
                found = self._http.request(method, path, params=query, headers=key, **content)
                if found.status_code not in BUSY or pause is None:
                    return _accepted(found)
            except httpx.TransportError as error:
                why = str(error)
            if pause is not None:
                time.sleep(pause)
        with use(self.language):
            raise ServerError(
                _("The server at {url} cannot be reached: {why}.").format(
                    url=self._http.base_url.copy_with(path="/"), why=why
                ),
                _("Start it with 'tansaku serve', and check the address."),
            )


def _accepted(found: httpx.Response) -> httpx.Response:
    if found.is_error:
        raise _error(found.json()["error"], found.status_code)
    return found


def _error(told: Mapping[str, Any], status: int) -> TansakuError:
    """The error that the server tells, of its class."""
    code, message, hint = told["code"], told["message"], told["hint"]
    if code == ConfirmationError.code:
        return ConfirmationError(told["questions"], hint)
    if code in (RequestError.code, LogInError.code):
        kind = LogInError if code == LogInError.code else RequestError
        return kind(message, hint, path=told.get("path", ""), status=status)
    kinds = {kind.code: kind for kind in _kinds(TansakuError)}
    return kinds.get(code, ServerError)(message, hint)


def _kinds(of: type[TansakuError]) -> Iterator[type[TansakuError]]:
    """The class and all below it."""
    yield of
    for kind in of.__subclasses__():
        yield from _kinds(kind)


class RemoteCampaign:
    """A campaign on a server.

    Example:
        >>> lab = Server("http://127.0.0.1:8765").campaign("Li/Zr")
        >>> lab.path
        'campaigns/Li%2FZr'
    """

    def __init__(self, server: Server, name: str) -> None:
        self.server = server
        self.name = name

    @property
    def path(self) -> str:
        """Where it is on the server."""
        return f"campaigns/{quote(self.name, safe='')}"

    def status(self) -> Document:
        """How far the search is."""
        return self._get()

    def suggest(self, n: int = 1, **options: Any) -> list[Document]:
        """The next ``n`` samples to make; ``options`` as of :meth:`tansaku.Campaign.suggest`. Over
        a large space this waits for a job."""
        found = self._post("suggestions", {"n": n} | options)
        if "job" in found:
            found = self.server.wait(found["job"])
        suggestions: list[Document] = found["suggestions"]
        return suggestions

    def record(self, sample: str | Mapping[str, Any], **told: Any) -> Document:
        """Store one result: of a suggestion's id, the lab's name of a sample, or inputs. What is no
        field of a measurement is a result: ``record("s1", sigma=3.2e-5, note="white")``."""
        fields = {name: told.pop(name) for name in FIELDS if name in told}
        at = {"id": sample} if isinstance(sample, str) else {"at": dict(sample)}
        return self._post("measurements", at | {"results": told} | fields)

    def record_rows(self, rows: Sequence[Mapping[str, Any]], **told: Any) -> Document:
        """Store the rows of a table, all or none."""
        return self._post("measurements/rows", {"rows": [dict(row) for row in rows]} | told)

    def measurements(self) -> list[Document]:
        """What was recorded."""
        return self._every("measurements", "measurements")

    def predict(self, at: Mapping[str, Any], **options: Any) -> dict[str, Document]:
        """{target: prediction} at these inputs."""
        found: dict[str, Document] = self._post("predict", {"at": dict(at)} | options)["predicted"]
        return found

    def posterior(
        self, points: Sequence[Mapping[str, Any]] | None = None, **options: Any
    ) -> list[Document]:
        """What the model says of these points, by default of every candidate."""
        asked = {} if points is None else {"points": [dict(each) for each in points]}
        found: list[Document] = self._post("posterior", asked | options)["points"]
        return found

    def explain(self, id: str) -> Document:
        """Why a sample was suggested, what was expected, and what came out."""
        return self._get(f"suggestions/{quote(id, safe='')}")

    def attach(self, sample: str, *files: str | Path, remark: str = "") -> list[Document]:
        """Attach files to a sample, one after the other; the files as they are attached."""
        found: list[Document] = []
        with use(self.server.language):
            given = [(Path(file).name, read_whole(Path(file))) for file in files]
        for name, content in given:
            query = {"sample": sample, "filename": name, "remark": remark}
            place = f"{self.path}/attachments"
            found += self.server.ask("POST", place, content, query)["attachments"]
        return found

    def attachments(self, sample: str | None = None) -> list[Document]:
        """The attached files, of one sample where it is named."""
        query = {} if sample is None else {"sample": sample}
        place = f"{self.path}/attachments"
        found: list[Document] = self.server.ask("GET", place, query=query)["attachments"]
        return found

    def content(self, id: str) -> bytes:
        """The content of the attached file of this ``id``."""
        return self.server.content(f"{self.path}/attachments/{quote(id, safe='')}")

    def withdraw(self, *ids: str, why: str = "") -> Document:
        """Take suggestions, or attached files, back."""
        return self._post("withdraw", {"ids": list(ids), "why": why})

    def block(self, condition: str, *, why: str = "") -> Document:
        """Suggest no candidate that keeps the condition."""
        return self._post("block", {"condition": condition, "why": why})

    def unblock(self, condition: str, *, why: str = "") -> Document:
        """Candidates that were blocked can be made again."""
        return self._post("unblock", {"condition": condition, "why": why})

    def undo(self, number: int | None = None) -> Document:
        """Take back the last change, or the event of this number."""
        return self._post("undo", {} if number is None else {"number": number})

    def redo(self) -> Document:
        """Take the last undo back."""
        return self._post("redo", {})

    def candidates(self) -> list[Document]:
        """The candidates with their states."""
        return self._every("pool", "candidates")

    def history(self) -> list[Document]:
        """Every event in order."""
        return self._every("history", "events")

    def plan_runs(self, runs: int = 1, *, crucibles: int, **options: Any) -> Document:
        """The next furnace runs."""
        return self._post("plan", {"runs": runs, "crucibles": crucibles} | options)

    def _get(self, part: str = "") -> Document:
        return self.server.ask("GET", f"{self.path}/{part}".rstrip("/"))

    def _every(self, part: str, field: str) -> list[Document]:
        """All entries of a list, which comes in parts."""
        found: list[Document] = []
        while len(found) % MOST == 0:
            query = {"offset": len(found), "limit": MOST}
            entries = self.server.ask("GET", f"{self.path}/{part}", query=query)[field]
            if not entries:
                break
            found += entries
        return found

    def _post(self, part: str, body: Document) -> Document:
        return self.server.ask("POST", f"{self.path}/{part}", body)


FIELDS: Final = (
    "limits", "sd", "made", "weighed", "excess", "confirm", "sample", "status", "why", "amount",
    "repeats", "phase", "run", "batch", "pellet", "operator", "equipment", "made_on", "note",
)  # fmt: skip
"""What may be told of a measurement beside its results."""
