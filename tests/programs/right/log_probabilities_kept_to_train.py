"""Log-probabilities are kept until the episode's loss is made of them."""


def f(model, loader, optimizer, crit):
    rewards, saved = [], []
    for ep in range(100):
        for t in range(10):
            a, lp = model.act(t)
            saved.append(lp)
            rewards.append(env.step(a))
        loss = 0
        for lp, r in zip(saved, rewards):
            loss += -lp * r
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        del saved[:]
        del rewards[:]
