"""JUnit XML, which every CI server reads: one suite a file, one failed case a finding."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from accumlint.reporters.cells import printable
from accumlint.reporters.concise import line

if TYPE_CHECKING:
    from accumlint.diagnostic import Diagnostic
    from accumlint.engine import FileResult, Problem
    from accumlint.reporters import Context
    from accumlint.source import Source

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(results: Sequence[FileResult], context: Context) -> str:
    """A suite for each file with a finding or a problem; without any, one suite with a case that passes."""
    shown = [result for result in results if result.diagnostics or result.problems]
    suites = [_suite(result) for result in shown] or [_clean()]
    failures = sum(len(result.diagnostics) for result in shown)
    errors = sum(len(result.problems) for result in shown)
    totals = f'tests="{failures + errors or 1}" failures="{failures}" errors="{errors}"'
    body = "\n".join(suites)
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return f'{head}\n<testsuites name="accumlint" {totals}>\n{body}\n</testsuites>\n'


def _suite(result: FileResult) -> str:
    failures = [_finding(result.source, d) for d in result.diagnostics if result.source is not None]
    errors = [_problem(problem) for problem in result.problems]
    totals = f'tests="{len(failures) + len(errors)}" failures="{len(failures)}" errors="{len(errors)}"'
    cases = "\n".join([*failures, *errors])
    return f"  <testsuite name={_attribute(result.path)} {totals}>\n{cases}\n  </testsuite>"


def _clean() -> str:
    return (
        '  <testsuite name="accumlint" tests="1" failures="0" errors="0">\n'
        '    <testcase name="accumlint" classname="accumlint"/>\n'
        "  </testsuite>"
    )


def _finding(source: Source, diagnostic: Diagnostic) -> str:
    at, _ = source.region_in_file(diagnostic.span)
    case = _attribute(f"{diagnostic.code} {diagnostic.name}")
    kind, message = _attribute(diagnostic.severity.value), _attribute(diagnostic.message)
    return (
        f"    <testcase name={case} classname={_attribute(source.path)} line={_attribute(str(at.row))}>\n"
        f"      <failure type={kind} message={message}>{_text(line(source, diagnostic))}</failure>\n"
        "    </testcase>"
    )


def _problem(problem: Problem) -> str:
    return (
        f'    <testcase name="unchecked" classname={_attribute(problem.path)}>\n'
        f"      <error message={_attribute(problem.reason)}/>\n"
        "    </testcase>"
    )


def _attribute(text: str) -> str:
    return quoteattr(printable(text))


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text))
