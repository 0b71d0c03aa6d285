"""Comments that silence findings: ``# noqa: ACC001`` and ``# accumlint: ignore[ACC001] reason``.

A comment speaks for the line it stands on (and, at the end of a statement, for the whole statement), or,
alone on its line, for the statement below. ``# noqa`` without codes silences everything, as every linter
reads it; codes of other tools are theirs. ``# accumlint: skip-file`` silences the file. A comment that is not
understood silences nothing: were ``ignore(ACC001)`` read as ``ignore``, a slip would silence every rule.
"""

from __future__ import annotations

import re
import tokenize
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from accumlint.diagnostic import Edit, Span

if TYPE_CHECKING:
    from accumlint.diagnostic import Diagnostic
    from accumlint.rule import Rule
    from accumlint.source import Source

_CODE = r"[A-Za-z]+[0-9]+"
_NOQA = re.compile(rf"#\s*noqa\b(?:\s*:\s*(?P<codes>{_CODE}(?:[,\s]+{_CODE})*))?", re.IGNORECASE)
_IGNORE = re.compile(
    r"#\s*accumlint:\s*ignore\b(?:\[(?P<codes>[^\]#]*\w[^\]#]*)\]|\s*(?=#|$)|(?P<not_understood>[^#]*))", re.IGNORECASE
)
"""Anything but codes in brackets, or nothing, may be a slip, such as ``ignore(ACC001)``: it silences nothing."""
_SKIP_FILE = re.compile(r"#\s*accumlint:\s*skip-file\b", re.IGNORECASE)
_HINT = re.compile(r"noqa|accumlint:", re.IGNORECASE)
_OURS = re.compile(r"ACC[0-9]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class UnusedIgnore:
    """A comment, or a code in one, that silences nothing."""

    span: Span
    """The comment's directive."""
    code: str
    """Empty where the comment is for every code."""
    understood: bool = True
    """False where the comment was meant to silence something, and does not say so in our words."""

    def names(self, rule: type[Rule]) -> bool:
        """Whether it might silence this rule. A rule that is off by default counts where it is named itself."""
        named = self.code.upper() == rule.code or self.code.lower() == rule.name
        return named or (rule.default and rule.code.startswith(self.code.upper()))


@dataclass(frozen=True, slots=True)
class _Directive:
    span: Span
    codes: tuple[str, ...]
    """Empty: every code."""
    rows: frozenset[int]
    """The rows it speaks for."""
    ours_alone: bool
    """Whether it speaks to no other tool, as ``# noqa`` may."""

    @property
    def parts(self) -> tuple[str, ...]:
        """What of it may silence nothing: each code, or the whole of it."""
        return self.codes or (("",) if self.ours_alone else ())

    def silences(self, diagnostic: Diagnostic, rows: range) -> bool:
        if self.rows.isdisjoint(rows):
            return False
        return not self.codes or any(_names(code, diagnostic) for code in self.codes)


@dataclass(frozen=True, slots=True)
class Suppressions:
    """The silencing comments of one source."""

    directives: tuple[_Directive, ...] = ()
    not_understood: tuple[Span, ...] = ()
    skip_file: Span | None = None

    @classmethod
    def parse(cls, source: Source) -> Suppressions:
        """Find the comments; a text that cannot be tokenized has none."""
        if not _HINT.search(source.text):
            return cls()
        comments = list(_comments(source))
        skipping = (comment.span(found) for comment in comments for found in _SKIP_FILE.finditer(comment.text))
        return cls(
            tuple(directive for comment in comments for directive in _directives(comment)),
            tuple(span for comment in comments for span in _not_understood(comment)),
            next(skipping, None),
        )

    def split(
        self, diagnostics: Sequence[Diagnostic], source: Source
    ) -> tuple[list[Diagnostic], list[Diagnostic], list[UnusedIgnore]]:
        """The findings that stay, those that are silenced, and our codes that silence nothing.

        Codes of rules that did not run are among the unused ones: who reports them must leave those out.
        """
        if self.skip_file is not None:
            return [], list(diagnostics), [] if diagnostics else [UnusedIgnore(self.skip_file, "")]
        kept: list[Diagnostic] = []
        suppressed: list[Diagnostic] = []
        used: set[tuple[Span, str]] = set()
        for diagnostic in diagnostics:
            rows = range(source.row(diagnostic.span.start), source.row(diagnostic.span.end) + 1)
            silencing = [directive for directive in self.directives if directive.silences(diagnostic, rows)]
            (suppressed if silencing else kept).append(diagnostic)
            used |= {(d.span, code) for d in silencing for code in d.parts if _names(code, diagnostic)}
        unused = [
            UnusedIgnore(directive.span, code)
            for directive in self.directives
            for code in directive.parts
            if (directive.span, code) not in used
        ]
        unused += [UnusedIgnore(span, "", understood=False) for span in self.not_understood]
        return kept, suppressed, unused


def add_ignores(source: Source, diagnostics: Collection[Diagnostic], reason: str) -> list[Edit]:
    """Edits that put ``# accumlint: ignore[…] reason`` beside each finding: at the end of its line, or
    above its statement where a line cannot take a comment (a backslash, a string over several lines)."""
    codes: dict[int, set[str]] = {}
    for diagnostic in diagnostics:
        codes.setdefault(source.row(diagnostic.span.start), set()).add(diagnostic.code)
    comments = {comment.row: comment for comment in _comments(source)}
    layout = _Rows.of(source)
    return [
        _ignore_edit(source, row, sorted(names), reason, comments.get(row), layout)
        for row, names in sorted(codes.items())
    ]


def _ignore_edit(
    source: Source, row: int, codes: list[str], reason: str, comment: _Comment | None, layout: _Rows
) -> Edit:
    listed = ", ".join(codes)
    if comment and (existing := _IGNORE.search(comment.text)) and existing["codes"] is not None:
        at = comment.start + existing.end() - 1
        return Edit(Span(at, at), f", {listed}")
    directive = f"# accumlint: ignore[{listed}] {reason}".rstrip()
    if row in layout.closed_to_comments:
        first = layout.statement(row).start
        line = source.line(first)
        indent = line[: len(line) - len(line.lstrip())]
        at = source.offset(first, 1)
        return Edit(Span(at, at), f"{indent}{directive}\n")
    at = source.offset(row, 1) + len(source.line(row).rstrip())
    return Edit(Span(at, at), f"  {directive}")


def _names(code: str, diagnostic: Diagnostic) -> bool:
    """A comment names a rule by its code, a prefix of it, or its name."""
    return diagnostic.code.startswith(code.upper()) or diagnostic.name == code.lower()


def _directives(comment: _Comment) -> Iterator[_Directive]:
    for pattern in (_NOQA, _IGNORE):
        for found in pattern.finditer(comment.text):
            named = re.split(r"[,\s]+", found["codes"].strip()) if found["codes"] else []
            ours = tuple(code for code in named if code and (pattern is _IGNORE or _OURS.fullmatch(code)))
            if named and not ours:
                continue  # it speaks to other tools
            if pattern is _NOQA or found["not_understood"] is None:
                yield _Directive(comment.span(found), ours, comment.rows, pattern is _IGNORE)


def _not_understood(comment: _Comment) -> Iterator[Span]:
    for found in _IGNORE.finditer(comment.text):
        if found["not_understood"] is not None:
            start = comment.start + found.start()
            yield Span(start, start + len(found[0].rstrip()))


# Comments and the rows they speak for ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Comment:
    text: str
    start: int
    row: int
    rows: frozenset[int]

    def span(self, found: re.Match[str]) -> Span:
        """Where in the source something in the comment stands."""
        return Span(self.start + found.start(), self.start + found.end())


@dataclass(frozen=True, slots=True)
class _Rows:
    """How rows make statements: the first and last row of each, and where no comment may be appended."""

    long_statements: dict[int, range]
    """By each of its rows, the rows of a statement that has several."""
    closed_to_comments: frozenset[int]
    comments: tuple[tuple[int, int, str, bool], ...]
    """Row, column from 0, text, and whether it stands alone on its row."""

    @classmethod
    def of(cls, source: Source) -> _Rows:
        long_statements: dict[int, range] = {}
        closed: set[int] = set()
        comments: list[tuple[int, int, str, bool]] = []
        first: int | None = None
        for token in _tokens(source):
            row, column = token.start
            if token.type == tokenize.COMMENT:
                comments.append((row, column, token.string, not token.line[:column].strip()))
            elif token.type == tokenize.NEWLINE and first is not None:
                if row > first:
                    long_statements |= dict.fromkeys(range(first, row + 1), range(first, row + 1))
                first = None
            elif token.type not in _LAYOUT:
                first = row if first is None else first
                closed.update(range(row, token.end[0]))  # a string over several rows
        closed |= {row for row in long_statements if source.line(row).endswith("\\")}
        return cls(long_statements, frozenset(closed), tuple(comments))

    def statement(self, row: int) -> range:
        """The rows of the statement that this row belongs to."""
        return self.long_statements.get(row, range(row, row + 1))


_LAYOUT = (
    tokenize.NL,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
    tokenize.ENCODING,
    tokenize.NEWLINE,
)


def _comments(source: Source) -> Iterator[_Comment]:
    layout = _Rows.of(source)
    alone = {row for row, _, _, by_itself in layout.comments if by_itself}
    for row, column, text, by_itself in layout.comments:
        yield _Comment(text, source.offset(row, 1) + column, row, _spoken_for(row, by_itself, alone, layout))


def _spoken_for(row: int, by_itself: bool, alone: set[int], layout: _Rows) -> frozenset[int]:
    if by_itself:
        below = row
        while below in alone:  # comments above one another speak for the same statement
            below += 1
        statement = layout.statement(below)
        return frozenset((row, *(statement if below == statement.start else (below,))))
    statement = layout.statement(row)
    return frozenset(statement) if row == statement.stop - 1 else frozenset((row,))


def _tokens(source: Source) -> Iterator[tokenize.TokenInfo]:
    lines = (source.line(row) + "\n" for row in range(1, source.row_count + 1))
    try:
        yield from tokenize.generate_tokens(lambda: next(lines, ""))
    except (SyntaxError, tokenize.TokenError):
        return
