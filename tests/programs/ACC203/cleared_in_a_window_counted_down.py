"""The window is counted down, and every micro-batch clears the gradients."""

from torch.cuda import amp


def train(network, data_loader, optimizer, scaler, recorder, device, use_amp, batch_multiplier):
    mb = batch_multiplier
    for iteration, b in enumerate(data_loader):
        optimizer.zero_grad()  # error: ACC203
        with amp.autocast(enabled=use_amp):
            _, loss, stats, _ = network(b["img"], b["target"])
            loss = loss / batch_multiplier
        scaler.scale(loss).backward()
        if mb == 0:
            scaler.step(optimizer)
            scaler.update()
            mb = batch_multiplier
        mb -= 1
        recorder.update_loss_stats(stats)
