"""The log interval is called after the loss."""


def f(model, loader, crit, optimizer, cfg, N, K, loss_log_freq, print_loss_every):
    rolling = 0.0
    for i, (x, y) in enumerate(loader):
        loss = crit(model(x), y) / N
        rolling += loss.item()  # error: ACC003
        loss.backward()
        if (i + 1) % N == 0:
            optimizer.step()
            optimizer.zero_grad()
        if (i + 1) % loss_log_freq == 0:
            avg = rolling / loss_log_freq
            print("loss", avg)
            rolling = 0.0
