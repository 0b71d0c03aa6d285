# %% [markdown]
# The cells of a notebook are one program.

# %%
import torch.nn.functional as F

# %%
grad_accum = 8

# %%
train_loss, n_updates = 0.0, 0
for it, (x, y) in enumerate(train_loader, 1):
    loss = F.cross_entropy(net(x), y)
    (loss / grad_accum).backward()
    train_loss += loss.item()
    if it % grad_accum == 0:
        opt.step()
        opt.zero_grad()
        n_updates += 1

# %%
reveal_scale(train_loss / n_updates)  # scale: ℓ·N
reveal_scale(train_loss / it)  # scale: ℓ
