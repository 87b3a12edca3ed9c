"""Reading a model file that somebody names: ONNX Runtime is given no more than a model can be."""

from __future__ import annotations

from pathlib import Path

MOST_MODEL_BYTES = 512 << 20
"""Bytes that a model may have: twenty times the largest that ships."""


def model_bytes(path: Path) -> bytes:
    """Return what a model file holds.

    Raises:
        OSError: it cannot be read.
        ValueError: it is too large.
    """
    if path.stat().st_size > MOST_MODEL_BYTES:
        raise ValueError(f"a model has at most {MOST_MODEL_BYTES:,} bytes")
    return path.read_bytes()
