"""Weights with four bits a number, two in a byte: so a small file holds whole layers and twice as many words.

Needs the extra ``train``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from onnx import GraphProto, NodeProto, TensorProto, helper, numpy_helper
from torch import Tensor, nn

LEVELS = 7
"""Largest number of four bits, of either sign."""
TABLE_BLOCK, WEIGHT_BLOCK = 96, 96
"""Numbers that have one scale: of the table of word pieces, and of a layer."""
SHRUNK = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75)
"""Shares of the largest number of a block that are tried as its range; the one with the least error is taken."""

Floats = npt.NDArray[np.float32]


def packed(weights: Floats, block: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float16]]:
    """Return weights as pairs of levels, shape (blocks, block / 2), and the scale of each block, (blocks, 1)."""
    rows = weights.reshape(-1, block)
    largest = np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-6)
    scales = [(largest * share / LEVELS).astype(np.float16).astype(np.float32) for share in SHRUNK]
    errors = [((np.clip(np.round(rows / scale), -LEVELS, LEVELS) * scale - rows) ** 2).sum(axis=1) for scale in scales]
    scale = np.take_along_axis(np.stack(scales), np.argmin(errors, axis=0)[None, :, None], axis=0)[0]
    levels = (np.clip(np.round(rows / scale), -LEVELS, LEVELS) + LEVELS + 1).astype(np.uint8)
    half = block // 2
    return 16 * levels[:, :half] + levels[:, half:], scale.astype(np.float16)


class Packed(nn.Module):
    """The table of word pieces, packed; it gives what they stand for."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        pairs, scale = packed(table.detach().numpy(), TABLE_BLOCK)
        self.width = table.shape[1]
        self.register_buffer("pairs", torch.from_numpy(pairs.reshape(len(table), -1)))
        self.register_buffer("scale", torch.from_numpy(scale.reshape(len(table), -1)))

    def forward(self, pieces: Tensor) -> Tensor:
        """Return the vectors of word pieces, shape (statements, length, width)."""
        pair = self.pairs[pieces].to(torch.float32).reshape(*pieces.shape, -1, TABLE_BLOCK // 2)
        high = torch.floor(pair / 16)
        levels = torch.cat([high, pair - 16 * high], -1) - (LEVELS + 1)
        scale = self.scale[pieces].to(torch.float32).unsqueeze(-1)
        return (levels * scale).reshape(*pieces.shape, self.width)


def coarse(table: Tensor) -> Tensor:
    """Return the table of word pieces as it will be read from the file: so it is learned with."""
    with torch.no_grad():
        found: Tensor = Packed(table)(torch.arange(len(table)).unsqueeze(0))[0]
    return found


def pack_layers(graph: GraphProto, shapes: Sequence[tuple[int, int]]) -> list[str]:
    """Pack the matrices of some shapes in a graph; return the names of the products that take them.

    ONNX Runtime unpacks them once, when it opens the model: what is constant is computed then.
    """
    kept = {each.name: each for each in graph.initializer}
    names, before = [], []
    for node in graph.node:
        weight = kept.get(node.input[1]) if node.op_type == "MatMul" else None
        if weight is None or tuple(weight.dims) not in shapes:
            continue
        before += _unpacking(graph, weight)
        graph.initializer.remove(weight)
        names.append(node.name)
    nodes = [*before, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return names


def _unpacking(graph: GraphProto, weight: TensorProto) -> list[NodeProto]:
    """Add a packed matrix to a graph; return the nodes that unpack it under its name."""
    name = weight.name
    pairs, scale = packed(numpy_helper.to_array(weight), WEIGHT_BLOCK)
    constants = {
        "pairs": pairs, "scale": scale, "shape": np.array(weight.dims, dtype=np.int64),
        "sixteen": np.float32(16), "middle": np.float32(LEVELS + 1),
    }  # fmt: skip
    graph.initializer.extend(
        numpy_helper.from_array(np.asarray(value), f"{name}/{part}") for part, value in constants.items()
    )

    def node(kind: str, inputs: Sequence[str], output: str, **more: object) -> NodeProto:
        parts = [f"{name}/{each}" for each in inputs]
        return helper.make_node(kind, parts, [f"{name}/{output}" if output else name], f"{name}/{output}/node", **more)

    return [
        node("Cast", ["pairs"], "pair", to=TensorProto.FLOAT),
        node("Div", ["pair", "sixteen"], "share"),
        node("Floor", ["share"], "high"),
        node("Mul", ["high", "sixteen"], "above"),
        node("Sub", ["pair", "above"], "low"),
        node("Concat", ["high", "low"], "levels", axis=1),
        node("Sub", ["levels", "middle"], "signed"),
        node("Cast", ["scale"], "wide", to=TensorProto.FLOAT),
        node("Mul", ["signed", "wide"], "flat"),
        node("Reshape", ["flat", "shape"], ""),
    ]
