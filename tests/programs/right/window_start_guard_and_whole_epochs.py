"""The window's counter guards its start, and the epoch ends with a whole window."""


def fp(model, loader, optimizer, criterion, args, scaler, log):
    total_iter = 0
    for epoch in range(1, args.epochs + 1):
        epoch_loss = 0.0
        accumulated_steps = 0
        iter_loss = 0
        epoch_iter = 0
        num_iters = len(loader) // args.gradient_accumulation_steps
        for b in loader:
            if accumulated_steps == 0:
                if epoch_iter == num_iters:
                    break
                total_iter += 1
                epoch_iter += 1
                model.zero_grad()
            x, y = b
            loss, meta = criterion(model(x), y)
            loss /= args.gradient_accumulation_steps
            if args.amp:
                scaler.scale(loss).backward()
            else:
                loss.backward()
            reduced = loss.item()
            accumulated_steps += 1
            iter_loss += reduced
            if accumulated_steps % args.gradient_accumulation_steps == 0:
                if args.amp:
                    scaler.step(optimizer)
                    scaler.update()
                else:
                    optimizer.step()
                epoch_loss += iter_loss
                log(step=total_iter, loss=iter_loss)
                print("loss", iter_loss)
                accumulated_steps = 0
                iter_loss = 0
        print("epoch loss", epoch_loss / epoch_iter)
