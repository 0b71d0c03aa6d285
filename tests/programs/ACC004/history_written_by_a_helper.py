"""llama-recipes 0.0.4: the list of step losses goes into a dict that a helper writes to a file, again and again."""

import json


def save_history(path, step_losses):
    history = {"train_step_loss": step_losses}
    with open(path, "w") as file:
        json.dump(history, file)


def train(model, loader, optimizer, accum_steps, path):
    step_losses = []
    for i, batch in enumerate(loader):
        loss = model(**batch).loss
        loss = loss / accum_steps
        step_losses.append(loss.detach().float().item())  # error: ACC004
        loss.backward()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
        save_history(path, step_losses)
