def log(values, smallest=1e-20):
    return values.clamp(min=smallest).log()


def hinge(real, fake):
    return (log(1 + (-real).exp()) + log(1 + fake.exp())).mean()


def train(critic, pairs, optimizer, accum_steps):
    for i, (real, fake) in enumerate(pairs):
        loss = hinge(critic(real), critic(fake))
        reveal_scale(loss)  # scale: ℓ
        (loss / accum_steps).backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
