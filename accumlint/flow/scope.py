"""The frame of the function under way, and the paths that leave it early."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import libcst as cst

from accumlint.flow.context import Context
from accumlint.flow.state import Writes
from accumlint.flow.value import Ref, Value

if TYPE_CHECKING:
    from accumlint.flow.program import Program


@dataclass(frozen=True)
class Scope:
    """A function's frame: its owner key in the state, and the scopes it can see."""

    owner: Hashable
    node: cst.CSTNode
    parent: Scope | None
    program: Program
    self_ref: Ref | None = None
    depth: int = 0
    caller: Scope | None = None
    call: cst.CSTNode | None = None
    passed: dict[str, cst.BaseExpression] = field(default_factory=dict, hash=False, compare=False)
    """What the caller wrote for each parameter."""


@dataclass
class Exits:
    """States that leave a block early, to be joined where they arrive."""

    function_mark: int = 0
    """The state's mark at the beginning of the function, and of the innermost loop."""
    loop_mark: int = 0
    loop: list[Writes] = field(default_factory=list)
    function: list[Writes] = field(default_factory=list)
    returned: list[Value] = field(default_factory=list)
    entered: Context = field(default_factory=Context)
    """Where the function was called."""
