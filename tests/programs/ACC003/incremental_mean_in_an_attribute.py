"""A mean that is kept up to date in an attribute; on one of two paths the loss is weighted first."""

import torch.distributed as dist


class Trainer:
    def __init__(self, accum_grad, distributed, world_size, checkpoint_interval):
        self.accum_grad = accum_grad
        self.distributed = distributed
        self.world_size = world_size
        self.checkpoint_interval = checkpoint_interval
        self.train_loss_avg = 0.0

    def train_epoch(self, model, optimizer, loader, start_step):
        accum_grad = self.accum_grad
        for i, batch in enumerate(loader):
            loss, stats, weight = model(**batch)
            if self.distributed:
                loss = (loss * weight.type(loss.dtype)).sum()
                dist.all_reduce(weight, op=dist.ReduceOp.SUM)
                loss /= weight.sum()
                loss *= self.world_size
            loss = loss / accum_grad
            loss.backward()
            self.train_loss_avg = (
                self.train_loss_avg * (i + start_step) + loss.detach().cpu().item()  # error: ACC003
            ) / (i + start_step + 1)
            if (i + 1) % accum_grad == 0 or (i + 1) == len(loader):
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
                self.log(stats, loss=accum_grad * loss.detach().cpu().item())
            if i % self.checkpoint_interval == 0:
                self.save_checkpoint(model, train_loss_avg=self.train_loss_avg)

    def log(self, stats, loss):
        print(stats, "train loss", loss)

    def save_checkpoint(self, model, **state):
        state["model"] = model.state_dict()
        self.checkpoint = state
