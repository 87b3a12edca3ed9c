"""Write a trained tagger as one ONNX file of less than 10 MB. Needs the extra ``train``."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import onnx
import torch
from torch import Tensor, nn

from sayagain.preferences.learned.encode import encoded, tokenizer_of
from sayagain.preferences.learned.network import TaggerNetwork
from sayagain.preferences.learned.packed import Packed, pack_layers
from sayagain.preferences.learned.tagger import CLASSES, VOCABULARY
from sayagain.text.base import BASE_WIDTH
from sayagain.text.export import fuse, quantise, write_whole


class _Whole(nn.Module):
    """The network with its table packed, as it is written."""

    def __init__(self, network: TaggerNetwork) -> None:
        super().__init__()
        self.network = network
        self.packed = Packed(network.encoder.embeddings.word_embeddings.weight.detach())

    def forward(self, pieces: Tensor, named: Tensor) -> tuple[Tensor, Tensor]:
        return self.network.of_vectors(self.packed(pieces), pieces, named)


def export(network: TaggerNetwork, path: Path) -> None:
    """Write the network as ONNX: attention and norms fused, attention with eight bits (dynamic), all else with four."""
    network.encoder.config._attn_implementation = "eager"  # the form that the optimiser knows
    sample = encoded(tokenizer_of(network.vocabulary), [["call", "me", "sam"], ["no"]], [[False] * 3, [False]])
    axes = {0: "statements", 1: "length"}
    with TemporaryDirectory() as folder:
        whole, fused = Path(folder) / "whole.onnx", Path(folder) / "fused.onnx"
        write_whole(
            _Whole(network),
            (torch.from_numpy(sample.pieces), torch.from_numpy(sample.named)),
            {"pieces": axes, "named": axes},
            {"tags": axes, "whole": {0: "statements"}},
            whole,
        )
        fuse(whole, fused)
        model = onnx.load(str(fused))
        units = network.encoder.config.intermediate_size
        inner = pack_layers(model.graph, [(BASE_WIDTH, units), (units, BASE_WIDTH)])
        onnx.save(model, str(fused))
        quantise(
            fused,
            path,
            op_types_to_quantize=["MatMul", "Gemm", "Attention"],
            nodes_to_exclude=inner,
            per_channel=True,  # one scale for a matrix costs accuracy
        )
    written = onnx.load(str(path))
    onnx.helper.set_model_props(
        written, {VOCABULARY: network.vocabulary, CLASSES: json.dumps(network.subjects, separators=(",", ":"))}
    )
    onnx.save(written, str(path))
