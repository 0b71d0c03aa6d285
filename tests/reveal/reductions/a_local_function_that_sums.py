import torch.nn.functional as F


def elbo(reconstruction, x, mu, logvar):
    error = F.binary_cross_entropy(reconstruction, x, reduction="sum")
    divergence = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum()
    return error + divergence


def train(vae, loader, optimizer):
    total = 0.0
    for x, _ in loader:
        optimizer.zero_grad()
        reconstruction, mu, logvar = vae(x)
        loss = elbo(reconstruction, x, mu, logvar)
        reveal_scale(loss)  # scale: ℓ·b
        loss.backward()
        total += loss.item()
        optimizer.step()
    reveal_scale(total / len(loader.dataset))  # scale: ℓ
