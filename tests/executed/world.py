"""The world a training loop runs in: tiny data, a linear model, an optimizer that remembers, and loggers.

Two kinds of data answer two kinds of question. In the *flat* world every sample is the same and the
learning rate is zero, so every loss is one constant: then a reported number is exactly
loss · N^a · b^c · m^d, even where only the last micro-batch, a moving average or a short interval is
shown, and exponents can be read off ratios without any tolerance for noise. In the *real* world samples
are random and training happens: there gradients, weights and epoch means are compared to 1e-9.
"""

from __future__ import annotations

import itertools
import re
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import torch
import torch.nn.functional as F

FEATURES = 3
INITIAL_WEIGHT = (0.1, -0.2, 0.3)
INITIAL_BIAS = 0.05
LEARNING_RATE = 0.05
LOG_INTERVAL = 2
"""Counted in whatever the program counts; small enough that the shortest epoch reports twice."""

mean_squared_error = F.mse_loss
"""Kept before anything is patched."""


class UnrunnableError(Exception):
    """The program asks for something this world does not have."""


@dataclass(frozen=True)
class Setting:
    """One way of running a program. The samples of an epoch depend on neither ``n`` nor ``big_batches``."""

    n: int = 1
    """Micro-batches per optimizer step."""
    effective_batch: int = 8
    steps: int = 4
    """Full optimizer steps per epoch."""
    tail: bool = False
    """Half an effective batch more at the end of the epoch."""
    height: float = 1.0
    """Another value gives another loss: what does not move with it is not a loss."""
    loss_scale: float = 1.0
    """The factor of the GradScaler, where the program uses one."""
    flat: bool = True
    big_batches: bool = False
    """The loader yields whole effective batches, and the program splits them itself."""

    @property
    def loader_batch(self) -> int:
        return self.effective_batch if self.big_batches else self.effective_batch // self.n

    @property
    def samples(self) -> int:
        return self.steps * self.effective_batch + (self.effective_batch // 2 if self.tail else 0)

    def but(self, **changes: Any) -> Setting:
        return replace(self, **changes)


class Batch(tuple[Any, ...]):
    """``x, y = batch``, ``batch["labels"]``, ``model(**batch)`` and ``batch.to(device)`` all work."""

    __slots__ = ()

    def keys(self) -> list[str]:
        return ["input_ids", "labels"]

    def items(self) -> list[tuple[str, Any]]:
        return [(key, self[key]) for key in self.keys()]

    def to(self, *_: Any, **__: Any) -> Batch:
        return self

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return tuple.__getitem__(self, 1 if re.match(r"y|label|target", key) else 0)
        return tuple.__getitem__(self, key)


class Loader:
    """Batches in order, with the attributes of a DataLoader that loops ask for."""

    def __init__(self, batches: list[Batch], batch_size: int, samples: int) -> None:
        self._batches = batches
        self.batch_size = batch_size
        self.dataset = self.sampler = range(samples)
        self._endless = itertools.cycle(batches)

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[Batch]:
        return iter(self._batches)

    def __next__(self) -> Batch:
        """For programs that are handed an endless iterator of batches instead of a loader."""
        return next(self._endless)


@lru_cache(maxsize=256)
def batches_of(setting: Setting) -> list[Batch]:
    """The same samples in the same order for every N; made once, never written to."""
    if setting.flat:
        x = torch.full((setting.samples, FEATURES), 0.5, dtype=torch.float64)
        y = torch.full((setting.samples, 1), 1.25 * setting.height, dtype=torch.float64)
    else:
        random = torch.Generator().manual_seed(7)
        x = torch.randn(setting.samples, FEATURES, generator=random, dtype=torch.float64)
        y = 2.0 + torch.randn(setting.samples, 1, generator=random, dtype=torch.float64)
    size = setting.loader_batch
    return [Batch((x[i : i + size], y[i : i + size])) for i in range(0, setting.samples, size)]


class GraphToken:
    """A gradient hook that does nothing; it lives exactly as long as the graph that it hangs on."""

    __slots__ = ("__weakref__",)

    def __call__(self, gradient: torch.Tensor) -> None:
        return None


class GraphCounter:
    """How many graphs of earlier forward passes are still alive when the next one begins."""

    def __init__(self) -> None:
        self._alive: weakref.WeakSet[GraphToken] = weakref.WeakSet()
        self.peak = 0

    def watch(self, prediction: torch.Tensor) -> None:
        if prediction.requires_grad:
            self.peak = max(self.peak, len(self._alive))
            token = GraphToken()
            self._alive.add(token)
            prediction.register_hook(token)


class Output(SimpleNamespace):
    """What a model returns that was given its labels."""

    def __getitem__(self, key: Any) -> Any:
        return getattr(self, key) if isinstance(key, str) else (self.loss, self.logits)[key]


class TinyModel(torch.nn.Module):
    """A linear model; given labels as well, it returns an output with ``.loss``."""

    def __init__(self, graphs: GraphCounter) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor([INITIAL_WEIGHT], dtype=torch.float64))
        self.bias = torch.nn.Parameter(torch.tensor([INITIAL_BIAS], dtype=torch.float64))
        self._graphs = graphs

    def forward(self, input_ids: Any = None, labels: Any = None, **_: Any) -> Any:
        if isinstance(input_ids, Batch):
            input_ids, labels = input_ids
        prediction = F.linear(input_ids, self.weight, self.bias)
        self._graphs.watch(prediction)
        if labels is None:
            return prediction
        return Output(loss=mean_squared_error(prediction, labels), logits=prediction)


class Optimizer:
    """Plain SGD that remembers the gradient of every step."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._parameters = list(world.model.parameters())
        self.param_groups = [{"lr": world.learning_rate, "params": self._parameters}]

    def step(self, closure: Any = None) -> None:
        if any(parameter.grad is None for parameter in self._parameters):
            return
        gradients = [parameter.grad.detach() for parameter in self._parameters]
        self._world.gradients.append(torch.cat([g.reshape(-1) for g in gradients]))
        if self._world.learning_rate:
            with torch.no_grad():
                for parameter, gradient in zip(self._parameters, gradients, strict=True):
                    parameter.sub_(gradient, alpha=self._world.learning_rate)

    def zero_grad(self, set_to_none: bool = True) -> None:
        for parameter in self._parameters:
            parameter.grad = None

    def state_dict(self) -> dict[str, Any]:
        return {}

    def add_param_group(self, group: dict[str, Any]) -> None:
        """Parameters of the program's own stay as they are."""


class Nothing:
    """Takes every call and every attribute: a scheduler, a writer, a logger whose effect does not matter."""

    disable = False

    def __call__(self, *args: Any, **kwargs: Any) -> Nothing:
        return self

    def __getattr__(self, name: str) -> Nothing:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __enter__(self) -> Nothing:
        return self

    def __exit__(self, *_: Any) -> None:
        return None


class Meter:
    """The average meter that every second repository has a copy of."""

    def __init__(self) -> None:
        self.sum, self.count = 0.0, 0

    def update(self, value: float, n: int = 1) -> None:
        self.sum += value * n
        self.count += n

    @property
    def avg(self) -> float:
        return self.sum / self.count


class Config:
    """``args.accum_steps``, ``config["grad_accum"]``, ``cfg.get("epochs")``: the free names again."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self._world.lookup(name)
        except UnrunnableError as error:
            raise AttributeError(name) from error

    def __getitem__(self, name: str) -> Any:
        return self._world.lookup(name)

    def get(self, name: str, default: Any = None) -> Any:
        return self[name]


ACCUMULATION_NAME = re.compile(
    r"(?!.*accumulat(or|ed)$)(.*accum.*|.*grad_acc.*|.*acc_?steps.*|.*backward_freq.*|.*batch_chunk.*"
    r"|.*update_freq.*|gas|num_micro_?batches|n_micro_?batches|micro_steps|n_accum|N)",
    re.IGNORECASE,
)
"""Spellings of N. Needed only to hand values to parameters: what a program does with them is its affair."""

_FREE_NAMES: list[tuple[str, Callable[[World], Any]]] = [
    (r"(train_?|ddp_|base_)?(model|net|network|module)", lambda w: w.model),
    (
        r"(.*_)?(loader|dataloader|train_dl|batches|dl|data_iter|train_set|train_data|data)",
        lambda w: w.loader,
    ),
    (r"criterion|loss_fn|loss_func|loss_function|objective|crit", lambda w: F.mse_loss),
    (r"optimizer|optim|opt|optimiser", lambda w: w.optimizer),
    (r"scaler|grad_scaler|loss_scaler", lambda w: w.scaler),
    (r"(num_|n_|max_)?epochs?|num_train_epochs", lambda w: w.epochs),
    (r"epoch", lambda w: 0),
    (r"(log(ging)?|print|report)_(every|interval|steps|freq|period)", lambda w: LOG_INTERVAL),
    (r"(num_|n_|max_|total_|train_)*(steps|updates|iters|iterations)", lambda w: w.setting.steps),
    (r"device|rank|local_rank", lambda w: "cpu"),
    (r"lr|learning_rate", lambda w: w.learning_rate),
    (r"max_grad_norm|clip|grad_clip|max_norm|clip_norm|clip_grad", lambda w: 1e9),
    (r"(per_device_|train_|device_)*batch_size|micro_batch_size", lambda w: w.setting.loader_batch),
    (r"(total|global|effective)_batch_size", lambda w: w.setting.effective_batch),
    (r"(.*_)?meters?", lambda w: Meter()),
    (r"(num_|n_)(tasks|heads|levels)|temperature", lambda w: 2.0),
    (r"auxiliary|aux_model", lambda w: w.model),
    (r"use_amp|fp16|amp|verbose|debug", lambda w: False),
    (r"args|cfg|config|conf|hparams|opts|params|options|settings|training_args", Config),
    (
        r".*(logger|writer|wandb|scheduler|sched|progress|pbar|tracker|console|experiment|run)",
        lambda w: Nothing(),
    ),
    (r"history|.*_history|curve", lambda w: []),
]
_COMPILED_NAMES = [(re.compile(pattern), supply) for pattern, supply in _FREE_NAMES]


@dataclass
class World:
    """Everything of one run; discarded with it."""

    setting: Setting
    epochs: int = 1
    gradients: list[torch.Tensor] = field(default_factory=list)
    graphs: GraphCounter = field(default_factory=GraphCounter)

    def __post_init__(self) -> None:
        from .libraries import GradScaler

        self.learning_rate = 0.0 if self.setting.flat else LEARNING_RATE
        self.model = TinyModel(self.graphs)
        self.optimizer = Optimizer(self)
        self.scaler = GradScaler(self.setting.loss_scale)
        self.loader = Loader(batches_of(self.setting), self.setting.loader_batch, self.setting.samples)

    def lookup(self, name: str) -> Any:
        """What a free name or an unfilled parameter of this name stands for."""
        if ACCUMULATION_NAME.fullmatch(name):
            return self.setting.n
        for pattern, supply in _COMPILED_NAMES:
            if pattern.fullmatch(name):
                return supply(self)
        raise UnrunnableError(f"nothing here is called {name}")
