"""The figures as a table, as a picture, and as a page."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.measure import Cost
from benchmarks.plan import Budget, Group

OURS, THEIRS = "#d1495b", "#9aa5b1"


@dataclass(frozen=True)
class Result:
    """The costs of one group."""

    group: Group
    costs: Mapping[str, Cost]


def table(result: Result) -> str:
    """The costs of a group as a Markdown table that also reads well in a terminal."""
    rows: list[tuple[str, ...]] = [("", "CPU s", "wall s", "peak MB", "runs")]
    rows += [
        (name, f"{cost.cpu:.3f}", f"{cost.wall:.3f}", f"{cost.peak / 1e6:.0f}", str(cost.runs))
        for name, cost in result.costs.items()
    ]
    return _markdown(rows)


def budgets(results: Sequence[Result]) -> str:
    """Every budget, what was measured, and whether it is met."""
    rows: list[tuple[str, ...]] = [("budget", "limit", "measured", "")]
    for result in results:
        rows += [_verdict(budget, result) for budget in result.group.budgets]
    return _markdown(rows)


def machine() -> str:
    """The machine and the versions, in one sentence each."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    tools = ", ".join(f"{name} {version(name)}" for name in ("libcst", "click"))
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}; "
        f"{platform.python_implementation()} {platform.python_version()}, {tools}."
    )


def page(results: Sequence[Result], command: str, peers: str) -> str:
    """``RESULTS.md``."""
    sections = [f"## {result.group.title}\n\n{table(result)}" for result in results]
    return (
        "\n\n".join(
            [
                "# Speed",
                f"Written by `{command}`. Seconds of CPU (the process and its children, start-up included) "
                "and of wall clock, and peak memory of the largest process: medians of interleaved runs. "
                "Only the ratios of one run mean something; the seconds are those of one machine.",
                f"Machine: {machine()} Peers: {peers}.",
                "![CPU seconds by tool](speed.svg)",
                "## Budgets",
                budgets(results),
                *sections,
            ]
        )
        + "\n"
    )


def picture(results: Sequence[Result], path: Path) -> None:
    """One panel a group: CPU seconds of each command, ours in colour."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "accumlint"
    from matplotlib import pyplot

    shown = [result for result in results if len(result.costs) > 1]
    heights = [len(result.costs) + 1.6 for result in shown]
    figure, panels = pyplot.subplots(
        len(shown), 1, figsize=(9, 0.32 * sum(heights)), height_ratios=heights, squeeze=False
    )
    for (panel,), result in zip(panels, shown, strict=True):
        names = list(result.costs)[::-1]
        seconds = [result.costs[name].cpu for name in names]
        bars = panel.barh(names, seconds, color=[OURS if _is_ours(name) else THEIRS for name in names])
        panel.bar_label(bars, labels=[f"{value:.2f} s" for value in seconds], padding=3, fontsize=8)
        panel.set_xscale("log")
        panel.set_xlim(right=max(seconds) * 3)
        panel.set_title(result.group.title, fontsize=10, loc="left")
        panel.tick_params(labelsize=8)
        panel.spines[["top", "right"]].set_visible(False)
    panels[-1, 0].set_xlabel("seconds of CPU, logarithmic", fontsize=8)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def _verdict(budget: Budget, result: Result) -> tuple[str, ...]:
    sign = "≥" if budget.at_least else "≤"
    met = "met" if budget.is_met(result.costs) else "**not met**"
    figure = f"{budget.figure(result.costs):.2f}{budget.unit}"
    return (f"{result.group.name}: {budget.words}", f"{sign} {budget.limit:g}{budget.unit}", figure, met)


def _is_ours(name: str) -> bool:
    return name.startswith(("accumlint", "tree", "loop", "file"))


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _processor() -> str:
    try:
        information = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    named = [line.partition(":")[2].strip() for line in information.splitlines() if line.startswith("model name")]
    return named[0] if named else platform.machine()
