"""The network of the tagger, and how it begins: with the base's layers, and a smaller vocabulary.

Needs the extra ``train``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from sayagain.preferences.learned.encode import MOST_STATEMENT_PIECES
from sayagain.preferences.learned.packed import coarse
from sayagain.preferences.learned.scheme import HEADS, TAGS
from sayagain.text.base import BASE_HEADS, BASE_WIDTH, DEEP_LAYERS, deep_weights
from sayagain.text.train import POSITION_WEIGHTS, WORD_WEIGHTS, thin
from sayagain.text.vocabulary import pruned_to

TAGGER_UNITS = 1_536
"""Hidden units of each layer, all of them."""
TAGGER_PIECES = 9_500
"""Word pieces kept: what statements are made of, then the most frequent; all other words are read in parts."""
TAGGER_DROPOUT = 0.1
"""Share of activations dropped in training, as in the base's own."""
KIND_WEIGHTS = "embeddings.token_type_embeddings.weight"


class TaggerNetwork(nn.Module):
    """The encoder with tags of words and answers about the whole on top."""

    def __init__(self, config: BertConfig, vocabulary: str, subjects: Sequence[str]) -> None:
        super().__init__()
        self.vocabulary, self.subjects = vocabulary, tuple(subjects)
        self.encoder = BertModel(config, add_pooling_layer=False)
        width = config.hidden_size
        self.drop = nn.Dropout(TAGGER_DROPOUT)
        self.tags = nn.Linear(width, TAGS)
        self.whole = nn.Linear(2 * width, sum(size for _, size in HEADS) + len(subjects))

    def forward(self, pieces: Tensor, named: Tensor) -> tuple[Tensor, Tensor]:
        """Return scores of tags, shape (statements, length, tags), and of answers, (statements, answers).

        Args:
            pieces: numbers of word pieces, shape (statements, length).
            named: 1 where a piece is of a known name, of the same shape.
        """
        return self.of_vectors(self.encoder.embeddings.word_embeddings(pieces), pieces, named)

    def of_vectors(self, vectors: Tensor, pieces: Tensor, named: Tensor) -> tuple[Tensor, Tensor]:
        """Return the same, given the vectors of the word pieces."""
        mask = (pieces != 0).long()
        hidden = self.encoder(inputs_embeds=vectors, token_type_ids=named, attention_mask=mask).last_hidden_state
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weight).sum(1) / weight.sum(1)
        whole = self.whole(self.drop(torch.cat([hidden[:, 0], mean], 1)))
        return self.tags(self.drop(hidden)), whole


@dataclass(frozen=True)
class Size:
    """How large a network is."""

    layers: int = DEEP_LAYERS
    units: int = TAGGER_UNITS
    pieces: int = TAGGER_PIECES


def fresh(texts: Sequence[str], subjects: Sequence[str], seed: int, size: Size | None = None) -> TaggerNetwork:
    """Return a network with the base's weights and an untrained top.

    Args:
        texts: what the vocabulary must read without cutting.
        subjects: classes of subjects.
        seed: of what is drawn.
        size: by default the one that ships.
    """
    size = size or Size()
    vocabulary, order = pruned_to(texts, size.pieces)
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(order),
        num_hidden_layers=size.layers,
        hidden_size=BASE_WIDTH,
        intermediate_size=size.units,
        num_attention_heads=BASE_HEADS,
        max_position_embeddings=MOST_STATEMENT_PIECES,
        hidden_dropout_prob=TAGGER_DROPOUT,
        attention_probs_dropout_prob=TAGGER_DROPOUT,
    )
    network = TaggerNetwork(config, vocabulary, subjects)
    weights = {name: torch.from_numpy(value.copy()) for name, value in deep_weights().items()}
    weights[WORD_WEIGHTS] = weights[WORD_WEIGHTS][order]
    weights[POSITION_WEIGHTS] = weights[POSITION_WEIGHTS][:MOST_STATEMENT_PIECES]
    weights[KIND_WEIGHTS][1] = weights[KIND_WEIGHTS][0]  # nothing is known of names yet
    if size.units < TAGGER_UNITS:
        thin(weights, size.layers, size.units)
    network.encoder.load_state_dict(
        {name: value for name, value in weights.items() if name in network.encoder.state_dict()}
    )
    table = network.encoder.embeddings.word_embeddings.weight
    table.requires_grad_(False)  # words that no statement has would be left behind
    table.copy_(coarse(table.detach()))
    return network
