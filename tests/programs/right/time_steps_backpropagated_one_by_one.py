"""Time steps of one batch are no micro-batches."""


def train(net, opt, crit, loader, seq_len):
    tot = 0.0
    for x, y in loader:
        opt.zero_grad()
        h = net.init(x)
        for t in range(seq_len):
            out, h = net(x[:, t], h)
            loss = crit(out, y[:, t])
            loss.backward(retain_graph=True)
            tot += loss.item()
        opt.step()
    print("loss", tot / len(loader))
