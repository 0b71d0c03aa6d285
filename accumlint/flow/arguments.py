"""What a call is given, and the new value that an unknown call gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import libcst as cst

from accumlint.flow.value import Birth, Opaque, Value

if TYPE_CHECKING:
    from accumlint.flow.machine import Machine


@dataclass(frozen=True)
class Arguments:
    """A call's arguments, each evaluated once."""

    positional: tuple[Value, ...] = ()
    nodes: tuple[cst.BaseExpression, ...] = ()
    keywords: dict[str, Value] = field(default_factory=dict)
    keyword_nodes: dict[str, cst.BaseExpression] = field(default_factory=dict)

    def get(self, index: int | str, default: Value | None = None) -> Value | None:
        if isinstance(index, str):
            return self.keywords.get(index, default)
        return self.positional[index] if index < len(self.positional) else default


def opaque(machine: Machine, node: cst.Call, reduction: str | None = None) -> Opaque:
    birth = Birth((machine.scope.owner, node), node)
    machine.make(birth.key)
    return Opaque(birth, history=not machine.no_grad, computed=True, reduction=reduction)
