import torch
import torch.nn.functional as F
from timm.utils import NativeScaler


def train(model, loader, optimizer, args):
    loss_scaler = NativeScaler()
    for i, (x, y) in enumerate(loader):
        with torch.autocast("cuda"):
            loss = F.cross_entropy(model(x), y)
        value = loss.item()
        loss = loss / args.accum_iter
        loss_scaler(loss, optimizer, parameters=model.parameters(), update_grad=(i + 1) % args.accum_iter == 0)
        if (i + 1) % args.accum_iter == 0:
            optimizer.zero_grad()
        reveal_scale(value)  # scale: ℓ
        reveal_scale(loss)  # scale: ℓ/N
