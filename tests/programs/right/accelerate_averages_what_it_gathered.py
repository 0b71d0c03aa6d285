"""The mean over the processes is divided by N as it is summed over the window, and shown at the boundary."""

from accelerate import Accelerator


def train(args, unet, criterion, optimizer, lr_scheduler, train_dataloader):
    accelerator = Accelerator(gradient_accumulation_steps=args.gradient_accumulation_steps)
    unet, optimizer, train_dataloader, lr_scheduler = accelerator.prepare(
        unet, optimizer, train_dataloader, lr_scheduler
    )
    global_step = 0
    for epoch in range(args.num_train_epochs):
        train_loss = 0.0
        for batch in train_dataloader:
            with accelerator.accumulate(unet):
                loss = criterion(unet(batch["noisy"], batch["timesteps"]), batch["noise"])
                avg_loss = accelerator.gather(loss.repeat(args.train_batch_size)).mean()
                train_loss += avg_loss.item() / args.gradient_accumulation_steps
                accelerator.backward(loss)
                if accelerator.sync_gradients:
                    accelerator.clip_grad_norm_(unet.parameters(), args.max_grad_norm)
                optimizer.step()
                lr_scheduler.step()
                optimizer.zero_grad()
            if accelerator.sync_gradients:
                global_step += 1
                accelerator.log({"train_loss": train_loss}, step=global_step)
                train_loss = 0.0
