"""What any tool has to do: read the bytes, or parse the candidates. Run as a process of its own.

``python -m benchmarks.baselines read|ast|libcst PATH…`` imports only what the baseline itself needs
(no pathlib either: its import would be counted).
"""

# ruff: noqa: PTH112, PTH118, PTH123

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence

NEEDLE = b".backward("


def files(paths: Sequence[str]) -> Iterator[str]:
    """The Python files at and below some paths."""
    for path in paths:
        if not os.path.isdir(path):
            yield path
        for folder, _, names in os.walk(path):
            yield from (os.path.join(folder, name) for name in names if name.endswith(".py"))


def read(path: str) -> bytes:
    with open(path, "rb") as stream:
        return stream.read()


def read_and_search(paths: Sequence[str]) -> int:
    """How many files hold a ``.backward(``: the least that can be done."""
    return sum(NEEDLE in read(path) for path in files(paths))


def parse_candidates(paths: Sequence[str], parse: Callable[[bytes], object]) -> int:
    """Parse the files that hold a ``.backward(``, and only those."""
    parsed = 0
    for path in files(paths):
        data = read(path)
        if NEEDLE in data:
            parse(data)
            parsed += 1
    return parsed


def main(what: str, paths: Sequence[str]) -> int:
    if what == "read":
        return read_and_search(paths)
    if what == "ast":
        import ast

        return parse_candidates(paths, ast.parse)
    if what == "libcst":
        import libcst

        return parse_candidates(paths, libcst.parse_module)
    raise SystemExit(f"no such baseline: {what}")


if __name__ == "__main__":
    print(main(sys.argv[1], sys.argv[2:]))
