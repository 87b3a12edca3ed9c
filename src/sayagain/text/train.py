"""Fine-tune a small pretrained encoder so that a failed request is near the wording that works. Needs ``train``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from onnx import TensorProto
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.optimizer import optimize_model
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from sayagain.text.base import HEADS, LAYERS, WIDTH, base_weights
from sayagain.text.encoder import DIMENSIONS, MOST_PIECES, padded, pieces_of

POSITIONS = "embeddings.position_embeddings.weight"
WORDS = "embeddings.word_embeddings.weight"


class EncoderModel(nn.Module):
    """The encoder, the mean over its pieces, and what brings it to ``DIMENSIONS``."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.project = nn.Linear(config.hidden_size, DIMENSIONS)

    def forward(self, pieces: Tensor) -> Tensor:
        """Return vectors of any length, shape (texts, ``DIMENSIONS``), of word pieces, (texts, length)."""
        return self.project(self.mean(pieces))

    def mean(self, pieces: Tensor) -> Tensor:
        """Return the mean over the pieces of each text, shape (texts, width)."""
        mask = (pieces != 0).long()
        hidden = self.encoder(input_ids=pieces, attention_mask=mask).last_hidden_state
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * weight).sum(1) / weight.sum(1)


def untuned(order: Sequence[int], texts: Sequence[str], layers: int = LAYERS) -> EncoderModel:
    """Return the pretrained encoder, projected on the principal axes of its vectors of ``texts``.

    Args:
        order: number in the base of each word piece (``vocabulary.prune``).
        texts: requests, a few thousand.
        layers: how many of the base's layers are kept.
    """
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(order),
        num_hidden_layers=layers,
        hidden_size=WIDTH,
        intermediate_size=4 * WIDTH,
        num_attention_heads=HEADS,
        max_position_embeddings=MOST_PIECES,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    model = EncoderModel(config)
    weights = {name: torch.from_numpy(value.copy()) for name, value in base_weights().items()}
    weights[WORDS] = weights[WORDS][list(order)]
    weights[POSITIONS] = weights[POSITIONS][:MOST_PIECES]
    kept = {name: value for name, value in weights.items() if name in model.encoder.state_dict()}
    model.encoder.load_state_dict(kept)
    model.eval()
    with torch.no_grad():
        found = torch.cat([model.mean(tensor(texts[i : i + 64])) for i in range(0, len(texts), 64)])
        centre = found.mean(0)
        axes = torch.linalg.svd(found - centre, full_matrices=False).Vh[:DIMENSIONS]
        model.project.weight.copy_(axes)
        model.project.bias.copy_(-axes @ centre)
    return model


def tensor(texts: Sequence[str]) -> Tensor:
    """Return the word pieces of texts as the model takes them, shape (texts, length)."""
    return torch.from_numpy(np.ascontiguousarray(padded(pieces_of(texts))))


def export(model: EncoderModel, path: Path) -> None:
    """Write the model as ONNX, attention and norms fused, with weights of eight bits (dynamic quantisation)."""
    model.encoder.config._attn_implementation = "eager"  # the form that the optimiser knows
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        whole, fused = Path(folder) / "whole.onnx", Path(folder) / "fused.onnx"
        torch.onnx.export(
            model.eval(),
            (torch.tensor([[2, 10, 3], [2, 3, 0]]),),
            str(whole),
            input_names=["pieces"],
            output_names=["vectors"],
            dynamic_axes={"pieces": {0: "texts", 1: "length"}, "vectors": {0: "texts"}},
            opset_version=17,
            dynamo=False,
        )
        optimize_model(
            str(whole), model_type="bert", num_heads=HEADS, hidden_size=WIDTH, opt_level=1
        ).save_model_to_file(str(fused))
        quantize_dynamic(
            str(fused),
            str(path),
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,  # processors without VNNI saturate with eight bits
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )
