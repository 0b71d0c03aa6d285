"""The cache helps or does nothing; it is never believed."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from accumlint import cache as cache_module
from accumlint.cache import Cache
from accumlint.diagnostic import Applicability, Diagnostic, Edit, Fix, Label, Severity, Span
from accumlint.engine import FileResult, Problem
from accumlint.files import Content, read
from accumlint.outcome import Outcome
from accumlint.suppress import UnusedIgnore

FOUND = Diagnostic(
    "ACC003",
    "deflated-loss-metric",
    Severity.ERROR,
    "N times too low",
    Span(0, 4),
    labels=(Label(Span(5, 6), "divided"),),
    fix=Fix((Edit(Span(0, 4), "raw"),), "add the raw loss", Applicability.SAFE),
    factor="1/N",
)
OUTCOME = Outcome((FOUND,), (), (FOUND,), (UnusedIgnore(Span(1, 2), "ACC001"),))


@pytest.fixture
def train(tmp_path: Path) -> Path:
    """A file that was written well before the scan."""
    path = tmp_path / "train.py"
    path.write_bytes(b"loss + 1\n")
    long_ago = time.time_ns() - 60 * 10**9
    os.utime(path, ns=(long_ago, long_ago))
    return path


@pytest.fixture(autouse=True)
def _change_times_are_old(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test can set the time of a file's last change of status, so that time is left out of account."""
    real = cache_module._signature
    monkeypatch.setattr(cache_module, "_signature", lambda status: (real(status)[0], 0, *real(status)[2:]))
    yield


def content(path: Path) -> Content:
    found = read(path)
    assert isinstance(found, Content)
    return found


def opened(folder: Path) -> Cache:
    return Cache.open(folder / "cache", ())


def filled(train: Path, outcome: Outcome | None = OUTCOME) -> Cache:
    with opened(train.parent) as cache:
        result = None
        if outcome is not None:
            found = (outcome.diagnostics, outcome.problems, outcome.suppressed, outcome.unused_ignores)
            result = FileResult(str(train), None, *found)
        cache.remember(train, content(train), (), result)
    return opened(train.parent)


def test_an_unchanged_file_is_answered_with_its_findings(train: Path) -> None:
    result = filled(train).unchanged(train)
    assert result is not None
    assert result.source is not None
    assert result.source.data == train.read_bytes()
    assert (result.diagnostics, result.suppressed) == ((FOUND,), (FOUND,))
    assert result.unused_ignores == OUTCOME.unused_ignores


@pytest.mark.parametrize("outcome", [None, Outcome()])
def test_an_unchanged_clean_file_is_not_even_read(
    train: Path, outcome: Outcome | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = filled(train, outcome)
    monkeypatch.setattr(cache_module, "read", None)
    result = cache.unchanged(train)
    assert result is not None
    assert not result.diagnostics


def test_a_changed_file_is_not_answered(train: Path) -> None:
    before = train.stat()
    cache = filled(train)
    train.write_bytes(b"loss + 2\n")
    assert cache.unchanged(train) is None
    assert cache.known(train, content(train)) is None
    os.utime(train, ns=(before.st_atime_ns, before.st_mtime_ns))
    train.write_bytes(b"loss + 22\n")
    os.utime(train, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert cache.unchanged(train) is None


def test_a_file_written_just_before_the_scan_is_read_again(train: Path) -> None:
    os.utime(train)
    cache = filled(train)
    assert cache.unchanged(train) is None
    assert cache.known(train, content(train)) is not None


def test_a_copy_is_recognised_by_its_bytes_but_not_as_a_notebook(train: Path) -> None:
    cache = filled(train)
    copy = train.with_name("copy.py")
    copy.write_bytes(train.read_bytes())
    assert cache.known(copy, content(copy)) is not None
    assert cache.known(copy.with_suffix(".ipynb"), content(copy)) is None
    assert cache.known(copy, content(copy), ("ACC0",)) is None


def test_another_set_of_files_may_hold_what_was_missing(train: Path) -> None:
    helper = train.with_name("helper.py")
    cache = filled(train)
    cache.among([train, helper])
    assert cache.unchanged(train) is None
    assert cache.known(train, content(train)) is None
    with cache:
        cache.remember(train, content(train), (), FileResult(str(train)))
    again = opened(train.parent)
    assert again.unchanged(train) is None
    again.among([train, helper])
    assert again.unchanged(train) is not None


def test_what_was_found_with_another_file_holds_until_that_file_changes(train: Path) -> None:
    helper = train.with_name("helper.py")
    helper.write_bytes(b"def halve(loss):\n    return loss / 2\n")
    long_ago = train.stat().st_mtime_ns
    os.utime(helper, ns=(long_ago, long_ago))
    with opened(train.parent) as cache:
        cache.among([train, helper])
        cache.remember(train, content(train), (), FileResult(str(train), alone=False))
    again = opened(train.parent)
    again.among([train, helper])
    assert again.unchanged(train) is not None
    helper.write_bytes(b"def halve(loss):\n    return loss\n")
    os.utime(helper, ns=(long_ago, long_ago))
    changed = opened(train.parent)
    changed.among([train, helper])
    assert changed.unchanged(train) is None
    assert changed.known(train, content(train)) is None


def test_what_was_found_with_a_file_written_just_now_is_not_kept(train: Path) -> None:
    helper = train.with_name("helper.py")
    helper.write_bytes(b"def halve(loss):\n    return loss / 2\n")
    with opened(train.parent) as cache:
        cache.among([train, helper])
        cache.remember(train, content(train), (), FileResult(str(train), alone=False))
    again = opened(train.parent)
    again.among([train, helper])
    assert again.known(train, content(train)) is None


def test_rules_options_and_configuration_have_caches_of_their_own(tmp_path: Path) -> None:
    class Rule:
        code = "ACC001"

    rule: list[object] = [Rule()]
    keys = {
        Cache.open(tmp_path, ()).key,
        Cache.open(tmp_path, rule).key,  # type: ignore[arg-type]
        Cache.open(tmp_path, (), cache_module.EngineOptions(offer_fixes=False)).key,
        Cache.open(tmp_path, (), configuration="per-file").key,
    }
    assert len(keys) == 4


def test_the_folder_says_what_it_is(train: Path) -> None:
    filled(train)
    folder = train.parent / "cache"
    assert (folder / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55")
    assert (folder / ".gitignore").read_text() == "*\n"
    assert len(list(folder.iterdir())) == 3


def hostile(kept: dict[str, object]) -> Iterator[bytes]:
    """The cache file, spoilt in every way we could think of."""
    yield b""
    yield b"\0\xff"
    yield b"[" * 100_000
    yield b"9" * 100_000
    yield b"null"
    yield json.dumps(kept)[:-1].encode()
    for key, value in kept.items():
        for other in (None, 3, "x", [], {}, [[]], {"x": None}, {"x": [1, 2, 3]}, {"x": [1, 2, 3, 4, 5]}):
            yield json.dumps({**kept, key: other}).encode()
        yield json.dumps({name: other for name, other in kept.items() if name != key}).encode()
        assert value is not None


def spoilt(value: object) -> Iterator[object]:
    """A JSON value with one part of it replaced or taken away, for each of its parts."""
    yield from (None, [], {}, -1, "x", True, 1.5)
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield value[:index] + value[index + 1 :]
            for other in spoilt(item):
                if type(other) is not type(item) or isinstance(item, (list, int)):
                    yield [*value[:index], other, *value[index + 1 :]]


def test_a_spoilt_cache_is_no_cache(train: Path) -> None:
    cache = filled(train)
    file = cache._file
    kept = json.loads(file.read_bytes())
    for data in hostile(kept):
        file.write_bytes(data)
        opened(train.parent).unchanged(train)
    (digest,) = kept["outcomes"]
    good = opened_outcome = kept["outcomes"][digest]
    count = 0
    for bad in spoilt(good):
        file.write_bytes(json.dumps({**kept, "outcomes": {digest: bad}}).encode())
        result = opened(train.parent).unchanged(train)
        count += 1
        assert result is None or all(each.span.end <= 9 for each in result.diagnostics)
    assert count > 300
    assert opened_outcome


def test_a_place_beyond_the_file_is_not_believed(train: Path) -> None:
    far = Diagnostic("ACC001", "x", Severity.ERROR, "x", Span(0, 4), labels=(Label(Span(5, 600), "far"),))
    assert filled(train, Outcome((far,))).unchanged(train) is None


def test_a_cache_elsewhere_is_not_written_through_a_link(train: Path) -> None:
    outside = train.parent / "outside"
    outside.mkdir()
    (train.parent / "cache").symlink_to(outside)
    filled(train)
    assert not list(outside.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="needs a FIFO")
def test_a_cache_that_cannot_be_read_or_written_is_passed_over(train: Path) -> None:
    cache = filled(train)
    cache._file.unlink()
    os.mkfifo(cache._file)
    assert opened(train.parent).unchanged(train) is None
    folder = train.parent / "cache"
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    folder.write_bytes(b"a file where a folder should be")
    assert filled(train).unchanged(train) is None
    assert folder.read_bytes() == b"a file where a folder should be"


def test_it_stays_within_its_bounds(train: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "MAX_FILES", 2)
    monkeypatch.setattr(cache_module, "MAX_CACHE_FILES", 1)
    filled(train)
    others = [train.with_name(f"{number}.py") for number in range(3)]
    with opened(train.parent) as cache:
        for path in others:
            path.write_bytes(path.name.encode())
            cache.remember(path, content(path), (), None)
    assert json.loads(cache._file.read_bytes())["files"].keys() == {str(path) for path in others[1:]}
    (cache.folder / "users.json").write_bytes(b"{}")
    with Cache.open(cache.folder, (), configuration="other") as newer:
        newer.remember(train, content(train), (), None)
    assert {file.name for file in cache.folder.glob("*.json")} == {"users.json", newer._file.name}


def test_problems_are_never_kept(train: Path) -> None:
    assert Outcome(problems=(Problem("a", "b"),)).result("a.py", b"\xff").source is None
