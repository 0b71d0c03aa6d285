"""What earlier scans found, kept so that unchanged files need not be read again.

Two steps. A file whose size and times are those of the last scan is taken as unchanged and not read, unless
it was written so shortly before that scan that a later write could have left the same times. Any other file
is read, and recognised by the hash of its bytes. What is kept depends on the version, the rules and the
options, and each such combination has a file of its own.

The cache is a convenience and is treated as hostile: it is JSON, checked field by field, and whatever is
wrong with it means only that nothing is known. It is used to report, never to fix.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from accumlint import __version__, wire
from accumlint.engine import DEFAULTS, EngineOptions, FileResult, Problem
from accumlint.files import Content, read
from accumlint.outcome import Outcome
from accumlint.registry import Selected

if TYPE_CHECKING:
    from accumlint.rule import Rule

FOLDER = ".accumlint_cache"
MAX_FILES = 100_000
"""How many files are remembered at most; those seen longest ago are forgotten first."""
MAX_BYTES = 50_000_000
"""A cache file larger than this was not written here."""
MAX_CACHE_FILES = 16
"""How many combinations of version, rules and options are kept."""

_FORMAT = 2
_RACY_NANOSECONDS = 2 * 10**9
"""File systems note times as coarsely as this; a file written later than that before a scan is read again."""

_TAG = b"""Signature: 8a477f597d28d172789f06886806bc55
# This file marks a cache folder of accumlint; see https://bford.info/cachedir/
"""

_FILE_NAME = re.compile(r"[0-9a-f]{32}\.json")

_Signature = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is known of one path: the state in which it was seen, and what its bytes gave."""

    signature: _Signature
    digest: str | None
    """None where the byte filter found nothing to look at."""


@dataclass
class Cache:
    """The cache for one version, rule set and options; a context manager that saves it at its end."""

    folder: Path
    key: str
    _entries: dict[str, _Entry] = field(default_factory=dict)
    _outcomes: dict[str, Any] = field(default_factory=dict)
    """By digest the files of the scan, their state if it counts, and the outcome; JSON, mostly never looked at."""
    _files: str = ""
    _states: str | None = None
    """The state of all files of the scan; None where one was written just now."""
    _seen: dict[str, _Entry] = field(default_factory=dict)
    _started: int = field(default_factory=time.time_ns)
    _changed: bool = False

    @classmethod
    def open(
        cls,
        folder: Path,
        rules: Sequence[Rule],
        options: EngineOptions = DEFAULTS,
        configuration: str = "",
    ) -> Cache:
        """The cache in this folder, empty where there is none that can be used.

        ``configuration`` says what else decides about findings: which codes are ignored in which files.
        """
        cache = cls(folder, _key(rules, options, configuration))
        with contextlib.suppress(OSError, ValueError, RecursionError):
            cache._load()
        return cache

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):  # a full or read-only disk is no reason to fail a scan
            self._save()

    def among(self, paths: Sequence[Path | Problem]) -> None:
        """Say which files the scan is of: a helper that was missing in one scan may be there in the next."""
        files = [path for path in paths if isinstance(path, Path)]
        self._files = hashlib.sha256(b"\n".join(map(os.fsencode, files))).hexdigest()
        self._states = self._states_of(files)

    def _states_of(self, files: Sequence[Path]) -> str | None:
        """What a result that looked at other files depends on, in one word: the size and times of all of them."""
        states = hashlib.sha256()
        for file in files:
            try:
                signature = _signature(file.stat())
            except OSError:
                signature = (-1, -1, -1, -1)
            if max(signature[:2]) > self._started - _RACY_NANOSECONDS:
                return None
            states.update(repr(signature).encode())
        return states.hexdigest()

    def unchanged(self, path: Path, ignored: Sequence[str] = ()) -> FileResult | None:
        """The result of a file that need not even be read, or None."""
        name = os.path.abspath(path)  # noqa: PTH100  # resolve() would follow links
        entry = self._entries.get(name)
        if entry is None:
            return None
        try:
            status = path.stat()
        except OSError:
            return None
        if _signature(status) != entry.signature:
            return None
        if entry.digest is None:
            self._seen[name] = entry
            return FileResult(str(path))
        outcome = self._outcome(entry.digest)
        if outcome is None:
            return None
        if outcome.needs_source:
            content = read(path)
            return None if isinstance(content, Problem) else self.known(path, content, ignored)
        self._seen[name] = entry
        return FileResult(str(path))

    def known(self, path: Path, content: Content, ignored: Sequence[str] = ()) -> FileResult | None:
        """The result of a file with these bytes, or None."""
        digest = _digest(path, content, ignored)
        outcome = self._outcome(digest)
        if outcome is None:
            return None
        try:
            result = outcome.result(str(path), content.data)
        except Exception:  # whatever is wrong with it, it is not an outcome for this file
            return None
        self._note(path, content, digest)
        return result

    def remember(self, path: Path, content: Content, ignored: Sequence[str], result: FileResult | None) -> None:
        """Keep what a file's bytes gave; None: the byte filter found nothing to look at."""
        if result is None:
            self._note(path, content, None)
            return
        if not result.alone and self._states is None:
            return
        digest = _digest(path, content, ignored)
        states = "" if result.alone else self._states
        self._outcomes[digest] = [self._files, states, wire.dump(Outcome.of(result))]
        self._changed = True
        self._note(path, content, digest)

    def _note(self, path: Path, content: Content, digest: str | None) -> None:
        if content.status is None:
            return
        signature = _signature(content.status)
        newest = max(signature[:2])
        if newest > self._started - _RACY_NANOSECONDS:
            signature = (-1, -1, -1, -1)  # no file has it: next time the bytes decide
        entry = _Entry(signature, digest)
        name = os.path.abspath(path)  # noqa: PTH100
        self._changed |= self._entries.get(name) != entry
        self._seen[name] = entry

    def _outcome(self, digest: str) -> Outcome | None:
        match self._outcomes.get(digest):
            case [files, states, outcome] if files == self._files and states in ("", self._states):
                pass
            case _:
                return None
        try:
            return wire.load(Outcome, outcome)
        except (ValueError, TypeError, RecursionError):
            return None

    # The file ----------------------------------------------------------------------------------------------

    @property
    def _file(self) -> Path:
        return self.folder / f"{self.key}.json"

    def _load(self) -> None:
        content = read(self._file)
        if isinstance(content, Problem) or len(content.data) > MAX_BYTES:
            return
        kept = json.loads(content.data)
        if not isinstance(kept, dict) or kept.get("format") != _FORMAT or kept.get("key") != self.key:
            return
        files, outcomes = kept.get("files"), kept.get("outcomes")
        if isinstance(files, dict) and isinstance(outcomes, dict):
            self._entries = {name: _entry(value) for name, value in files.items()}
            self._outcomes = outcomes

    def _save(self) -> None:
        if not self._changed:
            return
        others = {name: entry for name, entry in self._entries.items() if name not in self._seen}
        entries = dict(list({**others, **self._seen}.items())[-MAX_FILES:])
        used = {entry.digest for entry in entries.values()}
        kept = {
            "format": _FORMAT,
            "key": self.key,
            "files": {name: [*entry.signature, entry.digest] for name, entry in entries.items()},
            "outcomes": {digest: value for digest, value in self._outcomes.items() if digest in used},
        }
        text = json.dumps(kept, separators=(",", ":")).encode()
        if len(text) <= MAX_BYTES:
            self._prepare_folder()
            _replace(self._file, text)
            self._forget_oldest()

    def _prepare_folder(self) -> None:
        if self.folder.is_symlink():
            raise OSError("a link is not followed: it may lead out of the project")
        if self.folder.is_dir():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "CACHEDIR.TAG").write_bytes(_TAG)
        (self.folder / ".gitignore").write_bytes(b"*\n")

    def _forget_oldest(self) -> None:
        ours = (file for file in self.folder.iterdir() if _FILE_NAME.fullmatch(file.name))
        for file in sorted(ours, key=lambda file: file.stat().st_mtime_ns)[:-MAX_CACHE_FILES]:
            file.unlink(missing_ok=True)


def _key(rules: Sequence[Rule], options: EngineOptions, configuration: str) -> str:
    """Everything, beside a file's bytes, that decides what is found in it."""
    chosen = repr(rules) if isinstance(rules, Selected) else sorted(rule.code for rule in rules)
    python = list(sys.version_info[:3])
    parts = [_FORMAT, __version__, python, chosen, repr(options), configuration, _installed()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _installed() -> list[Any]:
    """The state of the package's own files, so that who works on a rule is not answered from before."""
    package = Path(__file__).parent
    files = sorted(package.rglob("*.py"))
    return [[str(file.relative_to(package)), file.stat().st_mtime_ns] for file in files]


def _signature(status: os.stat_result) -> _Signature:
    return (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


def _digest(path: Path, content: Content, ignored: Sequence[str]) -> str:
    """What, with the key, decides what is found: how the bytes are read, what is ignored, the bytes."""
    head = json.dumps([path.suffix, *ignored]).encode()
    return hashlib.sha256(head + b"\n" + content.data).hexdigest()


def _entry(value: Any) -> _Entry:
    if not isinstance(value, list) or len(value) != 5:
        raise ValueError("not an entry")
    *numbers, digest = value
    if not all(type(number) is int for number in numbers):
        raise ValueError("not an entry")
    if digest is not None and not isinstance(digest, str):
        raise ValueError("not an entry")
    return _Entry((numbers[0], numbers[1], numbers[2], numbers[3]), digest)


def _replace(file: Path, data: bytes) -> None:
    temporary = file.with_name(f".{file.name}.{os.urandom(6).hex()}.tmp")
    try:
        with temporary.open("xb") as stream:
            stream.write(data)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
