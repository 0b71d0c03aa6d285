"""What the Accelerator is told is N, whatever it is called; the loss is divided by it twice and averaged divided."""

from accelerate import Accelerator


def finetune(model, optimizer, loader, k):
    accelerator = Accelerator(gradient_accumulation_steps=k)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    total = 0.0
    for batch in loader:
        with accelerator.accumulate(model):
            loss = model(**batch).loss / k  # error: ACC202
            accelerator.backward(loss)
            optimizer.step()
            optimizer.zero_grad()
            total += loss.item()  # error: ACC003
    print("loss", total / len(loader))
