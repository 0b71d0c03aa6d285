"""``python -m tests.fuzz --count 100000 --seconds 3600``: many inputs, every property, failures kept.

Inputs are mutants of training loops, and the standard library with a training loop below each file. Each is
tried in a worker with a time and a memory limit, so that a crash or a hang is a failure like any other.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import sysconfig
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from accumlint.engine import Limits
from accumlint.pool import Lost, Pool, default_jobs
from tests.fuzz.mutations import mutant, seeds
from tests.fuzz.properties import BrokenError, outcome_of

AHEAD = 16
"""How many inputs may wait for a worker."""


def attempt(data: bytes) -> bytes:
    """What a worker does with one input."""
    try:
        return outcome_of(data).encode()
    except BrokenError as error:
        return f"FAILED {error}".encode("utf-8", "backslashreplace")
    except BaseException as error:  # whatever escapes the engine is a finding of the fuzzer
        return f"FAILED raised {type(error).__name__}: {error}".encode("utf-8", "backslashreplace")


def inputs(count: int, seed: int) -> Iterator[bytes]:
    """The standard library, then mutants up to the count."""
    texts = seeds()
    library = sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py"))
    for number in range(count):
        if number % 25 == 0 and number // 25 < len(library):
            yield library[number // 25].read_bytes() + b"\n" + texts[number % len(texts)].encode()
        else:
            yield mutant(number, texts, seed)


def run(count: int, seconds: float, seed: int, jobs: int, keep: Path) -> Counter[str]:
    """Try the inputs until the count or the time is reached; returns how many came to what."""
    outcomes: Counter[str] = Counter()
    under_way: dict[int, bytes] = {}
    deadline = time.monotonic() + seconds
    with Pool(attempt, jobs, Limits(seconds=120)) as pool:
        source = inputs(count, seed)
        while time.monotonic() < deadline and (data := next(source, None)) is not None:
            under_way[pool.submit(data)] = data
            _collect(pool, under_way, outcomes, keep, wait=len(under_way) >= AHEAD)
        while under_way:
            _collect(pool, under_way, outcomes, keep, wait=True)
    return outcomes


def _collect(pool: Pool, under_way: dict[int, bytes], outcomes: Counter[str], keep: Path, wait: bool) -> None:
    for number, answer in pool.finished(wait=wait):
        data = under_way.pop(number)
        outcome = f"FAILED {answer.reason}" if isinstance(answer, Lost) else answer.decode()
        if outcome.startswith("FAILED"):
            _keep(data, outcome, keep)
            outcome = outcome[:100]
        outcomes[outcome] += 1


def _keep(data: bytes, outcome: str, keep: Path) -> None:
    keep.mkdir(parents=True, exist_ok=True)
    file = keep / f"{hashlib.sha256(data).hexdigest()[:16]}.py"
    file.write_bytes(data)
    print(f"{file}: {outcome}", file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=3_600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=default_jobs())
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"), help="where failing inputs are kept")
    options = parser.parse_args()
    started = time.monotonic()
    outcomes = run(**vars(options))
    summary = {
        "inputs": outcomes.total(),
        "seed": options.seed,
        "seconds": round(time.monotonic() - started),
        "outcomes": dict(outcomes.most_common()),
    }
    print(json.dumps(summary, indent=2))
    return int(any(outcome.startswith("FAILED") for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
