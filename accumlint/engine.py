"""The one road from bytes to findings. The command line, the hooks, flake8 and the editor only wrap it.

Each step drops what the next, slower one need not see: a substring test on the bytes, CPython's own parser
and a look for a loop of interest, and only then the analysis, which is where libcst is imported.
"""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from accumlint.glance import is_wide, might_matter, might_silence

if TYPE_CHECKING:
    from accumlint.diagnostic import Diagnostic
    from accumlint.flow import FlowOptions
    from accumlint.flow.project import Project
    from accumlint.rule import Rule
    from accumlint.source import Source
    from accumlint.suppress import UnusedIgnore

_Result = TypeVar("_Result")

MAX_UNPARSED_BYTES = 2_000_000
"""A larger file without training code is not even looked at for its syntax."""
_SYNTAX_ONLY = 0x400  # ast.PyCF_ONLY_AST: read, and make no code


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be done; the run goes on and ends with exit code 2."""

    path: str
    reason: str
    row: int | None = None
    column: int | None = None
    cell: int | None = None


@dataclass(frozen=True)
class Neighbours:
    """The files of a scan, and how one of them is read: its bytes, or None where it cannot be."""

    paths: tuple[str, ...]
    read: Callable[[str], bytes | None]

    @cached_property
    def project(self) -> Project:
        """The same files as the analysis asks for them."""
        from accumlint.flow.project import Project

        return Project(self.paths, self.read)


class EngineOptions(NamedTuple):
    """What a caller may ask of the engine beyond its rules."""

    offer_fixes: bool = True
    """Whether fixes are looked for and proved; without them a scan is a little faster."""
    accumulation_names: tuple[str, ...] = ()
    """More names that stand for N, the micro-batches of an optimizer step."""
    meters: tuple[str, ...] = ()
    """More classes that average what their ``update`` is fed."""
    unused_ignores: bool = False
    """Whether a file without training code is looked at, too, for comments that silence nothing."""
    neighbours: Neighbours | None = None
    """The other files of the scan, for what is imported and for who divides what is returned."""

    @property
    def taught(self) -> FlowOptions:
        """What of this the analysis is told. A name of N is known by its last part, whatever it is a part of."""
        from accumlint.flow import FlowOptions

        names = frozenset(name.rpartition(".")[2] for name in self.accumulation_names)
        return FlowOptions(names, frozenset(self.meters))


class Limits(NamedTuple):
    """What one file may cost where it is analysed in a process of its own."""

    seconds: float = 60.0
    memory_bytes: int = 2 * 2**30
    """Address space of the process, where the system supports a limit."""


DEFAULTS = EngineOptions()
DEFAULT_LIMITS = Limits()


class FileResult(NamedTuple):
    """All that is known of one file."""

    path: str
    source: Source | None = None
    """None where the file was not read, or where nothing in it had to be."""
    diagnostics: tuple[Diagnostic, ...] = ()
    """Sorted by place; the fixes in them are proved."""
    problems: tuple[Problem, ...] = ()
    suppressed: tuple[Diagnostic, ...] = ()
    unused_ignores: tuple[UnusedIgnore, ...] = ()
    alone: bool = True
    """It follows from this file's bytes alone; False when other files were looked at."""


def check_bytes(data: bytes, path: str, rules: Sequence[Rule], options: EngineOptions = DEFAULTS) -> FileResult:
    """All about one file's bytes. Bad input is a :class:`Problem` in the result, never an exception."""
    if not may_concern(data, options):
        return FileResult(path)
    return on_deep_stack(lambda: _check_candidate(data, path, rules, options))


def may_concern(data: bytes, options: EngineOptions = DEFAULTS) -> bool:
    """The byte filter. What is in UTF-16 or UTF-32 passes, so that it is refused instead of overlooked."""
    return might_matter(data) or is_wide(data) or (options.unused_ignores and might_silence(data))


def unreadable(data: bytes, path: str) -> tuple[Problem, ...]:
    """Why a file is not Python, or no notebook, at all; for files that were named and end at the byte filter.

    The compiler's own reader is quick and needs no import; only what it refuses is read again, for the reason.
    """
    if len(data) > MAX_UNPARSED_BYTES or (not path.endswith(".ipynb") and _compiles(data, path)):
        return ()
    return on_deep_stack(lambda: _reasons(data, path))


def _compiles(data: bytes, path: str) -> bool:
    try:
        data.decode()  # the compiler minds no wrong bytes in comments
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(data, path, "exec", _SYNTAX_ONLY, dont_inherit=True)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


def _reasons(data: bytes, path: str) -> tuple[Problem, ...]:
    from accumlint.source import Source, SourceError

    try:
        Source.parse(data, path).syntax_tree()
    except SourceError as error:
        return (problem(error, path),)
    return ()


def _check_candidate(data: bytes, path: str, rules: Sequence[Rule], options: EngineOptions) -> FileResult:
    from accumlint.source import Source

    project = options.neighbours.project if options.neighbours is not None else None
    if project is not None:
        project.used = False
    try:
        source = Source.parse(data, path)
        kept, suppressed, unused = _check_suppressed(source, rules, options)
    except Exception as error:
        return FileResult(path, problems=(problem(error, path),))
    alone = project is None or not project.used
    return FileResult(path, source, tuple(kept), (), tuple(suppressed), tuple(unused), alone)


def _check_suppressed(
    source: Source, rules: Sequence[Rule], options: EngineOptions
) -> tuple[list[Diagnostic], list[Diagnostic], list[UnusedIgnore]]:
    diagnostics = check_source(source, rules, options)
    if not diagnostics and not might_silence(source.data):
        return [], [], []  # comments are looked for where they could silence something, or be unused
    from accumlint.suppress import Suppressions

    return Suppressions.parse(source).split(diagnostics, source)


class FixedBytes(NamedTuple):
    """What fixing one file's bytes came to."""

    result: FileResult
    """What is left; its source holds the fixed bytes, or the given ones where nothing was fixed."""
    found: tuple[Diagnostic, ...] = ()
    """The findings before anything was fixed, with places in the given bytes."""
    applied: tuple[Diagnostic, ...] = ()
    """The findings whose fix was applied, in order."""


def fix_bytes(
    data: bytes, path: str, rules: Sequence[Rule], options: EngineOptions = DEFAULTS, *, unsafe: bool = False
) -> FixedBytes:
    """Apply every fix that is offered until none is. Where anything goes wrong nothing is fixed."""
    if not may_concern(data):
        return FixedBytes(FileResult(path))
    return on_deep_stack(lambda: _fix_candidate(data, path, rules, options, unsafe))


def _fix_candidate(data: bytes, path: str, rules: Sequence[Rule], options: EngineOptions, unsafe: bool) -> FixedBytes:
    from accumlint.fixer import fix_source
    from accumlint.source import Source

    def check(source: Source) -> list[Diagnostic]:
        return _check_suppressed(source, rules, options)[0]

    try:
        fixed = fix_source(Source.parse(data, path), check, unsafe)
        _, suppressed, unused = _check_suppressed(fixed.source, rules, options)
    except Exception as error:
        return FixedBytes(FileResult(path, problems=(problem(error, path),)))
    result = FileResult(path, fixed.source, fixed.left, (), tuple(suppressed), tuple(unused))
    return FixedBytes(result, fixed.found, fixed.applied)


def check_source(source: Source, rules: Sequence[Rule], options: EngineOptions = DEFAULTS) -> list[Diagnostic]:
    """The findings in one source, sorted, before suppression; raises :class:`SourceError`."""
    from accumlint.fixer import prove
    from accumlint.flow import analyze

    taught = options.taught
    project = options.neighbours.project if options.neighbours is not None else None
    analysis = analyze(source, taught, project)
    if analysis is None:
        return []
    findings = [finding for rule in rules for finding in rule.check(analysis)]
    if not options.offer_fixes:
        return sorted((finding.diagnostic for finding in findings), key=_by_place)
    proved = prove(source, analysis, findings, rules, lambda copy: analyze(copy, taught, project))
    return sorted(proved, key=_by_place)


def _by_place(diagnostic: Diagnostic) -> tuple[int, int, str]:
    return diagnostic.sort_key


def problem(error: Exception, path: str) -> Problem:
    """What an exception means to the user. A bug of ours costs one file, not the run, and is named."""
    from accumlint.source import SourceError

    match error:
        case SourceError():
            return Problem(path, error.reason, error.row, error.column, error.cell)
        case MemoryError():
            return Problem(path, "too complex: out of memory")
        case RecursionError():
            return Problem(path, "too complex: nested too deeply")
        case _ if type(error).__name__ == "ParserSyntaxError":  # libcst's; CPython took the text before
            return Problem(path, "valid, but in a way that libcst does not parse")
        case _:
            kind = type(error).__name__
            return Problem(path, f"internal error, please report it: {kind}: {error}{_raised_at(error)}")


def _raised_at(error: Exception) -> str:
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    return "" if place is None else f" (in {place.tb_frame.f_globals.get('__name__')}, line {place.tb_lineno})"


# Recursion -------------------------------------------------------------------------------------------------
# The parser and the analysis recurse over syntax. What CPython accepts needs up to 3,000 frames in libcst's
# Python half and a few MiB of C stack in its Rust half: more than a thread has by default.

_STACK_BYTES = 256 * 2**20  # reserved, not used: only touched pages count
_RECURSION_LIMIT = 10_000
_deep = threading.local()


def on_deep_stack(work: Callable[[], _Result]) -> _Result:
    """Run ``work`` where deep recursion neither overflows the C stack nor meets Python's default limit."""
    if getattr(_deep, "entered", False):
        return work()
    outcome: list[_Result] = []
    failure: list[BaseException] = []

    def run() -> None:
        _deep.entered = True
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what a compiler has to say about scanned code is not ours
                outcome.append(work())
        except BaseException as error:  # handed to the caller's thread
            failure.append(error)

    size = threading.stack_size(_STACK_BYTES)
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(max(limit, _RECURSION_LIMIT))
        thread = threading.Thread(target=run, name="accumlint", daemon=True)
        thread.start()
        threading.stack_size(size)
        thread.join()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(limit)
    if failure:
        raise failure[0]
    return outcome[0]
