"""As its neighbour in right/, but what is added is what was there before the division."""


class Learner:
    def __init__(self, model, folder):
        self.model = model
        self.settings = self.load_settings(folder)

    def train(self, loader, optimizer, criterion, writer):
        settings = self.settings
        total, logged, global_step = 0.0, 0.0, 0
        for step, (x, y) in enumerate(loader):
            raw_loss = criterion(self.model(x), y)
            loss = raw_loss
            if settings.accumulate_every > 1:
                loss = raw_loss / settings.accumulate_every
            loss.backward()
            total += raw_loss.item()  # error: ACC001
            if (step + 1) % settings.accumulate_every == 0:
                optimizer.step()
                optimizer.zero_grad()
                global_step += 1
                if global_step % settings.log_every == 0:
                    writer.add_scalar("loss", (total - logged) / settings.log_every, global_step)
                    logged = total
