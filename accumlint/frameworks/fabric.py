"""Lightning Fabric and Lightning modules: neither ``Fabric.backward`` nor ``manual_backward`` divides."""

from accumlint.frameworks import Call, Effect, Role

CONSTRUCTORS = {
    "lightning.Fabric": Role.FABRIC,
    "lightning.fabric.Fabric": Role.FABRIC,
    "lightning_fabric.Fabric": Role.FABRIC,
}

METHODS = {
    (Role.FABRIC, "backward"): Call(Effect.BACKWARD, 0),
    (Role.FABRIC, "clip_gradients"): Call(Effect.CLIP),
    (Role.FABRIC, "all_reduce"): Call(Effect.SAME, 0),
    (Role.FABRIC, "all_gather"): Call(Effect.SAME, 0),
    (Role.FABRIC, "print"): Call(Effect.REPORT),
    (Role.FABRIC, "log"): Call(Effect.REPORT),
    (Role.FABRIC, "log_dict"): Call(Effect.REPORT),
    (Role.ANY, "manual_backward"): Call(Effect.BACKWARD, 0),
    (Role.ANY, "clip_gradients"): Call(Effect.CLIP),
}

NAMES = {r"fabric": Role.FABRIC}

LIGHTNING_MODULES = frozenset(
    f"{package}.LightningModule" for package in ("lightning", "lightning.pytorch", "pytorch_lightning")
)
"""Base classes whose methods the framework calls."""

MICRO_BATCH_HOOKS = frozenset({"training_step", "on_train_batch_start", "on_train_batch_end", "optimizer_step"})
EPOCH_HOOKS = frozenset({"on_train_epoch_start", "on_train_epoch_end", "training_epoch_end", "on_epoch_end"})
"""How often the framework calls a method: once per micro-batch, or once per epoch."""
