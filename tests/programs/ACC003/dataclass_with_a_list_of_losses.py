"""A dataclass makes the list that losses are kept in."""

from dataclasses import dataclass, field


@dataclass
class History:
    losses: list = field(default_factory=list)


def train(model, loader, criterion, optimizer, accum_steps):
    history = History()
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y) / accum_steps
        loss.backward()
        history.losses.append(loss.item())  # error: ACC003
        if (i + 1) % accum_steps == 0 or i + 1 == len(loader):
            optimizer.step()
            optimizer.zero_grad()
    print("loss", sum(history.losses) / len(history.losses))
