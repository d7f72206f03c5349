"""Whatever the description allows, and some of what it does not, is answered and breaks nothing.

Schemathesis makes the requests, a few of each route.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error

from tansaku.web.application import LOOPBACK, create_app
from tests.web.conftest import API, CAMPAIGN, caller, short
from tests.web.test_whole import operations

ROUTES = [(m, path) for m, path, _o in operations(create_app("sqlite:///unused.db").openapi())]

REQUESTS = 6
"""Of each route: half a minute of processor time in all."""


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The server of a store with one campaign, as it describes itself."""
    folder: Path = tmp_path_factory.mktemp("described")
    store = f"sqlite:///{folder}/lab.db"
    with caller(store) as api:
        api.post(f"{API}/campaigns", json=CAMPAIGN)
    app = short(create_app(store, hosts=(*LOOPBACK, "testserver")))
    return schemathesis.openapi.from_asgi(f"{API}/openapi.json", app)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_nothing_breaks(described: Any, method: str, path: str) -> None:
    """Of the campaigns that are asked for two of three are there."""

    @settings(max_examples=REQUESTS, suppress_health_check=list(HealthCheck))
    @given(case=described[path][method].as_strategy())
    def ask(case: Any) -> None:
        if "name" in case.path_parameters and len(case.path_parameters["name"]) % 3:
            case.path_parameters["name"] = "lab"
        case.call_and_validate(checks=(not_a_server_error,))

    ask()
