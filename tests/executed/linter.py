"""Asks accumlint, as any other program would: ``scan`` gives JSON, ``fix`` rewrites files.

Nothing of accumlint is imported here. What it knows of its findings is their documented JSON: code, severity,
factor, metric, location, labels, fix.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .measure import Power

ROOT = Path(__file__).parents[2]


class LinterError(Exception):
    """accumlint failed, or did not speak JSON."""


@dataclass(frozen=True)
class Finding:
    code: str
    severity: str
    message: str
    row: int
    label_rows: frozenset[int]
    metric: str | None
    factor: str | None
    fix: str | None
    """The applicability of the fix, or None where none is offered."""

    @property
    def proved(self) -> bool:
        return self.severity == "error"

    @property
    def about_the_number(self) -> bool:
        """A rule of the 0xx family; the others speak of memory and gradients."""
        return self.code.startswith("ACC0")

    def __str__(self) -> str:
        claim = f"{self.code} {self.severity} factor={self.factor} metric={self.metric}"
        return f"{self.row}: {claim}: {self.message}"


def scan(folder: Path, select: str | None = None) -> dict[str, list[Finding]]:
    """The findings in every file of the folder, by file name; ``select`` as on the command line."""
    output = _run("scan", "--output-format", "json", *_options(select), str(folder))
    findings: dict[str, list[Finding]] = defaultdict(list)
    for entry in json.loads(output):
        findings[Path(entry["filename"]).name].append(_finding(entry))
    return dict(findings)


def known_rows(file: Path) -> frozenset[int]:
    """The rows with a report whose scale the analysis knows, be it right, wrong or an undivided total."""
    loops = json.loads(_run("trace", "--output-format", "json", str(file)))
    reports = [report for loop in loops for holder in (loop, *loop["metrics"]) for report in holder["reports"]]
    return frozenset(report["at"]["location"]["row"] for report in reports if "?" not in (report["scale"] or "?"))


def fix(folder: Path, select: str | None = None) -> None:
    """Applies every safe fix in the folder."""
    _run("fix", *_options(select), str(folder))


def _options(select: str | None) -> list[str]:
    return ["--no-cache", "--isolated", *(["--select", select] if select else [])]


def _run(*arguments: str) -> str:
    command = [sys.executable, "-m", "accumlint", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode not in (0, 1):
        raise LinterError(f"{' '.join(command)} exits {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


def _finding(entry: dict[str, Any]) -> Finding:
    chosen = entry.get("fix")
    return Finding(
        code=entry["code"],
        severity=entry["severity"],
        message=entry["message"],
        row=entry["location"]["row"],
        label_rows=frozenset(label["location"]["row"] for label in entry.get("labels", ())),
        metric=entry.get("metric"),
        factor=entry.get("factor"),
        fix=chosen["applicability"] if chosen else None,
    )


_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_FACTOR = re.compile(r"([A-Za-zℓ1])(?:\^?(-?\d+))?")


def power_of(factor: str) -> Power:
    """``N``, ``1/N``, ``b``, ``1/(N·b)``, ``N²/b``: the factor of a finding as exponents."""
    above, _, below = factor.translate(_SUPERSCRIPTS).partition("/")
    power = _product(above)
    return power / _product(below) if below else power


def _product(text: str) -> Power:
    power = Power()
    for name, exponent in _FACTOR.findall(re.sub(r"[\s()·*]", " ", text)):
        if name in "1ℓ":
            continue
        if name not in "NbmS":
            raise LinterError(f"what is {name!r} in the factor {text!r}?")
        for _ in range(abs(int(exponent or 1))):
            step = Power(**{name.lower(): 1})
            power = power * step if int(exponent or 1) > 0 else power / step
    return power


def rows_of(findings: Sequence[Finding]) -> str:
    return "\n".join(f"    {finding}" for finding in findings)
