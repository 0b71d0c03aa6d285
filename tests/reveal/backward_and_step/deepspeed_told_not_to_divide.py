import deepspeed


def train(model, loader, ds_config, gas):
    engine, _, _, _ = deepspeed.initialize(model=model, model_parameters=model.parameters(), config=ds_config)
    for batch in loader:
        raw = engine(batch)
        loss = raw / gas
        returned = engine.backward(loss, scale_wrt_gas=False)
        engine.step()
        reveal_scale(loss)  # scale: ℓ/N
        reveal_scale(returned)  # scale: ℓ/N
