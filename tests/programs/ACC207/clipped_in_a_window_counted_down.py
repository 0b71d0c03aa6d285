"""The window is counted down, and every micro-batch clips."""

from torch import nn


def train(model, train_loader, optimizer, args, batch_multiplier, logger):
    for epoch in range(args.epochs):
        total_norm, count_norm = 0, 0
        total_loss, train_score = 0, 0
        count, average_loss = 0, 0
        mini_batch_count = batch_multiplier
        for i, (v, q, t) in enumerate(train_loader):
            if mini_batch_count == 0:
                optimizer.step()
                optimizer.zero_grad()
                mini_batch_count = batch_multiplier
            pred = model(v, q)
            loss = nn.functional.binary_cross_entropy_with_logits(pred, t)
            loss = loss / batch_multiplier
            loss.backward()
            mini_batch_count -= 1
            total_norm += nn.utils.clip_grad_norm_(model.parameters(), args.grad_clip)  # warning: ACC207
            count_norm += 1
            total_loss += loss.data.item() * batch_multiplier * v.size(0)
            if args.log_interval > 0:
                average_loss += loss.data.item() * batch_multiplier
                count += 1
                if i % args.log_interval == 0:
                    average_loss /= count
                    print("Step {} / {} ave_loss {:.3f}".format(i, len(train_loader), average_loss))
                    average_loss = 0
                    count = 0
        total_loss /= len(train_loader.dataset)
        logger.write("\ttrain_loss: %.2f, norm: %.4f" % (total_loss, total_norm / count_norm))
