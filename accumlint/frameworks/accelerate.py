"""Hugging Face Accelerate: ``backward`` divides by the Accelerator's own gradient_accumulation_steps."""

from accumlint.frameworks import Call, Effect, Role

CONSTRUCTORS = {"accelerate.Accelerator": Role.ACCELERATOR}

METHODS = {
    (Role.ACCELERATOR, "backward"): Call(Effect.BACKWARD, 0, divides=True),
    (Role.ACCELERATOR, "accumulate"): Call(Effect.ACCUMULATE),
    (Role.ACCELERATOR, "clip_grad_norm_"): Call(Effect.CLIP),
    (Role.ACCELERATOR, "clip_grad_value_"): Call(Effect.CLIP),
    (Role.ACCELERATOR, "gather"): Call(Effect.SAME, 0),
    (Role.ACCELERATOR, "gather_for_metrics"): Call(Effect.SAME, 0),
    (Role.ACCELERATOR, "reduce"): Call(Effect.SAME, 0),
    (Role.ACCELERATOR, "prepare"): Call(Effect.WRAP),
    (Role.ACCELERATOR, "log"): Call(Effect.REPORT),
    (Role.ACCELERATOR, "print"): Call(Effect.REPORT),
}

NAMES = {r"accelerator": Role.ACCELERATOR}
