"""What the reader learns from: encoded turns, and for each what is known of how it went; kept as files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sayagain.errors import FormatError
from sayagain.labels.encode import NUMBERS, Encoded

Labels = npt.NDArray[np.int8]

UNKNOWN = -1
"""In the place of a label that nobody knows."""

LABELS = ("outcome", "start", "met", "again")


@dataclass(frozen=True)
class Taught:
    """Encoded turns with their labels; arrays have one entry a turn, ``UNKNOWN`` where nobody knows."""

    encoded: Encoded
    outcome: Labels
    """Place in ``READ_OUTCOMES``."""
    start: Labels
    """Whether a goal begins with the turn."""
    met: Labels
    """Whether its goal is met, by this turn or a later one."""
    again: Labels
    """How many turns later it is said again; 0 where it is not."""

    def write(self, path: Path) -> None:
        """Write all arrays to one file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        labels = {name: getattr(self, name) for name in LABELS}
        np.savez_compressed(
            path,
            names=np.array(NUMBERS),
            turns=np.array(self.encoded.turns),
            numbers=self.encoded.numbers,
            texts=self.encoded.texts,
            starts=np.array(self.encoded.starts),
            **labels,
        )


def read_taught(folder: Path) -> list[Taught]:
    """Return what ``Taught.write`` wrote into a folder, in the order of the names of its files.

    Raises:
        FormatError: there is nothing, or it is of another release.
    """
    files = sorted(folder.glob("*.npz"))
    if not files:
        raise FormatError(f"There are no training turns in {folder}", "Build them: sayagain reader build")
    return [_read(file) for file in files]


def _read(file: Path) -> Taught:
    with np.load(file) as kept:
        if kept["names"].tolist() != list(NUMBERS):
            raise FormatError(
                f"{file} has other numbers than this release reads", "Build it anew: sayagain reader build"
            )
        encoded = Encoded(kept["turns"].tolist(), kept["numbers"], kept["texts"], kept["starts"].tolist())
        return Taught(encoded, *(kept[name] for name in LABELS))
