"""DeepSpeed: ``engine.backward`` divides by the engine's accumulation steps and returns the divided loss."""

from accumlint.frameworks import Call, Effect, Role

CONSTRUCTORS = {"deepspeed.initialize": Role.ENGINE}

METHODS = {
    (Role.ENGINE, "backward"): Call(Effect.BACKWARD, 0, divides=True, returns_divided=True),
    (Role.ENGINE, "step"): Call(Effect.ACCUMULATE),
    (Role.ENGINE, "gradient_accumulation_steps"): Call(Effect.WINDOW),
    (Role.ENGINE, "is_gradient_accumulation_boundary"): Call(Effect.GRADIENT_BOUNDARY),
}

NAMES = {r"(^|[._])(model_)?engine$|deepspeed_model|ds_engine": Role.ENGINE}
