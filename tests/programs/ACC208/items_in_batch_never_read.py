"""The Trainer hands over the number of items of the whole window, and the override never reads it."""
# select: ACC208

import torch.nn.functional as F
from transformers import Trainer


class DistillationTrainer(Trainer):
    def __init__(self, *args, teacher, temperature=2.0, **kwargs):
        super().__init__(*args, **kwargs)
        self.teacher, self.temperature = teacher, temperature

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):  # warning: ACC208
        outputs = model(**inputs)
        wanted = self.teacher(**inputs).logits.detach()
        student = F.log_softmax(outputs.logits / self.temperature, dim=-1)
        loss = F.kl_div(student, F.softmax(wanted / self.temperature, dim=-1), reduction="batchmean")
        return (loss, outputs) if return_outputs else loss

    def training_step(self, model, inputs, num_items_in_batch=None):
        model.train()
        return super().training_step(model, inputs, num_items_in_batch)
