"""Findings against labels: which rows are found, and which findings contradict what a reader wrote down.

A row of ``labels.jsonl`` speaks of one metric, or of one line, of one function. A finding *touches* it

* when it names the row's metric inside the row's function, or
* when it names no metric, or the row has none, and its own line is one the row names.

What is reported far from where it went wrong also touches a ``low_N`` row when a label of the finding
points at the row's line. A right or a clean row that an error-level finding touches is a false alarm, and
so is a row on a graph kept for one window only (``graph_retained`` here: a hint at most). A ``low_N`` row
is found when a finding with the factor 1/N touches it. Every error-level finding that no ``low_N`` or
defect row explains must be in ``reviewed.jsonl``, with the reason why it is true.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

MUST_FIND = 9
"""How many of the ``low_N`` rows have to be found."""

DEFECT_CODES: Mapping[str, frozenset[str]] = {
    "graph_retained": frozenset({"ACC101"}),
    "tail_dropped": frozenset({"ACC204", "ACC206"}),
    "double_division": frozenset({"ACC202"}),
    "missing_division": frozenset({"ACC201"}),
}


@dataclass(frozen=True)
class Row:
    """One labelled loop; ``verdict`` is its verdict, its defect, or ``clean``."""

    package: str
    version: str
    path: str
    func: str
    verdict: str
    kind: str
    lines: frozenset[int]
    metric: str | None
    why: str

    @property
    def must_stay_silent(self) -> bool:
        return self.verdict in {"right", "clean", "graph_retained"}

    @property
    def place(self) -> str:
        of_metric = f" `{self.metric}`" if self.metric else ""
        return f"{self.package} {self.path}:{min(self.lines)}{of_metric}"


@dataclass(frozen=True)
class Reviewed:
    """One error-level finding that was read and is true, and why."""

    package: str
    path: str
    line: int
    code: str
    metric: str | None
    why: str

    def covers(self, finding: Finding) -> bool:
        return (self.package, self.path, self.line, self.code, self.metric) == (
            finding.package,
            finding.path,
            finding.line,
            finding.code,
            finding.metric,
        )


@dataclass(frozen=True)
class Finding:
    """One finding of the linter, as its JSON output has it."""

    package: str
    path: str
    line: int
    code: str
    severity: str
    message: str
    metric: str | None
    factor: str | None
    labelled: frozenset[int] = frozenset()
    """The lines its labels point at."""

    @property
    def is_error(self) -> bool:
        return self.severity == "error"

    def __str__(self) -> str:
        return f"{self.package} {self.path}:{self.line}: {self.code} {self.severity}: {self.message}"

    @classmethod
    def of_json(cls, package: str, root: Path, found: Mapping[str, Any]) -> Finding:
        return cls(
            package=package,
            path=(root / found["filename"]).relative_to(root).as_posix(),
            line=found["location"]["row"],
            code=found["code"],
            severity=found["severity"],
            message=found["message"],
            metric=found["metric"],
            factor=found["factor"],
            labelled=frozenset(label["location"]["row"] for label in found["labels"]),
        )


@dataclass
class Comparison:
    """What the findings say of the rows, and which of them nobody has read."""

    touching: dict[Row, list[Finding]]
    unreviewed: list[Finding] = field(default_factory=list)
    unseen: list[Reviewed] = field(default_factory=list)

    def rows(self, verdict: str) -> list[Row]:
        return [row for row in self.touching if row.verdict == verdict]

    @property
    def false_alarms(self) -> list[tuple[Row, Finding]]:
        return [
            (row, finding)
            for row, findings in self.touching.items()
            if row.must_stay_silent
            for finding in findings
            if finding.is_error and _contradicts(finding, row)
        ]

    @property
    def missed(self) -> list[Row]:
        return [row for row in self.rows("low_N") if not self.is_found(row)]

    def is_found(self, row: Row) -> bool:
        return any(_finds(finding, row) for finding in self.touching[row])

    @property
    def is_good(self) -> bool:
        enough = len(self.missed) <= len(self.rows("low_N")) - MUST_FIND
        return enough and not self.false_alarms and not self.unreviewed


def read_rows(labels: Path) -> list[Row]:
    """The rows of ``labels.jsonl``."""
    return [_row(json.loads(line)) for line in labels.read_text(encoding="utf-8").splitlines()]


def read_reviewed(reviewed: Path) -> list[Reviewed]:
    """The findings of ``reviewed.jsonl``."""
    return [Reviewed(**json.loads(line)) for line in reviewed.read_text(encoding="utf-8").splitlines()]


def compare(
    rows: Sequence[Row],
    reviewed: Sequence[Reviewed],
    findings: Sequence[Finding],
    sources: Mapping[str, Path],
) -> Comparison:
    """Compare the findings of some packages with what was written down about them.

    :param sources: the folder of unpacked sources of each package that was scanned
    """
    touching = {
        row: [finding for finding in findings if _touches(finding, row, sources[row.package])]
        for row in rows
        if row.package in sources
    }
    comparison = Comparison(touching)
    explained = {finding for row, found in touching.items() for finding in found if _finds(finding, row)}
    contradicting = {finding for _, finding in comparison.false_alarms}
    for finding in findings:
        known = finding in explained or finding in contradicting
        if finding.is_error and not known and not any(read.covers(finding) for read in reviewed):
            comparison.unreviewed.append(finding)
    comparison.unseen = [
        read for read in reviewed if read.package in sources and not any(read.covers(finding) for finding in findings)
    ]
    return comparison


def _row(raw: Mapping[str, Any]) -> Row:
    lines = {raw["line"], raw.get("report_line", raw["line"])}
    return Row(
        package=raw["package"],
        version=raw["version"],
        path=raw["path"],
        func=raw["func"],
        verdict=raw.get("verdict") or raw.get("defect") or raw["kind"],
        kind=raw["kind"],
        lines=frozenset(lines),
        metric=raw.get("metric"),
        why=raw["why"],
    )


def _touches(finding: Finding, row: Row, source: Path) -> bool:
    if (finding.package, finding.path) != (row.package, row.path):
        return False
    if finding.metric is None or row.metric is None:
        pointed = finding.labelled if row.verdict == "low_N" else frozenset()
        return bool(row.lines & {finding.line, *pointed})
    if finding.metric != row.metric:
        return False
    return any(finding.line in extent for extent in _extents(source / row.path, row.func, min(row.lines)))


def _contradicts(finding: Finding, row: Row) -> bool:
    """A row about a kept graph says nothing about scales, a row about a metric nothing about the graph."""
    if row.kind == "clean":
        return True
    is_about_graph = finding.code.startswith("ACC1")
    return is_about_graph == (row.verdict == "graph_retained")


def _finds(finding: Finding, row: Row) -> bool:
    if row.verdict == "low_N":
        return finding.factor == "1/N"
    return not row.must_stay_silent and finding.code in DEFECT_CODES.get(row.verdict, ())


@cache
def _extents(path: Path, func: str, line: int) -> tuple[range, ...]:
    """The lines of the function a row speaks of: that of its qualified name that holds the row's line."""
    tree = ast.parse(path.read_bytes())
    named = [extent for name, extent in _functions(tree.body, "") if name == func]
    return tuple(extent for extent in named if line in extent) or tuple(named)


def _functions(body: Iterable[ast.AST], prefix: str) -> Iterable[tuple[str, range]]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = prefix + node.name
            yield name, range(node.lineno, (node.end_lineno or node.lineno) + 1)
            yield from _functions(node.body, f"{name}.")
        else:
            yield from _functions(ast.iter_child_nodes(node), prefix)
