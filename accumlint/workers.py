"""Check many files: read here, look closer in workers, answer in the order of the paths.

The byte filter runs where the files are read, and most files end there. Only what passes it goes to a worker
(:mod:`accumlint.pool`), so a run without a candidate starts no process, and what a parser cannot bear is
borne by a worker. The order of the results does not depend on the number of workers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, nullcontext
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from accumlint.engine import (
    DEFAULT_LIMITS,
    DEFAULTS,
    EngineOptions,
    FileResult,
    Limits,
    Neighbours,
    Problem,
    may_concern,
    unreadable,
)
from accumlint.files import Content, read
from accumlint.interruption import stop_if_asked

if TYPE_CHECKING:
    from accumlint.cache import Cache
    from accumlint.diagnostic import Diagnostic
    from accumlint.pool import Lost, Pool, Work
    from accumlint.rule import Rule

MAX_UNDER_WAY = 256
"""How many candidates may be under way, so that memory does not grow with the tree."""


IgnoredCodes = Callable[[str], Sequence[str]]
"""The codes, or prefixes of codes, that are not looked for in the file of this path."""


class Fixed(NamedTuple):
    """What fixing one file came to; writing it is left to who asked."""

    result: FileResult
    """What is left; its source holds the fixed bytes."""
    content: Content | None = None
    """The file as it was read, which :func:`accumlint.files.write_atomically` asks for."""
    found: tuple[Diagnostic, ...] = ()
    """The findings in the file as it was."""
    applied: tuple[Diagnostic, ...] = ()
    """The findings whose fix was applied; nothing changed where there are none."""


def scan(
    paths: Iterable[Path | Problem],
    rules: Sequence[Rule],
    options: EngineOptions = DEFAULTS,
    *,
    ignored: IgnoredCodes | None = None,
    named: Collection[str] = (),
    jobs: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
    cache: Cache | None = None,
) -> Iterator[FileResult]:
    """The result of each path, in their order. A file that its worker does not survive is a problem.

    Of the ``named`` paths a syntax error is a problem too where the file holds no training code.
    """
    paths = list(paths)
    if cache is not None:
        cache.among(paths)
    work = partial(_check, rules=rules, options=_knowing(options, paths))
    with ExitStack() as stack, cache or nullcontext():
        run = _Run(lambda: stack.enter_context(_pool(work, jobs, limits)), options, ignored, named, cache)
        for fixed in run.results(paths):
            yield fixed.result


def fix(
    paths: Iterable[Path | Problem],
    rules: Sequence[Rule],
    options: EngineOptions = DEFAULTS,
    *,
    unsafe: bool = False,
    ignored: IgnoredCodes | None = None,
    named: Collection[str] = (),
    jobs: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[Fixed]:
    """As :func:`scan`, with the fixes applied to what was read. The cache has no part in what is written."""
    paths = list(paths)
    work = partial(_fix, rules=rules, options=_knowing(options, paths), unsafe=unsafe)
    with ExitStack() as stack:
        run = _Run(lambda: stack.enter_context(_pool(work, jobs, limits)), options, ignored, named, None)
        yield from run.results(paths)


def _pool(work: Work, jobs: int | None, limits: Limits) -> Pool:
    from accumlint.pool import Pool, default_jobs

    return Pool(work, jobs or default_jobs(), limits)


def _knowing(options: EngineOptions, paths: Sequence[Path | Problem]) -> EngineOptions:
    """The files of one scan know each other."""
    names = [str(path) for path in paths if isinstance(path, Path)]
    python = tuple(name for name in names if name.endswith(".py"))
    return options._replace(neighbours=Neighbours(python, _neighbour))


def _neighbour(path: str) -> bytes | None:
    content = read(Path(path))
    return None if isinstance(content, Problem) else content.data


def check(
    data: bytes,
    path: str,
    rules: Sequence[Rule],
    options: EngineOptions = DEFAULTS,
    limits: Limits = DEFAULT_LIMITS,
) -> FileResult:
    """As :func:`accumlint.engine.check_bytes`, in a process of its own: for standard input."""
    return _one(partial(_check, rules=rules, options=options), data, path, options, limits).result


def fix_one(
    data: bytes,
    path: str,
    rules: Sequence[Rule],
    options: EngineOptions = DEFAULTS,
    limits: Limits = DEFAULT_LIMITS,
    *,
    unsafe: bool = False,
) -> Fixed:
    """As :func:`accumlint.engine.fix_bytes`, in a process of its own: for standard input."""
    return _one(partial(_fix, rules=rules, options=options, unsafe=unsafe), data, path, options, limits)


def _one(work: Work, data: bytes, path: str, options: EngineOptions, limits: Limits) -> Fixed:
    if not may_concern(data, options):
        return Fixed(FileResult(path, problems=unreadable(data, path)))
    with _pool(work, 1, limits) as pool:
        pool.submit(_job(path, data, ()))
        ((_, answer),) = pool.finished(wait=True)
        return _fixed(path, Content(data), answer)


class _Run:
    """One run under way: what is known of each path, in the order of the paths, up to the first unknown."""

    def __init__(
        self,
        start: Callable[[], Pool],
        options: EngineOptions,
        ignored: IgnoredCodes | None,
        named: Collection[str],
        cache: Cache | None,
    ) -> None:
        self._start = start
        self._options = options
        self._ignored = ignored or (lambda path: ())
        self._named = frozenset(named)
        self._cache = cache
        self._slots: deque[Fixed | int] = deque()
        """A result, or the number of the job that will give it."""
        self._under_way: dict[int, tuple[Path, Content]] = {}
        self._done: dict[int, Fixed] = {}

    @cached_property
    def _pool(self) -> Pool:
        """Workers; even what they are made of is imported for the first file that needs one."""
        return self._start()

    def results(self, paths: Iterable[Path | Problem]) -> Iterator[Fixed]:
        for path in paths:
            stop_if_asked()
            self._slots.append(self._begin(path))
            if self._under_way:
                self._collect(wait=len(self._under_way) >= MAX_UNDER_WAY)
            yield from self._ready()
        while self._slots:
            stop_if_asked()
            if self._under_way:
                self._collect(wait=True)
            yield from self._ready()

    def _begin(self, path: Path | Problem) -> Fixed | int:
        if isinstance(path, Problem):
            return Fixed(FileResult(path.path, problems=(path,)))
        shown = str(path)
        ignored = tuple(self._ignored(shown))
        named = shown in self._named
        if self._cache is not None and not named and (known := self._cache.unchanged(path, ignored)) is not None:
            return Fixed(known)
        content = read(path)
        if isinstance(content, Problem):
            return Fixed(FileResult(shown, problems=(content,)))
        if not may_concern(content.data, self._options):
            if named and (problems := unreadable(content.data, shown)):
                return Fixed(FileResult(shown, problems=problems), content)
            if self._cache is not None:
                self._cache.remember(path, content, ignored, None)
            return Fixed(FileResult(shown), content)
        if self._cache is not None and (known := self._cache.known(path, content, ignored)) is not None:
            return Fixed(known, content)
        number = self._pool.submit(_job(shown, content.data, ignored))
        self._under_way[number] = (path, content)
        return number

    def _collect(self, wait: bool) -> None:
        for number, answer in self._pool.finished(wait=wait):
            path, content = self._under_way.pop(number)
            self._done[number] = fixed = _fixed(str(path), content, answer)
            if self._cache is not None and not fixed.result.problems:
                ignored = tuple(self._ignored(str(path)))
                self._cache.remember(path, content, ignored, fixed.result)

    def _ready(self) -> Iterator[Fixed]:
        while self._slots:
            slot = self._slots[0]
            if isinstance(slot, int):
                if slot not in self._done:
                    return
                slot = self._done.pop(slot)
            self._slots.popleft()
            yield slot


# Jobs and answers: what they are made of is imported with the first one -------------------------------------


def _job(path: str, data: bytes, ignored: Sequence[str]) -> bytes:
    from accumlint import jobs

    return jobs.job(path, data, ignored)


def _check(job: bytes, rules: Sequence[Rule], options: EngineOptions) -> bytes:
    from accumlint import jobs

    return jobs.check(job, rules, options)


def _fix(job: bytes, rules: Sequence[Rule], options: EngineOptions, unsafe: bool) -> bytes:
    from accumlint import jobs

    return jobs.fix(job, rules, options, unsafe)


def _fixed(path: str, content: Content, answer: bytes | Lost) -> Fixed:
    from accumlint.pool import Lost

    if isinstance(answer, Lost):
        return Fixed(FileResult(path, problems=(Problem(path, answer.reason),)), content)
    from accumlint import jobs

    outcome, data = jobs.outcome(answer)
    result = outcome.result(path, data if outcome.applied else content.data)
    return Fixed(result, content, outcome.found, outcome.applied)
