"""The store: campaigns as event logs in a database. SQLAlchemy is used here only."""

from tansaku.store.answers import KeptAnswer
from tansaku.store.backup import write_backup
from tansaku.store.documents import read_document
from tansaku.store.job_queue import TRIES, Job, JobQueue, JobState, new_job
from tansaku.store.sql import SqlStore, open_store

__all__ = [
    "TRIES",
    "Job",
    "JobQueue",
    "JobState",
    "KeptAnswer",
    "SqlStore",
    "new_job",
    "open_store",
    "read_document",
    "write_backup",
]
