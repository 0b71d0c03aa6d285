"""Stand-ins for the libraries that training loops import: only what touches the loss or the gradient is real.

What each does is taken from the library's own documentation: ``Accelerator.backward`` divides by the
accelerator's own accumulation steps, DeepSpeed's ``engine.backward`` divides and returns the divided loss,
``Fabric.backward`` and ``manual_backward`` do not divide, ``GradScaler.scale`` multiplies.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

import torch
import torch.nn.functional as F
import torch.optim.lr_scheduler as schedulers

from .world import FEATURES, Nothing, UnrunnableError, mean_squared_error

if TYPE_CHECKING:
    from .world import World


SCHEDULERS = ("LambdaLR", "CosineAnnealingLR", "StepLR", "OneCycleLR", "LinearLR", "ExponentialLR")
linear_layer, mean_squared_loss = torch.nn.Linear, torch.nn.MSELoss
"""Kept before anything is patched."""


class GradScaler:
    """Multiplies the loss, divides the gradients again before the step."""

    def __init__(self, factor: float) -> None:
        self._factor = factor
        self._unscaled = False

    def scale(self, loss: Any) -> Any:
        return loss * self._factor

    def unscale_(self, optimizer: Any) -> None:
        if self._unscaled:
            return
        self._unscaled = True
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.grad = parameter.grad / self._factor

    def step(self, optimizer: Any) -> None:
        self.unscale_(optimizer)
        optimizer.step()

    def update(self) -> None:
        self._unscaled = False

    def get_scale(self) -> float:
        return self._factor


class _Apex:
    """``with amp.scale_loss(loss, optimizer) as scaled: scaled.backward()``."""

    def __init__(self, factor: float) -> None:
        self._factor = factor

    def initialize(self, model: Any, optimizer: Any = None, **_: Any) -> Any:
        return model if optimizer is None else (model, optimizer)

    @contextlib.contextmanager
    def scale_loss(self, loss: Any, optimizer: Any, **_: Any) -> Iterator[Any]:
        kept = [parameter.grad for parameter in optimizer.param_groups[0]["params"]]
        optimizer.zero_grad()
        yield loss * self._factor
        for parameter, before in zip(optimizer.param_groups[0]["params"], kept, strict=True):
            if parameter.grad is not None:
                parameter.grad = parameter.grad / self._factor + (0 if before is None else before)


class _AcceleratedLoader:
    def __init__(self, loader: Any, accelerator: Accelerator) -> None:
        self._loader = loader
        self._accelerator = accelerator
        self.dataset, self.sampler, self.batch_size = loader.dataset, loader.sampler, loader.batch_size

    def __len__(self) -> int:
        return len(self._loader)

    def __iter__(self) -> Iterator[Any]:
        last = len(self._loader) - 1
        for index, batch in enumerate(self._loader):
            self._accelerator.at_end = index == last
            yield batch


class _AcceleratedOptimizer:
    """``step`` and ``zero_grad`` do nothing until the window is full."""

    def __init__(self, optimizer: Any, accelerator: Accelerator) -> None:
        self._optimizer = optimizer
        self._accelerator = accelerator
        self.param_groups = optimizer.param_groups

    def step(self) -> None:
        if self._accelerator.sync_gradients:
            self._optimizer.step()

    def zero_grad(self, set_to_none: bool = True) -> None:
        if self._accelerator.sync_gradients:
            self._optimizer.zero_grad()


class Accelerator:
    is_main_process = is_local_main_process = True
    device = "cpu"
    num_processes = 1

    def __init__(self, gradient_accumulation_steps: int = 1, **_: Any) -> None:
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.sync_gradients = True
        self.at_end = False
        self._seen = 0

    def prepare(self, *things: Any) -> Any:
        wrapped = [self._wrap(thing) for thing in things]
        return wrapped[0] if len(wrapped) == 1 else tuple(wrapped)

    def _wrap(self, thing: Any) -> Any:
        if hasattr(thing, "param_groups"):
            return _AcceleratedOptimizer(thing, self)
        return _AcceleratedLoader(thing, self) if hasattr(thing, "dataset") else thing

    @contextlib.contextmanager
    def accumulate(self, *_: Any) -> Iterator[None]:
        self._seen += 1
        self.sync_gradients = self.at_end or self._seen % self.gradient_accumulation_steps == 0
        if self.at_end:
            self._seen = 0
        yield

    def backward(self, loss: Any) -> None:
        (loss / self.gradient_accumulation_steps).backward()

    def gather(self, value: Any) -> Any:
        return value

    gather_for_metrics = reduce = unwrap_model = gather

    def clip_grad_norm_(self, *_: Any) -> None:
        return None

    def log(self, *_: Any, **__: Any) -> None:
        return None

    def print(self, *_: Any) -> None:
        return None


class Fabric:
    device = "cpu"
    is_global_zero = True

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def launch(self) -> None:
        return None

    def setup(self, model: Any, *optimizers: Any) -> Any:
        return (model, *optimizers) if optimizers else model

    def setup_dataloaders(self, *loaders: Any) -> Any:
        return loaders[0] if len(loaders) == 1 else loaders

    def backward(self, loss: Any) -> None:
        loss.backward()

    def no_backward_sync(self, *_: Any, **__: Any) -> contextlib.nullcontext[None]:
        return contextlib.nullcontext()

    def log(self, *_: Any, **__: Any) -> None:
        return None

    log_dict = print = log


class LightningModule(torch.nn.Module):
    """Manual optimisation: the hooks are called by :mod:`tests.executed.entries`."""

    world: World

    def optimizers(self) -> Any:
        return self.world.optimizer

    def lr_schedulers(self) -> Nothing:
        return Nothing()

    def manual_backward(self, loss: Any, *_: Any, **__: Any) -> None:
        loss.backward()

    def log(self, *_: Any, **__: Any) -> None:
        return None

    log_dict = save_hyperparameters = log


class Engine:
    """DeepSpeed's: divides in ``backward``, steps every ``gradient_accumulation_steps`` calls."""

    def __init__(self, world: World, steps: int) -> None:
        self._world, self._steps, self._seen = world, steps, 0
        self.module = world.model

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._world.model(*args, **kwargs)

    def train(self, mode: bool = True) -> Engine:
        return self

    def backward(self, loss: Any) -> Any:
        divided = loss / self._steps
        divided.backward()
        return divided

    def gradient_accumulation_steps(self) -> int:
        return self._steps

    def is_gradient_accumulation_boundary(self) -> bool:
        return (self._seen + 1) % self._steps == 0

    def step(self) -> None:
        self._seen += 1
        if self._seen % self._steps == 0:
            self._world.optimizer.step()
            self._world.optimizer.zero_grad()


class Progress:
    """tqdm: iterates, and swallows what is shown."""

    def __init__(self, iterable: Iterable[Any] = (), *_: Any, **__: Any) -> None:
        self._iterable = iterable

    def __iter__(self) -> Iterator[Any]:
        return iter(self._iterable)

    def __len__(self) -> int:
        return len(self._iterable)  # type: ignore[arg-type]

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: Any) -> None:
        return None

    def update(self, *_: Any, **__: Any) -> None:
        return None

    set_postfix = set_postfix_str = set_description = write = close = refresh = update


def _module(name: str, **members: Any) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(members)
    return module


class _Common(ModuleType):
    """``from common import model, loader``: the world's free names."""

    def __init__(self, world: World) -> None:
        super().__init__("common")
        self._world = world

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._world.lookup(name)


def modules_of(world: World) -> dict[str, ModuleType]:
    """What ``import`` finds in this world beside torch, numpy and the standard library."""

    def initialize(*_: Any, config: Any = None, config_params: Any = None, **__: Any) -> tuple[Any, ...]:
        chosen = config or config_params or {}
        return Engine(world, chosen["gradient_accumulation_steps"]), world.optimizer, world.loader, None

    silent = Nothing()
    tqdm = _module("tqdm", tqdm=Progress, trange=lambda n, **_: Progress(range(n)))
    tensorboard = _module("torch.utils.tensorboard", SummaryWriter=lambda *_, **__: silent)
    module = type("LightningModule", (LightningModule,), {"world": world})
    fabric = SimpleNamespace(Fabric=Fabric)
    lightning = _module("lightning", Fabric=Fabric, fabric=fabric, LightningModule=module)
    return {
        "common": _Common(world),
        "apex": _module("apex", amp=_Apex(world.setting.loss_scale)),
        "accelerate": _module("accelerate", Accelerator=Accelerator),
        "deepspeed": _module("deepspeed", initialize=initialize),
        "lightning": lightning,
        "lightning.pytorch": lightning,
        "pytorch_lightning": lightning,
        "lightning.fabric": _module("lightning.fabric", Fabric=Fabric),
        "lightning_fabric": _module("lightning_fabric", Fabric=Fabric),
        "tqdm": tqdm,
        "tqdm.auto": tqdm,
        "wandb": _module("wandb", log=silent, init=silent, run=silent),
        "torch.utils.tensorboard": tensorboard,
    }


@contextlib.contextmanager
def torch_of(world: World) -> Iterator[None]:
    """torch, in float64, its optimizers, loaders and scalers replaced by ours."""

    def give(thing: Any) -> Any:
        return lambda *_, **__: thing

    def criterion(*_: Any, reduction: str = "mean", size_average: bool | None = None, **__: Any) -> Any:
        return mean_squared_loss(reduction="sum" if size_average is False else reduction)

    def functional(prediction: Any, target: Any, *_: Any, reduction: str = "mean", **__: Any) -> Any:
        return mean_squared_error(prediction, target, reduction=reduction)

    def linear(inputs: int, outputs: int, *arguments: Any, **options: Any) -> Any:
        """The model of a complete script is the model of this world, if it fits the data."""
        fits = (inputs, outputs) == (FEATURES, 1)
        return world.model if fits else linear_layer(inputs, outputs, *arguments, **options)

    dtype = torch.get_default_dtype()
    with contextlib.ExitStack() as stack:

        def replace(module: Any, names: Iterable[str], stand_in: Any) -> None:
            for name in names:
                stack.enter_context(mock.patch.object(module, name, stand_in))

        stack.callback(torch.set_default_dtype, dtype)
        torch.set_default_dtype(torch.float64)
        # Of a criterion only the reduction matters, and squared error has a gradient for our single output.
        replace(F, ("cross_entropy", "nll_loss"), functional)
        replace(torch.nn, ("CrossEntropyLoss", "NLLLoss"), criterion)
        replace(torch.nn, ("Linear",), linear)
        replace(torch.optim, ("SGD", "Adam", "AdamW", "RMSprop"), give(world.optimizer))
        replace(schedulers, SCHEDULERS, Nothing())
        replace(torch.utils.data, ("DataLoader",), give(world.loader))
        replace(torch.utils.data, ("TensorDataset",), give(world.loader.dataset))
        replace(torch.amp, ("GradScaler",), give(world.scaler))
        replace(torch.cuda.amp, ("GradScaler",), give(world.scaler))
        yield


def importer_of(world: World) -> Any:
    """An ``__import__`` that knows the stand-ins and refuses what is not installed by name."""
    stand_ins = modules_of(world)

    def find(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        if name in stand_ins:
            root = name.partition(".")[0]
            return stand_ins[name] if fromlist else stand_ins.get(root) or __import__(root)
        try:
            return __import__(name, globals, locals, fromlist, level)
        except ImportError as error:
            raise UnrunnableError(str(error)) from error

    return find
