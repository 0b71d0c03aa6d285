"""In the manner of an early finetuning recipe: divide, sum the divided loss, divide by len(dataloader)."""

import torch
from tqdm import tqdm


def train(model, train_dataloader, optimizer, lr_scheduler, gradient_accumulation_steps, train_config):
    train_prep, train_loss = [], []
    for epoch in range(train_config.num_epochs):
        model.train()
        total_loss = 0.0
        for step, batch in enumerate(tqdm(train_dataloader, colour="blue", desc=f"Training Epoch {epoch}")):
            batch = {key: value.to("cuda") for key, value in batch.items()}
            loss = model(**batch).loss
            loss = loss / gradient_accumulation_steps
            total_loss += loss.detach().float()  # error: ACC003
            loss.backward()
            if (step + 1) % gradient_accumulation_steps == 0 or step == len(train_dataloader) - 1:
                optimizer.step()
                optimizer.zero_grad()
        train_epoch_loss = total_loss / len(train_dataloader)
        train_prep.append(torch.exp(train_epoch_loss))
        train_loss.append(train_epoch_loss)
        lr_scheduler.step()
    return sum(train_prep) / len(train_prep), sum(train_loss) / len(train_loss)
