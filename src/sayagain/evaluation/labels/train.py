"""A dialogue-level network over vectors of turns, trained on rated dialogues for an evaluation alone.

Turns are encoded once by a pretrained sentence encoder that stays as it is; what learns is a projection of each turn
and a recurrent network over those before it (as in RoBERTa-IQ, Gupta et al. 2021, and USDA, Deng et al. 2022, whose
upper level is a recurrent network or a transformer over turns). Two tasks: the class, and how raters' votes divide.
Needs the extra ``train``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, gelu

from sayagain.evaluation.rephrases.encoder import ENCODER_PACKAGE

Floats32 = npt.NDArray[np.float32]

LAYERS_READ = (3, 6)
"""Layers of the encoder whose mean over tokens is the vector: the middle one tells words, the last one meaning."""
MOST_TOKENS = 96
TEXTS_AT_ONCE = 64

WIDTH, DROPPED = 128, 0.35
EPOCHS, RATE, DECAY, BATCH = 14, 2e-3, 0.05, 32
"""AdamW with one rise and fall of the rate. 25 epochs were no better in cross-validation."""
VOTES_WEIGH = 0.5
"""Weight of the second task, the division of raters' votes."""


@dataclass(frozen=True)
class Turns:
    """The turns of one dialogue. Arrays have one row a turn."""

    said: Floats32
    """Vectors of requests, shape (turns, dimensions)."""
    answered: Floats32
    """Vectors of the reply before each; zero where there was none."""
    numbers: Floats32
    corpus: int
    label: npt.NDArray[np.int64]
    votes: Floats32
    """Share of the raters that gave each rating, shape (turns, ratings)."""


def encode(texts: Sequence[str]) -> Floats32:
    """Return vectors of the pretrained encoder (all-MiniLM-L6-v2), shape (texts, dimensions).

    Raises:
        MissingError: the model is not installed; see ``needs``.
    """
    transformers: Any = import_module("transformers")
    transformers.utils.logging.disable_progress_bar()
    place = str(files(ENCODER_PACKAGE) / "model")
    tokenizer = transformers.AutoTokenizer.from_pretrained(place)
    model = transformers.AutoModel.from_pretrained(place).eval()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    found = np.zeros((len(texts), len(LAYERS_READ) * int(model.config.hidden_size)), dtype=np.float32)
    with torch.inference_mode():
        for start in range(0, len(order), TEXTS_AT_ONCE):
            part = order[start : start + TEXTS_AT_ONCE]
            tokens = tokenizer(
                [texts[i] for i in part], padding=True, truncation=True, max_length=MOST_TOKENS, return_tensors="pt"
            )
            hidden = model(**tokens, output_hidden_states=True).hidden_states
            mask = tokens["attention_mask"].unsqueeze(-1)
            found[part] = torch.cat([(hidden[i] * mask).sum(1) / mask.sum(1) for i in LAYERS_READ], -1).numpy()
    return found


class DialogueNetwork(nn.Module):
    """Turn encoder, recurrent network over the turns so far, and two heads that see both."""

    def __init__(self, dimensions: int, numbers: int, corpora: int, classes: int, ratings: int) -> None:
        super().__init__()
        self.said, self.answered = nn.Linear(dimensions, WIDTH), nn.Linear(dimensions, WIDTH)
        self.numbers, self.corpus = nn.Linear(numbers, WIDTH), nn.Embedding(corpora, WIDTH)
        self.norm, self.drop = nn.LayerNorm(WIDTH), nn.Dropout(DROPPED)
        self.over_turns = nn.GRU(WIDTH, WIDTH, batch_first=True)
        self.label, self.votes = nn.Linear(2 * WIDTH, classes), nn.Linear(2 * WIDTH, ratings)
        self.prior = nn.Embedding(corpora, classes)
        nn.init.zeros_(self.prior.weight)

    def forward(self, said: Tensor, answered: Tensor, numbers: Tensor, corpus: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits of the class and of a rater's vote, shapes (dialogues, turns, classes) and (…, ratings)."""
        each = self.said(self.drop(said)) + self.answered(self.drop(answered)) + self.numbers(numbers)
        turn = self.drop(self.norm(gelu(each + self.corpus(corpus)[:, None])))
        so_far, _ = self.over_turns(turn)
        seen = self.drop(torch.cat([turn, so_far], -1))
        return self.label(seen) + self.prior(corpus)[:, None], self.votes(seen)


def train(dialogues: Sequence[Turns], corpora: int, classes: int, seed: int) -> DialogueNetwork:
    """Train a network on the dialogues; the same seed gives the same one on the same machine."""
    torch.manual_seed(seed)
    draw = np.random.default_rng(seed)
    first = dialogues[0]
    model = DialogueNetwork(first.said.shape[1], first.numbers.shape[1], corpora, classes, first.votes.shape[1])
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY)
    steps = EPOCHS * -(-len(dialogues) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps, pct_start=0.15)
    for _ in range(EPOCHS):
        for part in _batches(dialogues, draw):
            label, votes = model(*_inputs(part))
            truth, shares = (_padded([getattr(each, name) for each in part]) for name in ("label", "votes"))
            there = _padded([np.ones(len(each.label), dtype=np.float32) for each in part])
            wrong = cross_entropy(label.transpose(1, 2), truth, reduction="none")
            unlike = -(shares * votes.log_softmax(-1)).sum(-1)
            loss = ((wrong + VOTES_WEIGH * unlike) * there).sum() / there.sum()
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
    model.eval()
    return model


def predict_last(model: DialogueNetwork, dialogues: Sequence[Turns]) -> npt.NDArray[np.float64]:
    """Return the probabilities of the classes at the last turn of each, shape (dialogues, classes)."""
    order = sorted(range(len(dialogues)), key=lambda i: len(dialogues[i].said))
    found = list[npt.NDArray[np.float64]]()
    with torch.inference_mode():
        for start in range(0, len(order), BATCH):
            part = [dialogues[i] for i in order[start : start + BATCH]]
            label, _ = model(*_inputs(part))
            last = torch.tensor([len(each.said) - 1 for each in part])
            found.append(label[torch.arange(len(part)), last].softmax(-1).double().numpy())
    return np.concatenate(found)[np.argsort(order)]


def _batches(dialogues: Sequence[Turns], draw: np.random.Generator) -> Iterator[list[Turns]]:
    """Yield the dialogues in an order drawn anew, those of about one length together: less padding."""
    order = sorted(range(len(dialogues)), key=lambda i: len(dialogues[i].said) + 4 * float(draw.random()))
    parts = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
    for place in draw.permutation(len(parts)):
        yield [dialogues[i] for i in parts[place]]


def _inputs(part: Sequence[Turns]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    said, answered, numbers = (
        _padded([getattr(each, name) for each in part]) for name in ("said", "answered", "numbers")
    )
    return said, answered, numbers, torch.tensor([each.corpus for each in part])


def _padded(rows: Sequence[npt.NDArray[Any]]) -> Tensor:
    """Stack arrays of different lengths, zeros after the shorter ones: shape (arrays, longest, …)."""
    return nn.utils.rnn.pad_sequence([torch.from_numpy(each) for each in rows], batch_first=True)
