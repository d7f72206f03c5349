"""``python -m bench.health``: verdicts on models of which it is known what to say."""

from __future__ import annotations

import argparse
from collections import Counter

from tests.health_cases import KINDS, made


def main() -> None:
    """Print the table of docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="bench.health", description=__doc__)
    parser.add_argument("--cases", type=int, default=60, help="of each kind")
    parser.add_argument("--kinds", nargs="*", default=[*KINDS])
    given = parser.parse_args()
    cases = given.cases
    print("| case | verdicts right | green | amber | red |\n|---|---|---|---|---|")
    for kind in given.kinds:
        right, verdicts = 0, Counter[str]()
        for seed in range(cases):
            case = made(kind, seed)
            health = case.campaign.health()
            right += case.is_right(health)
            verdicts[health.verdict] += 1
        told = " | ".join(str(verdicts[each]) for each in ("green", "amber", "red"))
        print(f"| {kind} | {right} of {cases} | {told} |", flush=True)


if __name__ == "__main__":
    main()
