"""Train the dialogue reader: first without labels, on dialogues put out of order, then all heads at once.

Needs the extra ``train``. A run can be stopped and run again: it goes on after the last part that was kept.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from sayagain.errors import SayAgainError
from sayagain.labels.heads import READ_OUTCOMES
from sayagain.labels.network import DialogueNetwork
from sayagain.labels.reader import padded
from sayagain.labels.training_set import LABELS, UNKNOWN, Taught
from sayagain.text.export import quantise, write_whole
from sayagain.text.training import Told, Training, rise_and_fall

READER_SAVE_EVERY = 100
"""Batches after which the state is kept: a minute or two are lost at most."""

OUTCOME_WEIGHTS = {"correct": 1.0, "entity": 2.0}
"""Weights of outcomes in the loss; those not named have ``FAILED_WEIGHT``."""
FAILED_WEIGHT = 1.5
"""Failures are few; as many as they are, the reader would call the doubtful ones correct."""

GOAL_WEIGHT, AGAIN_WEIGHT = 0.3, 0.5
"""Weights of the other heads beside the outcome."""

FORGOTTEN_NUMBERS = 0.1
"""Share of the numbers that are taken away from a batch in every second step, so that none is leaned on alone."""

FORGOTTEN_TEXTS = 0.25
"""Share of turns whose texts are taken away: recordings have some hundred texts, and to know them by heart is no
reading of others."""

SWAPPED = 0.15
"""Share of turns that get another dialogue's response, or another place, in pretraining."""

Window = tuple[int, tuple[int, int, int, int]]
"""Number of the part, and a window of it."""


@dataclass(frozen=True)
class ReaderRecipe:
    """How a reader is trained."""

    epochs: int = 12
    pretraining: int = 2
    """Epochs without labels; 0 for none."""
    batch: int = 24
    rate: float = 2e-3
    """Highest learning rate (AdamW): a linear rise over the first tenth, then a linear fall."""
    share: float = 1.0
    """Share of the windows that are learned from with labels."""
    seed: int = 1


def train(
    parts: Sequence[Taught], recipe: ReaderRecipe, kept: Path, told: Told = lambda done, of, loss: None
) -> DialogueNetwork:
    """Return a trained network.

    ``kept`` is where the state is kept from part to part; ``told`` hears of batches done, of how many, and the loss.

    Raises:
        SayAgainError: there are too few windows, or ``kept`` is of another training.
    """
    windows = [(place, window) for place, part in enumerate(parts) for window in part.encoded.windows()]
    few = random.Random(recipe.seed).sample(windows, int(len(windows) * recipe.share))
    if len(few) < recipe.batch:
        raise SayAgainError(f"{len(few)} dialogues are too few to train on", f"Give at least {recipe.batch}")
    torch.manual_seed(recipe.seed)
    network = DialogueNetwork()
    network.measure(torch.from_numpy(np.concatenate([part.encoded.numbers for part in parts])))
    order = list(_batches(windows, recipe.pretraining, recipe)), list(_batches(few, recipe.epochs, recipe))
    steps = len(order[0]) + len(order[1])
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=0.02)

    def loss_of(step: int, batch: Sequence[Window]) -> Tensor:
        draw = np.random.default_rng([recipe.seed, step])
        pretraining = step < len(order[0])
        return _disorder(network, parts, batch, draw) if pretraining else _loss(network, parts, batch, step, draw)

    Training({**asdict(recipe), "windows": len(windows)}, steps, kept, READER_SAVE_EVERY, told).run(
        network.train(),
        optimiser,
        lambda step: _rate(step, len(order[0]), steps),
        [*order[0], *order[1]],
        loss_of,
    )
    network.eval()
    with torch.no_grad():  # what was weighted in learning is taken back, so that probabilities are shares again
        network.outcome.bias -= _weights().log()
    return network


def _rate(step: int, before: int, steps: int) -> float:
    """Return the share of the highest rate: a rise and a fall in pretraining, and once more afterwards."""
    begin, end = (0, before) if step < before else (before, steps)
    return min(rise_and_fall(step - begin, max(end - begin, 1)), 1.0)


def _batches(windows: Sequence[Window], epochs: int, recipe: ReaderRecipe) -> Iterator[list[Window]]:
    """Yield batches of windows of about one length, in an order that the seed decides."""
    for epoch in range(epochs):
        draw = random.Random(f"{recipe.seed}/{epoch}")
        shuffled = draw.sample(list(windows), len(windows))
        pool = 20 * recipe.batch
        batches = []
        for start in range(0, len(shuffled), pool):
            near = sorted(shuffled[start : start + pool], key=lambda one: one[1][3] - one[1][0])
            batches += [near[i : i + recipe.batch] for i in range(0, len(near), recipe.batch)]
        draw.shuffle(batches)
        yield from batches


def _inputs(parts: Sequence[Taught], batch: Sequence[Window]) -> tuple[Tensor, Tensor, Tensor]:
    """Return the arrays of a batch, padded to its longest window."""
    each = [padded(parts[place].encoded, [window]) for place, window in batch]
    longest = max(numbers.shape[1] for numbers, _, _ in each)
    found = []
    for arrays, fill in zip(zip(*each, strict=True), (np.nan, 0.0, 0.0), strict=True):
        widths = [[(0, 0), (0, longest - one.shape[1])] + [(0, 0)] * (one.ndim - 2) for one in arrays]
        found.append(
            np.concatenate([np.pad(one, w, constant_values=fill) for one, w in zip(arrays, widths, strict=True)])
        )
    numbers, texts, there = (torch.from_numpy(one) for one in found)
    return numbers, texts, there


def _labels(parts: Sequence[Taught], batch: Sequence[Window], longest: int) -> dict[str, Tensor]:
    """Return the labels of a batch by name, shape (windows, turns); what stands in a margin is not learned from."""
    found: dict[str, npt.NDArray[np.int64]] = {}
    for name in LABELS:
        table = np.full((len(batch), longest), UNKNOWN, np.int64)
        for row, (place, (begin, first, last, _)) in enumerate(batch):
            table[row, first - begin : last - begin] = getattr(parts[place], name)[first:last]
        found[name] = table
    return {name: torch.from_numpy(table) for name, table in found.items()}


def _loss(
    network: DialogueNetwork, parts: Sequence[Taught], batch: Sequence[Window], step: int, draw: np.random.Generator
) -> Tensor:
    numbers, texts, there = _inputs(parts, batch)
    if step % 2:
        gone = torch.from_numpy(draw.random(numbers.shape[-1]) < FORGOTTEN_NUMBERS)
        numbers = numbers.masked_fill(gone, float("nan"))
    texts = texts * torch.from_numpy(draw.random(there.shape) >= FORGOTTEN_TEXTS).unsqueeze(-1)
    outcome, goal, again = network(numbers, texts, there)
    known = _labels(parts, batch, numbers.shape[1])
    loss = _cross(outcome, known["outcome"], _weights()) + AGAIN_WEIGHT * _cross(again, known["again"])
    for head, name in enumerate(("start", "met")):
        told = known[name] != UNKNOWN
        loss = loss + GOAL_WEIGHT * nn.functional.binary_cross_entropy_with_logits(
            goal[..., head][told], known[name][told].float()
        )
    return loss


def _weights() -> Tensor:
    return torch.tensor([OUTCOME_WEIGHTS.get(name, FAILED_WEIGHT) for name in READ_OUTCOMES])


def _cross(scores: Tensor, truth: Tensor, weights: Tensor | None = None) -> Tensor:
    return nn.functional.cross_entropy(scores.flatten(0, 1), truth.flatten(), weight=weights, ignore_index=UNKNOWN)


def _disorder(
    network: DialogueNetwork, parts: Sequence[Taught], batch: Sequence[Window], draw: np.random.Generator
) -> Tensor:
    """Return the loss of telling which responses are another dialogue's and which turns are out of order.

    From the texts alone: numbers of a turn and its neighbours would give it away.
    """
    _, texts, there = _inputs(parts, batch)
    windows, turns, _ = texts.shape
    own = texts.reshape(windows, turns, -1, texts.shape[-1] // 3).clone()
    swapped = torch.from_numpy(draw.random((windows, turns)) < SWAPPED) & (there == 1)
    own[..., 2, :] = torch.where(swapped.unsqueeze(-1), own[..., 2, :].roll(1, 0), own[..., 2, :])
    moved = torch.from_numpy(draw.random((windows, turns)) < SWAPPED) & (there == 1)
    own = torch.where(moved[..., None, None], own.roll(3, 1), own)
    numbers = torch.full((windows, turns, network.mean.shape[0]), float("nan"))
    told = network.order(network.read(numbers, own.flatten(2), there))
    loss = [
        nn.functional.binary_cross_entropy_with_logits(told[..., head][there == 1], truth[there == 1].float())
        for head, truth in enumerate((swapped & ~moved, moved))
    ]
    return loss[0] + loss[1]


def export(network: DialogueNetwork, path: Path) -> None:
    """Write the network as ONNX with weights of eight bits (dynamic quantisation)."""
    size = network.mean.shape[0]
    example: Any = (
        torch.zeros(2, 5, size), torch.zeros(2, 5, network.said.in_features), torch.ones(2, 5),
    )  # fmt: skip
    free = {0: "windows", 1: "turns"}
    inputs, outputs = (
        dict.fromkeys(names, free) for names in (("numbers", "texts", "there"), ("outcome", "goal", "again"))
    )
    with TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.onnx"
        write_whole(network, example, inputs, outputs, whole)
        quantise(whole, path)
