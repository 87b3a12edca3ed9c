"""Fine-tune a small pretrained encoder to find the span that says a request again (Wang et al., EMNLP 2021).

Needs the extra ``train``. A run can be stopped and run again: it goes on after the last finished part of an epoch. The
same seed gives the same model on the same machine.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from sayagain.errors import SayAgainError
from sayagain.rephrases.encode import TURN_FEATURES, Batch, encode
from sayagain.rephrases.excerpt import EXCERPT_TURNS, REPHRASE_KINDS, Excerpt, Marked, Said, bare, read_set
from sayagain.text.base import BASE_HEADS, BASE_LAYERS, BASE_WIDTH, base_weights
from sayagain.text.export import fuse, quantise, write_whole
from sayagain.text.training import Told, Training, rise_and_fall

NOT_A_SPAN = -1e4
"""Score of what can be no start or end of a span."""

KIND_WEIGHT = 0.3
"""Weight of the loss of the kind beside that of the span."""

SPANS_SAVE_EVERY = 200
"""Batches after which the state is kept: two minutes are lost at most."""

FORGOTTEN_SHARES = {"response": 0.15, "after": 0.10, "signals": 0.15}
"""Share of training excerpts from which these are taken away altogether, so that the model serves logs without them."""


SHARES = {"slurp": 7_000, "texts": 8_000, "homes": 6_000, "sentences": 4_000, "evi": 3_000}
"""Training excerpts taken of each set, at most: fewer where utterances are less varied."""


@dataclass(frozen=True)
class Recipe:
    """How a model is trained."""

    epochs: int = 3
    batch: int = 32
    rate: float = 1.5e-4
    """Highest learning rate (AdamW); a linear rise over the first tenth, then a linear fall to nothing."""
    seed: int = 1
    context: bool = True
    """False: pairs of texts alone, as a cross-encoder sees them."""

    @classmethod
    def pairwise(cls, seed: int) -> Self:
        """Return the recipe of the cross-encoder: an excerpt gives three pairs, so one epoch has as many steps."""
        return cls(epochs=1, seed=seed, context=False)


KNOWN_WIDTH = 64
"""Width of the layer between what is known of a turn and the encoder: likeness decides by thresholds, not in a line."""

NEW_LAYER_SPEED = 5.0
"""How many times faster what is new learns than what was pretrained."""


class SpanModel(nn.Module):
    """The encoder with a start, an end and a kind on top."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.encoder = BertModel(config, add_pooling_layer=False)
        width = config.hidden_size
        self.turn = nn.Embedding(EXCERPT_TURNS, width)
        self.asked = nn.Embedding(2, width)
        self.known = nn.Sequential(nn.Linear(len(TURN_FEATURES), KNOWN_WIDTH), nn.GELU(), nn.Linear(KNOWN_WIDTH, width))
        self.span = nn.Linear(width, 2)
        self.kind = nn.Linear(width, len(REPHRASE_KINDS))
        for part in (self.turn.weight, self.asked.weight):
            nn.init.normal_(part, std=0.02)

    def forward(self, pieces: Tensor, turns: Tensor, asked: Tensor, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return scores of start and end, shape (excerpts, length), and of the kind, (excerpts, kinds).

        Place 0 stands for no span; all places outside the requests that follow have ``NOT_A_SPAN``.
        """
        known = self.known(features)
        at = turns.unsqueeze(-1).expand(-1, -1, known.shape[-1])
        words = self.encoder.embeddings.word_embeddings(pieces)
        inputs = words + self.turn(turns) + self.asked(asked) + known.gather(1, at)
        hidden = self.encoder(inputs_embeds=inputs, attention_mask=(pieces != 0).long()).last_hidden_state
        place = torch.arange(pieces.shape[1], device=pieces.device)
        may = (asked == 1) | (place == 0).unsqueeze(0)
        scores = self.span(hidden).masked_fill(~may.unsqueeze(-1), NOT_A_SPAN)
        return scores[..., 0], scores[..., 1], self.kind(hidden[:, 0])


def fresh(seed: int = 1) -> SpanModel:
    """Return the pretrained encoder with an untrained top."""
    torch.manual_seed(seed)
    config = BertConfig(
        num_hidden_layers=BASE_LAYERS,
        hidden_size=BASE_WIDTH,
        intermediate_size=4 * BASE_WIDTH,
        num_attention_heads=BASE_HEADS,
        attention_probs_dropout_prob=0.0,  # a tenth of the time, and the excerpts are many
    )
    model = SpanModel(config)
    model.encoder.load_state_dict({name: torch.from_numpy(value.copy()) for name, value in base_weights().items()})
    return model


def training_excerpts(sets: Path) -> list[Marked]:
    """Return the training excerpts of the built sets.

    Raises:
        FormatError: a set is missing.
    """
    return [each for name, most in SHARES.items() for each in read_set(sets / name / "train.parquet")[:most]]


def pairs(marked: Marked) -> Iterator[Marked]:
    """Yield the request with each turn that follows, as texts alone: what a pairwise cross-encoder learns from."""
    first, *rest = marked.excerpt
    for turn, said in enumerate(rest, 1):
        span = marked.span
        yield replace(
            marked,
            excerpt=bare((first, said)),
            span=replace(span, turn=1) if span is not None and span.turn == turn else None,
        )


def train(
    marked: Sequence[Marked],
    base: SpanModel,
    recipe: Recipe,
    kept: Path,
    told: Told = lambda done, of, loss: None,
) -> SpanModel:
    """Train ``base`` on the excerpts and return it.

    ``kept`` is where the state is kept from part to part; ``told`` hears of batches done, of how many, and the loss.

    Raises:
        SayAgainError: there are too few excerpts, or ``kept`` is of another training.
    """
    if len(marked) < recipe.batch:
        raise SayAgainError(f"{len(marked)} excerpts are too few to train on", f"Give at least {recipe.batch}")
    torch.manual_seed(recipe.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model: SpanModel = base.to(device).train()
    steps = recipe.epochs * (len(marked) // recipe.batch)
    optimiser = torch.optim.AdamW(_groups(model, recipe.rate))
    Training({**asdict(recipe), "excerpts": len(marked)}, steps, kept, SPANS_SAVE_EVERY, told).run(
        model,
        optimiser,
        lambda step: rise_and_fall(step, steps),
        _batches(marked, recipe),
        lambda step, batch: _loss(model, batch, recipe, step, device),
    )
    model.cpu().eval()
    return model


def _groups(model: nn.Module, rate: float) -> list[dict[str, Any]]:
    """Return parameters with and without weight decay; embeddings of words stay as they were (they are most of it)."""
    model.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    found = []
    for mine in (True, False):
        for decay in (0.01, 0.0):
            values = [
                value
                for name, value in model.named_parameters()
                if value.requires_grad and name.startswith("encoder.") is not mine and (value.ndim >= 2) is (decay > 0)
            ]
            found.append({"params": values, "weight_decay": decay, "lr": rate * (NEW_LAYER_SPEED if mine else 1.0)})
    return found


def _batches(marked: Sequence[Marked], recipe: Recipe) -> Iterator[list[Marked]]:
    """Yield batches of excerpts of about one length, in an order that the seed decides."""
    for epoch in range(recipe.epochs):
        draw = random.Random(f"{recipe.seed}/{epoch}")
        order = list(range(len(marked)))
        draw.shuffle(order)
        pool = 50 * recipe.batch
        batches = []
        for start in range(0, len(order), pool):
            near = sorted(order[start : start + pool], key=lambda i: _length(marked[i].excerpt))
            batches += [near[i : i + recipe.batch] for i in range(0, len(near) - recipe.batch + 1, recipe.batch)]
        draw.shuffle(batches)
        yield from ([marked[i] for i in batch] for batch in batches[: len(marked) // recipe.batch])


def _length(excerpt: Excerpt) -> int:
    return sum(len(said.text) + len(said.response or "") for said in excerpt)


def forget(marked: Marked, draw: random.Random) -> Marked:
    """Return the excerpt as a log that keeps less would have it."""
    gone = {name for name, share in FORGOTTEN_SHARES.items() if draw.random() < share}
    nothing: dict[str, Any] = {}
    if "response" in gone:
        nothing["response"] = None
    if "after" in gone:
        nothing["after"] = 0.0
    if "signals" in gone:
        nothing |= {"barge_in": None, "failed": None, "score": None, "understood": None}
    return replace(marked, excerpt=tuple(replace(said, **nothing) for said in marked.excerpt))


def _loss(model: SpanModel, marked: list[Marked], recipe: Recipe, step: int, device: torch.device) -> Tensor:
    if recipe.context:
        draw = random.Random(f"{recipe.seed}/{step}/forget")
        marked = [forget(each, draw) for each in marked]
    batch = encode([each.excerpt for each in marked])
    pieces, turns, asked, features = tensors(batch, device)
    start, end, kind = model(pieces, turns, asked, features)
    places = [
        place_of(each, row, numbers) for each, row, numbers in zip(marked, batch.places, batch.turns, strict=True)
    ]
    truth = torch.tensor(places, device=device)
    loss = -log_likelihood(start, end, turns, asked, truth).mean()
    named = {i: each.span.kind for i, each in enumerate(marked) if each.span is not None and each.span.kind}
    if named:
        kinds = torch.tensor([REPHRASE_KINDS.index(each) for each in named.values()], device=device)
        loss = loss + KIND_WEIGHT * nn.functional.cross_entropy(kind[list(named)], kinds)
    return loss


def log_likelihood(start: Tensor, end: Tensor, turns: Tensor, asked: Tensor, truth: Tensor) -> Tensor:
    """Return log P(span) under p(s, e) ∝ exp(start_s + end_e) over all spans inside one turn, and no span at all.

    ``truth`` has the first and last piece of each span, shape (excerpts, 2); (0, 0) for none.
    """
    joint = start.unsqueeze(2) + end.unsqueeze(1)
    length = start.shape[1]
    ordered = torch.ones(length, length, dtype=torch.bool, device=start.device).triu()
    inside = (turns.unsqueeze(2) == turns.unsqueeze(1)) & (asked.unsqueeze(2) * asked.unsqueeze(1) == 1) & ordered
    inside[:, 0, 0] = True
    joint = joint.masked_fill(~inside, NOT_A_SPAN * 2)
    whole = joint.flatten(1).logsumexp(1)
    rows = torch.arange(len(start), device=start.device)
    return joint[rows, truth[:, 0], truth[:, 1]] - whole


def place_of(marked: Marked, places: list[tuple[int, int]], turns: Any) -> tuple[int, int]:
    """Return the first and last piece of the span; (0, 0) where there is none, or none within what the model reads."""
    span = marked.span
    if span is None:
        return 0, 0
    inside = [
        i for i, (start, end) in enumerate(places) if turns[i] == span.turn and span.start <= start < end <= span.end
    ]
    return (inside[0], inside[-1]) if inside else (0, 0)


def tensors(batch: Batch, device: torch.device) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the arrays that the model takes."""
    arrays = batch.pieces, batch.turns, batch.asked, batch.features
    return tuple(torch.from_numpy(np.ascontiguousarray(each)).to(device) for each in arrays)


def export(model: SpanModel, path: Path) -> None:
    """Write the model as ONNX, attention and norms fused, with weights of eight bits (dynamic quantisation)."""
    model.encoder.config._attn_implementation = "eager"  # the form that the optimiser knows
    example = tensors(encode([(Said("turn on the light"), Said("turn on the lamp"))] * 2), torch.device("cpu"))
    free = {0: "excerpts", 1: "length"}
    inputs = {"pieces": free, "turns": free, "asked": free, "features": {0: "excerpts", 1: "turns"}}
    with TemporaryDirectory() as folder:
        whole, fused = Path(folder) / "whole.onnx", Path(folder) / "fused.onnx"
        write_whole(model, example, inputs, {"start": free, "end": free, "kind": {0: "excerpts"}}, whole)
        fuse(whole, fused)
        quantise(fused, path)
