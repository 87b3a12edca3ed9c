"""Write a trained tagger as one ONNX file of less than 6 MB. Needs the extra ``train``."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import onnx
import torch
from onnx import TensorProto
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.optimizer import optimize_model
from torch import Tensor, nn

from sayagain.preferences.learned.encode import encoded, tokenizer_of
from sayagain.preferences.learned.network import TaggerNetwork
from sayagain.preferences.learned.packed import Packed, pack_layers
from sayagain.preferences.learned.tagger import CLASSES, VOCABULARY
from sayagain.text.base import BASE_HEADS, BASE_WIDTH


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
    path.parent.mkdir(parents=True, exist_ok=True)
    sample = encoded(tokenizer_of(network.vocabulary), [["call", "me", "sam"], ["no"]], [[False] * 3, [False]])
    axes = {0: "statements", 1: "length"}
    with TemporaryDirectory() as folder:
        whole, fused = Path(folder) / "whole.onnx", Path(folder) / "fused.onnx"
        torch.onnx.export(
            _Whole(network).eval(),
            (torch.from_numpy(sample.pieces), torch.from_numpy(sample.named)),
            str(whole),
            input_names=["pieces", "named"],
            output_names=["tags", "whole"],
            dynamic_axes={"pieces": axes, "named": axes, "tags": axes, "whole": {0: "statements"}},
            opset_version=17,
            dynamo=False,
        )
        optimize_model(
            str(whole), model_type="bert", num_heads=BASE_HEADS, hidden_size=BASE_WIDTH, opt_level=1
        ).save_model_to_file(str(fused))
        model = onnx.load(str(fused))
        units = network.encoder.config.intermediate_size
        inner = pack_layers(model.graph, [(BASE_WIDTH, units), (units, BASE_WIDTH)])
        onnx.save(model, str(fused))
        quantize_dynamic(
            str(fused),
            str(path),
            op_types_to_quantize=["MatMul", "Gemm", "Attention"],
            nodes_to_exclude=inner,
            weight_type=QuantType.QInt8,
            per_channel=True,  # one scale for a matrix costs accuracy
            reduce_range=True,  # processors without VNNI saturate with eight bits
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )
    written = onnx.load(str(path))
    onnx.helper.set_model_props(
        written, {VOCABULARY: network.vocabulary, CLASSES: json.dumps(network.subjects, separators=(",", ":"))}
    )
    onnx.save(written, str(path))
