import torch.nn.functional as F


def train(model, loader, optimizer, gradient_accumulation_steps, logging_steps):
    global_step = 0
    tr_loss, logging_loss = 0.0, 0.0
    for step, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        (loss / gradient_accumulation_steps).backward()
        tr_loss += loss.item()
        if (step + 1) % gradient_accumulation_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
            global_step += 1
            if global_step % logging_steps == 0:
                reveal_scale((tr_loss - logging_loss) / logging_steps)  # scale: ℓ·N
                logging_loss = tr_loss
