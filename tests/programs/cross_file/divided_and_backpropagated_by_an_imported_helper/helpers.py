"""jiant 2.2.0: one helper for all runners divides, runs backward, and returns the divided loss."""


def complex_backpropagate(loss, n_gpu, gradient_accumulation_steps):
    if n_gpu > 1:
        loss = loss.mean()
    if gradient_accumulation_steps > 1:
        loss = loss / gradient_accumulation_steps
    loss.backward()
    return loss
