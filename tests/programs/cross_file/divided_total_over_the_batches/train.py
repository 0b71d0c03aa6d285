from . import loops
from .setup import net, opt, train_batches, writer


def main(epochs, acc):
    for epoch in range(epochs):
        mean = loops.run_epoch(net, train_batches, opt, acc) / len(train_batches)
        writer.add_scalar("loss/train", mean, epoch)
