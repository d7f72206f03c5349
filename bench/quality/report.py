"""Print how the cached peers compare: python -m bench.quality.report"""

from __future__ import annotations

from bench.quality.pick_files import read_all_picks
from bench.quality.score import as_text, results
from bench.quality.tables import load_tables

PEER_NAMES = ("botorch", "baybe", "physbo", "lecture")


def main() -> None:
    """The open tables, then the held-out ones, for the peers that have picks."""
    tables = load_tables()
    cached = {p: t for p, t in read_all_picks(PEER_NAMES, tables).items() if t}
    if not cached:
        raise SystemExit("no cached picks: run `python -m bench.quality.peers` first")
    for held_out in (False, True):
        side = {n: t for n, t in tables.items() if t.held_out is held_out}
        if any(all(n in picks for picks in cached.values()) for n in side):
            print(f"\n## {'Held-out' if held_out else 'Open'} tables\n")
            print(as_text(results(cached, side, peers=tuple(cached))))


if __name__ == "__main__":
    main()
