"""Fine-tune a small pretrained encoder so that a failed request is near the wording that works (DPR; InfoNCE).

Needs the extra ``train``. A run can be stopped and run again: it goes on after the last finished part of an epoch. The
same seed gives the same model on the same machine.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize
from transformers import BertConfig, BertModel

from sayagain.errors import SayAgainError
from sayagain.text.base import BASE_HEADS, BASE_WIDTH, base_weights
from sayagain.text.encoder import DIMENSIONS, MOST_TEXT_PIECES, TOKENIZER, opened, padded, pieces_of
from sayagain.text.export import fuse, quantise, write_whole
from sayagain.text.grams import GRAMS, grams_of
from sayagain.text.pairs import Pair, texts_of
from sayagain.text.training import Told, Training, rise_and_fall
from sayagain.text.vocabulary import pruned

ENCODER_LAYERS = 1
"""Layers kept of the base's three: each costs 0.35 ms a text, and what is misheard is told by words and sounds."""

INNER = 768
"""Hidden units kept of each layer's 1,536: those that weigh most. They are two thirds of a layer's work."""

POSITION_WEIGHTS, WORD_WEIGHTS = "embeddings.position_embeddings.weight", "embeddings.word_embeddings.weight"

SOUNDS_SPEED = 10.0
"""How many times faster the table of sounds learns than what was pretrained: it begins with nothing but noise."""

ENCODER_SAVE_EVERY = 50
"""Batches after which the state is kept."""

TEXT_CHUNK = 128
"""Texts that go through the model together, of about one length."""


@dataclass(frozen=True)
class Recipe:
    """How a model is trained."""

    epochs: int = 3
    batch: int = 192
    """Pairs of a batch: each is a wrong answer to all others that mean something else."""
    hard: int = 2
    """Hard negatives drawn for each pair."""
    rate: float = 3e-4
    """Highest learning rate (AdamW); a linear rise over the first tenth, then a linear fall to nothing."""
    temperature: float = 0.05
    seed: int = 1
    words: bool = True
    """False: an ablation that reads sounds alone."""
    sounds: bool = True
    """False: an ablation that reads words alone."""
    layers: int = ENCODER_LAYERS


class EncoderModel(nn.Module):
    """The mean over the pieces of a transformer, projected, plus the sum over a table of sounds."""

    def __init__(self, config: BertConfig, vocabulary: str, words: bool = True, sounds: bool = True) -> None:
        super().__init__()
        self.vocabulary, self.tokenizer = vocabulary, opened(vocabulary)
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.project = nn.Linear(config.hidden_size, DIMENSIONS)
        self.sounds = nn.Embedding(GRAMS, DIMENSIONS, padding_idx=0)
        self.has_words, self.has_sounds = words, sounds

    def forward(self, pieces: Tensor, grams: Tensor) -> Tensor:
        """Return vectors of any length, shape (texts, ``DIMENSIONS``).

        Args:
            pieces: numbers of word pieces, shape (texts, length).
            grams: numbers of runs of sounds, shape (texts, runs).
        """
        count = (grams != 0).sum(1, keepdim=True).clamp(min=1)
        heard = self.sounds(grams).sum(1) / count.to(torch.float32).sqrt()
        if not self.has_words:
            return heard + self.project.bias
        read = self.project(self.mean(pieces))
        return read + heard if self.has_sounds else read + 0 * heard

    def mean(self, pieces: Tensor) -> Tensor:
        """Return the mean over the pieces of each text, shape (texts, width)."""
        mask = (pieces != 0).long()
        hidden = self.encoder(input_ids=pieces, attention_mask=mask).last_hidden_state
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * weight).sum(1) / weight.sum(1)


def untuned(pairs: Sequence[Pair], recipe: Recipe) -> EncoderModel:
    """Return the pretrained encoder, projected on the principal axes of its vectors; the table drawn at random.

    Such a table keeps inner products: two texts are as near as they share runs.
    """
    vocabulary, order = pruned(pairs)
    torch.manual_seed(recipe.seed)
    config = BertConfig(
        vocab_size=len(order),
        num_hidden_layers=recipe.layers,
        hidden_size=BASE_WIDTH,
        intermediate_size=INNER,
        num_attention_heads=BASE_HEADS,
        max_position_embeddings=MOST_TEXT_PIECES,
        hidden_dropout_prob=DROPOUT,
        attention_probs_dropout_prob=0.0,
    )
    model = EncoderModel(config, vocabulary, recipe.words, recipe.sounds)
    weights = {name: torch.from_numpy(value.copy()) for name, value in base_weights().items()}
    weights[WORD_WEIGHTS] = weights[WORD_WEIGHTS][order]
    thin(weights, recipe.layers, INNER)
    weights[POSITION_WEIGHTS] = weights[POSITION_WEIGHTS][:MOST_TEXT_PIECES]
    kept = {name: value for name, value in weights.items() if name in model.encoder.state_dict()}
    model.encoder.load_state_dict(kept)
    model.eval()
    texts = texts_of(pairs)
    texts = random.Random(recipe.seed).sample(texts, min(AXES_SAMPLE, len(texts)))
    with torch.no_grad():
        parts = (tensors(texts[i : i + TEXT_CHUNK], model.tokenizer)[0] for i in range(0, len(texts), TEXT_CHUNK))
        found = torch.cat([model.mean(part) for part in parts])
        centre = found.mean(0)
        axes = torch.linalg.svd(found - centre, full_matrices=False).Vh[:DIMENSIONS]
        model.project.weight[: len(axes)] = axes  # fewer texts than dimensions have fewer axes
        model.project.bias.copy_(-model.project.weight @ centre)
        length = float(((found - centre) @ axes.T).norm(dim=1).mean())
        nn.init.normal_(model.sounds.weight, std=length / DIMENSIONS**0.5)
        model.sounds.weight[0] = 0
    return model


def thin(weights: dict[str, Tensor], layers: int, units: int) -> None:
    """Leave of the hidden units of each layer those with the largest product of weights in and out."""
    for layer in range(layers):
        inward, outward = f"encoder.layer.{layer}.intermediate.dense", f"encoder.layer.{layer}.output.dense"
        weigh = weights[f"{inward}.weight"].norm(dim=1) * weights[f"{outward}.weight"].norm(dim=0)
        kept = weigh.topk(units).indices.sort().values
        for name in (f"{inward}.weight", f"{inward}.bias"):
            weights[name] = weights[name][kept]
        weights[f"{outward}.weight"] = weights[f"{outward}.weight"][:, kept]


AXES_SAMPLE = 4_000
"""Texts that the principal axes are computed of."""

DROPOUT = 0.1
"""Share of activations dropped in training, as in the base's own."""


def tensors(forms: Sequence[str], tokenizer: Tokenizer) -> tuple[Tensor, Tensor]:
    """Return the word pieces and the runs of normalised requests, as the model takes them."""
    arrays = padded(pieces_of(forms, tokenizer)), padded([grams_of(form) for form in forms])
    pieces, grams = (torch.from_numpy(np.ascontiguousarray(each)) for each in arrays)
    return pieces, grams


def train(
    pairs: Sequence[Pair],
    base: EncoderModel,
    recipe: Recipe,
    kept: Path,
    told: Told = lambda done, of, loss: None,
) -> EncoderModel:
    """Train ``base`` on the pairs and return it.

    ``kept`` is where the state is kept from part to part; ``told`` hears of batches done, of how many, and the loss.

    Raises:
        SayAgainError: there are too few pairs, or ``kept`` is of another training.
    """
    if len(pairs) < recipe.batch:
        raise SayAgainError(f"{len(pairs)} pairs are too few to train on", f"Give at least {recipe.batch}")
    torch.manual_seed(recipe.seed)
    model: EncoderModel = base.train()
    steps = recipe.epochs * (len(pairs) // recipe.batch)
    sounds = [model.sounds.weight]
    rest = [value for name, value in model.named_parameters() if name != "sounds.weight"]
    optimiser = torch.optim.AdamW(
        [{"params": rest, "lr": recipe.rate}, {"params": sounds, "lr": recipe.rate * SOUNDS_SPEED}], weight_decay=0.01
    )
    Training({**asdict(recipe), "pairs": len(pairs)}, steps, kept, ENCODER_SAVE_EVERY, told).run(
        model,
        optimiser,
        lambda step: rise_and_fall(step, steps),
        _batches(pairs, recipe),
        lambda _, batch: info_nce(model, batch, recipe.temperature),
    )
    model.eval()
    return model


def _batches(pairs: Sequence[Pair], recipe: Recipe) -> Iterator[list[Pair]]:
    """Yield batches in an order that the seed decides, each pair with the hard negatives drawn for it."""
    for epoch in range(recipe.epochs):
        draw = random.Random(f"{recipe.seed}/{epoch}")
        order = list(pairs)
        draw.shuffle(order)
        for start in range(0, len(order) - recipe.batch + 1, recipe.batch):
            drawn = order[start : start + recipe.batch]
            yield [
                replace(each, hard=tuple(draw.sample(each.hard, min(recipe.hard, len(each.hard))))) for each in drawn
            ]


def info_nce(model: EncoderModel, batch: Sequence[Pair], temperature: float) -> Tensor:
    """Return the symmetric contrastive loss: each request finds its wording among all of the batch, and the reverse.

    Hard negatives stand among the wordings. What means the same as the right answer is no wrong one.
    """
    texts = list(dict.fromkeys(text for each in batch for text in (each.heard, each.meant, *each.hard)))
    row = {text: i for i, text in enumerate(texts)}
    vectors = _vectors(model, texts)
    hard = list(dict.fromkeys(text for each in batch for text in each.hard))
    heard, meant, wrong = (
        vectors[[row[text] for text in part]]
        for part in ([each.heard for each in batch], [each.meant for each in batch], hard)
    )
    same = torch.tensor([[one.meaning == other.meaning for other in batch] for one in batch])
    other = same & ~torch.eye(len(batch), dtype=torch.bool)
    forward = (heard @ meant.T / temperature).masked_fill(other, -torch.inf)
    beside = (heard @ wrong.T / temperature).masked_fill(_fine(batch, hard), -torch.inf)
    truth = torch.arange(len(batch))
    backward = (meant @ heard.T / temperature).masked_fill(other, -torch.inf)
    return (cross_entropy(torch.cat([forward, beside], 1), truth) + cross_entropy(backward, truth)) / 2


def _fine(batch: Sequence[Pair], hard: Sequence[str]) -> Tensor:
    """Return which hard negatives of the batch are right for a pair: they say what it says; shape (pairs, hard)."""
    says: dict[str, set[str]] = {}
    for each in batch:
        says.setdefault(each.meaning, set()).update((each.heard, each.meant))
    return torch.tensor([[text in says[each.meaning] for text in hard] for each in batch]).reshape(len(batch), -1)


def _vectors(model: EncoderModel, texts: Sequence[str]) -> Tensor:
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    parts = [order[i : i + TEXT_CHUNK] for i in range(0, len(order), TEXT_CHUNK)]
    found = torch.cat([model(*tensors([texts[i] for i in part], model.tokenizer)) for part in parts])
    back = torch.empty(len(texts), dtype=torch.long)
    back[order] = torch.arange(len(texts))
    return normalize(found[back], dim=1)


def export(model: EncoderModel, path: Path) -> None:
    """Write the model as ONNX, attention and norms fused, with weights of eight bits (dynamic quantisation)."""
    model.encoder.config._attn_implementation = "eager"  # the form that the optimiser knows
    with TemporaryDirectory() as folder:
        whole, fused = Path(folder) / "whole.onnx", Path(folder) / "fused.onnx"
        write_whole(
            model,
            tensors(["turn on the light", "call mom"], model.tokenizer),
            {"pieces": {0: "texts", 1: "length"}, "grams": {0: "texts", 1: "runs"}},
            {"vectors": {0: "texts"}},
            whole,
        )
        fuse(whole, fused)
        quantise(fused, path, per_channel=True)  # one scale for a matrix costs a tenth of each vector
    written = onnx.load(str(path))
    onnx.helper.set_model_props(written, {TOKENIZER: model.vocabulary})
    onnx.save(written, str(path))
