"""Settings: ``[tool.accumlint]`` in pyproject.toml, or accumlint.toml, and what the command line overrides.

The nearest file found upward from the scanned path counts, alone: settings are not merged across folders.
A key or value that is not understood is an error with the nearest name that is, never ignored: a misspelt
``ignroe`` would otherwise silently change what is checked.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from accumlint import patterns
from accumlint.engine import Problem
from accumlint.files import read as read_file
from accumlint.reporters.cells import printable

if TYPE_CHECKING:
    from accumlint.diagnostic import Severity

_Value = TypeVar("_Value")

FILE_NAMES = ("accumlint.toml", "pyproject.toml")
MAX_CONFIG_BYTES = 1_000_000


DEFAULT_EXCLUDE = tuple(  # ruff's, and our own cache
    """.accumlint_cache .bzr .direnv .eggs .git .git-rewrite .hg .ipynb_checkpoints .mypy_cache .nox .pants.d
    .pyenv .pytest_cache .pytype .ruff_cache .svn .tox .venv .vscode __pypackages__ _build buck-out dist
    node_modules site-packages venv""".split()  # noqa: SIM905
)
"""The names of folders that hold no code of the project."""


class ConfigError(Exception):
    """A setting that is not understood: in which file, under which key, and why."""

    def __init__(self, path: Path | None, key: str | None, reason: str) -> None:
        where = ": ".join(str(part) for part in (path, key) if part)
        super().__init__(f"{where}: {reason}" if where else reason)
        self.path = path
        self.key = key
        self.reason = reason


@dataclass(frozen=True)
class Settings:
    """Everything that configuration can say. Patterns are relative to ``root``, in .gitignore's syntax."""

    root: Path = field(default_factory=Path.cwd)
    """The folder of the configuration file, or the working directory."""
    file: Path | None = None
    """The configuration file, if there is one."""
    select: tuple[str, ...] | None = None
    """Codes or prefixes of the rules to run; None, which is not the same as none: those that are on by default."""
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    """Exclude files that are named on the command line, too."""
    respect_gitignore: bool = True
    fail_on: str = "warning"
    """The least severity that makes the exit code 1, or ``never``."""
    severity: tuple[tuple[str, Severity], ...] = ()
    accumulation_names: tuple[str, ...] = ()
    """More names that stand for N, the micro-batches of an optimizer step."""
    meters: tuple[str, ...] = ()
    """More classes whose ``update(value, n)`` averages what it is fed, as ``AverageMeter`` does."""

    @property
    def excludes(self) -> tuple[str, ...]:
        return (*self.exclude, *self.extend_exclude)

    def ignored_in(self, path: str) -> tuple[str, ...]:
        """The codes and prefixes that ``per_file_ignores`` names for a file."""
        if not self.per_file_ignores:
            return ()
        relative = os.path.relpath(path, self.root)
        return tuple(
            code for pattern, codes in self.per_file_ignores if patterns.means(pattern, relative) for code in codes
        )


def load(start: Path, overrides: Mapping[str, Any] | None = None, config: Path | None = None) -> Settings:
    """The settings for a scan of ``start``: from ``config`` or the nearest file, then the overrides.

    ``overrides`` holds values by field name, as given on the command line; None means not given.
    Raises :class:`ConfigError`.
    """
    path = config or find(start)
    settings = Settings() if path is None else read(path)
    return override(settings, overrides or {})


def override(settings: Settings, overrides: Mapping[str, Any]) -> Settings:
    """The settings with what the command line gives in place of what the file says."""
    return replace(settings, **{name: value for name, value in overrides.items() if value is not None})


def find(start: Path) -> Path | None:
    """The nearest accumlint.toml, or pyproject.toml with a ``[tool.accumlint]``, from ``start`` upward."""
    start = start.absolute()
    for folder in (start, *start.parents):
        for name in FILE_NAMES:
            path = folder / name
            if path.is_file() and (name != "pyproject.toml" or _section(_parse(path)) is not None):
                return path
    return None


def read(path: Path) -> Settings:
    """The settings of one file; raises :class:`ConfigError`."""
    content = _parse(path)
    prefix = ""
    if path.name == "pyproject.toml":
        content, prefix = _section(content) or {}, "tool.accumlint."
        if not isinstance(content, dict):
            raise ConfigError(path, "tool.accumlint", "expected a table")
    values: dict[str, Any] = {}
    for key, value in content.items():
        convert = _KEYS.get(key)
        if convert is None:
            raise ConfigError(path, prefix + key, f"unknown key{suggestion(key, _KEYS)}")
        try:
            values[key.replace("-", "_")] = convert(value)
        except ValueError as error:
            raise ConfigError(path, prefix + key, str(error)) from None
    return Settings(root=path.absolute().parent, file=path, **values)


def suggestion(wrong: str, known: Iterable[str]) -> str:
    """``; did you mean 'ignore'?`` where a known name is near, else the list of names if it is short."""
    import difflib  # late, as tomllib below: most scans need neither, and starting up is all they do

    names = list(known)
    near = difflib.get_close_matches(wrong, names, n=1, cutoff=0.5)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; valid names: {', '.join(names)}" if len(names) <= 20 else ""


def show(settings: Settings, rules: Iterable[str] = ()) -> str:
    """The settings as they would stand in accumlint.toml; ``rules`` are the codes that they come to."""
    source = "defaults" if settings.file is None else str(settings.file)
    lines = [f"# {printable(source)}; patterns are relative to {printable(str(settings.root))}"]
    lines += [f"# rules that run: {', '.join(rules)}"] if rules else []
    tables: list[str] = []
    for entry in fields(settings):
        if entry.name in ("root", "file"):
            continue
        key, value = entry.name.replace("_", "-"), getattr(settings, entry.name)
        if key in ("per-file-ignores", "severity"):
            rows = [f"{_toml(name)} = {_toml(content)}" for name, content in value]
            tables.append("\n".join(["", f"[{key}]", *rows]))
        elif value is None:
            lines.append(f"# {key} is not given")
        else:
            lines.append(f"{key} = {_toml(value)}")
    return "\n".join([*lines, *tables]) + "\n"


# Reading values --------------------------------------------------------------------------------------------


def _parse(path: Path) -> dict[str, Any]:
    import tomllib

    content = read_file(path)
    if isinstance(content, Problem):
        raise ConfigError(path, None, content.reason)
    if len(content.data) > MAX_CONFIG_BYTES:
        raise ConfigError(path, None, f"larger than {MAX_CONFIG_BYTES:,} bytes")
    try:
        return tomllib.loads(content.data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ConfigError(path, None, "not UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(path, None, f"not TOML: {error}") from None


def _section(content: dict[str, Any]) -> Any:
    """What a pyproject.toml says about accumlint; None if nothing."""
    tool = content.get("tool")
    return tool.get("accumlint") if isinstance(tool, dict) else None


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ValueError(f"expected a list of strings, got {_toml(value)}")
    return tuple(value)


def _codes(value: object) -> tuple[str, ...]:
    from accumlint.registry import resolve

    return tuple(resolve(selector) for selector in _strings(value))


def _patterns(value: object) -> tuple[str, ...]:
    return tuple(patterns.checked(pattern) for pattern in _strings(value))


def _names(value: object) -> tuple[str, ...]:
    names = _strings(value)
    for name in names:
        if not all(part.isidentifier() for part in name.split(".")):
            raise ValueError(f"{name!r} is not a Python name")
    return names


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, got {_toml(value)}")
    return value


def _severity(value: object) -> Severity:
    from accumlint.diagnostic import Severity

    names = [severity.value for severity in Severity]
    if value not in names:
        raise ValueError(f"expected {' or '.join(map(repr, names))}, got {_toml(value)}")
    return Severity(value)


def _fail_on(value: object) -> str:
    if value not in ("error", "warning", "never"):
        raise ValueError(f"expected 'error', 'warning' or 'never', got {_toml(value)}")
    return str(value)


def _table(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"expected a table, got {_toml(value)}")
    return value


def _severities(value: object) -> tuple[tuple[str, Severity], ...]:
    return tuple((_codes([code])[0], _named(code, _severity, level)) for code, level in _table(value).items())


def _per_file(value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    table = _table(value)
    return tuple((patterns.checked(pattern), _named(pattern, _codes, codes)) for pattern, codes in table.items())


def _named(entry: str, convert: Callable[[object], _Value], value: object) -> _Value:
    """The value of one entry of a table; what is wrong with it is said with the entry's name."""
    try:
        return convert(value)
    except ValueError as error:
        raise ValueError(f"{_toml(entry)}: {error}") from None


_KEYS: dict[str, Callable[[object], Any]] = {
    "select": _codes,
    "extend-select": _codes,
    "ignore": _codes,
    "per-file-ignores": _per_file,
    "exclude": _patterns,
    "extend-exclude": _patterns,
    "force-exclude": _boolean,
    "respect-gitignore": _boolean,
    "fail-on": _fail_on,
    "severity": _severities,
    "accumulation-names": _names,
    "meters": _names,
}


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum):
        return _toml(value.value)
    if isinstance(value, str):
        return '"' + "".join(map(_toml_character, value)) + '"'
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    return str(value)


def _toml_character(char: str) -> str:
    r"""A character inside a string: what could not be seen, or would move what is seen, is ``\uXXXX``."""
    if char in ('"', "\\"):
        return f"\\{char}"
    if char.isprintable():
        return char
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
