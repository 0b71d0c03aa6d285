"""What a finding is: spans, labels, edits and fixes, as plain frozen values.

Offsets count code points of :attr:`accumlint.source.Source.text` from 0; rows and columns are derived
from them by the source when a reporter asks. Nothing here knows about libcst.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """How sure a finding is: ``error`` means that the factor was proved from the text."""

    ERROR = "error"
    WARNING = "warning"

    @property
    def rank(self) -> int:
        return {"warning": 1, "error": 2}[self.value]


class Applicability(Enum):
    """How a fix may be applied, in the words ruff's users know.

    ``safe``: the report becomes right or stays the same, training and comments are untouched.
    ``unsafe``: training changes, or the effect cannot be proved; only with ``--unsafe-fixes``.
    ``display``: shown, never applied.
    """

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY = "display"


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """A half-open range of code points in a source text."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: {self.start}..{self.end}")

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, order=True, slots=True)
class Edit:
    """Replace the text of ``span`` by ``content`` (an empty span inserts)."""

    span: Span
    content: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that belong together: all of them are applied, or none."""

    edits: tuple[Edit, ...]
    message: str
    applicability: Applicability
    reason: str = ""
    """Why the fix is not safe; shown beside the offer."""

    @property
    def span(self) -> Span:
        return Span(min(e.span.start for e in self.edits), max(e.span.end for e in self.edits))


@dataclass(frozen=True, slots=True)
class Label:
    """A secondary place that explains the finding: where the loss is born, divided, added …"""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding of one rule in one source text."""

    code: str
    name: str
    severity: Severity
    message: str
    span: Span
    label: str = ""
    """What the primary span does, for example "adds the undivided loss, once per micro-batch"."""
    labels: tuple[Label, ...] = ()
    arithmetic: str = ""
    """The one-line proof: "sum over micro-batches ÷ optimizer steps = accum_steps × mean"."""
    help: str = ""
    """What to do where no fix is offered."""
    fix: Fix | None = None
    metric: str | None = None
    """The accumulator's source text."""
    factor: str | None = None
    """reported = factor × the mean loss: "N", "1/N", "b", "1/b" … or None."""

    @property
    def advice(self) -> str:
        """What to do: what the offered fix does, or else what the rule says, whose first idea may be another."""
        return self.fix.message if self.fix is not None else self.help

    @property
    def sort_key(self) -> tuple[int, int, str]:
        return (self.span.start, self.span.end, self.code)
