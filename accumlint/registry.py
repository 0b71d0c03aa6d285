"""Which rules there are, and which of them a selection means. Rules are found by lying in their package."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from accumlint.rule import Rule

PACKAGE = "accumlint.rules"


class UnknownSelectorError(ValueError):
    """A selector that means no rule; ``suggestion`` is the nearest one that does."""

    def __init__(self, selector: str, suggestion: str | None) -> None:
        super().__init__(f"no rule is called {selector!r}")
        self.selector = selector
        self.suggestion = suggestion


@cache
def discover(package: str = PACKAGE) -> tuple[type[Rule], ...]:
    """The rules in the modules of a package, by code. Raises ValueError if two share a code."""
    import pkgutil  # late, like all that a scan without a candidate has no use for

    folder = import_module(package).__path__
    names = sorted(f"{package}.{module.name}" for module in pkgutil.iter_modules(folder))
    rules = [rule for name in names for rule in _rules_in(name)]
    codes = [rule.code for rule in rules]
    if twice := {code for code in codes if codes.count(code) > 1}:
        raise ValueError(f"code of two rules: {', '.join(sorted(twice))}")
    return tuple(sorted(rules, key=lambda rule: rule.code))


def find(code_or_name: str) -> type[Rule]:
    """The rule of this code or name. Raises UnknownSelectorError."""
    wanted = code_or_name.strip().lower().replace("_", "-")
    for rule in discover():
        if wanted in (rule.code.lower(), rule.name):
            return rule
    raise UnknownSelectorError(code_or_name, _nearest(code_or_name))


def select(
    select: Sequence[str] | None = None, ignore: Sequence[str] = (), extend_select: Sequence[str] = ()
) -> tuple[Rule, ...]:
    """The rules that a configuration turns on, by code.

    Selectors are prefixes of codes (``ACC0``), whole codes, or ``ALL``; None selects the rules that are on by
    default. The longest selector that fits a rule decides, and ``ignore`` wins a draw, as with ruff.
    Raises UnknownSelectorError for a selector that fits no rule.
    """
    chosen = [*(select or ()), *extend_select]
    for selector in (*chosen, *ignore):
        _check(selector)
    return tuple(
        rule() for rule in discover() if _reach(rule, chosen, select is None and rule.default) > _reach(rule, ignore)
    )


@dataclass(frozen=True)
class Selected(Sequence["Rule"]):
    """The rules of :func:`select`, imported when the first of them is asked for.

    A scan that meets no candidate asks for none, and so imports neither the rules nor libcst.
    """

    selectors: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()

    @cached_property
    def _rules(self) -> tuple[Rule, ...]:
        return select(self.selectors, self.ignore, self.extend_select)

    @overload
    def __getitem__(self, index: int) -> Rule: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Rule]: ...
    def __getitem__(self, index: int | slice) -> Rule | Sequence[Rule]:
        return self._rules[index]

    def __len__(self) -> int:
        return len(self._rules)


def _rules_in(module_name: str) -> list[type[Rule]]:
    from accumlint.rule import Rule

    module = import_module(module_name)
    return [
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Rule) and each.__module__ == module_name
    ]


def _reach(rule: type[Rule], selectors: Iterable[str], by_default: bool = False) -> int:
    """How specifically the rule is meant: the length of the longest prefix, 0 for ALL, -1 for not at all."""
    lengths = [0 if each == "ALL" else len(each) for each in selectors if each == "ALL" or rule.code.startswith(each)]
    return max(lengths, default=0 if by_default else -1)


def _check(selector: str) -> None:
    if selector != "ALL" and not any(rule.code.startswith(selector) for rule in discover() if selector):
        raise UnknownSelectorError(selector, _nearest(selector))


def _nearest(selector: str) -> str | None:
    import difflib

    known = [each for rule in discover() for each in (rule.code, rule.name)]
    near = difflib.get_close_matches(selector.upper(), known, 1) or difflib.get_close_matches(
        selector.lower(), known, 1
    )
    return near[0] if near else None
