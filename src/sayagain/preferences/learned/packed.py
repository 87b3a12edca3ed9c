"""The table of word pieces with four bits a number: so a small file holds twice as many words.

Needs the extra ``train``.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

BLOCK = 96
"""Numbers of a row of the table of word pieces that have one scale: 4 bits each, a quarter of the rows of 8 bits more
words."""
LEVELS = 7
"""Largest number of four bits, of either sign."""


class Packed(nn.Module):
    """The table of word pieces with four bits a number, two in a byte; it gives what they stand for."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        rows = table.reshape(len(table), -1, BLOCK)
        scale = rows.abs().amax(2).clamp(min=1e-8) / LEVELS
        levels = (rows / scale.unsqueeze(2)).round().clamp(-LEVELS, LEVELS).reshape(len(table), -1) + 8
        half = levels.shape[1] // 2
        self.register_buffer("pairs", (16 * levels[:, :half] + levels[:, half:]).to(torch.uint8))
        self.register_buffer("scale", scale)

    def forward(self, pieces: Tensor) -> Tensor:
        """Return the vectors of word pieces, shape (statements, length, width)."""
        pair = self.pairs[pieces].to(torch.float32)
        high = torch.floor(pair / 16)
        levels = torch.cat([high, pair - 16 * high], -1) - 8
        scale = self.scale[pieces].unsqueeze(-1)
        blocks = levels.reshape(*pieces.shape, -1, BLOCK) * scale
        return blocks.reshape(*pieces.shape, -1)


def coarse(table: Tensor) -> Tensor:
    """Return the table of word pieces as it will be read from the file: so it is learned with."""
    with torch.no_grad():
        found: Tensor = Packed(table)(torch.arange(len(table)).unsqueeze(0))[0]
    return found
