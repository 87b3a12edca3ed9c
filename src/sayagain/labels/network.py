"""The network of the dialogue reader: a turn encoder under a dialogue transformer, and one head for each question.

As in RoBERTa-IQ (Gupta et al. 2021) and Wang et al. (COLING 2022): a turn is its text vectors and its numbers,
projected and added; a transformer looks at the turns before and after; several heads learn at once. Needs the extra
``train``.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sayagain.labels.encode import CORE, MARGIN, NUMBERS, TEXTS
from sayagain.labels.heads import LATER, READ_OUTCOMES
from sayagain.text.encoder import DIMENSIONS

WIDTH, NUMBER_WIDTH, LAYERS, ATTENTION_HEADS = 128, 256, 2, 4
DROPOUT = 0.1

FARTHEST_NUMBER = 5.0
"""Standard deviations at which numbers are cut: an outlier is no more than that."""

VECTOR_SCALE = 8.0
"""Vectors of length 1 have small entries; scaled so, they begin on a par with the numbers."""


class _Layer(nn.Module):
    """A transformer layer, norms first; PyTorch's own keeps the sizes of its example when it is exported."""

    def __init__(self) -> None:
        super().__init__()
        self.before, self.between = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.project, self.gather = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.think = nn.Sequential(
            nn.Linear(WIDTH, 2 * WIDTH),
            nn.GELU(),
            nn.Dropout(DROPOUT),
            nn.Linear(2 * WIDTH, WIDTH),
            nn.Dropout(DROPOUT),
        )

    def forward(self, turns: Tensor, there: Tensor) -> Tensor:
        """Return ``turns``, shape (windows, turns, ``WIDTH``), each with what it took from those that are there."""
        size = WIDTH // ATTENTION_HEADS
        parts = self.project(self.before(turns)).unflatten(-1, (3, ATTENTION_HEADS, size)).permute(2, 0, 3, 1, 4)
        asks, keys, values = parts[0], parts[1], parts[2]
        scores = asks @ keys.transpose(-1, -2) / size**0.5
        weights = scores.masked_fill(there[:, None, None, :] == 0, NOT_THERE).softmax(-1)
        gathered = (weights @ values).transpose(1, 2).flatten(-2)
        turns = turns + self.gather(gathered)
        grown: Tensor = turns + self.think(self.between(turns))
        return grown


NOT_THERE = -1e4
"""Score of a turn that is padding."""


class DialogueNetwork(nn.Module):
    """Scores of each turn of a window."""

    mean: Tensor
    spread: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(len(NUMBERS)))
        self.register_buffer("spread", torch.ones(len(NUMBERS)))
        self.known = nn.Sequential(
            nn.Linear(2 * len(NUMBERS), NUMBER_WIDTH), nn.GELU(), nn.Dropout(DROPOUT), nn.Linear(NUMBER_WIDTH, WIDTH)
        )
        self.said = nn.Linear(len(TEXTS) * DIMENSIONS, WIDTH)
        self.mixed = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, WIDTH))
        self.place = nn.Embedding(CORE + 2 * MARGIN, WIDTH)
        self.dialogue = nn.ModuleList(_Layer() for _ in range(LAYERS))
        self.joined = nn.Sequential(nn.LayerNorm(2 * WIDTH), nn.Linear(2 * WIDTH, WIDTH), nn.GELU(), nn.Dropout(0.2))
        self.outcome = nn.Linear(WIDTH, len(READ_OUTCOMES))
        self.goal = nn.Linear(WIDTH, 2)
        self.asked, self.again, self.never = nn.Linear(WIDTH, 64), nn.Linear(WIDTH, 64), nn.Linear(WIDTH, 1)
        self.order = nn.Linear(WIDTH, 2)
        """Of pretraining: whether the response is another dialogue's, and whether the turn is out of order."""

    def measure(self, numbers: Tensor) -> None:
        """Take mean and spread of the numbers from training turns, shape (turns, ``NUMBERS``)."""
        small = _small(numbers)
        known = ~small.isnan()
        count = known.sum(0).clamp(min=1)
        values = small.nan_to_num()
        self.mean.copy_(values.sum(0) / count)
        self.spread.copy_((((values - self.mean) * known).square().sum(0) / count).sqrt() + 1e-2)

    def read(self, numbers: Tensor, texts: Tensor, there: Tensor) -> Tensor:
        """Return what is made of each turn, shape (windows, turns, ``WIDTH``).

        Args:
            numbers: shape (windows, turns, ``NUMBERS``), NaN where unknown.
            texts: shape (windows, turns, ``TEXTS`` x ``DIMENSIONS``).
            there: 1 for a turn, 0 for padding; shape (windows, turns).
        """
        unknown = torch.isnan(numbers)
        scaled = ((_small(numbers) - self.mean) / self.spread).clamp(-FARTHEST_NUMBER, FARTHEST_NUMBER)
        scaled = torch.where(unknown, torch.zeros_like(scaled), scaled)
        turn = self.known(torch.cat([scaled, unknown.to(scaled.dtype)], -1)) + self.said(texts * VECTOR_SCALE)
        turn = turn + self.mixed(turn)
        place = torch.arange(numbers.shape[1], device=numbers.device)
        context = turn + self.place(place)
        for layer in self.dialogue:
            context = layer(context, there)
        joined: Tensor = self.joined(torch.cat([turn, context], -1))
        return joined

    def forward(self, numbers: Tensor, texts: Tensor, there: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return scores: of ``READ_OUTCOMES``; of a goal's start and its being met; of no and each of ``LATER`` turns.

        Shapes (windows, turns, outcomes), (windows, turns, 2), (windows, turns, 1 + ``LATER``).
        """
        read = self.read(numbers, texts, there)
        asked, again = self.asked(read), self.again(read) * there.unsqueeze(-1)
        later = [
            (asked * nn.functional.pad(again, (0, 0, 0, step))[:, step:]).sum(-1, keepdim=True)
            for step in range(1, LATER + 1)
        ]
        return self.outcome(read), self.goal(read), torch.cat([self.never(read), *later], -1)


def _small(numbers: Tensor) -> Tensor:
    """Return numbers with their size as a logarithm."""
    return torch.sign(numbers) * torch.log1p(torch.abs(numbers))
