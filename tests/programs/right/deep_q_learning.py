"""`% update_every` copies weights to a target network, `% train_every` starts a whole update."""

import random

import torch
import torch.nn.functional as F


class Agent:
    def __init__(self, online, target, optimizer, train_every=4, update_every=1000):
        self.online, self.target, self.optimizer = online, target, optimizer
        self.train_every, self.update_every = train_every, update_every
        self.memory, self.t = [], 0

    def observe(self, transition, gamma=0.99, batch_size=32):
        self.memory.append(transition)
        self.t += 1
        if self.t % self.train_every == 0 and len(self.memory) >= batch_size:
            states, actions, rewards, following = map(torch.stack, zip(*random.sample(self.memory, batch_size)))
            chosen = self.online(states).gather(1, actions)
            with torch.no_grad():
                wanted = rewards + gamma * self.target(following).max(1, keepdim=True).values
            loss = F.smooth_l1_loss(chosen, wanted)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        if self.t % self.update_every == 0:
            self.target.load_state_dict(self.online.state_dict())
