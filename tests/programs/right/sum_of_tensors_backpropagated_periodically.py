"""The sum keeps its graph because the sum itself is backpropagated every N batches."""

import torch.nn.functional as F


def train(model, pairs, optimizer, batch_of):
    loss_sum = 0
    for n, (question, answer) in enumerate(pairs, start=1):
        loss_sum = loss_sum + F.cross_entropy(model(question), answer)
        if n % batch_of == 0:
            optimizer.zero_grad()
            mean_loss = loss_sum / batch_of
            mean_loss.backward()
            optimizer.step()
            print(f"{n}: loss {mean_loss.item():.4f}")
            loss_sum = 0
