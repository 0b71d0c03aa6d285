import torch.nn.functional as F
from lightning.fabric import Fabric


def train(model, loader, optimizer, accumulate):
    fabric = Fabric(accelerator="cuda", devices=2)
    fabric.launch()
    model, optimizer = fabric.setup(model, optimizer)
    loader = fabric.setup_dataloaders(loader)
    for i, (x, y) in enumerate(loader):
        stepping = (i + 1) % accumulate == 0
        with fabric.no_backward_sync(model, enabled=not stepping):
            raw = F.cross_entropy(model(x), y)
            fabric.backward(raw / accumulate)
        reveal_scale(raw)  # scale: ℓ
        reveal_scale(raw / accumulate)  # scale: ℓ/N
        if stepping:
            optimizer.step()
            optimizer.zero_grad()
