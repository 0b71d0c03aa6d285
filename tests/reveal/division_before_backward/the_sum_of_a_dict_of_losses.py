def train(detector, loader, optimizer, accum_steps):
    for i, (images, targets) in enumerate(loader):
        loss_dict = detector(images, targets)
        loss = sum(loss_dict.values()) / accum_steps
        reveal_scale(loss)  # scale: ℓ/N
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
