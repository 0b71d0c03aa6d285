"""Other ways in which a number is shown: click, a success of a logger, a row of a table, a trial's report."""

import click
import torch.nn.functional as F
from prettytable import PrettyTable


def train(model, loader, optimizer, logger, trial, accum_steps):
    table = PrettyTable()
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y) / accum_steps
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            click.echo(f"loss {loss.item():.4f}")  # error: ACC004
            logger.success(f"loss {loss.item():.4f}")  # error: ACC004
            table.add_row([i, loss.item()])  # warning: ACC004
            trial.report(loss.item(), i)  # warning: ACC004
