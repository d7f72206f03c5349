"""The store: campaigns as event logs in one SQLite file. SQLAlchemy is used here only."""

from tansaku.store.documents import read_document
from tansaku.store.location import Location, locate
from tansaku.store.sql import SqlStore, open_store

__all__ = ["Location", "SqlStore", "locate", "open_store", "read_document"]
