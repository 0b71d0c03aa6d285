"""What names suggest. Use decides; names support: see LOOPS "N is recognised by its use, supported by its name"."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache

_ACCUMULATION = re.compile(
    r"""^_?(
      (n(um)?_?)? grad(ient)?s?_? acc(um(ulat(e|ion|ing))?)? (_?(steps?|iters?|batches|freq|factor|every|num|count|n))?
    | accum(ulat(e|ion))? _? (grad(ient)?s?_?)? (steps?|iters?|iterations|freq|every|batches|factor
        |num|times|count_max|grad|n)
    | accumulate_grad_batches | accumulate_n_batches | accumulate | accum | accumulation
    | acc_?steps | acc_?iter s? | acc_?grad | accsteps | accumsteps | (iters?|steps?|batches)_to_acc(umulate)?
    | (backward|update)_freq | batch_chunk s? | batch_split s? | iter_size | gas | ga_steps
    | grad_acc | n_?accum(ulate)?
    | (num|n)_?(accum(ulation)?|grad_?acc(um)?)(_steps)? | micro_?(batches|steps)_per_(step|update|batch)
    | (num|n)_micro_?batch(es)? | acc(umulation)?_batches | step_grad_every | update_every | optimizer_steps_every
    )_?$""",
    re.VERBOSE | re.IGNORECASE,
)
_ACCUMULATING = re.compile(
    r"^_?((use|do|with|enable)_)?(grad(ient)?s?_?accum(ulat(e|ion))?|accum(ulat(e|ion))?(_grad(ient)?s?)?)(_enabled)?$",
    re.IGNORECASE,
)
_WORLD = re.compile(
    r"^(_?world_?size|n_?gpus?|num_?gpus?|gpu_?count|device_?count|num_processes|num_devices|ddp_world_size|dp_size"
    r"|data_parallel_size|n_replicas|num_replicas)$",
    re.IGNORECASE,
)
_BATCH = re.compile(r"(^|_)(micro|mini)?(batch_?size|bsz|bs)$", re.IGNORECASE)
_INTERVAL = re.compile(r"(freq(uency)?|every|interval|period|_steps|_iters|_window|_count|_size|_len)$", re.IGNORECASE)
_SCALED = re.compile(r"(?<!un)(?<!re)(scaled|divided)|(^|[_/])div([_/]|$)|over_accum|per_accum|/accum", re.IGNORECASE)
_LOSS = re.compile(r"loss|objective|criterion_value|(^|_)(nll|elbo|ce|mse|bce|kl)($|_)", re.IGNORECASE)
_CRITERION = re.compile(r"crit|^loss(_?f(n|unc|unction)?)?$|_loss$|cross_?entropy", re.IGNORECASE)
_REDUCE = re.compile(
    r"reduce|gather|sync|all_?mean|average|avg|to_python|scalar|item|detach|unwrap|value", re.IGNORECASE
)


def is_called(path: str, names: Collection[str]) -> bool:
    """Whether a dotted path is one of the names or ends in one: ``lib.meters.Tracker`` in ``meters.Tracker``."""
    parts = path.split(".")
    return any(".".join(parts[first:]) in names for first in range(len(parts)))


@cache
def suggests_accumulation(name: str) -> bool:
    """True for names such as gradient_accumulation_steps, accum_iter, gas."""
    return bool(_ACCUMULATION.match(name))


@cache
def suggests_accumulating(name: str) -> bool:
    """True for settings that say whether there is accumulation, and for those that say how much of it."""
    return bool(_ACCUMULATING.match(name)) or suggests_accumulation(name)


@cache
def suggests_world_size(name: str) -> bool:
    return bool(_WORLD.match(name))


@cache
def suggests_scaled(name: str) -> bool:
    """``scaled_loss``, ``loss_div_accum``: who calls it so knows that it is divided, and shows it as such."""
    return bool(_SCALED.search(name))


@cache
def suggests_batch_size(name: str) -> bool:
    """True for micro_batch_size, total_batch_size, bsz."""
    return bool(_BATCH.search(name))


@cache
def suggests_loss(name: str) -> bool:
    return bool(_LOSS.search(name)) and not _INTERVAL.search(name)


@cache
def suggests_criterion(name: str) -> bool:
    """True for criterion, loss_fn, loss_func, and the losses themselves, such as cross_entropy."""
    return bool(_CRITERION.search(name))


@cache
def suggests_same_number(name: str) -> bool:
    """True for functions that hand a number through: ``reduce_tensor``, ``gather``, ``to_python_float``."""
    return bool(_REDUCE.search(name))
