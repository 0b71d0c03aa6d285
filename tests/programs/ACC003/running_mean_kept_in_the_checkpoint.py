"""funasr 1.4.16: the loss is weighted where there are several processes, and divided by N for all; its running
mean goes by keyword into the checkpoint."""

import torch
import torch.distributed as dist


class Trainer:
    def train_epoch(self, model, loader, optimizer, **kwargs):
        accum_grad = self.accum_grad
        for batch_idx, batch in enumerate(loader):
            loss, stats, weight = model(**batch)
            if self.use_ddp:
                loss = (loss * weight.type(loss.dtype)).sum()
                dist.all_reduce(weight)
                loss /= weight.sum()
                loss *= self.world_size
            loss = loss / accum_grad
            loss.backward()
            start = kwargs.get("start_step", 0)
            self.train_loss_avg = (
                self.train_loss_avg * (batch_idx + start)
                + loss.detach().cpu().item()  # error: ACC003
            ) / (batch_idx + start + 1)
            if (batch_idx + 1) % accum_grad == 0:
                optimizer.step()
                optimizer.zero_grad()
            if (batch_idx + 1) % self.save_interval == 0:
                self.save_checkpoint(batch_idx, train_loss_avg=self.train_loss_avg)

    def save_checkpoint(self, step, **kwargs):
        state = {"step": step, "train_loss_avg": kwargs.get("train_loss_avg", 0)}
        torch.save(state, f"{step}.pt")
