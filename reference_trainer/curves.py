"""The loss curves of a run: a CSV file and a picture."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path

from reference_trainer.config import Record


def write_csv(history: Sequence[Record], path: Path) -> None:
    """One row a log line. Numbers are written in full: equal runs give equal files."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(field.name for field in fields(Record))
        rows.writerows(astuple(record) for record in history)


def draw(history: Sequence[Record], unit: str, path: Path) -> None:
    """Train and validation loss over epochs, on one axis because they are in one unit. Needs matplotlib."""
    from matplotlib.figure import Figure  # a second to import, and not needed to train

    figure = Figure(figsize=(7, 4), dpi=150, layout="constrained")
    axes = figure.subplots()
    epochs = [record.epoch for record in history]
    axes.plot(epochs, [record.train_loss for record in history], color="#2563eb", label="train")
    axes.plot(epochs, [record.valid_loss for record in history], color="#374151", ls="--", label="validation")
    axes.set(xlabel="epoch", ylabel=f"mean loss per {unit}")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e5e7eb")
    axes.legend(frameon=False)
    figure.savefig(path)
