"""How people write the parts of a training loop, and what each way does to the number reported.

Each function draws one idiom, puts its lines into the draft and returns what is known of the value: the
algebra here is small enough to be checked by eye, and every program is run to check it again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .draft import ONE, B, Draft, M, N, S, Shape, Source
from .measure import Power

SHAPES = (
    Shape("modulo", "len({loader})", "len({loader}) // {n}", count="i + 1"),
    Shape("modulo-or-last", "len({loader})", "len({loader}) // {n}", count="i + 1"),
    Shape("modulo-from-one", "len({loader})", "len({loader}) // {n}", count="i"),
    Shape("modulo-zero-based", "len({loader})", "len({loader}) // {n}", count="i + 1", even=False),
    Shape("counter", "len({loader})", "len({loader}) // {n}", count="{seen}"),
    Shape("continue", "len({loader})", "len({loader}) // {n}", count="i + 1"),
    Shape("flag", "len({loader})", "len({loader}) // {n}", count="i + 1"),
    Shape("pending", "len({loader})", "len({loader}) // {n}"),
    Shape("flush", "len({loader})", "len({loader}) // {n}", count="i + 1"),
    Shape("nested-range", "len({loader})", "len({loader}) // {n}", inner=True),
    Shape("chunks", "len({loader}) * {n}", "len({loader})", inner=True, big_batches=True),
    Shape("window-list", "len({loader})", "len({loader}) // {n}", inner=True),
)
FRAMEWORK_SHAPES = (
    Shape("accelerate", "len({loader})", "len({loader}) // {n}", count="i + 1"),
    Shape("deepspeed", "len({loader})", "len({loader}) // {n}", count="i + 1"),
)


# The loss of a micro-batch


def forward(draft: Draft, raw: str) -> None:
    """Puts the raw loss, a mean over the samples of the micro-batch, into ``raw``."""
    model = draft.own("engine") if draft.shape.name == "deepspeed" else draft.need("model", "model", "net", "network")
    ways = [
        "criterion",
        "criterion",
        "criterion",
        "prediction",
        "functional",
        "built",
        "two-losses",
        "output",
    ]
    way = draft.pick(*(["built", "output"] if draft.shape.name == "deepspeed" else ways))
    draft.say(f"loss:{way}")
    draft.reduction_known = way in ("functional", "built", "two-losses")
    predict = f"{model}(x)"
    if way == "output":
        draft.put("forward", f"{raw} = {model}(input_ids=x, labels=y).loss")
        return
    if way == "functional":
        draft.imports.add("import torch.nn.functional as F")
        reduction = ', reduction="mean"' if draft.chance(0.3) else ""
        draft.put("forward", f"{raw} = F.mse_loss({predict}, y{reduction})")
        return
    if way in ("built", "two-losses"):
        draft.imports.add("from torch import nn")
        criterion = draft.own(draft.fresh("criterion", "loss_fn", "mse"))
        draft.put("init", f"{criterion} = nn.MSELoss()")
    else:
        criterion = draft.need("criterion", "criterion", "loss_fn", "loss_func")
    if way == "prediction":
        output = draft.fresh("outputs", "pred", "preds", "logits")
        draft.put("forward", f"{output} = {predict}", f"{raw} = {criterion}({output}, y)")
    elif way == "two-losses":
        output, main, extra = (
            draft.fresh("out", "pred"),
            draft.fresh("loss_a", "fit"),
            draft.fresh("loss_b", "aux"),
        )
        draft.put("forward", f"{output} = {predict}", f"{main} = {criterion}({output}, y)")
        draft.put("forward", f"{extra} = {criterion}({output} * 0.5, y)", f"{raw} = {main} + 0.1 * {extra}")
        if draft.chance(0.5):
            draft.sources.append(Source("component", main, ONE))
    else:
        draft.put("forward", f"{raw} = {criterion}({predict}, y)")


# The division by N, and what is alive after it


def divide(draft: Draft, raw: str) -> str:
    """Divides for the backward pass; returns the expression that backward() is called on."""
    if draft.shape.name in ("accelerate", "deepspeed"):
        return _framework_divides(draft, raw)
    ways = {
        "named": 5, "rebound": 6, "if-guard": 2, "in-place": 3, "inline": 4, "helper-own-name": 1,
        "callee-divides": 2, "callee-pair": 1, "dict": 1, "dict-in-place": 1, "tail-sized": 8, "none": 1,
        "chunk-weight": 4,
    }  # fmt: skip
    if draft.shape.name not in ("modulo-or-last", "flag") or draft.frame.split:
        del ways["tail-sized"]
    if not draft.shape.big_batches or draft.frame.split:
        del ways["chunk-weight"]
    if any(source.label == "component" for source in draft.sources):
        del ways["callee-divides"], ways["callee-pair"]
    way = draft.random.choices(list(ways), list(ways.values()))[0]
    draft.say(f"division:{way}")
    return _DIVISIONS[way](draft, raw)


def _quotient(draft: Draft, raw: str) -> str:
    """``raw`` over N, in one of its spellings."""
    n = draft.frame.n
    way = draft.pick("slash", "slash", "slash", "slash", "times-inverse", "inverse-name", "div", "torch.div",
                     "ternary", "helper")  # fmt: skip
    draft.say(f"quotient:{way}")
    if way == "inverse-name":
        inverse = draft.own(draft.fresh("inv_accum", "loss_weight", "inverse"))
        draft.put("init", f"{inverse} = 1.0 / {n}")
        return f"{raw} * {inverse}"
    if way == "torch.div":
        draft.imports.add("import torch")
    if way == "helper":
        helper = draft.fresh("scale_loss", "normalize", "divide_loss")
        draft.put("top", f"def {helper}(loss, steps):", "    return loss / steps", "", "")
        return f"{helper}({raw}, {n})"
    return {
        "slash": f"{raw} / {n}",
        "times-inverse": f"{raw} * (1 / {n})",
        "div": f"{raw}.div({n})",
        "torch.div": f"torch.div({raw}, {n})",
        "ternary": f"{raw} / {n} if {n} > 1 else {raw}",
    }[way]


def _late(draft: Draft, label: str, text: str, power: Power) -> None:
    draft.sources.append(Source(label, text, power))


def _early_raw(draft: Draft, raw: str) -> None:
    """The raw loss before its name is divided: added at once, or frozen for later."""
    frozen = draft.fresh("loss_value", "loss_item", "raw_value", "batch_loss", "value")
    freeze = draft.pick(f"{raw}.item()", f"float({raw})", f"{raw}.detach().item()", f"{raw}.tolist()")
    draft.sources.append(Source("raw-added-early", raw, ONE, slot="early"))
    draft.sources.append(
        Source("raw-frozen-early", frozen, ONE, tensor=False, before=(("early", f"{frozen} = {freeze}"),))
    )


def _named(draft: Draft, raw: str) -> str:
    divided = draft.fresh("loss", "scaled_loss", "step_loss", "loss_to_backprop", "micro_loss")
    draft.put("divide", f"{divided} = {_quotient(draft, raw)}")
    _late(draft, "raw", raw, ONE)
    _late(draft, "divided", divided, ONE / N)
    return divided


def _rebound(draft: Draft, raw: str) -> str:
    draft.put("divide", f"{raw} = {_quotient(draft, raw)}")
    _early_raw(draft, raw)
    _late(draft, "divided", raw, ONE / N)
    return raw


def _if_guard(draft: Draft, raw: str) -> str:
    n = draft.frame.n
    statement = draft.pick(f"{raw} = {raw} / {n}", f"{raw} /= {n}", f"{raw} = {raw} * (1.0 / {n})")
    draft.put("divide", f"if {n} > 1:", f"    {statement}")
    _early_raw(draft, raw)
    _late(draft, "divided", raw, ONE / N)
    return raw


def _in_place(draft: Draft, raw: str) -> str:
    draft.put("divide", draft.pick(f"{raw} /= {draft.frame.n}", f"{raw}.div_({draft.frame.n})"))
    _early_raw(draft, raw)
    _late(draft, "divided", raw, ONE / N)
    alias = draft.fresh("raw_loss", "orig_loss", "unscaled", "full_loss")
    shared = draft.pick(raw, f"{raw}.detach()", f"{raw}.data")
    draft.sources.append(Source("alias-divided-too", alias, ONE / N, before=(("early", f"{alias} = {shared}"),)))
    copied = draft.fresh("raw_copy", "kept_loss", "loss_copy")
    copy = draft.pick(f"{raw}.detach().clone()", f"{raw}.clone().detach()")
    draft.sources.append(Source("copy", copied, ONE, before=(("early", f"{copied} = {copy}"),)))
    return raw


def _inline(draft: Draft, raw: str) -> str:
    _late(draft, "raw", raw, ONE)
    return f"({_quotient(draft, raw)})"


def _helper_own_name(draft: Draft, raw: str) -> str:
    helper = draft.fresh("backward_step", "backprop", "accumulate_grad")
    division = draft.pick("loss = loss / steps", "loss = loss * (1 / steps)")
    draft.put("top", f"def {helper}(loss, steps):", f"    {division}", "    loss.backward()", "", "")
    _late(draft, "raw", raw, ONE)
    return f"!{helper}({raw}, {draft.frame.n})"


def _callee(draft: Draft, raw: str, returned: str) -> None:
    """Moves the forward lines into a function of their own that returns the divided loss."""
    helper = draft.fresh("compute_loss", "forward_loss", "loss_for")
    lines = draft.slots["forward"][:]
    draft.slots["forward"].clear()
    outside = {name for name in draft.needs.values() if any(re.search(rf"\b{name}\b", line.text) for line in lines)}
    built = [line.text.partition(" = ")[0] for line in draft.slots["init"] if "nn.MSELoss()" in line.text]
    parameters = sorted(outside) + [name.removeprefix("self.") for name in built]
    body = [line.text.replace("self.", "") for line in lines]
    draft.put("top", f"def {helper}({', '.join([*parameters, 'x', 'y', 'steps'])}):")
    draft.put("top", *(f"    {text}" for text in body), f"    return {returned}", "", "")
    arguments = [f"self.{name}" if draft.frame.attributes else name for name in sorted(outside)] + built
    draft.put("forward", f"{{target}} = {helper}({', '.join([*arguments, 'x', 'y', draft.frame.n])})")


def _set_target(draft: Draft, target: str) -> None:
    line = draft.slots["forward"].pop()
    draft.put("forward", line.text.replace("{target}", target))


def _callee_divides(draft: Draft, raw: str) -> str:
    _callee(draft, raw, f"{raw} / steps")
    _set_target(draft, raw)
    _late(draft, "divided", raw, ONE / N)
    return raw


def _callee_pair(draft: Draft, raw: str) -> str:
    kept = draft.pick(f"{raw}.item()", f"{raw}.detach()")
    _callee(draft, raw, f"{raw} / steps, {kept}")
    value = draft.fresh("loss_value", "shown", "plain_loss")
    _set_target(draft, f"{raw}, {value}")
    _late(draft, "divided", raw, ONE / N)
    draft.sources.append(Source("raw-from-callee", value, ONE, tensor="detach" in kept))
    return raw


def _dict(draft: Draft, raw: str) -> str:
    losses = draft.fresh("losses", "out", "loss_dict")
    entry = f'{losses}["loss"]'
    draft.put("divide", f'{losses} = {{"loss": {raw}}}', f"{entry} = {entry} / {draft.frame.n}")
    _late(draft, "raw", raw, ONE)
    _late(draft, "divided", entry, ONE / N)
    return entry


def _dict_in_place(draft: Draft, raw: str) -> str:
    losses = draft.fresh("losses", "out", "loss_dict")
    entry = f'{losses}["loss"]'
    draft.put("divide", f'{losses} = {{"loss": {raw}}}', f"{entry} /= {draft.frame.n}")
    _late(draft, "alias-divided-too", raw, ONE / N)
    _late(draft, "divided", entry, ONE / N)
    return entry


_WINDOW_SIZES = {
    "smaller": ["{size} = min({n}, len({loader}) - i // {n} * {n})"],
    "at-its-start": ["if i % {n} == 0:", "    {size} = min({n}, len({loader}) - i)"],
    "either": ["{size} = {n} if i < len({loader}) // {n} * {n} else len({loader}) % {n}"],
    "reassigned": ["{size} = {n}", "if i >= len({loader}) - len({loader}) % {n}:", "    {size} = len({loader}) % {n}"],
}
"""How the micro-batches of this window are counted where the last window may be shorter."""


def _tail_sized(draft: Draft, raw: str) -> str:
    n, loader = draft.frame.n, draft.need("loader", "loader")
    size = draft.fresh("window_size", "effective_cycle", "cycle")
    way = draft.pick(*_WINDOW_SIZES)
    draft.say(f"window-size:{way}")
    draft.put("divide", *(line.format(size=size, n=n, loader=loader) for line in _WINDOW_SIZES[way]))
    divided = raw if draft.chance(0.5) else draft.fresh("loss", "scaled_loss", "micro_loss")
    draft.put("divide", f"{divided} = {raw} / {size}")
    if divided == raw:
        _early_raw(draft, raw)
    else:
        _late(draft, "raw", raw, ONE)
    _late(draft, "divided", divided, ONE / N)
    return divided


def _chunk_weight(draft: Draft, raw: str) -> str:
    divided = draft.fresh("loss", "weighted_loss", "scaled_loss")
    draft.put("divide", f"{divided} = {raw} * (x.size(0) / big_x.size(0))")
    _late(draft, "raw", raw, ONE)
    _late(draft, "divided", divided, ONE / N)
    return divided


def _none(draft: Draft, raw: str) -> str:
    draft.gradient = 1
    _late(draft, "raw", raw, ONE)
    return raw


_DIVISIONS = {
    "named": _named, "rebound": _rebound, "if-guard": _if_guard, "in-place": _in_place, "inline": _inline,
    "helper-own-name": _helper_own_name, "callee-divides": _callee_divides, "callee-pair": _callee_pair,
    "dict": _dict, "dict-in-place": _dict_in_place, "tail-sized": _tail_sized, "none": _none,
    "chunk-weight": _chunk_weight,
}  # fmt: skip


def _framework_divides(draft: Draft, raw: str) -> str:
    """accelerate and DeepSpeed divide inside backward(); a script that does so as well divides twice."""
    if draft.chance(0.1):
        draft.gradient = -1
        draft.say("division:twice")
        return _rebound(draft, raw)
    draft.say("division:framework")
    _late(draft, "raw", raw, ONE)
    return raw


# The backward pass and the step


def backward(draft: Draft, divided: str) -> None:
    if divided.startswith("!"):  # the helper has run backward itself
        draft.put("backward", divided[1:])
        return
    if draft.shape.name == "accelerate":
        draft.put("backward", f"{draft.own('accelerator')}.backward({divided})")
        return
    if draft.shape.name == "deepspeed":
        _engine_backward(draft, divided)
        return
    way = draft.pick("plain", "plain", "plain", "plain", "mean", "scaler", "scaler", "scaled-name", "fabric",
                     "accelerator-of-one", "autograd")  # fmt: skip
    draft.say(f"backward:{way}")
    if way in ("scaler", "scaled-name"):
        scaler = draft.need("scaler", "scaler", "grad_scaler")
        scaled = f"{scaler}.scale({divided.removeprefix('(').removesuffix(')')})"
        if way == "scaled-name":
            name = draft.fresh("amp_loss", "loss_scaled")
            draft.put("backward", f"{name} = {scaled}", f"{name}.backward()")
            _late(draft, "amp-scaled", name, (ONE / N if draft.gradient == 0 else ONE) * S)
            return
        draft.put("backward", f"{scaled}.backward()")
    elif way == "autograd":
        draft.imports.add("import torch")
        draft.put("backward", f"torch.autograd.backward([{divided}])")
    elif way == "fabric":
        draft.imports.add("from lightning.fabric import Fabric")
        fabric = draft.own("fabric")
        draft.put("init", f"{fabric} = Fabric()")
        draft.put("backward", f"{fabric}.backward({divided})")
    elif way == "accelerator-of-one":
        draft.imports.add("from accelerate import Accelerator")
        accelerator = draft.own("accelerator")
        draft.put("init", f"{accelerator} = Accelerator()")
        draft.put("backward", f"{accelerator}.backward({divided})")
    else:
        draft.put("backward", f"{divided}.mean().backward()" if way == "mean" else f"{divided}.backward()")


def _engine_backward(draft: Draft, loss: str) -> None:
    way = draft.pick("statement", "statement", "returned", "rebound")
    engine = draft.own("engine")
    draft.say(f"backward:engine-{way}")
    if way == "statement":
        draft.put("backward", f"{engine}.backward({loss})")
        return
    if way == "returned":
        name = draft.fresh("returned_loss", "engine_loss")
        draft.put("backward", f"{name} = {engine}.backward({loss})")
        _late(draft, "returned-divided", name, (ONE / N) if draft.gradient == 0 else (ONE / N / N))
        return
    draft.put("backward", f"{loss} = {engine}.backward({loss})")
    draft.sources[:] = [
        Source(s.label + "-by-engine", s.text, s.power / N) if s.text == loss and s.slot == "late" else s
        for s in draft.sources
    ]


def step(draft: Draft) -> list[str]:
    """The lines of one optimizer step."""
    if draft.shape.name == "deepspeed":
        return [f"{draft.own('engine')}.step()"]
    optimizer = draft.need("optimizer", "optimizer", "optim", "opt")
    lines = []
    scaler = draft.needs.get("scaler")
    if draft.chance(0.2) and draft.shape.name != "accelerate":
        draft.imports.add("import torch")
        model = draft.need("model", "model")
        if scaler:
            lines.append(f"{draft.need('scaler')}.unscale_({optimizer})")
        lines.append(f"torch.nn.utils.clip_grad_norm_({model}.parameters(), 1e9)")
    if scaler:
        lines += [f"{draft.need('scaler')}.step({optimizer})", f"{draft.need('scaler')}.update()"]
    else:
        lines.append(f"{optimizer}.step()")
    if draft.chance(0.2) and draft.shape.name != "accelerate":
        lines.append(f"{draft.need('scheduler', 'scheduler', 'lr_scheduler')}.step()")
    lines.append(f"{optimizer}.zero_grad({draft.pick('', 'set_to_none=True')})")
    return lines


# The value that is added


@dataclass(frozen=True)
class Value:
    text: str
    power: Power
    number: bool
    """False: a detached tensor."""


_NUMBERS = (
    *(".item()",) * 3, "float", ".tolist()", ".detach().item()", ".detach().cpu().item()", ".mean().item()",
    ".cpu().item()", ".detach().cpu().numpy()",
)  # fmt: skip
_TENSORS = (".detach()", ".detach()", ".data", ".detach().cpu()", ".detach().clone()", ".detach().float()")


def value_of(draft: Draft, source: Source, *, number: bool | None, numpy: bool = True) -> Value:
    """The source without its graph; ``number`` asks for a float (True) or a tensor (False)."""
    if not source.tensor:
        return Value(source.text, source.power, True)
    if number is None:
        number = draft.chance(0.7)
    taken = draft.pick(*(_NUMBERS if number else _TENSORS))
    # A numpy array shares the memory of its tensor: taken before an in-place division it is divided too.
    if "numpy" in taken and (not numpy or source.slot == "early"):
        taken = ".item()"
    draft.say(f"value:{taken}")
    text = f"float({source.text})" if taken == "float" else source.text + taken
    return Value(text, source.power, number)


def weigh(draft: Draft, value: Value) -> Value:
    """Sometimes times N, over N, or times the batch size."""
    n = draft.frame.n
    way = draft.random.choices(
        ["plain", "times-n", "over-n", "times-batch"], [14, 2, 1, 3 if draft.reduction_known else 0]
    )[0]
    if way == "plain":
        return value
    draft.say(f"weight:{way}")
    if way == "times-batch":
        size = draft.pick("x.size(0)", "x.shape[0]", "len(x)", "y.size(0)")
        return Value(f"{value.text} * {size}", value.power * B, value.number)
    if way == "times-n":
        return Value(f"{value.text} * {n}", value.power * N, value.number)
    return Value(f"{value.text} / {n}", value.power / N, value.number)


def divisor(draft: Draft, scope: str) -> tuple[str, Power]:
    """What a sum over an epoch is divided by: ('', ONE) for nothing; text begins with its operator."""
    loader, n = draft.need("loader", "loader"), draft.frame.n
    ways = {"batches": 3, "updates": 4, "none": 1}
    if draft.reduction_known:
        ways["samples"] = 1
    if scope == "reset":
        ways |= {
            "len": 5,
            "windows": 2,
            "windows-true": 1 if not draft.shape.big_batches else 0,
            "n-over-len": 1,
        }
        ways["index"] = 3 if draft.shape.count in ("i + 1", "i") else 0
        ways["dataset"] = 1 if draft.reduction_known else 0
    way = draft.random.choices(list(ways), list(ways.values()))[0]
    draft.say(f"divisor:{way}")
    if way == "none":
        return "", ONE
    if way in ("batches", "updates", "samples"):
        name = draft.counter(way, scope)
        unit = {"batches": M, "updates": M / N, "samples": M * B}[way]
        return f" / {name}" if draft.chance(0.7) else f" / max({name}, 1)", unit
    if way == "n-over-len":
        iterations = draft.shape.iterations.format(loader=loader, n=n)
        return f" * {n} / ({iterations})" if "*" in iterations else f" * {n} / {iterations}", M / N
    if way == "dataset":
        return f" / len({loader}.dataset)", M * B
    if way == "index":
        return f" / ({draft.shape.count})", M
    if way == "windows-true":
        return f" / (len({loader}) / {n})", M / N
    text = (draft.shape.iterations if way == "len" else draft.shape.windows).format(loader=loader, n=n)
    return f" / ({text})" if " " in text else f" / {text}", M if way == "len" else M / N
