"""What is measured on which tree, and what it may cost (the budgets)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import trees
from benchmarks.measure import Command, Cost, run

PYTHON = sys.executable
LOOP_LINES = (250, 500, 1000, 2000)
FUNCTION_COUNTS = (2500, 5000, 10000, 20000)
Costs = Mapping[str, Cost]


@dataclass(frozen=True)
class Budget:
    """A limit on a figure that is derived from the medians of one group."""

    words: str
    limit: float
    figure: Callable[[Costs], float]
    at_least: bool = False
    unit: str = "×"

    def is_met(self, costs: Costs) -> bool:
        figure = self.figure(costs)
        return figure >= self.limit if self.at_least else figure <= self.limit


@dataclass(frozen=True)
class Group:
    """Commands that do comparable work on one tree, run interleaved."""

    name: str
    title: str
    commands: tuple[Command, ...]
    budgets: tuple[Budget, ...] = ()
    extra_rounds: int = 0
    """More rounds for commands that take milliseconds."""


def groups() -> dict[str, Callable[[], Group]]:
    """Every group by name; building one builds its trees."""
    return {
        "S": corpus_s,
        "T": corpus_t,
        "candidates": candidate_heavy,
        "small": small_subset,
        "quiet": without_training_code,
        "start": start_up,
        "script": one_script,
        "growth": growth,
    }


def corpus_s() -> Group:
    return Group(
        "S",
        "Corpus S: torch 2.13.0, transformers 5.23.0, timm 1.0.31",
        _whole_corpus(trees.corpus_s()),
        (
            Budget("cold, one process: CPU of `ruff check --select F401 --no-cache`", 1.0, _cold_by_ruff),
            Budget("again, nothing changed: CPU of ruff's cached rerun", 2.0, _cached_by_ruff),
            Budget("peak memory of one process", 250.0, _peak_megabytes, unit=" MB"),
        ),
    )


def corpus_t() -> Group:
    return Group(
        "T",
        "Corpus T: the 74 packages of tests/corpus",
        _whole_corpus(trees.corpus_t()),
        (Budget("cold, one process: CPU of `ruff check --select F401 --no-cache`", 1.0, _cold_by_ruff),),
    )


def candidate_heavy() -> Group:
    tree = trees.candidates("candidates_s", trees.corpus_s())
    preflight = (str(trees.peers() / "torch-preflight"), "check", *tree)
    return Group(
        "candidates",
        "Candidate-heavy tree: the 104 files of corpus S that hold `.backward(`",
        (
            *_baselines(tree),
            _accumlint("accumlint, 1 process", tree, jobs=1),
            _accumlint("accumlint, 2 processes", tree, jobs=2),
            Command("torch-preflight", preflight, once=True),
        ),
        (
            Budget(
                "2 processes beside one (wall)",
                1.7,
                lambda costs: costs["accumlint, 1 process"].wall / costs["accumlint, 2 processes"].wall,
                at_least=True,
            ),
        ),
    )


def small_subset() -> Group:
    chosen = trees.subset(trees.candidates("candidates_t", trees.corpus_t()), 12)
    binaries = trees.peers()
    return Group(
        "small",
        "A small subset: 12 files of corpus T that hold `.backward(`",
        (
            *_baselines(chosen),
            _accumlint("accumlint, 1 process", chosen, jobs=1),
            Command("torch-preflight", (str(binaries / "torch-preflight"), "check", *chosen)),
            Command("TorchFix", (str(binaries / "torchfix"), "-j", "1", *chosen)),
            Command("Fixit", (str(binaries / "fixit"), "lint", *chosen)),
        ),
    )


def without_training_code() -> Group:
    tree = trees.quiet(trees.corpus_s())
    return Group(
        "quiet",
        "No training code: the files of corpus S without `backward` and `training_step`",
        (
            Command("python -c pass", (PYTHON, "-c", "pass")),
            Command("accumlint --version", (PYTHON, "-m", "accumlint", "--version")),
            Command("read and search the bytes", (PYTHON, "-m", "benchmarks.baselines", "read", *tree)),
            _accumlint("accumlint, 1 process", tree, jobs=1),
        ),
        (Budget("beside reading and searching its bytes (CPU, less start-up)", 2.0, _beyond_start_up),),
    )


def start_up() -> Group:
    return Group(
        "start",
        "Start-up",
        (
            Command("python -c pass", (PYTHON, "-c", "pass")),
            Command("python -c 'import click'", (PYTHON, "-c", "import click")),
            Command("python -c 'import libcst'", (PYTHON, "-c", "import libcst")),
            Command("accumlint --version", (PYTHON, "-m", "accumlint", "--version")),
            _accumlint("accumlint, one file without `backward`", [trees.quiet_file()], jobs=1),
        ),
        (
            Budget("--version beside `import click` (CPU)", 1.5, _beside_click("accumlint --version")),
            Budget(
                "one file without `backward` beside `import click` (CPU)",
                1.5,
                _beside_click("accumlint, one file without `backward`"),
            ),
        ),
        extra_rounds=16,
    )


def one_script() -> Group:
    script = trees.training_script()
    return Group(
        "script",
        f"One training script of about 1,000 lines ({Path(script).name}), cold",
        (
            *_baselines([script]),
            _accumlint("accumlint, 1 process", [script], jobs=1),
        ),
        (
            Budget(
                "beside libcst.parse_module in a fresh process (CPU)",
                1.5,
                lambda costs: costs["accumlint, 1 process"].cpu / costs["libcst, candidates"].cpu,
            ),
        ),
        extra_rounds=6,
    )


def growth() -> Group:
    doubled = trees.doubled(trees.candidates("candidates_t", trees.corpus_t()))
    return Group(
        "growth",
        "Growth: a tree doubled 4 times, a loop of 2,000 lines, a file of 20,000 functions",
        (
            Command("accumlint --version", (PYTHON, "-m", "accumlint", "--version")),
            *(_accumlint(f"tree × {len(tree)}", tree, jobs=1) for tree in doubled),
            *(
                _accumlint(f"loop of {length:,} lines", [path], jobs=1)
                for length, path in zip(LOOP_LINES, trees.long_loops(LOOP_LINES), strict=True)
            ),
            *(
                _accumlint(f"file of {count:,} functions", [path], jobs=1)
                for count, path in zip(FUNCTION_COUNTS, trees.many_functions(FUNCTION_COUNTS), strict=True)
            ),
        ),
        (
            Budget("time per file, tree × 16 beside × 1", 1.2, _growth("tree × 1", "tree × 16", 16)),
            Budget("memory, tree × 16 beside × 1", 1.2, _memory_growth("tree × 1", "tree × 16")),
            Budget(
                "time per line, loop of 2,000 beside 500",
                1.5,
                _growth("loop of 500 lines", "loop of 2,000 lines", 4),
            ),
            Budget(
                "time per function, file of 20,000 beside 5,000",
                1.5,
                _growth("file of 5,000 functions", "file of 20,000 functions", 4),
            ),
        ),
    )


def _whole_corpus(tree: Sequence[str]) -> tuple[Command, ...]:
    ruff = (str(trees.peers() / "ruff"), "check", "--isolated", "--select", "F401", "--quiet")
    ours, theirs = (str(trees.fresh(name)) for name in ("accumlint_cache", "ruff_cache"))
    accumlint_again = (*_SCAN, "--jobs", "1", "--cache-dir", ours, *tree)
    ruff_again = (*ruff, "--cache-dir", theirs, *tree)
    return (
        *_baselines(tree),
        Command("ruff F401, no cache", (*ruff, "--no-cache", *tree)),
        _accumlint("accumlint cold, 1 process", tree, jobs=1),
        _accumlint("accumlint cold, 2 processes", tree, jobs=2),
        Command("ruff F401, cached", ruff_again, prepare=lambda: _once(ruff_again)),
        Command("accumlint, cached", accumlint_again, prepare=lambda: _once(accumlint_again)),
    )


_SCAN = (PYTHON, "-m", "accumlint", "scan", "--isolated", "--output-format", "concise")


def _accumlint(name: str, tree: Sequence[str], *, jobs: int) -> Command:
    return Command(name, (*_SCAN, "--no-cache", "--jobs", str(jobs), *tree))


def _baselines(tree: Sequence[str]) -> tuple[Command, ...]:
    named = {"read": "read and search the bytes", "ast": "ast, candidates", "libcst": "libcst, candidates"}
    return tuple(Command(name, (PYTHON, "-m", "benchmarks.baselines", what, *tree)) for what, name in named.items())


def _once(argv: Sequence[str]) -> None:
    run(argv)


def _cold_by_ruff(costs: Costs) -> float:
    return costs["accumlint cold, 1 process"].cpu / costs["ruff F401, no cache"].cpu


def _cached_by_ruff(costs: Costs) -> float:
    return costs["accumlint, cached"].cpu / costs["ruff F401, cached"].cpu


def _peak_megabytes(costs: Costs) -> float:
    return costs["accumlint cold, 1 process"].peak / 1e6


def _beyond_start_up(costs: Costs) -> float:
    scan = costs["accumlint, 1 process"].cpu - costs["accumlint --version"].cpu
    return scan / (costs["read and search the bytes"].cpu - costs["python -c pass"].cpu)


def _beside_click(name: str) -> Callable[[Costs], float]:
    return lambda costs: costs[name].cpu / costs["python -c 'import click'"].cpu


def _growth(small: str, large: str, times: int) -> Callable[[Costs], float]:
    """How much dearer a unit of work becomes when there are ``times`` as many."""

    def figure(costs: Costs) -> float:
        start = costs["accumlint --version"].cpu
        return (costs[large].cpu - start) / (costs[small].cpu - start) / times

    return figure


def _memory_growth(small: str, large: str) -> Callable[[Costs], float]:
    return lambda costs: costs[large].peak / costs[small].peak
