def train(model, loader, optimizer, accum_steps):
    for i, batch in enumerate(loader):
        labels = batch["labels"]
        loss = model(input_ids=batch["input_ids"], labels=labels).loss
        (loss / accum_steps).backward()
        reveal_scale(len(batch))  # scale: 1
        reveal_scale(labels.size(0))  # scale: b
        reveal_scale(len(batch["input_ids"]))  # scale: b
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
