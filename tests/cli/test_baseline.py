from __future__ import annotations

import pytest

from accumlint.baseline import Baseline, BaselineError, entries
from accumlint.source import Source
from tests.reporters.samples import finding

TEXT = "total += raw\nother += raw2\n"


def found(text: str, *marked: str):
    source = Source.parse(text.encode(), "train.py")
    return source, [finding(text, at) for at in marked]


def baseline(text: str, *marked: str) -> Baseline:
    return Baseline(tuple(entries("train.py", *found(text, *marked))))


def test_known_findings_stay_known_when_lines_move_and_indents_change():
    known = baseline(TEXT, "+= «raw»\n", "raw2")
    moved = "# new\n\nif a:\n    other += raw2\n    total  +=  raw\n"
    source, diagnostics = found(moved, "«raw»\n", "raw2")
    assert known.new("train.py", source, diagnostics) == []


def test_a_line_that_changed_or_came_is_new():
    known = baseline(TEXT, "+= «raw»\n")
    source, diagnostics = found(TEXT.replace("total", "epoch"), "+= «raw»\n", "raw2")
    assert known.new("train.py", source, diagnostics) == diagnostics
    assert known.new("other.py", *found(TEXT, "+= «raw»\n")) != []


def test_the_same_line_twice_needs_two_entries():
    once = baseline("a = 1\ntotal += raw\n", "raw")
    source = Source.parse(b"total += raw\nb = 2\ntotal += raw\n", "train.py")
    twice = [finding(source.text, "«total += raw»\nb"), finding(source.text, "2\n«total += raw»")]
    assert once.new("train.py", source, twice) == twice[1:]


def test_the_ratchet_drops_what_is_gone_and_keeps_what_was_not_scanned():
    known = Baseline((*baseline(TEXT, "+= «raw»\n", "raw2").entries, *entries("far.py", *found(TEXT, "raw2"))))
    gone = known.gone({"train.py": ["ACC001"]}, baseline(TEXT, "raw2"))
    assert [(entry.path, entry.line) for entry in gone.entries] == [("train.py", "total += raw")]
    assert [(entry.path, entry.line) for entry in known.without(gone).entries] == [
        ("far.py", "other += raw2"),
        ("train.py", "other += raw2"),
    ]


def test_what_was_not_looked_for_is_not_gone():
    known = baseline(TEXT, "raw2")
    assert known.gone({"train.py": ["ACC002"]}, Baseline()) == Baseline()
    assert known.gone({}, Baseline()) == Baseline()


def test_a_file_reads_back_and_is_one_line_an_entry():
    known = baseline(TEXT, "+= «raw»\n", "raw2")
    assert Baseline.parse(known.render()) == Baseline(tuple(sorted(known.entries)))
    assert known.render().count('"path"') == known.render().count("\n    {") == 2
    assert Baseline.parse(Baseline().render()) == Baseline()


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"version": 2, "findings": []}', '{"version": 1, "findings": [{}]}', "[" * 10_000,
     '{"version": 1, "findings": 3}', '{"version": 1, "findings": ["x"]}'],
)  # fmt: skip
def test_anything_else_is_not_a_baseline(text):
    with pytest.raises(BaselineError):
        Baseline.parse(text)
