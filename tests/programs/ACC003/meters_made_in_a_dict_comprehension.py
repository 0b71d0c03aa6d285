"""One meter for each term, made in a comprehension; the total is fed after the division."""

from timm.utils import AverageMeter

TERMS = ("total", "regularisation")


def train(model, loader, criterion, optimizer, accum_steps):
    meters = {name: AverageMeter() for name in TERMS}
    for i, (x, y) in enumerate(loader):
        regularisation = 0.1 * model.weight.pow(2).mean()
        loss = (criterion(model(x), y) + regularisation) / accum_steps
        loss.backward()
        meters["total"].update(loss.item(), x.size(0))  # error: ACC003
        meters["regularisation"].update(regularisation.item(), x.size(0))
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    print("loss", meters["total"].avg, "regularisation", meters["regularisation"].avg)
