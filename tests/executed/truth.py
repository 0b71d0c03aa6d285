"""Generates training loops, runs them, asks accumlint about them, and counts where the two disagree.

    python -m tests.executed.truth --count 20000

Exits 1 when there is a disagreement, or more that is unknown than is allowed. Every disagreement is printed with its
program; ``--keep FOLDER`` also writes those programs, and a sample of the missed ones, to files.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from . import linter
from .generate import Generated, generate
from .verdict import Judged, judge

ALLOWED_IGNORANCE = 0.02
"""Share of the metrics that may be wrong without a finding because the analysis does not know their scale."""
BATCH = 200
"""Programs that one call of the linter looks at."""


@dataclass
class Tally:
    """The result over many programs."""

    programs: int = 0
    metrics: int = 0
    wrong: int = 0
    proved: int = 0
    fixed: int = 0
    disagreeing: int = 0
    doubtful: int = 0
    unknown: int = 0
    """Of the missed ones, those whose scale the analysis does not know."""
    missed: list[tuple[str, ...]] | None = None

    def add(self, judged: Judged, unknown: int) -> None:
        self.unknown += unknown
        self.programs += 1
        self.metrics += len(judged.program.metrics)
        self.wrong += judged.wrong
        self.proved += judged.proved
        self.fixed += judged.fixed
        self.disagreeing += bool(judged.disagreements)
        self.doubtful += len(judged.doubts)
        self.missed = [*(self.missed or []), *((*judged.program.idioms, *idioms) for idioms in judged.missed)]

    @property
    def ignorance(self) -> float:
        return self.unknown / self.metrics if self.metrics else 0.0

    @property
    def good(self) -> bool:
        return self.disagreeing == 0 and self.ignorance < ALLOWED_IGNORANCE

    def __str__(self) -> str:
        return (
            f"{self.programs} programs with {self.metrics} reported metrics, {self.wrong} measured wrong:\n"
            f"{self.proved} proved with the measured factor, {self.fixed} repaired by a safe fix,\n"
            f"{len(self.missed or ())} wrong without a finding: {self.unknown} of unknown scale "
            f"({self.ignorance:.2%} of the metrics),\n"
            "the others known and let pass, such as undivided totals that are returned;\n"
            f"{self.doubtful} warnings on right numbers, {self.disagreeing} programs with a disagreement"
        )


def judge_seeds(seeds: Sequence[int], select: str | None = None) -> list[Judged]:
    """Scans and fixes the programs of these seeds in one call each, and judges every one."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    programs = {f"seed_{seed}.py": generate(seed) for seed in seeds}
    with tempfile.TemporaryDirectory(prefix="executed_truth_") as name:
        folder = Path(name)
        for file, program in programs.items():
            (folder / file).write_text(program.text, encoding="utf-8")
        findings = linter.scan(folder, select)
        linter.fix(folder, select)
        left = linter.scan(folder, select)
        fixed = {file: (folder / file).read_text(encoding="utf-8") for file in programs}
    return [
        _judged(program, findings.get(file, []), fixed[file], left.get(file, [])) for file, program in programs.items()
    ]


def unknown_among(judged: Judged) -> int:
    """How many of the missed numbers have a scale that the analysis does not know."""
    if not judged.missed_rows:
        return 0
    with tempfile.TemporaryDirectory(prefix="executed_truth_") as name:
        file = Path(name) / "missed.py"
        file.write_text(judged.program.text, encoding="utf-8")
        known = linter.known_rows(file)
    return sum(row not in known for row in judged.missed_rows)


def _judged(
    program: Generated, findings: Sequence[linter.Finding], fixed: str, left: Sequence[linter.Finding]
) -> Judged:
    try:
        return judge(program, findings, fixed, left)
    except Exception:  # a fixed program that no longer runs is the linter's fault, and is shown
        trouble = "cannot be judged: " + traceback.format_exc(limit=-3)
        return Judged(program, tuple(findings), (trouble,), (), (), (), 0, 0, 0, fixed)


def _counted_seeds(seeds: Sequence[int], select: str | None) -> list[tuple[Judged, int]]:
    return [(judged, unknown_among(judged)) for judged in judge_seeds(seeds, select)]


def describe(judged: Judged) -> str:
    """A disagreement with everything one needs to see who is right."""
    numbered = "\n".join(f"{row:4} {line}" for row, line in enumerate(judged.program.text.splitlines(), 1))
    parts = [f"seed {judged.program.seed}", *judged.disagreements, numbered]
    parts.append(linter.rows_of(judged.findings))
    if judged.fixed_text is not None:
        before = judged.program.text.splitlines()
        changed = [line for line in judged.fixed_text.splitlines() if line not in before]
        parts += ["after the fix:", *changed]
    return "\n".join(parts)


def causes(missed: Iterable[tuple[str, ...]], among: Iterable[tuple[str, ...]]) -> list[tuple[str, int, int]]:
    """The idioms behind the misses: each miss counted once, under the idiom that is missed most reliably."""
    total = Counter(idiom for idioms in among for idiom in set(idioms))
    left = [{idiom for idiom in idioms if total[idiom]} for idioms in missed]
    listed: list[tuple[str, int, int]] = []
    while left:
        counts = Counter(idiom for idioms in left for idiom in idioms)
        worst = max(counts, key=lambda idiom: (counts[idiom] ** 2 / total[idiom], idiom))
        listed.append((worst, counts[worst], total[worst]))
        left = [idioms for idioms in left if worst not in idioms]
    return listed


def _idioms(judged: Judged) -> list[tuple[str, ...]]:
    return [(*judged.program.idioms, *metric.track.idioms) for metric in judged.program.metrics]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000, help="programs to generate (default: %(default)s)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: %(default)s)")
    parser.add_argument("--show", type=int, default=10, help="disagreements to print (default: %(default)s)")
    parser.add_argument("--select", help="rules, as for accumlint (default: all that are on)")
    parser.add_argument("--keep", type=Path, help="write disagreeing and missed programs to this folder")
    options = parser.parse_args(arguments)
    seeds = range(options.first, options.first + options.count)
    batches = [seeds[start : start + BATCH] for start in range(0, len(seeds), BATCH)]
    tally, among, started = Tally(), [], time.monotonic()
    shown = 0
    with ProcessPoolExecutor(options.jobs) as pool:
        for results in pool.map(partial(_counted_seeds, select=options.select), batches):
            for judged, unknown in results:
                tally.add(judged, unknown)
                among += _idioms(judged)
                if judged.disagreements and shown < options.show:
                    shown += 1
                    print(describe(judged), end="\n\n", flush=True)
                if options.keep and (judged.disagreements or judged.missed):
                    _keep(options.keep, judged)
            print(f"{tally.programs}/{len(seeds)} programs, {tally.disagreeing} disagree", file=sys.stderr)
    print(tally)
    for idiom, count, total in causes(tally.missed or (), among):
        print(f"  missed {count:5} of {total:6} with {idiom}")
    print(f"{time.monotonic() - started:.0f} s")
    return 0 if tally.good else 1


def _keep(folder: Path, judged: Judged) -> None:
    kind = "disagreement" if judged.disagreements else "missed"
    folder.mkdir(parents=True, exist_ok=True)
    said = [*judged.disagreements, *(" ".join(idioms) for idioms in judged.missed)]
    comment = "".join(f"# {line}\n" for text in said for line in text.splitlines())
    path = folder / f"{kind}_{judged.program.seed}.py"
    path.write_text(judged.program.text + "\n" + comment, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
