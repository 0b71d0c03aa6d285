"""Intervals for validation and checkpoints are no windows."""

import torch
import torch.nn.functional as F


def train(model, loader, val_loader, optimizer, max_steps, eval_every, save_every):
    model.train()
    step = 0
    best = float("inf")
    while step < max_steps:
        for x, y in loader:
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            step += 1
            if step % eval_every == 0:
                model.eval()
                val_loss = 0.0
                with torch.no_grad():
                    for vx, vy in val_loader:
                        val_loss += F.cross_entropy(model(vx), vy).item()
                best = min(best, val_loss / len(val_loader))
                print(f"step {step}: train {loss.item():.4f} best {best:.4f}")
                model.train()
            if step % save_every == 0:
                torch.save(model.state_dict(), f"step_{step}.pt")
            if step >= max_steps:
                break
