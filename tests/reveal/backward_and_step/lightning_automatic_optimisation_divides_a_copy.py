import lightning as L
import torch.nn.functional as F


class Classifier(L.LightningModule):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = F.cross_entropy(self.net(x), y)
        reveal_scale(loss)  # scale: ℓ
        self.log("train_loss", loss)
        return loss


def run(net, loader):
    L.Trainer(accumulate_grad_batches=4).fit(Classifier(net), loader)
