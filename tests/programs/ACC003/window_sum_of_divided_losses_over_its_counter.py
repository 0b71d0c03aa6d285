"""Divided losses of a window over their number: a mean of quotients."""


def loop(gen, loader, optimizer, crit, config, hist):
    acc = 0
    run = 0.0
    for x, y in loader:
        loss = crit(gen(x), y) / config.gradient_accumulation_steps
        loss.backward()
        run += loss.item()  # error: ACC003
        acc += 1
        if acc >= config.gradient_accumulation_steps:
            optimizer.step()
            optimizer.zero_grad()
            print("loss", run / acc)
            acc = 0
            run = 0.0
