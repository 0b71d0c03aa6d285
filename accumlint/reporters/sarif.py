"""SARIF 2.1.0, the exchange format of static analysis; GitHub code scanning and many viewers read it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from accumlint import __version__
from accumlint.baseline import fingerprints
from accumlint.reporters import documentation_url

if TYPE_CHECKING:
    from accumlint.diagnostic import Diagnostic, Fix, Label, Span
    from accumlint.engine import FileResult, Problem
    from accumlint.reporters import Context
    from accumlint.rule import Rule
    from accumlint.source import Source

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "SRCROOT"

Object = dict[str, Any]


def render(results: Sequence[FileResult], context: Context) -> str:
    """One run with the rules that ran, the findings, and what could not be checked."""
    rules = sorted(context.rules, key=lambda rule: rule.code)
    index = {rule.code: position for position, rule in enumerate(rules)}
    problems = [problem for result in results for problem in result.problems]
    root = context.root or str(Path.cwd())
    run = {
        "tool": {
            "driver": {
                "name": "accumlint",
                "version": __version__,
                "semanticVersion": __version__,
                "informationUri": documentation_url(),
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The directory that was scanned from."}}},
        "invocations": [
            {
                "executionSuccessful": not problems,
                "toolExecutionNotifications": [_notification(problem, root) for problem in problems],
            }
        ],
        "results": [
            _result(result.source, diagnostic, fingerprint, index, root)
            for result in results
            if result.source is not None
            for diagnostic, fingerprint in zip(
                result.diagnostics, fingerprints(result.source, result.diagnostics), strict=True
            )
        ],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(rule: type[Rule]) -> Object:
    documentation = rule.documentation()
    sections = "\n\n".join(f"## {heading}\n\n{body}" for heading, body in documentation.sections.items())
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": documentation.summary},
        "fullDescription": {"text": documentation.sections["What it does"]},
        "help": {"text": f"{documentation.summary}\n\n{sections}", "markdown": sections},
        "helpUri": documentation_url(rule.code),
        "defaultConfiguration": {"level": rule.severity.value, "enabled": rule.default},
        "properties": {"tags": ["pytorch", "loss", rule.name]},
    }


def _result(source: Source, diagnostic: Diagnostic, fingerprint: str, index: dict[str, int], root: str) -> Object:
    artifact = _artifact(source.path, root)
    result: Object = {
        "ruleId": diagnostic.code,
        "level": diagnostic.severity.value,
        "message": {"text": _message(source, diagnostic)},
        "locations": [_location(source, artifact, diagnostic.span, diagnostic.label)],
        "partialFingerprints": {"accumlint/v1": fingerprint},
        "properties": {"metric": diagnostic.metric, "factor": diagnostic.factor},
    }
    if diagnostic.code in index:
        result["ruleIndex"] = index[diagnostic.code]
    if diagnostic.labels:
        result["relatedLocations"] = [_related(source, artifact, label, n) for n, label in enumerate(diagnostic.labels)]
    # What a fix writes into a notebook has to be quoted as JSON: viewers would paste it as it is.
    if diagnostic.fix and not source.is_notebook:
        result["fixes"] = [_fix(source, artifact, diagnostic.fix)]
    return result


def _message(source: Source, diagnostic: Diagnostic) -> str:
    cell = source.location(diagnostic.span.start).cell
    parts = (diagnostic.message, diagnostic.arithmetic, diagnostic.advice)
    text = ". ".join(part.rstrip(".") for part in parts if part) + "."
    return text if cell is None else f"Cell {cell}: {text}"


def _location(source: Source, artifact: Object, span: Span, text: str = "") -> Object:
    physical = {"artifactLocation": artifact, "region": _region(source, span, snippet=True)}
    location: Object = {"physicalLocation": physical}
    cell = source.location(span.start).cell
    if cell is not None:
        location["logicalLocations"] = [{"name": f"cell {cell}", "kind": "module"}]
    if text:
        location["message"] = {"text": text}
    return location


def _related(source: Source, artifact: Object, label: Label, number: int) -> Object:
    return {"id": number, **_location(source, artifact, label.span, label.text)}


def _region(source: Source, span: Span, snippet: bool = False) -> Object:
    start, end = source.region_in_file(span)
    region: Object = {
        "startLine": start.row,
        "startColumn": start.column,
        "endLine": end.row,
        "endColumn": end.column,
    }
    if snippet:
        region["snippet"] = {"text": source.text_in_file(span)}
    return region


def _fix(source: Source, artifact: Object, fix: Fix) -> Object:
    replacements = [
        {"deletedRegion": _region(source, edit.span), "insertedContent": {"text": edit.content}} for edit in fix.edits
    ]
    return {
        "description": {"text": f"{fix.message} ({fix.applicability.value})"},
        "artifactChanges": [{"artifactLocation": artifact, "replacements": replacements}],
    }


def _artifact(path: str, root: str) -> Object:
    """A URI relative to where the scan began; what lies outside is given absolutely."""
    pure = PurePath(os.path.normpath(PurePath(root, path)))
    if pure.is_relative_to(root):
        return {"uri": _quoted(pure.relative_to(root)), "uriBaseId": _ROOT}
    return {"uri": f"file://{_quoted(pure)}"}


def _quoted(path: PurePath) -> str:
    return quote(path.as_posix().encode("utf-8", "surrogateescape"))


def _notification(problem: Problem, root: str) -> Object:
    physical: Object = {"artifactLocation": _artifact(problem.path, root)}
    if problem.row is not None and problem.cell is None:
        physical["region"] = {"startLine": problem.row, "startColumn": problem.column or 1}
    return {
        "level": "error",
        "message": {"text": problem.reason if problem.cell is None else f"Cell {problem.cell}: {problem.reason}"},
        "locations": [{"physicalLocation": physical}],
    }
