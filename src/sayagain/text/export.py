"""Writing what was trained as ONNX, with weights of eight bits. Needs the extra ``train``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from onnx import TensorProto
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.optimizer import optimize_model
from torch import Tensor, nn

from sayagain.text.base import BASE_HEADS, BASE_WIDTH


def write_whole(
    model: nn.Module,
    example: tuple[Tensor, ...],
    inputs: Mapping[str, Mapping[int, str]],
    outputs: Mapping[str, Mapping[int, str]],
    path: Path,
) -> None:
    """Write a network as it is; each input and output comes with its name and the names of its free axes."""
    torch.onnx.export(
        model.eval(),
        example,
        str(path),
        input_names=[*inputs],
        output_names=[*outputs],
        dynamic_axes={**inputs, **outputs},
        opset_version=17,
        dynamo=False,
    )


def fuse(whole: Path, to: Path) -> None:
    """Write a network on the base's encoder with attention and norms fused; attention must be of the kind "eager"."""
    optimised = optimize_model(str(whole), model_type="bert", num_heads=BASE_HEADS, hidden_size=BASE_WIDTH, opt_level=1)
    optimised.save_model_to_file(str(to))


def quantise(whole: Path, to: Path, **more: Any) -> None:
    """Write a network with weights of eight bits (dynamic quantisation); ``more`` is for ``quantize_dynamic``."""
    to.parent.mkdir(parents=True, exist_ok=True)
    quantize_dynamic(
        str(whole),
        str(to),
        weight_type=QuantType.QInt8,
        reduce_range=True,  # processors without VNNI saturate with eight bits
        extra_options={"DefaultTensorType": TensorProto.FLOAT},
        **more,
    )
