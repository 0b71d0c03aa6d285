"""Metrics: where a loss is added up, over which period, what it is divided by, and how it leaves the loop."""

from __future__ import annotations

from dataclasses import dataclass

from .draft import ONE, Draft, M, N, Source, Track
from .idioms import Value, divisor, value_of, weigh
from .measure import Power

ROOTS = (
    "train_loss", "running_loss", "total_loss", "epoch_loss", "loss_sum", "cum_loss", "tr_loss", "sum_loss",
    "loss_total", "running", "avg_loss", "acc_loss", "loss_accum", "loss_epoch", "mean_loss", "objective_sum",
)  # fmt: skip
METER = """class {name}:
    def __init__(self):
        self.reset()

    def reset(self):
        self.sum = 0.0
        self.count = 0
        self.avg = 0.0

    def update(self, val, n=1):
        self.sum += val * n
        self.count += n
        self.avg = self.sum / self.count


"""
SMALL_METER = """class {name}:
    def __init__(self):
        self.total, self.n = 0.0, 0

    def update(self, value, n=1):
        self.total += value * n
        self.n += n

    @property
    def avg(self):
        return self.total / max(self.n, 1)


"""


@dataclass(frozen=True)
class Accumulated:
    """What has been added up, ready to be divided."""

    total: str
    each: Power
    """What one add contributes (a sum), or what the whole is (a mean)."""
    is_mean: bool
    reset: str
    """The line that begins a new period."""
    number: bool = True
    exact: bool = True
    """Every value of the period counts the same."""


def add_metric(draft: Draft, index: int) -> Track:
    """Draws a whole metric: source, value, adding, period, divisor, report."""
    track = draft.track = Track(index)
    source = _source(draft)
    for slot, line in source.before:
        draft.put(slot, line)
    periods = {
        "epoch": 12, "window": 3, "interval-updates": 2, "interval-batches": 2, "prefix-updates": 1,
        "prefix-batches": 1, "last": 1, "micro": 2,
    }  # fmt: skip
    if draft.shape.count is None:
        del periods["interval-batches"], periods["prefix-batches"]
    if draft.shape.name in ("accelerate", "deepspeed"):
        del periods["window"]
    period = draft.random.choices(list(periods), list(periods.values()))[0]
    draft.say(f"period:{period}")
    track.reduction_known = draft.reduction_known
    if period == "micro":
        _shown_at_once(draft, source)
    elif period == "last":
        _last_value(draft, source)
    elif period == "epoch":
        _over_the_epoch(draft, source)
    else:
        _over_an_interval(draft, source, period)
    draft.track = None
    return track


def _source(draft: Draft) -> Source:
    weights = [3 if source.label in ("raw", "divided") else 1 for source in draft.sources]
    source = draft.random.choices(draft.sources, weights)[0]
    draft.say(f"source:{source.label}")
    return source


def _early_number(source: Source) -> bool | None:
    # A tensor (or its numpy array) kept before an in-place division is divided with the loss.
    return True if source.slot == "early" else None


def _taken(draft: Draft, source: Source, number: bool | None = None) -> Value:
    early = _early_number(source)
    return weigh(draft, value_of(draft, source, number=early if early is not None else number))


# Without a sum


def _shown_at_once(draft: Draft, source: Source) -> None:
    track = _current(draft)
    value = value_of(draft, source, number=True)
    track.power, track.metric = value.power, source.text
    _report(draft, source.slot, value.text)


def _last_value(draft: Draft, source: Source) -> None:
    track = _current(draft)
    # With a tail the last micro-batch is a short one, and its size is no power of anything.
    value = value_of(draft, source, number=True) if draft.tail else _taken(draft, source, number=True)
    name = draft.own(draft.fresh("last_loss", "current_loss", "latest", "step_loss_value"))
    draft.put("init", f"{name} = 0.0")
    draft.places.add(name)
    draft.put(source.slot, f"{name} = {value.text}")
    track.power, track.metric = value.power, name
    _report(draft, draft.pick("end", "boundary"), name)


# Sums and means


def _over_the_epoch(draft: Draft, source: Source) -> None:
    track = _current(draft)
    scope = "reset" if not draft.epochs or draft.chance(0.8) else "init"
    draft.say(f"scope:{scope}")
    sums = _accumulate(draft, source, scope, may_skip=True)
    track.exact = sums.exact and scope == "reset"
    if sums.is_mean:
        track.power = sums.each
        quotient = sums.total
    else:
        over, unit = divisor(draft, scope)
        track.power = sums.each / unit
        quotient = sums.total + over
    _finish(draft, "end", quotient)


def _over_an_interval(draft: Draft, source: Source, period: str) -> None:
    """Reported at the boundary, or every K steps or micro-batches, and begun again."""
    track = _current(draft)
    prefix = period.startswith("prefix")
    sums = _accumulate(draft, source, "reset", may_skip=False, numbers_only=prefix, sums_only=prefix)
    n, interval = draft.frame.n, _interval(draft) if period != "window" else ""
    slot, levels = _open_interval(draft, period, interval)
    contribution = ONE if period.endswith("batches") else N
    choices = [("", ONE), (f" / {n}", N)] if period == "window" else [
        (f" / {interval}", ONE), (f" / {interval}", ONE), (f" / ({interval} * {n})", N), ("", ONE)
    ]  # fmt: skip
    over, unit = ("", ONE) if sums.is_mean else draft.random.choice(choices)
    track.power = sums.each / unit * (ONE if sums.is_mean else contribution)
    draft.say(f"divisor:{'mean' if sums.is_mean else over.replace(n, 'N').replace(interval or '#', 'K') or 'none'}")
    reset = sums.reset
    total = sums.total
    if prefix:
        last = draft.own(draft.fresh("last_total", "prev_loss", "logged_loss", "logging_loss"))
        draft.put("reset", f"{last} = 0.0")
        draft.places.add(last)
        reset, total = f"{last} = {total}", f"({total} - {last})"
    _finish(draft, slot, total + over, levels=levels)
    draft.put(slot, "    " * levels + reset)


def _open_interval(draft: Draft, period: str, interval: str) -> tuple[str, int]:
    """The slot of the report and how deep it stands there."""
    if period == "window":
        return "boundary", 0
    if period.endswith("batches"):
        count = str(draft.shape.count)
        counted = f"({count})" if "+" in count else count
        draft.put("after", f"if {counted} % {interval} == 0:")
        return "after", 1
    draft.put("boundary", f"if {draft.counter('updates', draft.pick('init', 'reset'))} % {interval} == 0:")
    return "boundary", 1


def _interval(draft: Draft) -> str:
    return draft.pick("2", draft.need("interval", "log_every", "log_interval", "logging_steps", "print_freq"))


def _current(draft: Draft) -> Track:
    assert draft.track is not None
    return draft.track


@dataclass(frozen=True)
class _Place:
    text: str
    start: str
    """Line that (re)initialises it with {value}."""


def _place(draft: Draft, scope: str, value: str) -> _Place:
    """A name, an attribute or a dict entry, initialised at the start of the period."""
    root = draft.fresh(*ROOTS)
    kinds = ["name"] * 5 + ["dict", "defaultdict", "element"]
    if draft.frame.attributes:
        kinds = ["attribute"] if draft.frame.split else ["attribute"] * 3 + kinds
    kind = draft.pick(*kinds)
    draft.say(f"place:{kind}")
    if kind == "name":
        draft.put(scope, f"{root} = {value}")
        draft.places.add(root)
        return _Place(root, f"{root} = {value}")
    if kind == "attribute":
        draft.put(scope, f"self.{root} = {value}")
        return _Place(f"self.{root}", f"self.{root} = {value}")
    if kind == "element":
        draft.put(scope, f"{root} = [{value}]")
        return _Place(f"{root}[0]", f"{root}[0] = {value}")
    key = draft.pick("loss", "train_loss", "train/loss")
    entry = f'{root}["{key}"]'
    if kind == "dict" or value != "0.0":
        draft.put(scope, f'{root} = {{"{key}": {value}}}')
    else:
        draft.imports.add("from collections import defaultdict")
        draft.put(scope, f"{root} = defaultdict(float)")
    return _Place(entry, f"{entry} = {value}")


def _accumulate(
    draft: Draft,
    source: Source,
    scope: str,
    *,
    may_skip: bool,
    numbers_only: bool = False,
    sums_only: bool = False,
) -> Accumulated:
    """Adds the value up; ``each`` is what the sum over one epoch (``may_skip``) or one add comes to."""
    ways = {"augmented": 10, "assigned": 2, "assigned-left": 1, "none-start": 1, "none-begun": 1, "entry-begun": 1}
    if not numbers_only:
        ways |= {"tensor": 2}
    if not sums_only:
        ways |= {"list": 4, "meter": 4, "deque": 1, "incremental": 1, "moving-average": 1, "list-sum": 1}
    if may_skip and draft.shape.even and draft.shape.name not in ("accelerate", "deepspeed"):
        ways["two-level"] = 2
    way = draft.random.choices(list(ways), list(ways.values()))[0]
    draft.say(f"adding:{way}")
    if way == "two-level":
        return _two_levels(draft, source, scope)
    if way in ("list", "deque", "meter", "incremental", "moving-average"):
        return _mean(draft, source, scope, way)
    slot, rate = source.slot, M if may_skip else ONE
    at_boundary = source.slot == "late" and not draft.frame.split and draft.shape.name != "deepspeed"
    if may_skip and at_boundary and draft.chance(0.08):
        draft.say("added:at-the-boundary")
        slot, rate = "boundary", M / N
    return _sum(draft, source, scope, way, slot, rate, numbers_only)


def _sum(draft: Draft, source: Source, scope: str, way: str, slot: str, rate: Power, numbers_only: bool) -> Accumulated:
    exact = slot != "boundary"
    if way == "list-sum":
        value = _taken(draft, source, True)
        place = _place(draft, scope, "[]")
        draft.put(slot, f"{place.text}.append({value.text})")
        _current(draft).metric = place.text
        return Accumulated(f"sum({place.text})", value.power * rate, False, place.start, exact=exact)
    if way == "tensor" and source.tensor and source.slot != "early":
        draft.imports.add("import torch")
        value = _taken(draft, source, False)
        place = _place(draft, scope, draft.pick("torch.zeros(())", "torch.tensor(0.0)"))
        add = draft.pick("{place} += {value}", "{place}.add_({value})", "{place} = {place} + {value}")
        draft.put(slot, add.format(place=place.text, value=value.text))
        _current(draft).metric = place.text
        total = draft.pick(place.text, f"{place.text}.item()")
        return Accumulated(total, value.power * rate, False, place.start, number=False, exact=exact)
    if way in ("none-begun", "entry-begun"):
        return _begun_sum(draft, source, scope, way, slot, rate, exact)
    value = _taken(draft, source, None if way == "augmented" and not numbers_only else True)
    place = _place(draft, scope, "None" if way == "none-start" else draft.pick("0.0", "0.0", "0"))
    add = {
        "assigned": "{place} = {place} + {value}",
        "assigned-left": "{place} = {value} + {place}",
        "none-start": "{place} = {value} if {place} is None else {place} + {value}",
    }.get(way, "{place} += {value}")
    draft.put(slot, add.format(place=place.text, value=value.text))
    _current(draft).metric = place.text
    return Accumulated(place.text, value.power * rate, False, place.start, exact=exact)


def _begun_sum(draft: Draft, source: Source, scope: str, way: str, slot: str, rate: Power, exact: bool) -> Accumulated:
    """A sum that begins where it is added to."""
    # An array that is added to in place would change what was copied of it.
    value = weigh(draft, value_of(draft, source, number=True, numpy=False))
    if way == "entry-begun":
        root, key = ("self." if draft.frame.attributes else "") + draft.fresh(*ROOTS), draft.pick("loss", "train_loss")
        entry, start = f'{root}["{key}"]', f"{root} = {{}}"
        draft.put(scope, start)
        draft.put(slot, f'if "{key}" not in {root}:', f"    {entry} = 0.0", f"{entry} += {value.text}")
    else:
        place = _place(draft, scope, "None")
        entry, start = place.text, place.start
        draft.put(slot, f"if {entry} is None:", f"    {entry} = {value.text}", "else:", f"    {entry} += {value.text}")
    _current(draft).metric = entry
    return Accumulated(entry, value.power * rate, False, start, exact=exact)


def _two_levels(draft: Draft, source: Source, scope: str) -> Accumulated:
    """The window is summed first, and the sum goes into the total when the optimizer steps."""
    value = _taken(draft, source, True)
    window = draft.own(draft.fresh("window_loss", "accum_loss", "step_total", "macro_loss"))
    draft.put(scope, f"{window} = 0.0")
    draft.places.add(window)
    draft.put(source.slot, f"{window} += {value.text}")
    place = _place(draft, scope, "0.0")
    divides = draft.chance(0.3)
    draft.say(f"window:{'divided' if divides else 'summed'}")
    draft.put("boundary", f"{place.text} += {window}{' / ' + draft.frame.n if divides else ''}", f"{window} = 0.0")
    _current(draft).metric = place.text
    each = value.power * (M / N if divides else M)
    return Accumulated(place.text, each, False, place.start)


def _mean(draft: Draft, source: Source, scope: str, way: str) -> Accumulated:
    if way == "meter":
        return _meter(draft, source, scope)
    value = _taken(draft, source, True)
    track, slot = _current(draft), source.slot
    if way in ("list", "deque"):
        # The last few values of an epoch with a tail are of micro-batches of two sizes.
        sized = draft.tail and value.power.b != 0
        return _list_mean(draft, value, scope, slot, bounded=way == "deque" and not sized, whole=sized)
    if way == "moving-average":
        place = _place(draft, scope, "None")
        draft.put(slot, f"{place.text} = {value.text} if {place.text} is None else "
                  f"0.9 * {place.text} + 0.1 * {value.text}")  # fmt: skip
        track.metric = place.text
        return Accumulated(place.text, value.power, True, place.start, exact=False)
    count = draft.own(draft.fresh("k", "num_seen", "n_avg"))
    place = _place(draft, scope, "0.0")
    draft.put(scope, f"{count} = 0")
    draft.places.add(count)
    draft.put(slot, f"{count} += 1")
    draft.put(slot, draft.pick(
        f"{place.text} = {place.text} + ({value.text} - {place.text}) / {count}",
        f"{place.text} += ({value.text} - {place.text}) / {count}",
        f"{place.text} = ({place.text} * ({count} - 1) + {value.text}) / {count}",
    ))  # fmt: skip
    track.metric = place.text
    return Accumulated(place.text, value.power, True, f"{place.start}; {count} = 0")


def _list_mean(draft: Draft, value: Value, scope: str, slot: str, *, bounded: bool, whole: bool) -> Accumulated:
    if bounded:
        draft.imports.add("from collections import deque")
        place = _place(draft, scope, f"deque(maxlen={draft.pick('3', draft.frame.n)})")
    else:
        place = _place(draft, scope, "[]")
    draft.put(slot, f"{place.text}.append({value.text})")
    _current(draft).metric = place.text
    name = place.text
    way = draft.pick(f"np.mean({name})", f"sum({name}) / len({name})", f"statistics.fmean({name})",
                     f"torch.tensor({name}).mean().item()", f"np.mean({name}[-3:])")  # fmt: skip
    if ((bounded or whole) and "[-3:]" in way) or ("torch" in way and (bounded or "numpy" in value.text)):
        way = f"sum({name}) / len({name})"
    draft.say(f"mean:{way.replace(name, 'l')}")
    for module, line in (
        ("np.", "import numpy as np"),
        ("torch.", "import torch"),
        ("statistics.", "import statistics"),
    ):
        if way.startswith(module):
            draft.imports.add(line)
    return Accumulated(way, value.power, True, place.start, exact=not bounded and "[-3:]" not in way)


def _meter(draft: Draft, source: Source, scope: str) -> Accumulated:
    value = value_of(draft, source, number=True if source.slot == "early" else None)
    if draft.chance(0.12):
        value = Value(f"{value.text} * {draft.frame.n}", value.power * N, value.number)
        draft.say("weight:times-n")
    name = draft.fresh("AverageMeter", "Meter", "RunningMean", "Averager")
    draft.put("top", *draft.pick(METER, SMALL_METER).format(name=name).split("\n")[:-1])
    place = _place(draft, scope, f"{name}()")
    size = draft.pick("", "", ", x.size(0)", ", n=x.size(0)", ", n=len(x)")
    draft.say(f"meter:{'weighted' if size else 'plain'}")
    draft.put(source.slot, f"{place.text}.update({value.text}{size})")
    _current(draft).metric = place.text
    return Accumulated(f"{place.text}.avg", value.power, True, place.start)


# The report


def _finish(draft: Draft, slot: str, quotient: str, levels: int = 0) -> None:
    """Reports the quotient itself, or under a name of its own."""
    way = draft.pick("direct", "direct", "name")
    if way == "name" or ('"' in quotient and draft.chance(0.7)):
        name = draft.fresh("avg", "epoch_mean", "mean", "reported", "average_loss", "train_loss_avg")
        draft.put(slot, "    " * levels + f"{name} = {quotient}")
        quotient = name
    _report(draft, slot, quotient, levels=levels)


def _report(draft: Draft, slot: str, text: str, *, levels: int = 0) -> None:
    track = _current(draft)
    ways = ["f-string", "f-string", "print", "percent", "format", "wandb", "writer", "logger", "history"]
    if draft.progress and not (draft.frame.attributes and draft.frame.split):
        ways += ["progress", "progress"]
    if slot == "end":
        ways += ["return"] * 6
    way = draft.pick(*ways)
    draft.say(f"report:{way}")
    if way == "return":
        draft.returns.append((text, track.index))
        return
    draft.put(slot, *("    " * levels + line for line in _report_lines(draft, way, text)), reports=True)


def _report_lines(draft: Draft, way: str, text: str) -> list[str]:
    label = draft.pick("loss", "train loss", "training loss", "avg loss")
    key = draft.pick("train/loss", "loss", "train_loss")
    if way == "f-string":
        return [f"print(f'{label}: {{{text}:.4f}}')"] if "'" not in text else [f'print("{label}", {text})']
    if way == "print":
        return [f'print("{label}:", {text})']
    if way == "percent":
        return [f'print("{label}: %.4f" % ({text}))']
    if way == "format":
        return [f'print("{label}: {{:.4f}}".format({text}))']
    if way == "wandb":
        draft.imports.add("import wandb")
        return [f'wandb.log({{"{key}": {text}}})']
    if way == "progress":
        return [f"{draft.progress}.set_postfix(loss={text})"]
    if way == "history":
        return [f"{draft.need('history', 'history', 'loss_history')}.append({text})"]
    thing = draft.need(way, *{"writer": ("writer", "tb_writer"), "logger": ("logger",)}[way])
    if way == "writer":
        return [f'{thing}.add_scalar("{key}", {text}, {draft.random.randrange(3)})']
    return [f'{thing}.info("{label} %.4f", {text})']
