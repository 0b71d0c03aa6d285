"""Losses of a trajectory are summed and backpropagated; steps of the environment are no micro-batches."""

import torch
import torch.nn.functional as F
from torch.distributions import Categorical


def play(env, policy, optimizer, gamma, episodes, log_interval):
    for episode in range(1, episodes + 1):
        state, _ = env.reset()
        log_probs, values, rewards = [], [], []
        done = False
        while not done:
            logits, value = policy(torch.as_tensor(state).float())
            distribution = Categorical(logits=logits)
            action = distribution.sample()
            state, reward, terminated, truncated, _ = env.step(action.item())
            done = terminated or truncated
            log_probs.append(distribution.log_prob(action))
            values.append(value)
            rewards.append(reward)
        returns, running = [], 0.0
        for reward in reversed(rewards):
            running = reward + gamma * running
            returns.insert(0, running)
        policy_losses, value_losses = [], []
        for log_prob, value, wanted in zip(log_probs, values, torch.tensor(returns)):
            policy_losses.append(-log_prob * (wanted - value.item()))
            value_losses.append(F.smooth_l1_loss(value, wanted.view(1)))
        optimizer.zero_grad()
        loss = torch.stack(policy_losses).sum() + torch.stack(value_losses).sum()
        loss.backward()
        optimizer.step()
        if episode % log_interval == 0:
            print(f"episode {episode}\tloss {loss.item():.2f}")
