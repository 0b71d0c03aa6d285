"""torch.amp and apex: the loss is multiplied by a scale S before backward."""

from accumlint.frameworks import Call, Effect, Role

CONSTRUCTORS = {
    "torch.cuda.amp.GradScaler": Role.GRAD_SCALER,
    "torch.amp.GradScaler": Role.GRAD_SCALER,
    "torch.cuda.amp.grad_scaler.GradScaler": Role.GRAD_SCALER,
    "timm.utils.NativeScaler": Role.LOSS_SCALER,
    "timm.utils.ApexScaler": Role.LOSS_SCALER,
}

METHODS = {
    (Role.GRAD_SCALER, "scale"): Call(Effect.SCALE, 0),
    (Role.GRAD_SCALER, "step"): Call(Effect.STEP),
    (Role.GRAD_SCALER, "unscale_"): Call(Effect.UNSCALE),
    (Role.GRAD_SCALER, "update"): Call(Effect.NOTHING),
    (Role.LOSS_SCALER, "__call__"): Call(Effect.BACKWARD, 0, steps=True),
}

FUNCTIONS = {
    "apex.amp.scale_loss": Call(Effect.SCALE, 0),
    "amp.scale_loss": Call(Effect.SCALE, 0),
}

NAMES = {
    r"^(self\.)?_?loss_scaler": Role.LOSS_SCALER,
    r"scaler": Role.GRAD_SCALER,
}
