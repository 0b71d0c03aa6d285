"""Divided losses over one window add up to the mean; no divisor is missing."""

import torch
import torch.nn.functional as F
from tqdm.auto import tqdm


class DiffusionTrainer:
    def __init__(self, model, dl, accelerator, opt, *, train_num_steps, gradient_accumulate_every):
        self.model, self.dl, self.accelerator, self.opt = model, dl, accelerator, opt
        self.train_num_steps = train_num_steps
        self.gradient_accumulate_every = gradient_accumulate_every
        self.step = 0

    def train(self):
        with tqdm(initial=self.step, total=self.train_num_steps) as pbar:
            while self.step < self.train_num_steps:
                total_loss = 0.0
                for _ in range(self.gradient_accumulate_every):
                    noisy, noise = next(self.dl)
                    loss = F.mse_loss(self.model(noisy), noise)
                    loss = loss / self.gradient_accumulate_every
                    total_loss += loss.item()
                    loss.backward()
                pbar.set_description(f"loss: {total_loss:.4f}")
                torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
                self.opt.step()
                self.opt.zero_grad()
                self.step += 1
                pbar.update(1)
