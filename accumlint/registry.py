"""Which rules there are, and which of them a selection means. Rules are found by lying in their package."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from accumlint.rule import Rule

PACKAGE = "accumlint.rules"
ALL = "ALL"
"""The selector that fits every rule."""


class UnknownSelectorError(ValueError):
    """A selector that means no rule; ``suggestion`` is the nearest one that does."""

    def __init__(self, selector: str, suggestion: str | None) -> None:
        near = f"did you mean {suggestion!r}?" if suggestion else "see accumlint rules"
        super().__init__(f"no rule {selector!r}; {near}")
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


def resolve(selector: str) -> str:
    """What a selector, as somebody wrote it, comes to: a code, a prefix of codes, or ``ALL``.

    A rule's name comes to its code. Raises UnknownSelectorError for what fits no rule.
    """
    code = selector.strip().upper()
    if code == ALL or (code and any(rule.code.startswith(code) for rule in discover())):
        return code
    return find(selector).code


def reach(code: str, selector: str) -> int:
    """How specifically a selector means a rule: the length of the prefix, 0 for ALL, -1 for not at all."""
    if selector == ALL:
        return 0
    return len(selector) if code.startswith(selector) else -1


def without(rules: Iterable[Rule], selectors: Iterable[str]) -> list[Rule]:
    """The rules that no selector fits."""
    selectors = tuple(selectors)
    return [rule for rule in rules if all(reach(rule.code, selector) < 0 for selector in selectors)]


def select(
    select: Sequence[str] | None = None, ignore: Sequence[str] = (), extend_select: Sequence[str] = ()
) -> tuple[Rule, ...]:
    """The rules that a configuration turns on, by code.

    Selectors are prefixes of codes (``ACC0``), whole codes, names, or ``ALL``; None selects the rules that are on by
    default. The longest selector that fits a rule decides, and ``ignore`` wins a draw, as with ruff.
    Raises UnknownSelectorError for a selector that fits no rule.
    """
    chosen = [resolve(selector) for selector in (*(select or ()), *extend_select)]
    ignore = [resolve(selector) for selector in ignore]
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
    """The reach of the most specific selector."""
    return max([0 if by_default else -1, *(reach(rule.code, each) for each in selectors)])


def _nearest(selector: str) -> str | None:
    """The code of the same number (``ACC01``), or else the code or name that is spelled most alike."""
    import difflib

    typed = selector.strip().upper()
    codes = [rule.code for rule in discover()]
    same = [code for code in codes if _family_and_number(code) == _family_and_number(typed)]
    # Codes are all alike: ACC9 is as near to one as to any other.
    near = same or difflib.get_close_matches(typed, codes, 1, cutoff=0.75)
    near = near or difflib.get_close_matches(typed.lower(), [rule.name for rule in discover()], 1)
    return near[0] if near else None


def _family_and_number(code: str) -> tuple[str, int] | None:
    found = re.fullmatch(r"([A-Z]+)([0-9]{1,9})", code)
    return (found[1], int(found[2])) if found else None
