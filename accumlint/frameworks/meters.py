"""Averagers: the divisor is inside, so a meter is a mean of what it is fed."""

from accumlint.frameworks import Call, Effect, Role

CONSTRUCTORS = {
    "torchmetrics.MeanMetric": Role.METER,
    "torchmetrics.aggregation.MeanMetric": Role.METER,
    "torchmetrics.SumMetric": Role.SUM_METER,
    "torchmetrics.aggregation.SumMetric": Role.SUM_METER,
    "torcheval.metrics.Mean": Role.METER,
    "torcheval.metrics.Sum": Role.SUM_METER,
    "ignite.metrics.RunningAverage": Role.METER,
    "timm.utils.AverageMeter": Role.METER,
    "*.AverageMeter": Role.METER,
    "*.RunningMean": Role.METER,
    "*.MetricLogger": Role.METERS,
    "*.SmoothedValue": Role.METER,
    "trainer.generic_utils.KeepAverage": Role.METER,
    "*.KeepAverage": Role.METER,
}

METHODS = {
    (Role.METER, "update"): Call(Effect.FEED, 0, weight=1),
    (Role.METER, "update_values"): Call(Effect.FEED, 0),
    (Role.METER, "update_dict"): Call(Effect.FEED, 0),
    (Role.METER, "add"): Call(Effect.FEED, 0, weight=1),
    (Role.METER, "append"): Call(Effect.FEED, 0),
    (Role.METER, "push"): Call(Effect.FEED, 0),
    (Role.METER, "__call__"): Call(Effect.FEED, 0),
    (Role.METER, "forward"): Call(Effect.FEED, 0),
    (Role.METER, "compute"): Call(Effect.READ_MEAN),
    (Role.METER, "value"): Call(Effect.READ_MEAN),
    (Role.METER, "mean"): Call(Effect.READ_MEAN),
    (Role.METER, "get_average"): Call(Effect.READ_MEAN),
    (Role.METER, "item"): Call(Effect.READ_MEAN),
    (Role.METER, "reset"): Call(Effect.RESET),
    (Role.SUM_METER, "update"): Call(Effect.ADD_IN_PLACE, 0),
    (Role.SUM_METER, "compute"): Call(Effect.READ_SUM),
    (Role.SUM_METER, "reset"): Call(Effect.RESET),
    (Role.METERS, "update"): Call(Effect.FEED_FIELDS),
    (Role.METERS, "meter"): Call(Effect.FEED_FIELDS),
    (Role.METERS, "reset"): Call(Effect.RESET),
}

NAMES = {
    r"metric_logger|stats_tracker": Role.METERS,
    r"meters?($|_)|loss_?trackers?$|averager|keep_?av|_avg$|^avg_|running_mean|(^|_)(ema|smoothed)_?": Role.METER,
}

MEAN_ATTRIBUTES = frozenset({"avg", "mean", "average", "global_avg", "median", "smooth", "smoothed_value"})
SUM_ATTRIBUTES = frozenset({"sum", "total"})
LAST_ATTRIBUTES = frozenset({"val", "value", "last", "latest"})
COUNT_ATTRIBUTES = frozenset({"count", "n", "cnt"})
"""What the attributes of a meter read."""
