"""What a script does to gradients on its own: it takes them away, keeps them, or divides them.

Where gradients are copied out of ``.grad`` before they are cleared (PCGrad, DP-SGD, adversarial training that restores
them), clearing or clipping them at every micro-batch is the point, and loses nothing.
"""

from __future__ import annotations

import re

import libcst as cst

from accumlint.flow.events import Event
from accumlint.flow.spelling import dotted
from accumlint.flow.tree import descendants

_KEEPS = re.compile(
    r"(^|_)(backup|restore|save|store|collect|stash|get|flatten|project)_\w*grad(ient)?s?_?$", re.IGNORECASE
)
_DIVIDES = re.compile(
    r"(scale|div|mul|multiply|normali[sz]e|average|mean|rescale)\w*grad|_foreach_(div|mul)_|^register_hook$", re.I
)

_DIVIDED = re.compile(r"\.grad(\.data)?\.(div|mul|divide|multiply)_$")


def are_taken_away(node: cst.CSTNode) -> bool:
    """Gradients are read or kept in this code before anybody clears them."""
    return any(_reads_gradient(part) or _is_called(part, _KEEPS) for part in descendants(node))


def are_divided(backward: Event) -> bool:
    """A helper, a hook or the gradient that ``backward`` begins with divides the gradients themselves."""
    parts = descendants(backward.function)
    return _begins_with_gradient(backward) or any(_is_called(part, _DIVIDES) or _is_divided(part) for part in parts)


def is_made_in(node: cst.CSTNode, name: str) -> bool:
    """A name is assigned in this code: ``fast = copy.deepcopy(model)`` in the loop is no model that is trained."""
    return any(
        isinstance(part, cst.Assign) and any(dotted(target.target) == name for target in part.targets)
        for part in descendants(node)
    )


def steps_itself(node: cst.CSTNode, receiver: str) -> bool:
    """``d_opt.step()``: what is called an optimizer nowhere else is one by its step."""
    return bool(receiver) and any(
        isinstance(part, cst.Call) and dotted(part.func) == f"{receiver}.step" for part in descendants(node)
    )


def _reads_gradient(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Attribute) and node.attr.value == "grad"


def _is_divided(node: cst.CSTNode) -> bool:
    """``p.grad.data.mul_(1 / N)``."""
    return isinstance(node, cst.Call) and _DIVIDED.search(dotted(node.func)) is not None


def _is_called(node: cst.CSTNode, name: re.Pattern[str]) -> bool:
    return isinstance(node, cst.Call) and name.search(dotted(node.func).rpartition(".")[2]) is not None


def _begins_with_gradient(backward: Event) -> bool:
    """``loss.backward(torch.full_like(loss, 1 / N))``: an argument that is not the loss."""
    if not isinstance(backward.node, cst.Call):
        return False
    return any(
        argument.value is not backward.operand
        and (argument.keyword is None or argument.keyword.value in ("gradient", "grad_tensors"))
        for argument in backward.node.args[:2]
    )
