"""The store: campaigns as event logs in a database. SQLAlchemy is used here only."""

from tansaku.store.accounts import Account, AccountEvent, Accounts
from tansaku.store.answers import KeptAnswer
from tansaku.store.backup import write_backup
from tansaku.store.contents import named_file
from tansaku.store.documents import read_document
from tansaku.store.job_queue import TRIES, Job, JobQueue, JobState, new_job
from tansaku.store.location import shown_url
from tansaku.store.log_ends import LogEnd, LogEnds
from tansaku.store.passes import Pass, Passes, PassKind
from tansaku.store.rights import ROLES, Role
from tansaku.store.salvage import SavedCampaign, salvage
from tansaku.store.sql import SqlStore, open_store
from tansaku.store.store_document import (
    holds_store,
    read_store_document,
    write_store_document,
)
from tansaku.store.summaries import sealed

__all__ = [
    "ROLES",
    "TRIES",
    "Account",
    "AccountEvent",
    "Accounts",
    "Job",
    "JobQueue",
    "JobState",
    "KeptAnswer",
    "LogEnd",
    "LogEnds",
    "Pass",
    "PassKind",
    "Passes",
    "Role",
    "SavedCampaign",
    "SqlStore",
    "holds_store",
    "named_file",
    "new_job",
    "open_store",
    "read_document",
    "read_store_document",
    "salvage",
    "sealed",
    "shown_url",
    "write_backup",
    "write_store_document",
]
