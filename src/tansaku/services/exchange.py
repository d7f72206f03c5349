"""export and import: a campaign as a file: whole (.json), a table (.csv), a workbook (.xlsx); all
campaigns of a store as one document; backup: the store itself as one file."""

from __future__ import annotations

from pathlib import Path

from tansaku.campaign.campaign import Campaign
from tansaku.campaign.candidate_table import as_csv, as_nimo, listed_candidates
from tansaku.campaign.history.objectives import measured_targets
from tansaku.campaign.history.records import CampaignDocument
from tansaku.campaign.history.state import history_of
from tansaku.campaign.keeping import check_begun, read_campaign, replaying, written
from tansaku.campaign.progress import CampaignStatus
from tansaku.errors import StoreError, UsageError
from tansaku.files import write_whole
from tansaku.language import _
from tansaku.services.opened import campaign_name, create, load
from tansaku.spec import Answer
from tansaku.store import holds_store as is_store_document
from tansaku.store import (
    open_store,
    read_store_document,
    write_backup,
    write_store_document,
)
from tansaku.workbook.returned import workbook_of


class Exported(Answer):
    """A file that was written.

    Attributes:
        candidates: How many it holds; ``None`` where a campaign's space has too many to be counted.
    """

    campaign: str
    file: Path
    events: int
    candidates: int | None


class StoreCopy(Answer):
    """A copy of a store.

    Attributes:
        store: What was copied: its file, or its URL without a password.
        file: The copy: a store in itself, or a document of one.
        campaigns: How many it holds, those in the trash not counted.
        removed: Those in the trash.
        events: Of all of them.
        size_bytes: Of the file.
    """

    store: str
    file: Path
    campaigns: int
    removed: int
    events: int
    size_bytes: int


class ImportedStore(Answer):
    """What a document of a whole store has brought.

    Attributes:
        store: Where to: its file, or its URL without a password.
        campaigns: Their names, in the order of their making.
        removed: Those that went into the trash.
        events: Of all of them.
    """

    store: str
    campaigns: tuple[str, ...]
    removed: tuple[str, ...]
    events: int


def backup(store: str, file: Path, *, force: bool = False) -> StoreCopy:
    """Copy a store, also while others use it, to an SQLite file that is a store in itself. It is
    read once more and held against its checksums before it takes its name.

    Args:
        store: URL of the store, of any kind.
        file: The copy.
        force: Whether to write over a file that is there.

    Raises:
        StoreError: there is no store or it is damaged, the file is there and ``force`` is false, is
            the store itself, or cannot be written.
    """
    with open_store(store) as opened:
        copied = write_backup(opened, file, force=force)
        name = opened.database.place
    return StoreCopy(store=name, file=file, size_bytes=file.stat().st_size, **copied._asdict())


def export(
    store: str, name: str, file: Path, *, nimo: bool = False, force: bool = False
) -> Exported:
    """Write the campaign: all of it (.json), its candidates (.csv), or a workbook for results that
    come back (.xlsx).

    Args:
        store: URL of the store.
        name: The campaign.
        file: Its ending says what is written.
        nimo: Whether a .csv is to be the candidates.csv of NIMO.
        force: Whether to write over a file that is there.

    Raises:
        UsageError: another ending, or a campaign that NIMO cannot read.
        StoreError: the file is there and ``force`` is false, or it cannot be written.
    """
    writers = {".json": _as_json, ".csv": as_csv, ".xlsx": workbook_of}
    writer = writers.get(file.suffix.lower())
    if writer is None:
        raise UsageError(
            _("The ending of {file} is not understood.").format(file=file),
            _("Use .json for the whole campaign, .csv or .xlsx for its candidates and results."),
        )
    if nimo and writer is not as_csv:
        raise UsageError(
            _("The candidates of NIMO are a .csv file, and {file} is none.").format(file=file),
            _("Name it candidates.csv, or leave out --nimo."),
        )
    campaign = load(store, name)
    write_whole(file, (as_nimo if nimo else writer)(campaign), force=force)
    events, listed = len(campaign.document.events), campaign.space.listed
    written = (
        campaign.space.size if listed or writer is _as_json else len(listed_candidates(campaign))
    )
    return Exported(campaign=campaign.name, file=file, events=events, candidates=written)


def export_all(store: str, file: Path, *, force: bool = False) -> StoreCopy:
    """Write all campaigns of a store to one document, as they are at one moment, with those in the
    trash and every checksum. Accounts and tokens are no part of it.

    Args:
        store: URL of the store, of any kind.
        file: The document, by custom ``.jsonl``.
        force: Whether to write over a file that is there.

    Raises:
        StoreError: there is no store or it is damaged, the file is there and ``force`` is false, or
            it cannot be written.
        RightsError: an account that is no administrator asks.
    """
    with open_store(store) as opened:
        copied = write_store_document(opened, file, force=force)
        name = opened.database.place
    return StoreCopy(store=name, file=file, size_bytes=file.stat().st_size, **copied._asdict())


def import_all(store: str, file: Path) -> ImportedStore:
    """Take in all campaigns of the document that :func:`export_all` wrote, of a store of any kind:
    all of them or none, each as it was, beside those that are there.

    Raises:
        StoreError: the file cannot be read, is no such document, or is not as it was written; names
            the line or the campaign.
        CampaignExistsError: the store has campaigns of these names.
        RightsError: an account that is no administrator asks.
    """
    with open_store(store) as opened:
        found = read_store_document(opened, _content(file), str(file), _check)
        name = opened.database.place
    return ImportedStore(
        store=name,
        campaigns=tuple(each.called for each in found if not each.removed),
        removed=tuple(each.called for each in found if each.removed),
        events=sum(len(each.events) for each in found),
    )


def holds_store(file: Path) -> bool:
    """Whether a file is a document of a whole store, and not of one campaign.

    Raises:
        StoreError: the file cannot be read.
    """
    return is_store_document(_content(file))


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise StoreError(
            _("The file {file} cannot be read: {why}.").format(file=file, why=error.strerror),
            _("Give a file that 'tansaku export' wrote."),
        ) from error


def _check(document: CampaignDocument) -> None:
    """See that a campaign from outside can be worked with."""
    campaign_name(document.campaign.name)
    check_begun(document)
    _worked_with(document)


def _worked_with(document: CampaignDocument) -> tuple[Campaign, CampaignStatus]:
    """A campaign from outside, and how far it is, where all that a model would learn from it can be
    computed.

    Raises:
        StoreError: it cannot.
    """
    with replaying(document.campaign.name):
        campaign = Campaign(document)
        for target in measured_targets(campaign.targets):
            history_of(document.campaign, campaign.state, target)
        return campaign, campaign.status()


def import_(store: str, file: Path, *, name: str | None = None) -> CampaignStatus:
    """Bring back a campaign from the .json file of an export, equal to what was exported.

    Args:
        store: URL of the store.
        file: The file.
        name: Another name for it; its own where None.

    Raises:
        StoreError: the file cannot be read or holds no campaign.
        CampaignExistsError: the name is taken.
    """
    document = read_campaign(file)
    spec = document.campaign
    proper = campaign_name(spec.name if name is None else name)
    if proper != spec.name:
        spec = spec.model_copy(update={"name": proper})
        document = document.model_copy(update={"campaign": spec})
    campaign, report = _worked_with(document)
    with open_store(store) as opened:
        return create(opened, campaign, report)


def _as_json(campaign: Campaign) -> bytes:
    return written(campaign.whole)
