"""A long override that reads the number of items of the window on its last line."""
# select: ACC208

from transformers import Trainer


class LongTrainer(Trainer):
    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        hidden = model.embed(inputs["tokens"])
        hidden = self.blocks[0](hidden)
        hidden = self.blocks[1](hidden)
        hidden = self.blocks[2](hidden)
        hidden = self.blocks[3](hidden)
        hidden = self.blocks[4](hidden)
        hidden = self.blocks[5](hidden)
        hidden = self.blocks[6](hidden)
        hidden = self.blocks[7](hidden)
        hidden = self.blocks[8](hidden)
        hidden = self.blocks[9](hidden)
        hidden = self.blocks[10](hidden)
        hidden = self.blocks[11](hidden)
        hidden = self.blocks[12](hidden)
        hidden = self.blocks[13](hidden)
        hidden = self.blocks[14](hidden)
        hidden = self.blocks[15](hidden)
        hidden = self.blocks[16](hidden)
        hidden = self.blocks[17](hidden)
        hidden = self.blocks[18](hidden)
        hidden = self.blocks[19](hidden)
        hidden = self.blocks[20](hidden)
        hidden = self.blocks[21](hidden)
        hidden = self.blocks[22](hidden)
        hidden = self.blocks[23](hidden)
        hidden = self.blocks[24](hidden)
        hidden = self.blocks[25](hidden)
        total = self.criterion(hidden, inputs["labels"])
        return total / num_items_in_batch

    def training_step(self, model, inputs, num_items_in_batch=None):
        loss = super().training_step(model, inputs, num_items_in_batch)
        self.accelerator.backward(loss)
        return loss
