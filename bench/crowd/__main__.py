"""``make bench-crowd``: 8 processes x 100 reads and recordings on both databases."""

from __future__ import annotations

import sys
import tempfile

from bench.crowd import crowd, line
from tests.databases import new_cluster

PROCESSES, TIMES = 8, 100


def main() -> None:
    """Print the table."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else TIMES
    print("| database | in all | median | 95 % | longest | lost | doubled | refused |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        found = crowd(f"sqlite:///{folder}/lab.db", PROCESSES, times)
    print(line("SQLite", found), flush=True)
    print(*found.refused[:3], sep="\n")
    cluster = new_cluster()
    try:
        found = crowd(cluster.new_schema(), PROCESSES, times)
    finally:
        cluster.remove()
    print(line("PostgreSQL", found))
    print(*found.refused[:3], sep="\n")


if __name__ == "__main__":
    main()
