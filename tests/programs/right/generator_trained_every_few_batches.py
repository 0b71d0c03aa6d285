"""The generator is trained every few batches, and steps more rarely still."""


def train(G, D, loader, adv, opt_g, opt_d, n_critic, accum_steps):
    g_total, n = 0.0, 0
    for i, (x, z) in enumerate(loader):
        (adv(D(x), D(G(z).detach())) / accum_steps).backward()
        if (i + 1) % accum_steps == 0:
            opt_d.step()
            opt_d.zero_grad()
        if (i + 1) % n_critic == 0:
            g_loss = adv(D(G(z)), None)
            (g_loss / accum_steps).backward()
            g_total += g_loss.item()
            if ((i + 1) // n_critic) % accum_steps == 0:
                opt_g.step()
                opt_g.zero_grad()
        n += 1
    print(g_total / n)
