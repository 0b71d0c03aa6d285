"""A loop over the dict sets its entries back."""


def train(net, opt, crit, loader, accum_steps):
    logs = {"loss": 0.0}
    updates = 0
    for i, (x, y) in enumerate(loader):
        loss = crit(net(x), y) / accum_steps
        loss.backward()
        logs["loss"] += loss.item()
        if (i + 1) % accum_steps == 0:
            opt.step()
            opt.zero_grad()
            updates += 1
            if updates % 25 == 0:
                print("loss", logs["loss"] / 25)
                for key in logs:
                    logs[key] = 0.0
