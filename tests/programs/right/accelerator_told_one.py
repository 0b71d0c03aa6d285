"""The Accelerator is told one, and the script divides."""

from accelerate import Accelerator


def train(net, opt, loader, args):
    acc = Accelerator(gradient_accumulation_steps=1)
    net, opt, loader = acc.prepare(net, opt, loader)
    for i, b in enumerate(loader):
        loss = net(**b).loss
        acc.backward(loss / args.gas)
        if (i + 1) % args.gas == 0:
            opt.step()
            opt.zero_grad()
