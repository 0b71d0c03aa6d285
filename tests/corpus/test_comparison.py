"""The corpus check itself: it must not be able to wave a false alarm through."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.corpus.comparison import Finding, Reviewed, compare, read_reviewed, read_rows
from tests.corpus.wheels import Pin, read_pins

HERE = Path(__file__).parent
LOOP = """\
class Trainer:
    def train(self):
        for loss in self.losses():
            total += loss
        return total / n

    def evaluate(self):
        return total
"""


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, Path]:
    (tmp_path / "loop.py").write_text(LOOP, encoding="utf-8")
    return {"package": tmp_path}


def row(tmp_path: Path, **changed: object) -> list[object]:
    raw = {"package": "package", "version": "1", "path": "loop.py", "func": "Trainer.train", "kind": "metric"}
    raw |= {"metric": "total", "line": 4, "report_line": 5, "verdict": "right", "why": "it is"}
    labels = tmp_path / "labels.jsonl"
    labels.write_text(json.dumps(raw | changed) + "\n", encoding="utf-8")
    return list(read_rows(labels))


def finding(**changed: object) -> Finding:
    said = {"package": "package", "path": "loop.py", "line": 5, "code": "ACC003", "severity": "error"}
    return Finding(**(said | {"message": "", "metric": "total", "factor": "1/N"} | changed))


def test_an_error_on_a_right_metric_is_a_false_alarm(tmp_path, sources):
    assert compare(row(tmp_path), [], [finding()], sources).false_alarms


def test_a_warning_on_a_right_metric_is_none(tmp_path, sources):
    assert not compare(row(tmp_path), [], [finding(severity="warning")], sources).false_alarms


def test_the_metric_of_another_function_is_another_metric(tmp_path, sources):
    comparison = compare(row(tmp_path), [], [finding(line=8)], sources)
    assert not comparison.false_alarms
    assert comparison.unreviewed == [finding(line=8)]


def test_a_review_does_not_excuse_a_false_alarm(tmp_path, sources):
    read = Reviewed("package", "loop.py", 5, "ACC003", "total", "it is low")
    assert compare(row(tmp_path), [read], [finding()], sources).false_alarms


def test_an_error_outside_the_labels_must_be_reviewed(tmp_path, sources):
    other = finding(metric="other", line=3)
    read = Reviewed("package", "loop.py", 3, "ACC003", "other", "it is low")
    assert compare(row(tmp_path), [], [other], sources).unreviewed == [other]
    assert not compare(row(tmp_path), [read], [other], sources).unreviewed


def test_a_review_that_nothing_needs_is_named(tmp_path, sources):
    read = Reviewed("package", "loop.py", 3, "ACC003", "other", "it is low")
    assert compare(row(tmp_path), [read], [], sources).unseen == [read]


def test_a_low_row_is_found_by_its_own_metric_and_factor(tmp_path, sources):
    low = row(tmp_path, verdict="low_N")
    assert not compare(low, [], [finding()], sources).missed
    assert compare(low, [], [finding(metric="other")], sources).missed == low
    assert compare(low, [], [finding(factor="N")], sources).missed == low


def test_a_low_row_is_found_where_a_label_points_at_it(tmp_path, sources):
    low = row(tmp_path, verdict="low_N")
    far = {"metric": None, "line": 8}
    assert not compare(low, [], [finding(**far, labelled=frozenset({4}))], sources).missed
    assert compare(low, [], [finding(**far, labelled=frozenset({3}))], sources).missed == low


def test_a_row_without_a_metric_is_found_by_its_line(tmp_path, sources):
    defect = {"kind": "defect", "verdict": None, "metric": None, "defect": "double_division", "line": 3}
    (double,) = row(tmp_path, **defect)
    comparison = compare([double], [], [finding(code="ACC202", line=3, metric=None)], sources)
    assert comparison.is_found(double)
    assert not comparison.unreviewed


def test_every_label_and_every_review_names_a_pinned_package():
    versions = {pin.package: pin.version for pin in read_pins(HERE / "wheels.txt")}
    assert all(versions[row.package] == row.version for row in read_rows(HERE / "labels.jsonl"))
    for read in read_reviewed(HERE / "reviewed.jsonl"):
        assert read.package in versions
        assert read.why.endswith("."), "a review is a sentence"


def test_every_pin_has_a_hash():
    assert all(pin.sha256 for pin in read_pins(HERE / "wheels.txt"))


def test_a_local_build_is_the_pinned_version():
    assert Pin("torch", "2.13.0", None).names(Path("torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl"))
    assert not Pin("torch", "2.13", None).names(Path("torch-2.13.0-py3-none-any.whl"))
