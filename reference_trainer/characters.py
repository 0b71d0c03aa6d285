"""A tiny transformer learns twelve sonnets, line by line: the loss is a mean over tokens.

Lines differ in length, so micro-batches of equally many lines hold different numbers of tokens, and a mean of
their means is not the mean. That is why the window is divided by its tokens.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, scaled_dot_product_attention
from torch.nn.utils.rnn import pad_sequence

from reference_trainer.task import Batch, Samples, Task

IGNORE = -100
SONNETS = Path(__file__).with_name("sonnets.txt")


class Block(nn.Module):
    """Causal self-attention, then an MLP, each behind a layer norm and beside a residual."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.norm_attention, self.norm_mlp = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        # Padding stands on the right and attention looks to the left: no real token ever sees it.
        lines, length, width = x.shape
        qkv = self.qkv(self.norm_attention(x)).view(lines, length, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        seen = scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.drop(self.out(seen.transpose(1, 2).reshape(lines, length, width)))
        y: Tensor = x + self.drop(self.mlp(self.norm_mlp(x)))
        return y


class Transformer(nn.Module):
    """(lines, characters) -> logits of the next character, (lines, characters, vocabulary)"""

    def __init__(self, vocabulary: int, length: int, width: int, dropout: float) -> None:
        super().__init__()
        self.token, self.position = nn.Embedding(vocabulary, width), nn.Embedding(length, width)
        self.blocks = nn.Sequential(*(Block(width, heads=4, dropout=dropout) for _ in range(2)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, vocabulary)

    def forward(self, x: Tensor) -> Tensor:
        position = torch.arange(x.shape[1], device=x.device)
        logits: Tensor = self.head(self.norm(self.blocks(self.token(x) + self.position(position))))
        return logits


def sample(line: str, vocabulary: str) -> Batch:
    """The characters of a line, and the same moved on by one: each target is what comes next."""
    tokens = torch.tensor([vocabulary.index(character) for character in f"\n{line}\n"])
    return tokens[:-1], tokens[1:]


def collate(lines: list[Batch]) -> Batch:
    """Pad to the longest line; padded targets are ignored."""
    x, y = map(list, zip(*lines, strict=True))
    return pad_sequence(x, batch_first=True), pad_sequence(y, batch_first=True, padding_value=IGNORE)


def summed_cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Cross entropy summed over all tokens that are not padding."""
    return cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=IGNORE, reduction="sum")


def count_tokens(target: Tensor) -> int:
    """How many targets :func:`summed_cross_entropy` sums."""
    return int((target != IGNORE).sum())


def task(dtype: torch.dtype = torch.float32, width: int = 64, dropout: float = 0.0) -> Task:
    """168 lines of Shakespeare: every eighth is kept for validation."""
    text = SONNETS.read_text(encoding="utf-8")
    vocabulary = "".join(sorted(set(text)))
    lines = text.splitlines()
    samples = [sample(line, vocabulary) for line in lines]
    longest = max(len(x) for x, _ in samples)
    return Task(
        unit="token",
        model=lambda: Transformer(len(vocabulary), longest, width, dropout).to(dtype),
        criterion=summed_cross_entropy,
        count=count_tokens,
        collate=collate,
        train=Samples([line for i, line in enumerate(samples) if i % 8]),
        valid=Samples(samples[::8]),
    )
