"""doctor: whether this machine and this store are fit for work; what is left of a damaged one."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

from pydantic import computed_field

from tansaku.actor import bound_account
from tansaku.campaign.attachments import put_back
from tansaku.campaign.campaign import Campaign
from tansaku.campaign.keeping import replaying
from tansaku.errors import TansakuError, UsageError
from tansaku.language import _
from tansaku.services.opened import accounts_of
from tansaku.spec import Answer
from tansaku.store import named_file, open_store, shown_url
from tansaku.store import salvage as save_what_can_be_read

State = Literal["ok", "warn", "fail"]

TESTED: Final = {
    "torch": "2.13.0",
    "numpy": "2.4.6",
    "scipy": "1.17.1",
    "scikit-learn": "1.9.1",
    "pandas": "3.1.1",
    "openpyxl": "3.1.5",
    "xlrd": "2.0.2",
    "ruamel.yaml": "0.19.1",
    "jaxtyping": "0.3.11",
    "pydantic": "2.14.3",
    "sqlalchemy": "2.1.9",
    "typer": "0.29.2",
    "rich": "15.0.0",
    "jinja2": "3.1.6",
    "matplotlib": "3.11.2",
    "matplotlib-fontja": "1.1.0",
}
"""The versions that were tested together, as constraints.txt pins them; a test compares the two."""

OLDEST_PYTHON: Final = (3, 11)
NEWEST_TESTED_PYTHON: Final = (3, 13)
CORES: Final = 2
"""Cores below which a study is slow: the speeds in docs/benchmarks.md are for this many."""


class Check(Answer):
    """One thing that was looked at."""

    name: str
    state: State
    detail: str


class Diagnosis(Answer):
    """All that was looked at."""

    checks: tuple[Check, ...]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def healthy(self) -> bool:
        """True where nothing fails; warnings are not failures."""
        return all(each.state != "fail" for each in self.checks)


class SalvagedCampaign(Answer):
    """What became of a campaign of a damaged store.

    Attributes:
        campaign: Its name; ``None`` where that cannot be read.
        removed: Whether it was in the trash.
        saved: Events that are in the new store; 0 where the campaign is not there.
        lost: Events that are known to be missing; where the end of a log is gone, there may have
            been more.
        checked: Whether what it searches is known to be as it was written.
        whole: Whether all of it is there, as it was written.
    """

    campaign: str | None
    removed: bool
    saved: int
    lost: int
    checked: bool
    whole: bool


class Salvage(Answer):
    """What was saved of a damaged store.

    Attributes:
        store: URL of the damaged one.
        file: The new store.
        campaigns: In the order of their making.
    """

    store: str
    file: Path
    campaigns: tuple[SalvagedCampaign, ...]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def healthy(self) -> bool:
        """True where nothing is lost."""
        return all(each.whole for each in self.campaigns)


def salvage(store: str, file: Path) -> Salvage:
    """Put what can still be read of a damaged SQLite store into a new one: of each campaign the
    longest beginning of its log whose checksums hold. The damaged file is only read; accounts,
    tokens and jobs are not saved.

    Args:
        store: URL of the damaged store.
        file: The new store.

    Raises:
        UsageError: it is a database of a server.
        StoreError: there is no file, nothing of it can be saved, or the new one is there or cannot
            be written.
    """
    found = save_what_can_be_read(store, file)
    told = tuple(
        SalvagedCampaign(
            campaign=each.name, **{n: v for n, v in each._asdict().items() if n != "name"}
        )
        for each in found
    )
    return Salvage(store=shown_url(store), file=file, campaigns=told)


def doctor(store: str) -> Diagnosis:
    """Look at Python, the tested packages, the cores, the device, the font and the store.

    Raises:
        RightsError: an account that is no administrator asks.
    """
    if bound_account() is not None:
        accounts_of(store).all()
    packages = [_package(name, tested) for name, tested in TESTED.items()]
    checks = (_python(), *packages, _cores(), _device(), _font(), *_store(store))
    return Diagnosis(checks=checks)


def _check(name: str, state: State, detail: str) -> Check:
    return Check(name=name, state=state, detail=detail)


def _python() -> Check:
    version = platform.python_version()
    if sys.version_info[:2] > NEWEST_TESTED_PYTHON:
        newest = ".".join(map(str, NEWEST_TESTED_PYTHON))
        return _check(
            "python",
            "warn",
            _("{version}; tested up to {newest}").format(version=version, newest=newest),
        )
    if sys.version_info[:2] < OLDEST_PYTHON:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        return _check(
            "python",
            "fail",
            _("{version}; needed: {oldest} or newer").format(version=version, oldest=oldest),
        )
    return _check("python", "ok", version)


def _package(name: str, tested: str) -> Check:
    try:
        installed = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return _check(name, "fail", _("not installed; tested: {tested}").format(tested=tested))
    if installed.partition("+")[0] != tested:  # what follows + is a build's label, e.g. 2.13.0+cpu
        return _check(
            name,
            "warn",
            _("{installed}; tested: {tested}").format(installed=installed, tested=tested),
        )
    return _check(name, "ok", installed)


def _cores() -> Check:
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    if cores < CORES:
        return _check("cores", "warn", _("{n}; a study will be slow").format(n=cores))
    return _check("cores", "ok", str(cores))


def _device() -> Check:
    """What the engine computes on; a device that was asked for and is not there fails."""
    from tansaku.bo.device import VARIABLE, describe  # on demand: it loads torch

    try:
        device, idle = describe()
    except UsageError as error:
        return _check("device", "fail", str(error))
    if idle:
        detail = _("{device}; CUDA is here, too: {variable}=cuda asks for it")
        return _check("device", "ok", detail.format(device=device, variable=VARIABLE))
    return _check("device", "ok", device)


def _font() -> Check:
    found = find_spec("matplotlib_fontja")
    places = (found.submodule_search_locations or []) if found else []
    fonts = sorted(font.name for place in places for font in Path(place).rglob("*.ttf"))
    if not fonts:
        return _check(
            "font", "warn", _("no Japanese font; Japanese text in pictures will be empty boxes")
        )
    return _check("font", "ok", ", ".join(fonts))


def _store(url: str) -> tuple[Check, ...]:
    try:
        with open_store(url) as store:
            made = store.database.exists()
            store.check()
            names, there, missing = store.names(), store.contents.there(), []
            for name in names:
                with replaying(name):
                    campaign = Campaign(store.load(name))
                    campaign.status()
                files = campaign.attachments()
                missing += [named_file(f, name) for f in files if f.sha256 not in there]
    except TansakuError as error:
        return (_check("store", "fail", str(error)),)
    if not made:
        detail = _("{file} does not exist yet; 'tansaku new' makes it")
        return (_check("store", "ok", detail.format(file=store.database.place)),)
    return (
        _check("store", "ok", _("{file}, sound").format(file=store.database.place)),
        _check("campaigns", "ok", str(len(names))),
        *([_check("attachments", "fail", _lost(missing))] if missing else []),
    )


def _lost(missing: Sequence[str]) -> str:
    """Which attached files have lost their content, and what to do."""
    told = _("missing: the content of {names}").format(names=", ".join(missing))
    return f"{told}. {put_back()}"
