"""Other files of the scan: where an imported name is defined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from accumlint.flow import statements
from accumlint.flow.context import Context
from accumlint.flow.program import statements_of
from accumlint.flow.value import Definition, Library, Ref

if TYPE_CHECKING:
    from accumlint.flow.machine import Machine
    from accumlint.flow.program import Program


def imported(machine: Machine, name: Library) -> Definition | None:
    """The definition of an imported name in another file of the scan."""
    if machine.project is None:
        return None
    key = (machine.scope.program.path, name.name)
    if key not in machine.definitions:
        machine.definitions[key] = _find(machine, name.name)
    found = machine.definitions[key]
    if found is not None and found.program is not None:
        _prepare(machine, found.program)
    return found


def _find(machine: Machine, name: str) -> Definition | None:
    importer = machine.scope.program.path
    found = machine.project.definition(importer, name) if machine.project is not None else None
    if found is None:
        return None
    program, node = found
    if program.path == machine.program.path:
        return _own(machine, node.name.value)
    machine.adopt(program)
    return Definition(node, program=program)


def _own(machine: Machine, name: str) -> Definition | None:
    """A caller's import of the very file that is analysed."""
    if name in machine.program.functions:
        return Definition(machine.program.functions[name], program=machine.program)
    if name in machine.program.classes:
        return Definition(machine.program.classes[name].node, program=machine.program)
    return None


def _prepare(machine: Machine, program: Program) -> None:
    """Walk the assignments of another module once in each pass, for the names its functions use."""
    if program.path in machine.prepared:
        return
    machine.prepared.add(program.path)
    caller, machine.scope = machine.scope, machine.module_scope(program)
    outer, machine.context = machine.context, Context()
    for statement in statements_of(program.module.body):
        if isinstance(statement, (cst.Assign, cst.AnnAssign)):
            statements.statement(machine, statement)
    machine.scope, machine.context = caller, outer


def module_of(machine: Machine, owner: Ref | None) -> Program | None:
    """The module of the class of an object."""
    return None if owner is None or owner.class_ is None else machine.classes.get(owner.class_, machine.program)
