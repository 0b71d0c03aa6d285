"""``python -m tests.corpus``: scan the 74 packages and compare with what was read by hand.

Exits 1 on an error-level finding on a row labelled right or clean, on one that nobody has read, and when
fewer than nine of the ten ``low_N`` rows are found; 2 when the corpus could not be fetched or scanned.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.corpus.comparison import Comparison, Finding, Row, compare, read_reviewed, read_rows
from tests.corpus.wheels import FetchError, Pin, cache_folder, read_pins, unpacked

HERE = Path(__file__).parent
SCAN = ("-m", "accumlint", "scan", "--isolated", "--no-cache", "--exit-zero", "--jobs", "1")


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    pins = read_pins(HERE / "wheels.txt")
    if options.packages:
        pins = [pin for pin in pins if pin.package in options.packages]
    try:
        sources = unpacked(pins, cache_folder())
        findings = _scan_all(sources, options.jobs)
    except (FetchError, ScanError) as error:
        print(error, file=sys.stderr)
        return 2
    by_package = {pin.package: folder for pin, folder in sources.items()}
    comparison = compare(read_rows(HERE / "labels.jsonl"), read_reviewed(HERE / "reviewed.jsonl"), findings, by_package)
    if options.list:
        _print_section("Every finding", [str(finding) for finding in findings])
    _print_disagreements(comparison)
    _print_table(comparison, findings)
    return 0 if _is_good(comparison, whole=not options.packages) else 1


class ScanError(Exception):
    """The linter itself failed on a package."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__)
    parser.add_argument("packages", nargs="*", help="only these packages (default: all 74)")
    parser.add_argument("--list", action="store_true", help="print every finding, also the warnings")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="packages scanned at a time")
    return parser


def _scan_all(sources: dict[Pin, Path], jobs: int) -> list[Finding]:
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        scanned = pool.map(_scan, sources, sources.values())
        return [finding for findings in scanned for finding in findings]


def _scan(pin: Pin, folder: Path) -> list[Finding]:
    """Scan one package as its author would: from its root, in a process of its own."""
    command = [sys.executable, *SCAN, "--output-format", "json", "."]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), *_python_path()])}
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode not in {0, 2}:
        raise ScanError(f"{pin.folder}: accumlint scan ended with {ran.returncode}\n{ran.stderr}")
    for line in ran.stderr.splitlines():
        print(f"{pin.package}: {line}", file=sys.stderr)
    return [Finding.of_json(pin.package, folder, found) for found in json.loads(ran.stdout)]


def _python_path() -> list[str]:
    given = os.environ.get("PYTHONPATH")
    return [given] if given else []


def _print_disagreements(comparison: Comparison) -> None:
    _print_section(
        "False alarms: error-level findings on rows that are right",
        [f"{finding}\n    label: {row.verdict}: {row.why}" for row, finding in comparison.false_alarms],
    )
    _print_section("Error-level findings nobody has read", [str(finding) for finding in comparison.unreviewed])
    _print_section("Missed: N times too low", [f"{row.place}\n    {row.why}" for row in comparison.missed])
    defects = [row for row in comparison.touching if row.kind == "defect" and not row.must_stay_silent]
    _print_section(
        "Defects not found",
        [f"{row.place}: {row.verdict}" for row in defects if not comparison.is_found(row)],
    )
    _print_section(
        "Reviewed, and no longer found",
        [f"{read.package} {read.path}:{read.line}: {read.code}" for read in comparison.unseen],
    )


def _print_section(title: str, lines: Sequence[str]) -> None:
    if lines:
        print(f"{title} ({len(lines)})")
        print("".join(f"  {line}\n" for line in lines))


def _print_table(comparison: Comparison, findings: Sequence[Finding]) -> None:
    print(f"{'verdict':<18}{'rows':>6}{'error':>7}{'warning':>9}{'silent':>8}{'found':>7}")
    for verdict in dict.fromkeys(row.verdict for row in comparison.touching):
        rows = comparison.rows(verdict)
        worst = [_worst(row, comparison) for row in rows]
        found = sum(map(comparison.is_found, rows)) if not rows[0].must_stay_silent else "-"
        counts = "".join(
            f"{worst.count(word):>{width}}" for word, width in (("error", 7), ("warning", 9), ("silent", 8))
        )
        print(f"{verdict:<18}{len(rows):>6}{counts}{found:>7}")
    errors = sum(finding.is_error for finding in findings)
    print(
        f"\n{errors} error-level findings, {len(findings) - errors} warnings; "
        f"{len(comparison.false_alarms)} false alarms, {len(comparison.unreviewed)} not reviewed, "
        f"{len(comparison.missed)} of {len(comparison.rows('low_N'))} low_N rows missed"
    )


def _worst(row: Row, comparison: Comparison) -> str:
    levels = {finding.severity for finding in comparison.touching[row]}
    return next((word for word in ("error", "warning") if word in levels), "silent")


def _is_good(comparison: Comparison, *, whole: bool) -> bool:
    if whole:
        return comparison.is_good
    return not comparison.false_alarms and not comparison.unreviewed


if __name__ == "__main__":
    sys.exit(main())
