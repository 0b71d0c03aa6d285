import torch.nn.functional as F


def train(model, get_batch, optimizer, gradient_accumulation_steps, max_iters):
    iter_num, total = 0, 0.0
    while True:
        for micro_step in range(gradient_accumulation_steps):
            x, y = get_batch("train")
            loss = F.cross_entropy(model(x), y)
            loss = loss / gradient_accumulation_steps
            loss.backward()
            total += loss.item()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        iter_num += 1
        if iter_num > max_iters:
            break
    reveal_scale(iter_num)  # scale: m/N
    reveal_scale(total / iter_num)  # scale: ℓ
