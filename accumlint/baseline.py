"""The baseline: findings that are known and may stay, as a ratchet that only lets the number go down.

An entry names its finding by the rule and the line's own text, not by a row, so it survives everything
that shifts lines. Where the same line is found twice in a file, it needs two entries. An entry whose finding
is gone is dropped when the baseline is written again, and the finding may not come back.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accumlint.diagnostic import Diagnostic
    from accumlint.source import Source

VERSION = 1


class BaselineError(Exception):
    """A file that is not a baseline; the text says why."""


@dataclass(frozen=True, order=True, slots=True)
class Entry:
    """One finding that may stay."""

    path: str
    code: str
    line: str
    """The finding's line, for people who read the file."""
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """The entries of a baseline file."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Baseline:
        """Read a baseline file; raises :class:`BaselineError`."""
        try:
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BaselineError(f"not JSON: {error}") from error
        if not isinstance(content, dict) or content.get("version") != VERSION:
            raise BaselineError(f"not a baseline of version {VERSION}")
        try:
            return cls(tuple(_entry(item) for item in content["findings"]))
        except (KeyError, TypeError) as error:
            raise BaselineError("an entry lacks its path, code, line or fingerprint") from error

    def render(self) -> str:
        """The file's text: sorted, one entry a line, so that it is read and merged well."""
        lines = ",\n".join("    " + json.dumps(asdict(entry), ensure_ascii=False) for entry in sorted(self.entries))
        findings = f"[\n{lines}\n  ]" if lines else "[]"
        return f'{{\n  "version": {VERSION},\n  "findings": {findings}\n}}\n'

    def new(self, path: str, source: Source, diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
        """The findings of a file that have no entry."""
        left = Counter(entry.fingerprint for entry in self.entries if entry.path == path)
        found = []
        for diagnostic, fingerprint in zip(diagnostics, fingerprints(source, diagnostics), strict=True):
            if left[fingerprint]:
                left[fingerprint] -= 1
            else:
                found.append(diagnostic)
        return found

    def gone(self, looked_for: Mapping[str, Collection[str]], found: Baseline) -> Baseline:
        """The entries whose findings are no more, given the codes that were looked for in each file.

        What was not looked for is not gone: the rule did not run, or the file could not be read.
        """
        due = [entry for entry in self.entries if entry.code in looked_for.get(entry.path, ())]
        return Baseline(tuple(sorted((Counter(due) - Counter(found.entries)).elements())))

    def without(self, other: Baseline) -> Baseline:
        """The entries that are not in another baseline."""
        return Baseline(tuple(sorted((Counter(self.entries) - Counter(other.entries)).elements())))


def entries(path: str, source: Source, diagnostics: Sequence[Diagnostic]) -> list[Entry]:
    """An entry for each finding of a file."""
    return [
        Entry(path, diagnostic.code, _line(source, diagnostic), fingerprint)
        for diagnostic, fingerprint in zip(diagnostics, fingerprints(source, diagnostics), strict=True)
    ]


def fingerprints(source: Source, diagnostics: Sequence[Diagnostic]) -> list[str]:
    """A name for each finding that stays when lines move: of its rule, its line's text, and how many
    findings of that rule on that text come before it in the file."""
    seen: Counter[tuple[str, str]] = Counter()
    names = []
    for diagnostic in diagnostics:
        context = (diagnostic.code, _line(source, diagnostic))
        names.append(_digest(*context, str(seen[context])))
        seen[context] += 1
    return names


def _line(source: Source, diagnostic: Diagnostic) -> str:
    return " ".join(source.line(source.row(diagnostic.span.start)).split())


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _entry(item: dict[str, str]) -> Entry:
    return Entry(str(item["path"]), str(item["code"]), str(item["line"]), str(item["fingerprint"]))
