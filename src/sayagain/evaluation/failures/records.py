"""The lines of a labelled file, with the fields that a set needs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sayagain.errors import FormatError
from sayagain.log.readers.lines import BROKEN, json_records, object_of, reason

Record = dict[str, Any]


def records(path: Path, fields: Sequence[str], set_name: str) -> list[Record]:
    """Return the objects of a file of JSON lines.

    Raises:
        FormatError: the file is missing or empty, or a line is no object, or lacks one of ``fields``.
    """
    found = []
    for number, line in json_records(path):
        try:
            record = object_of(line)
            for name in fields:
                record[name]
        except BROKEN as error:
            remedy = f"Name a file of the set {set_name} with --data, or another set with --set"
            raise FormatError(f"{path}, line {number}: {reason(error)}", remedy) from error
        found.append(record)
    if not found:
        raise FormatError(f"{path} holds no turns", f"Name a file of the set {set_name}")
    return found


def with_train(
    data: Path, train: Path | None, fields: Sequence[str], set_name: str
) -> tuple[list[Record], npt.NDArray[np.bool_]]:
    """Return the records of a file, and of one that is only learned from, with which are of the latter.

    Raises:
        FormatError: as :func:`records` does.
    """
    reported = records(data, fields, set_name)
    learned = records(train, fields, set_name) if train else []
    return reported + learned, np.arange(len(reported) + len(learned)) >= len(reported)
