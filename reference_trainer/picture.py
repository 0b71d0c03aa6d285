"""The picture of ``compare``: four ways to count, each for N = 1, 2 and 4, beside the validation loss."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from reference_trainer.compare import ACCOUNTINGS, Accounting, Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINES = {
    1: ("#93c5fd", 6.5),
    2: ("#3b82f6", 3.5),
    4: ("#1e3a8a", 1.4),
}  # N: colour and width; all stay visible
FACTORS = {4.0: "× 4", 2.0: "× 2", 0.5: "÷ 2", 0.25: "÷ 4"}
INK, MUTED, GRID = "#111827", "#6b7280", "#eceff3"
RIGHT, WRONG = "#15803d", "#b91c1c"


def verdict(accounting: Accounting) -> tuple[str, str]:
    """What to say of an accounting, and in which colour."""
    match accounting.summed, accounting.divisor:
        case "raw", "optimizer_steps":
            return "N times too high", WRONG
        case "divided", "micro_batches":
            return "N times too low", WRONG
        case _:
            return "right: the same number for every N", RIGHT


def draw(runs: Sequence[Run], path: Path) -> None:
    """Write the picture to ``path``; its suffix says the format. Needs matplotlib."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(h_pad=0.07, w_pad=0.08, hspace=0.06)
    figure = Figure(figsize=(10, 6.6), dpi=160, layout=layout, facecolor="white")
    grid = figure.subplots(2, 2, sharex=True, sharey=True)
    for axes, accounting in zip(grid.flat, ACCOUNTINGS, strict=True):
        draw_panel(axes, accounting, runs)
    for axes in grid[1]:
        axes.set_xlabel("epoch", color=MUTED)
    for axes in grid[:, 0]:
        axes.set_ylabel("mean loss (log scale)", color=MUTED)
    figure.suptitle(
        "One training, cut into N micro-batches per optimizer step, reported in four ways",
        color=INK,
        size=13.5,
        weight="bold",
    )
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False, labelcolor=INK)
    figure.savefig(path)


def draw_panel(axes: Axes, accounting: Accounting, runs: Sequence[Run]) -> None:
    """One accounting: a line for each N, the factor at its end where it is not 1, and the validation loss."""
    epochs = range(1, len(runs[0].train) + 1)
    for run in runs:
        colour, width = LINES[run.accumulation_steps]
        reported = run.reported(accounting)
        axes.plot(
            epochs,
            reported,
            color=colour,
            lw=width,
            solid_capstyle="round",
            label=f"train, N = {run.accumulation_steps}",
        )
        factor = reported[-1] / run.train[-1]
        if sign := FACTORS.get(round(factor, 2)):
            axes.annotate(
                sign, (epochs[-1], reported[-1]), (8, 0), textcoords="offset points",
                color=colour, va="center", weight="bold", annotation_clip=False,
            )  # fmt: skip
    axes.plot(epochs, runs[0].valid, color=INK, lw=1.3, ls=(0, (4, 3)), label="validation")

    said, colour = verdict(accounting)
    axes.set_title(str(accounting), loc="left", color=INK, size=11.5, weight="bold", pad=22)
    axes.text(0, 1.045, said, transform=axes.transAxes, color=colour, size=10)
    axes.set_yscale("log")
    axes.set_yticks([0.01, 0.03, 0.1, 0.3, 1, 3], ["0.01", "0.03", "0.1", "0.3", "1", "3"], color=MUTED)
    axes.set_yticks([], minor=True)
    axes.tick_params(length=0, colors=MUTED)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color("#d1d5db")
    axes.grid(axis="y", color=GRID)
