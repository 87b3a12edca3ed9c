"""Opening a model: the one that ships, or a file that somebody names, which is given no more than a model can be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import onnxruntime

from sayagain.errors import SayAgainError

MOST_MODEL_BYTES = 512 << 20
"""Bytes that a model may have: twenty times the largest that ships."""


@dataclass(frozen=True)
class ModelFile:
    """A kind of model: the file that ships, and what to say of one that is none of this kind."""

    package: str
    name: str
    """Its path in the package."""
    kind: str
    """What it is, for people."""
    command: str
    """The command that writes one."""

    def read(self, path: Path | None) -> bytes:
        """Return what the model at ``path`` holds, or the one that ships.

        Raises:
            OSError: it cannot be read.
            ValueError: it is too large.
        """
        return model_bytes(path) if path else resources.files(self.package).joinpath(self.name).read_bytes()

    @contextmanager
    def opening(self, path: Path | None) -> Iterator[None]:
        """Open a model in the block: what goes wrong there means that it is none of this kind.

        Raises:
            SayAgainError: something went wrong.
        """
        try:
            yield
        except Exception as error:  # neither ONNX Runtime nor tokenizers has a class for what it cannot read
            remedy = f"Name a model that `{self.command}` wrote, or install sayagain again"
            raise SayAgainError(f"{path or self.name} is no {self.kind}", remedy) from error


def session(model: bytes) -> onnxruntime.InferenceSession:
    """Return a model as ONNX Runtime runs it, in the thread that calls it: small matrices gain little from more."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def model_bytes(path: Path) -> bytes:
    """Return what a model file holds.

    Raises:
        OSError: it cannot be read.
        ValueError: it is too large.
    """
    if path.stat().st_size > MOST_MODEL_BYTES:
        raise ValueError(f"a model has at most {MOST_MODEL_BYTES:,} bytes")
    return path.read_bytes()
