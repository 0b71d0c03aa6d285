"""DDP averages over the processes at the last micro-batch; over the micro-batches nobody does."""


def train(ddp_model, batches, optimizer, logger, max_steps, num_micro_batches):
    for step in range(max_steps):
        optimizer.zero_grad()
        for micro in range(num_micro_batches):
            loss = ddp_model(next(batches)).loss
            if micro == num_micro_batches - 1:
                loss.backward()  # warning: ACC201
            else:
                with ddp_model.no_sync():
                    loss.backward()
        optimizer.step()
        logger.add_scalar("train/loss", loss.item(), global_step=step)
