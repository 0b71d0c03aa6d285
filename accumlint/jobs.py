"""What goes to a worker and comes back: a line of JSON, then bytes. Imported with the first file that needs one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from accumlint import wire
from accumlint.engine import EngineOptions, check_bytes, fix_bytes
from accumlint.outcome import Outcome
from accumlint.registry import without

if TYPE_CHECKING:
    from accumlint.rule import Rule


def job(path: str, data: bytes, ignored: Sequence[str]) -> bytes:
    """A file to check or to fix, and the codes that are not looked for in it."""
    return json.dumps([path, *ignored]).encode() + b"\n" + data


def check(job: bytes, rules: Sequence[Rule], options: EngineOptions) -> bytes:
    """Check the file of a job; the answer."""
    data, path, wanted = _read(job, rules)
    return _answer(Outcome.of(check_bytes(data, path, wanted, options)))


def fix(job: bytes, rules: Sequence[Rule], options: EngineOptions, unsafe: bool) -> bytes:
    """Fix the file of a job; the answer, with the fixed bytes."""
    data, path, wanted = _read(job, rules)
    fixed = fix_bytes(data, path, wanted, options, unsafe=unsafe)
    source = fixed.result.source
    return _answer(Outcome.of_fixed(fixed), source.data if source is not None and fixed.applied else b"")


def outcome(answer: bytes) -> tuple[Outcome, bytes]:
    """What an answer says: what was found, and the fixed bytes where there are any."""
    head, _, data = answer.partition(b"\n")
    return wire.load(Outcome, json.loads(head)), data


def _read(job: bytes, rules: Sequence[Rule]) -> tuple[bytes, str, list[Rule]]:
    head, _, data = job.partition(b"\n")
    path, *ignored = json.loads(head)
    return data, path, without(rules, ignored)


def _answer(outcome: Outcome, data: bytes = b"") -> bytes:
    return json.dumps(wire.dump(outcome)).encode() + b"\n" + data
