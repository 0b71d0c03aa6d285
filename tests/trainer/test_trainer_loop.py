"""What the loop promises besides its numbers."""

from __future__ import annotations

import ast
import csv
import inspect
from dataclasses import astuple, fields, replace
from pathlib import Path
from textwrap import indent

import pytest
import torch
from torch import Tensor
from torch.optim import SGD
from torch.optim.lr_scheduler import ConstantLR
from torch.utils._python_dispatch import TorchDispatchMode

import reference_trainer
from reference_trainer import curves
from reference_trainer.config import Config, Record
from reference_trainer.trainer import Trainer
from tests.trainer.observed_runs import TASKS, observe, settings, small


def test_the_host_waits_once_per_log_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """No ``.item()``, no ``float(tensor)``, no ``if tensor:``; one ``.tolist()`` of losses a line.

    (Integers are the order of the data and the seeds of its loaders: they never leave the host.)
    """
    waits: list[str] = []
    tolist = Tensor.tolist

    class NoticeScalars(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            if func is torch.ops.aten._local_scalar_dense.default and args[0].is_floating_point():
                waits.append("scalar")
            return func(*args, **(kwargs or {}))

    def noticed(tensor: Tensor) -> object:
        if tensor.is_floating_point():
            waits.append("tolist")
        return tolist(tensor)

    trainer = Trainer(settings(2), small("regression", 29))
    trainer.optimizer = SGD(trainer.model.parameters())  # AdamW reads its own step counter, on the host
    trainer.scheduler = ConstantLR(trainer.optimizer)
    monkeypatch.setattr(Tensor, "tolist", noticed)
    with NoticeScalars():
        trainer.train()
    assert waits == ["tolist"] * len(trainer.history)


def test_the_schedule_counts_optimizer_steps() -> None:
    trainer = Trainer(settings(4), small("regression", 29))
    trainer.train()
    assert trainer.scheduler.last_epoch == trainer.step == trainer.total_steps == 8
    assert all(parameter.grad is None for parameter in trainer.model.parameters())


def test_gradients_are_clipped_as_a_whole() -> None:
    trainer = Trainer(replace(settings(4), clip_norm=0.01), small("regression", 29))
    for gradients in observe(trainer).gradients:
        norm = torch.cat([gradient.flatten() for gradient in gradients]).norm()
        assert norm == pytest.approx(0.01, rel=1e-3)


@pytest.mark.parametrize("name", TASKS)
def test_it_learns(name: str) -> None:
    trainer = Trainer(Config(epochs=2, log_every=8), TASKS[name]())
    trainer.train()
    first, last = trainer.history[0], trainer.history[-1]
    assert last.train_loss < 0.9 * first.train_loss
    assert last.valid_loss < 0.95 * first.valid_loss


def test_bfloat16_is_autocast_and_near() -> None:
    reported = {}
    for precision in ("float32", "bfloat16"):
        trainer = Trainer(Config(epochs=1, precision=precision, log_every=8), TASKS["characters"]())  # type: ignore[arg-type]
        trainer.train()
        reported[precision] = [record.train_loss for record in trainer.history]
        assert all(parameter.dtype == torch.float32 for parameter in trainer.model.parameters())
    assert reported["bfloat16"] != reported["float32"]
    assert reported["bfloat16"] == pytest.approx(reported["float32"], rel=0.02)


def test_float16_needs_a_gpu() -> None:
    with pytest.raises(ValueError, match="float16 needs a CUDA device"):
        Trainer(Config(precision="float16"), small("regression", 24))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("name", TASKS)
def test_a_gpu_reports_what_the_cpu_reports(name: str, precision: str) -> None:
    from reference_trainer.world import World

    config = Config(epochs=1, log_every=8)
    on_cpu = Trainer(config, TASKS[name]())
    on_gpu = Trainer(
        replace(config, precision=precision),  # type: ignore[arg-type]
        TASKS[name](),
        World(device=torch.device("cuda")),
    )
    on_cpu.train()
    on_gpu.train()
    for ours, theirs in zip(on_gpu.history, on_cpu.history, strict=True):
        assert ours.train_loss == pytest.approx(theirs.train_loss, rel=0.05)


@pytest.mark.parametrize("bad", [{"epochs": 0}, {"accumulation_steps": 0}, {"precision": "int8"}])
def test_bad_settings_are_named(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        Config(**bad)  # type: ignore[arg-type]


def test_curves(tmp_path: Path) -> None:
    history = [Record(10, 0.5, 1e-3, 1 / 3, 0.4), Record(20, 1.0, 1e-4, 0.2, 0.3)]
    curves.write_csv(history, tmp_path / "curves.csv")
    with (tmp_path / "curves.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == [field.name for field in fields(Record)]
    assert [tuple(map(float, row)) for row in rows] == [astuple(record) for record in history]

    pytest.importorskip("matplotlib")
    curves.draw(history, "token", tmp_path / "curves.svg")
    assert "<svg" in (tmp_path / "curves.svg").read_text()


def test_it_imports_nothing_of_the_linter() -> None:
    for file in Path(reference_trainer.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in getattr(node, "names", [])] + [getattr(node, "module", None) or ""]
            assert not any(name.split(".")[0] == "accumlint" for name in names), file


def test_the_loop_in_the_documentation_is_the_loop() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference-trainer.md").read_text(encoding="utf-8")
    shown = page.split("```python\n")[1].split("```")[0]
    assert indent(shown, " " * 8) in inspect.getsource(Trainer.train)
