import deepspeed


def train(model, loader, ds_config):
    engine, _, _, _ = deepspeed.initialize(model=model, model_parameters=model.parameters(), config=ds_config)
    for batch in loader:
        raw = engine(batch)
        returned = engine.backward(raw)
        engine.step()
        reveal_scale(raw)  # scale: ℓ
        reveal_scale(returned)  # scale: ℓ/N
