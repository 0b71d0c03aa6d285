"""Where numbers leave the program: print, logging, progress bars, experiment trackers."""

from accumlint.frameworks import Call, Effect, Role

_REPORTING_METHODS = [
    "add_scalar",
    "add_scalars",
    "log_metric",
    "log_metrics",
    "log_scalar",
    "log_dict",
    "set_postfix",
    "set_postfix_str",
    "set_description",
    "set_description_str",
    "print",
    "cprint",
    "report_scalar",
    "log_value",
    "log_values",
    "track",
    "info",
    "debug",
    "warning",
    "log",
    "write",
    "plot",
    "savetxt",
    "writerow",
    "writerows",
    "add_row",
]

METHODS = {
    **{(Role.ANY, name): Call(Effect.REPORT) for name in _REPORTING_METHODS},
    **{
        (Role.LOGGER, f"{verb}*"): Call(Effect.REPORT) for verb in ("log", "write", "report", "record", "print", "show")
    },
    **{(Role.LOGGER, name): Call(Effect.REPORT) for name in ("success", "error", "critical", "line", "bar", "text")},
    **{(Role.PROGRESS, name): Call(Effect.REPORT) for name in ("update", "text", "add_task")},
}

SHOWN_BY_PROGRESS_BARS = frozenset({"desc", "postfix"})
"""Attributes of a progress bar that it shows: ``bar.desc = f"loss {loss.item():.4f}"``."""

CONSTRUCTORS = {"rich.progress.Progress": Role.PROGRESS}

REPORTING_FUNCTIONS = (
    r"(^|_)(c|p|rank_?0_?|master_?|main_?)?print(0|f|_?rank0|_once|_log|_only)?$"
    r"|^(write_|print_)?log(_(string|str|info|message|msg|stats|metrics|line|scalars?|dict))?$|^log_(to|on)_\w+$"
)
"""Functions that show what they are given, in the words of many projects."""

NAMES = {
    r"(?<!metric_)(logger|(^|[._])(\w*_)?(log|tb|summary|board)_?writer|reporter|dashboard)$": Role.LOGGER,
    r"(^|[._])(vis|viz|visdom|trial|session|tune)$": Role.LOGGER,
    r"(^|[._])(progress(_?bar)?|prog_?bar|p_?bar)$": Role.PROGRESS,
}

FUNCTIONS = {
    **{
        f"{module}.{name}": Call(Effect.REPORT)
        for module, name in (
            ("wandb", "log"),
            ("mlflow", "log_metric"),
            ("mlflow", "log_metrics"),
            ("trackio", "log"),
            ("swanlab", "log"),
            ("tqdm.tqdm", "write"),
            ("numpy", "savetxt"),
            ("logging", "info"),
            ("logging", "debug"),
            ("json", "dump"),
            ("json", "dumps"),
            ("click", "echo"),
            ("click", "secho"),
            ("typer", "echo"),
            ("typer", "secho"),
            ("streamlit", "metric"),
            ("streamlit", "text"),
            ("ray.train", "report"),
            ("ray.tune", "report"),
            ("ray.air.session", "report"),
            ("nni", "report_intermediate_result"),
            ("nni", "report_final_result"),
        )
    },
}
