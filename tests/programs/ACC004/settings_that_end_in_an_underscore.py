"""N is called as scikit-learn calls what an estimator learned, with an underscore at the end."""

import logging


def train(config, model, loader, criterion, optimizer):
    for x, y in loader:
        loss = criterion(model(x), y) / config.accumulation_steps_
        logging.info(f"loss: {loss}")  # warning: ACC004
        loss.backward()
        config.seen_ += 1
        if config.seen_ == config.warmup_:
            optimizer.step()
            optimizer.zero_grad()
