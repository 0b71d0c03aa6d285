"""``python -m benchmarks [GROUP…]``: measure, print, and write ``RESULTS.md`` and ``speed.svg``.

Fetches pinned wheels and the peers on first use, into the cache folder of the corpus. Nothing here fails on
a slow machine: budgets are reported, never asserted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import report
from benchmarks.measure import CommandError, interleaved
from benchmarks.plan import groups

HERE = Path(__file__).parent


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    results = []
    unknown = set(options.groups) - set(groups())
    if unknown:
        print(f"no such group: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    for name in options.groups or groups():
        group = groups()[name]()
        print(f"\n{group.title}\n", flush=True)
        try:
            costs = interleaved(group.commands, options.rounds + group.extra_rounds)
        except CommandError as failure:
            print(failure, file=sys.stderr)
            return 2
        results.append(report.Result(group, costs))
        print(report.table(results[-1]), flush=True)
    print(f"\n{report.budgets(results)}")
    if options.write or not options.groups:
        peers = ", ".join((HERE / "peers.txt").read_text(encoding="utf-8").split()).replace("==", " ")
        command = " ".join(["python -m benchmarks", *options.groups, f"--rounds {options.rounds}"])
        text = report.page(results, command if options.groups else "make bench", peers)
        (HERE / "RESULTS.md").write_text(text, encoding="utf-8")
        report.picture(results, HERE / "speed.svg")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = ", ".join(groups())
    parser.add_argument("groups", nargs="*", help=f"only these, printed and not written: {names}")
    parser.add_argument("--write", action="store_true", help="write the results of the named groups, too")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved runs of each command (default: 5)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
