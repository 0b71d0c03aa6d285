import torch.nn.functional as F
from accelerate import Accelerator


def train(model, loader, optimizer, batch_size, accum_steps):
    accelerator = Accelerator(gradient_accumulation_steps=accum_steps)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    for x, y in loader:
        with accelerator.accumulate(model):
            loss = F.cross_entropy(model(x), y)
            accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
        reveal_scale(accelerator.gather(loss.repeat(batch_size)).mean())  # scale: ℓ
        reveal_scale(accelerator.gather(loss.expand(batch_size)).mean())  # scale: ℓ
        reveal_scale(accelerator.gather(loss.unsqueeze(0)).mean() / accum_steps)  # scale: ℓ/N
