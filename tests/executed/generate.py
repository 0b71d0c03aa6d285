"""Whole training programs, drawn from a seed: a frame, a loop, a division, a step, and one to three metrics.

Every program says beforehand what each of its reports must turn out to be; that is checked by running it,
so a mistake in the algebra here cannot pass for a mistake of the linter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .draft import MICRO_SLOTS, Draft, Frame, Line, Shape, Source, Track
from .idioms import FRAMEWORK_SHAPES, SHAPES, backward, divide, forward, step, value_of
from .metrics import add_metric
from .program import Program, prepare

N_NAMES = (
    "accum_steps", "gradient_accumulation_steps", "accumulation_steps", "accum_iter", "grad_accum",
    "accumulate_every", "acc_steps", "grad_accum_steps", "accum", "n_accum", "gradient_accumulation",
)  # fmt: skip
BATCH_NAMES = (("x", "y"), ("inputs", "targets"), ("images", "labels"), ("data", "target"), ("xb", "yb"))
INDEX_NAMES = ("i", "step", "batch_idx", "idx", "it", "iteration")


@dataclass(frozen=True)
class Expected:
    """One metric of a generated program."""

    track: Track
    rows: frozenset[int]
    """The lines that belong to this metric alone."""
    report_row: int
    report_position: int
    """Which of the values reported in that row, from 0."""


@dataclass(frozen=True)
class Generated:
    seed: int
    text: str
    entry: str | None
    metrics: tuple[Expected, ...]
    idioms: tuple[str, ...]
    gradient: int
    """What the gradient's exponent must be: 0, +1 (nobody divides), -1 (two divide)."""
    tail: bool
    big_batches: bool
    epochs: int
    invariant: bool
    """The same training for every N, to the last bit but rounding."""
    reference: bool = field(default=False)
    """The training of :func:`tests.executed.reference.train`, so that epoch means can be compared with it."""

    def program(self) -> Program:
        return prepare(self.text, self.entry)


def generate(seed: int) -> Generated:
    """The program of this seed; the same for ever, as long as the idioms stay."""
    draft = Draft(seed)
    draft.frame = _frame(draft)
    draft.shape = draft.random.choice((*SHAPES * 2, *FRAMEWORK_SHAPES * 3))
    draft.epochs = draft.chance(0.35)
    draft.tail = draft.chance(0.3)
    draft.say(f"frame:{draft.frame.name}")
    draft.say(f"step:{draft.shape.name}")
    _begin(draft)
    raw = draft.fresh("loss", "raw_loss", "loss", "batch_loss", "ce", "objective")
    forward(draft, raw)
    backward(draft, divide(draft, raw))
    returned = _what_the_micro_batch_returns(draft)
    tracks = [add_metric(draft, index) for index in range(draft.random.choices((1, 2, 3), (5, 3, 1))[0])]
    _noise(draft)
    lines, entry = _assemble(draft, returned)
    return _finished(draft, tracks, lines, entry)


# Frames


def _frame(draft: Draft) -> Frame:
    name = draft.fresh(*N_NAMES)
    kind = draft.pick(
        "function", "function", "function", "arguments", "alias", "config", "closure", "script-constant",
        "script-arguments", "class", "class", "class-split", "settings",
    )  # fmt: skip
    if kind in ("function", "closure"):
        return Frame(kind, name, name, split=kind == "closure")
    if kind in ("class", "class-split"):
        return Frame(kind, f"self.{name}", name, attributes=True, split=kind == "class-split")
    if kind == "script-constant":
        name = draft.pick(name, name.upper())
        draft.put("init", f"{name} = 4")
        return Frame(kind, name, None)
    if kind == "settings":
        return _settings(draft, name)
    holder = draft.fresh("cfg", "config") if kind == "config" else draft.fresh("args", "opts", "hparams")
    spelled = f'{holder}["{name}"]' if kind == "config" else f"{holder}.{name}"
    if kind == "alias":
        local = draft.fresh("accum_n", "n_accum_steps", "accum_every")
        draft.put("init", f"{local} = {spelled}")
        return Frame(kind, local, holder)
    return Frame(kind, spelled, holder)


def _settings(draft: Draft, name: str) -> Frame:
    """N is one of the settings that a function of the file puts together."""
    holder, maker = draft.fresh("args", "opts", "settings"), draft.fresh("parse_args", "read_settings", "get_config")
    module, kind = draft.pick(("argparse", "Namespace"), ("types", "SimpleNamespace"))
    draft.imports.add(f"import {module}")
    made = f"made = {module}.{kind}({name}=value, seed=0)"
    draft.put("top", f"def {maker}(value):", f"    {made}", "    made.verbose = False", "    return made", "", "")
    draft.put("init", f"{holder} = {maker}({name})")
    return Frame("settings", f"{holder}.{name}", name)


def _begin(draft: Draft) -> None:
    """What stands before the loop because of the shape or the framework."""
    loader = draft.need("loader", "loader", "train_loader", "dataloader", "data_loader", "train_dataloader")
    name = draft.shape.name
    if name == "accelerate":
        draft.imports.add("from accelerate import Accelerator")
        accelerator = draft.own("accelerator")
        draft.put("init", f"{accelerator} = Accelerator(gradient_accumulation_steps={draft.frame.n})")
        model, optimizer = draft.need("model", "model"), draft.need("optimizer", "optimizer")
        things = f"{model}, {optimizer}, {loader}"
        draft.put("init", f"{things} = {accelerator}.prepare({things})")
    elif name == "deepspeed":
        draft.imports.add("import deepspeed")
        model = draft.need("model", "model", "net", "network")
        config = f'{{"gradient_accumulation_steps": {draft.frame.n}}}'
        draft.put("init", f"{draft.own('engine')}, _, _, _ = deepspeed.initialize(model={model}, config={config})")
    elif name == "counter":
        seen = draft.own(draft.fresh("seen", "batch_no", "n_iter", "iters"))
        draft.put("reset", f"{seen} = 0")
        draft.shape = Shape(**{**vars(draft.shape), "count": seen})
    if draft.shape.inner is False and draft.chance(0.25):
        draft.progress = draft.fresh("pbar", "progress_bar", "bar")
        draft.imports.add("from tqdm import tqdm")
        draft.put("reset", f"{draft.progress} = tqdm({loader})")


def _what_the_micro_batch_returns(draft: Draft) -> str | None:
    """Where the micro-batch is a function: sometimes its loss is returned, and added by the caller."""
    if not draft.frame.split or draft.chance(0.4):
        return None
    late = [source for source in draft.sources if source.slot == "late"]
    source = draft.random.choice(late)
    for slot, line in source.before:
        draft.put(slot, line)
    value = value_of(draft, source, number=None, numpy=False)
    name = draft.fresh("step_value", "micro_value", "returned", "batch_value")
    draft.sources = [Source(f"{source.label}-returned", name, source.power, tensor=not value.number, slot="called")]
    draft.returned_name = name
    return value.text


# Noise: lines that say nothing about the loss


def _noise(draft: Draft) -> None:
    if draft.chance(0.3):
        draft.imports.add("import time")
        draft.slots["init"].append(Line("started = time.time()"))
        draft.slots["end"].append(Line('print(f"took {time.time() - started:.1f}s")'))
    if draft.chance(0.3) and not draft.frame.split:
        draft.slots["reset"].append(Line("correct = 0"))
        draft.slots["late"].append(Line("correct += int((y > 0).sum())"))
        draft.slots["end"].append(Line(f"print('accuracy', correct / len({draft.need('loader')}.dataset))"))
    if draft.chance(0.3):
        draft.slots["forward"].insert(0, Line('x, y = x.to("cpu"), y.to("cpu")'))
    if draft.chance(0.4):
        slot = draft.pick("forward", "late", "reset", "boundary")
        comments = (
            "# one micro-batch",
            "# TODO: mixed precision",
            "# loss = loss / 2",
            "# keep the graph small",
        )
        if draft.slots[slot]:
            draft.slots[slot].append(Line(draft.pick(*comments)))
    if draft.chance(0.25):
        draft.slots["reset"].append(Line(f"{draft.need('model')}.train()"))
    if draft.chance(0.2) and draft.frame.name in ("function", "arguments", "script-constant"):
        _validation(draft)


def _validation(draft: Draft) -> None:
    """A validation loop with the very same words, which has no window and is right."""
    draft.imports.update(("import torch", "import torch.nn.functional as F"))
    model, loader = draft.need("model"), draft.need("loader")
    total = draft.fresh("val_loss", "valid_loss", "eval_loss")
    lines = (
        f"{model}.eval()",
        f"{total} = 0.0",
        "with torch.no_grad():",
        f"    for vx, vy in {loader}:",
        f"        {total} += F.mse_loss({model}(vx), vy).item()",
        f'print("validation", {total} / len({loader}))',
    )
    draft.slots["end"].extend(Line(text) for text in lines)


# From slots to a text


def _assemble(draft: Draft, returned: str | None) -> tuple[list[Line], str | None]:
    micro = [line for slot in MICRO_SLOTS for line in draft.slots[slot]]
    function: list[Line] = []
    if draft.frame.split:
        function, micro = _micro_function(draft, micro, returned)
    micro += draft.slots["called"]
    epoch = [*draft.slots["reset"], *_loop(draft, micro), *draft.slots["end"]]
    if draft.epochs:
        epochs = draft.need("epochs", "epochs", "num_epochs")
        epoch = [Line(f"for epoch in range({epochs}):"), *(line.indented(1) for line in epoch)]
    body = [*draft.slots["init"], *(function if not draft.frame.attributes else []), *epoch]
    method = function if draft.frame.attributes else []
    lines, entry = _framed(draft, body, method)
    top = draft.slots["top"]
    imports = [Line(text) for text in sorted(draft.imports, key=_import_order)]
    return [*imports, Line(""), *top, *lines], entry


def _import_order(text: str) -> tuple[bool, str]:
    return text.startswith("from"), text


def _micro_function(draft: Draft, micro: list[Line], returned: str | None) -> tuple[list[Line], list[Line]]:
    """The micro-batch as a method or a nested function, and the line that calls it."""
    name = draft.fresh("training_step", "micro_step", "run_batch", "process_batch")
    assigned = {match[1] for line in micro if (match := re.match(r"\s*(\w+) (?:[-+*/]?=)(?!=) ?", line.text))}
    shared = sorted(assigned & draft.places)
    body = [Line(f"nonlocal {', '.join(shared)}")] if shared and not draft.frame.attributes else []
    body += micro
    if returned:
        body.append(Line(f"return {returned}"))
    parameters, callee = ("self, x, y", f"self.{name}") if draft.frame.attributes else ("x, y", name)
    call = f"{draft.returned_name} = {callee}(x, y)" if returned else f"{callee}(x, y)"
    return [Line(f"def {name}({parameters}):"), *(line.indented(1) for line in body), Line("")], [Line(call)]


def _framed(draft: Draft, body: list[Line], method: list[Line]) -> tuple[list[Line], str | None]:
    frame = draft.frame
    reports = _return_lines(draft)
    loader = draft.needs["loader"]
    outside = [name for kind, name in draft.needs.items() if kind != "loader"]
    if frame.name.startswith("script"):
        names = sorted({*outside, loader, *([frame.n_parameter] if frame.n_parameter else [])})
        return [Line(f"from common import {', '.join(names)}"), Line(""), *body, *reports], None
    if frame.attributes:
        return _class(draft, [*body, *reports], method, outside)
    parameters = [*outside, loader, str(frame.n_parameter)]
    draft.random.shuffle(parameters)
    name = draft.fresh("train", "train_one_epoch", "train_epoch", "run_epoch", "fit")
    header = Line(f"def {name}({', '.join(dict.fromkeys(parameters))}):")
    return [header, *(line.indented(1) for line in [*body, *reports])], name


def _class(draft: Draft, body: list[Line], method: list[Line], outside: list[str]) -> tuple[list[Line], str]:
    name, fit = draft.fresh("Trainer", "Runner", "Learner"), draft.fresh("fit", "train", "train_epoch")
    attributes = [*outside, str(draft.frame.n_parameter)]
    lines = [Line(f"class {name}:"), Line(f"    def __init__(self, {', '.join(attributes)}):")]
    lines += [Line(f"        self.{attribute} = {attribute}") for attribute in attributes]
    lines += [Line(""), *(line.indented(1) for line in method)]
    lines += [Line(f"    def {fit}(self, {draft.needs['loader']}):"), *(line.indented(2) for line in body)]
    return lines, f"{name}.{fit}"


def _return_lines(draft: Draft) -> list[Line]:
    """All returning metrics share one statement; a script has none, and prints."""
    if not draft.returns:
        return []
    texts = [text for text, _ in draft.returns]
    if draft.frame.name.startswith("script"):
        return [Line(f'print("loss:", {text})', track, reports=True) for text, track in draft.returns]
    if len(texts) == 1:
        text = texts[0] if draft.chance(0.8) else f'{{"loss": {texts[0]}}}'
        return [Line(f"return {text}", draft.returns[0][1], reports=True)]
    if draft.chance(0.5):
        return [Line(f"return {', '.join(texts)}", None, reports=True)]
    entries = ", ".join(f'"loss{index}": {text}' for index, text in enumerate(texts))
    return [Line(f"return {{{entries}}}", None, reports=True)]


def _block(lines: list[Line]) -> list[Line]:
    return [line.indented(1) for line in lines] or [Line("    pass")]


def _loop(draft: Draft, micro: list[Line]) -> list[Line]:
    """The loop over an epoch, with the step guard of the draft's shape."""
    loader, n = draft.need("loader"), draft.frame.n
    over = draft.progress or loader
    steps = [Line(text) for text in step(draft)]
    at_step = [*steps, *draft.slots["boundary"]]
    after = draft.slots["after"]
    enumerated = [Line(f"for i, (x, y) in enumerate({over}):")]
    name = draft.shape.name
    if name == "accelerate":
        inside = [*micro, *steps]
        accelerator = draft.own("accelerator")
        body = [Line(f"with {accelerator}.accumulate({draft.need('model')}):"), *_block(inside)]
        if draft.slots["boundary"]:
            body += [Line(f"if {accelerator}.sync_gradients:"), *_block(draft.slots["boundary"])]
        return [*enumerated, *_block([*body, *after])]
    if name == "deepspeed":
        body = list(micro)
        if draft.slots["boundary"]:
            boundary = f"{draft.own('engine')}.is_gradient_accumulation_boundary()"
            guard = draft.pick(boundary, f"(i + 1) % {n} == 0")
            body += [Line(f"if {guard}:"), *_block(draft.slots["boundary"])]
        return [*enumerated, *_block([*body, *steps, *after])]
    if name == "modulo-from-one":
        start = draft.pick("1", "start=1")
        header = [Line(f"for i, (x, y) in enumerate({over}, {start}):")]
        return [*header, *_block([*micro, Line(f"if i % {n} == 0:"), *_block(at_step), *after])]
    if name == "counter":
        seen = draft.shape.count
        counting = [Line(f"{seen} += 1")]
        first = draft.chance(0.5)
        body = [*(counting if first else []), *micro, *([] if first else counting)]
        body += [Line(f"if {seen} % {n} == 0:"), *_block(at_step), *after]
        return [Line(f"for x, y in {over}:"), *_block(body)]
    if name == "continue":
        skip = [Line(f"if (i + 1) % {n} != 0:"), Line("    continue")]
        return [*enumerated, *_block([*micro, *after, *skip, *at_step])]
    if name == "pending":
        pending = draft.fresh("pending", "in_window", "accumulated")
        body = [
            *micro,
            Line(f"{pending} += 1"),
            Line(f"if {pending} == {n}:"),
            *_block([*at_step, Line(f"{pending} = 0")]),
        ]
        return [Line(f"{pending} = 0"), Line(f"for x, y in {over}:"), *_block([*body, *after])]
    if name == "flush":
        flushed = [Line(f"if len({loader}) % {n} != 0:"), *_block(steps)]
        body = [*micro, Line(f"if (i + 1) % {n} == 0:"), *_block(at_step), *after]
        return [*enumerated, *_block(body), *flushed]
    if draft.shape.inner:
        return _inner_loop(draft, micro, at_step)
    guard = {
        "modulo": f"(i + 1) % {n} == 0",
        "modulo-zero-based": f"i % {n} == 0",
        "modulo-or-last": f"(i + 1) % {n} == 0 or (i + 1) == len({loader})",
        "flag": f"(i + 1) % {n} == 0 or i == len({loader}) - 1",
    }[name]
    before: list[Line] = []
    if name == "flag":
        flag = draft.fresh("is_boundary", "should_step", "update_grad", "sync")
        line = [Line(f"{flag} = {guard}")]
        before, micro = (line, micro) if draft.chance(0.5) else ([], [*micro, *line])
        guard = flag
    return [*enumerated, *_block([*before, *micro, Line(f"if {guard}:"), *_block(at_step), *after])]


def _inner_loop(draft: Draft, micro: list[Line], at_step: list[Line]) -> list[Line]:
    loader, n = draft.need("loader"), draft.frame.n
    if draft.shape.name == "nested-range":
        batches = draft.fresh("batches", "data_iter", "iterator")
        inner = [Line(f"for _ in range({n}):"), *_block([Line(f"x, y = next({batches})"), *micro])]
        header = [Line(f"{batches} = iter({loader})"), Line(f"for window in range(len({loader}) // {n}):")]
        return [*header, *_block([*inner, *at_step])]
    if draft.shape.name == "chunks":
        inner = [Line(f"for x, y in zip(big_x.chunk({n}), big_y.chunk({n})):"), *_block(micro)]
        return [Line(f"for big_x, big_y in {loader}:"), *_block([*inner, *at_step])]
    window = draft.fresh("window", "micro_batches", "buffer")
    gather = [Line(f"{window}.append(batch)"), Line(f"if len({window}) < {n}:"), Line("    continue")]
    inner = [Line(f"for x, y in {window}:"), *_block(micro)]
    body = [*gather, *inner, *at_step, Line(f"{window} = []")]
    return [Line(f"{window} = []"), Line(f"for batch in {loader}:"), *_block(body)]


# The names of the batch, and where everything ended up


def _finished(draft: Draft, tracks: list[Track], lines: list[Line], entry: str | None) -> Generated:
    renamed = _renaming(draft)
    text = "\n".join(re.sub(r"\b(x|y|i)\b", lambda m: renamed[m[0]], line.text) for line in lines) + "\n"
    metrics = tuple(_expected(draft, track, lines) for track in tracks)
    invariant = draft.gradient == 0 and not draft.tail and draft.shape.even
    return Generated(
        seed=draft.seed,
        text=text,
        entry=entry,
        metrics=metrics,
        idioms=tuple(draft.idioms),
        gradient=draft.gradient,
        tail=draft.tail,
        big_batches=draft.shape.big_batches,
        epochs=2 if draft.epochs else 1,
        invariant=invariant,
        reference=invariant and "loss:two-losses" not in draft.idioms,
    )


def _renaming(draft: Draft) -> dict[str, str]:
    pairs = [pair for pair in BATCH_NAMES if not draft.used & set(pair)]
    x, y = draft.random.choice(pairs)
    index = draft.random.choice([name for name in INDEX_NAMES if name not in draft.used])
    return {"x": x, "y": y, "i": index}


def _expected(draft: Draft, track: Track, lines: list[Line]) -> Expected:
    rows = frozenset(row for row, line in enumerate(lines, 1) if line.track == track.index)
    own = [row for row, line in enumerate(lines, 1) if line.reports and line.track == track.index]
    if own:
        return Expected(track, rows, own[0], 0)
    shared = next(row for row, line in enumerate(lines, 1) if line.reports and line.track is None)
    position = [index for _, index in draft.returns].index(track.index)
    return Expected(track, rows, shared, position)
