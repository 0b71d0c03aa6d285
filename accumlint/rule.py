"""What a rule is: one class in one file; its docstring is the documentation, its examples are the proof.

A rule asks questions of an :class:`accumlint.flow.Analysis` and yields findings. It never walks syntax and
never decides whether its fix is good: it proposes candidates, smallest first, and :mod:`accumlint.fixer`
offers the first one that is proved. What the tables say of a rule (fix, severity, documentation) derives
from the class, so that no claim can drift from its example.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, ClassVar

from accumlint.diagnostic import Applicability, Diagnostic, Edit, Fix, Label, Severity, Span

if TYPE_CHECKING:
    from accumlint.flow import Analysis

SECTIONS = (
    "What it does",
    "Why it matters",
    "Example",
    "Use instead",
    "Fix safety",
    "When it stays silent",
)
"""The headings of a rule's docstring, in this order."""


class Proof(Enum):
    """What has to be shown, beyond what every fix must show, before a candidate is offered.

    Every fix: the result parses, the finding is gone, no finding is new, no report is more wrong than it was, code
    outside the edits is the same.
    """

    REPORT_RIGHT = "report right"
    """Every report of the metric is right afterwards."""
    REPORT_UNCHANGED = "report unchanged"
    """Every report of the metric has the scale it had before."""
    FINDING_GONE = "finding gone"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fix that a rule proposes, and what must be proved of it."""

    fix: Fix
    proof: Proof = Proof.FINDING_GONE


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnostic without its fix, and the candidates for that fix in the order of preference."""

    diagnostic: Diagnostic
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Valid:
    """Code on which the rule is silent, and why one might have thought otherwise."""

    code: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Invalid:
    """Code with exactly one finding of the rule.

    ``at`` is the text of the finding's span, and has to occur once in ``code``. Where it would occur more
    often it is given with its surroundings, the span between guillemets: ``total += «raw»``.
    ``fixed`` is the code after the fix, or None when the rule must offer none.
    """

    code: str
    at: str
    factor: str | None = None
    fixed: str | None = None
    severity: Severity | None = None
    """None: the severity of the rule."""
    applicability: Applicability = Applicability.SAFE
    why: str = ""

    @property
    def span(self) -> Span:
        """Where the finding must be. Raises ValueError if ``at`` does not say one place."""
        before, opened, rest = self.at.partition("«")
        marked, _, after = rest.partition("»") if opened else (self.at, "", "")
        before = before if opened else ""
        context = before + marked + after
        if self.code.count(context) != 1:
            raise ValueError(f"{context!r} occurs {self.code.count(context)} times in the example, not once")
        start = self.code.index(context) + len(before)
        return Span(start, start + len(marked))


@dataclass(frozen=True, slots=True)
class Documentation:
    """A rule's docstring, taken apart."""

    summary: str
    sections: dict[str, str]
    """Markdown by heading, in the order of SECTIONS."""

    @classmethod
    def parse(cls, docstring: str) -> Documentation:
        """Read a docstring of a summary line and ``## Heading`` sections.

        Raises ValueError when a section is missing, empty, unknown, or out of order.
        """
        import inspect  # late: a scan reads no documentation

        head, *parts = re.split(r"^## +(.+?) *$", inspect.cleandoc(docstring), flags=re.MULTILINE)
        sections = {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}
        if tuple(sections) != SECTIONS:
            raise ValueError(f"sections are {list(sections)}, not {list(SECTIONS)}")
        empty = [name for name, body in sections.items() if not body]
        if not head.strip() or empty:
            raise ValueError(f"nothing under {', '.join(empty) or 'the title'}")
        return cls(" ".join(head.split()), sections)

    def snippets(self, section: str) -> list[str]:
        """The Python code blocks of a section."""
        return re.findall(r"^```python\n(.*?)^```", self.sections[section], flags=re.MULTILINE | re.DOTALL)


class Rule:
    """One class of wrong number. Subclass it in a module named for the bad pattern; that is all.

    The rule's name is the module's, with hyphens; what may be fixed is what an INVALID example shows fixed.
    """

    code: ClassVar[str]
    severity: ClassVar[Severity]
    default: ClassVar[bool] = True
    leaves: ClassVar[tuple[str, ...]] = ()
    """Warnings that a fix may leave where the error was: the number is right, but could be told better."""
    VALID: ClassVar[tuple[Valid, ...]]
    INVALID: ClassVar[tuple[Invalid, ...]]

    name: ClassVar[str]
    AUTOFIX: ClassVar[Applicability | None]
    """The best applicability that an example proves, or None where no example shows a fix."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if not re.fullmatch(r"[A-Z]{1,3}[0-9]{3}", getattr(cls, "code", "")):
            raise TypeError(f"{cls.__name__}.code is a prefix of one to three letters and three digits")
        missing = [name for name in ("severity", "VALID", "INVALID") if not hasattr(cls, name)]
        if missing:
            raise TypeError(f"{cls.__name__} has no {', '.join(missing)}")
        cls.name = cls.__module__.rpartition(".")[2].replace("_", "-")
        shown = {example.applicability for example in cls.INVALID if example.fixed is not None}
        cls.AUTOFIX = next((level for level in Applicability if level in shown), None)

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """The findings in one source, in any order."""
        raise NotImplementedError

    @classmethod
    def documentation(cls) -> Documentation:
        """The docstring by sections. Raises ValueError when it is not complete."""
        return Documentation.parse(cls.__doc__ or "")

    def finding(
        self,
        span: Span,
        message: str,
        *candidates: Candidate,
        severity: Severity | None = None,
        label: str = "",
        labels: tuple[Label, ...] = (),
        arithmetic: str = "",
        help: str = "",
        metric: str | None = None,
        factor: str | None = None,
    ) -> Finding:
        """A finding of this rule; what is not given is the rule's own or empty."""
        diagnostic = Diagnostic(
            code=self.code,
            name=self.name,
            severity=severity or self.severity,
            message=message,
            span=span,
            label=label,
            labels=labels,
            arithmetic=arithmetic,
            help=help,
            metric=metric,
            factor=factor,
        )
        return Finding(diagnostic, candidates)


def safe(message: str, *edits: Edit, proof: Proof = Proof.REPORT_RIGHT) -> Candidate:
    """A candidate after which the report is right and training is what it was."""
    return Candidate(Fix(edits, message, Applicability.SAFE), proof)


def unsafe(message: str, *edits: Edit, reason: str, proof: Proof = Proof.FINDING_GONE) -> Candidate:
    """A candidate that changes training or whose effect cannot be proved, with the reason to show."""
    return Candidate(Fix(edits, message, Applicability.UNSAFE, reason), proof)
