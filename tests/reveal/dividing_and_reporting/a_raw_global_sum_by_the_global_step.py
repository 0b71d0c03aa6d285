import torch.nn.functional as F


def train(model, loader, optimizer, gradient_accumulation_steps, num_train_epochs):
    global_step, tr_loss = 0, 0.0
    for _ in range(num_train_epochs):
        for step, (x, y) in enumerate(loader):
            loss = F.cross_entropy(model(x), y)
            (loss / gradient_accumulation_steps).backward()
            tr_loss += loss.item()
            if (step + 1) % gradient_accumulation_steps == 0:
                optimizer.step()
                optimizer.zero_grad()
                global_step += 1
    reveal_scale(tr_loss / global_step)  # scale: ℓ·N
