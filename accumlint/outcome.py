"""What a worker answers and the cache keeps: a file's result without its source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from accumlint.diagnostic import Diagnostic, Span
from accumlint.engine import FileResult, FixedBytes, Problem
from accumlint.source import Source
from accumlint.suppress import UnusedIgnore


@dataclass(frozen=True, slots=True)
class Outcome:
    """A :class:`~accumlint.engine.FileResult` that can be written as JSON."""

    diagnostics: tuple[Diagnostic, ...] = ()
    problems: tuple[Problem, ...] = ()
    suppressed: tuple[Diagnostic, ...] = ()
    unused_ignores: tuple[UnusedIgnore, ...] = ()
    alone: bool = True
    found: tuple[Diagnostic, ...] = ()
    """Where the file was to be fixed: what was found before, with places in the file as it was."""
    applied: tuple[Diagnostic, ...] = ()

    @classmethod
    def of(cls, result: FileResult) -> Outcome:
        return cls(result.diagnostics, result.problems, result.suppressed, result.unused_ignores, result.alone)

    @classmethod
    def of_fixed(cls, fixed: FixedBytes) -> Outcome:
        return replace(cls.of(fixed.result), found=fixed.found, applied=fixed.applied)

    @property
    def needs_source(self) -> bool:
        """Whether there is something to point at in the text."""
        return bool(self.diagnostics or self.suppressed or self.unused_ignores)

    def result(self, path: str, data: bytes) -> FileResult:
        """The result for these bytes; raises ValueError where a place lies beyond them."""
        source = None if self.problems else Source.parse(data, path)
        if source is not None and any(span.end > len(source.text) for span in self._spans()):
            raise ValueError(f"a place beyond the end of {path}")
        found = (self.diagnostics, self.problems, self.suppressed, self.unused_ignores)
        return FileResult(path, source, *found, self.alone)

    def _spans(self) -> Iterator[Span]:
        for ignore in self.unused_ignores:
            yield ignore.span
        for diagnostic in (*self.diagnostics, *self.suppressed):
            yield diagnostic.span
            yield from (label.span for label in diagnostic.labels)
            if diagnostic.fix is not None:
                yield from (edit.span for edit in diagnostic.fix.edits)
