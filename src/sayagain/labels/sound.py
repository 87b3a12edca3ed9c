"""How a request sounded, as numbers, where the deployment keeps that: compact features, never the sound itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import nan
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sayagain.errors import FormatError
from sayagain.labels.exchange import Exchange

SOUND_FILE = "sound.parquet"
"""Beside the log: a row a recording, with its reference ``audio`` and ``MEASURED``."""

MEASURED = ("seconds", "speech_start", "speech_end", "energy_db", "estimated_snr_db", "syllables_a_second")

SOUND_NUMBERS = ("spoken", "energy_db", "snr_db", "syllables_a_second", "syllables_written", "syllables_share")
"""Names of the numbers. ``syllables_share``: syllables of the text over those heard; one that is far from others' was
misheard or cut."""

Sound = Mapping[str, tuple[float | None, ...]]
"""``MEASURED`` by reference."""

_VOWELS = re.compile("[aeiouy]+")


def sounds(log: Path) -> Sound:
    """Return what is known of the recordings of a log; nothing where no file lies beside it.

    Raises:
        FormatError: the file is something else.
    """
    file = log.parent / SOUND_FILE
    if not file.is_file():
        return {}
    try:
        table = pq.read_table(file, columns=["audio", *MEASURED])
    except (OSError, pa.ArrowException) as error:
        raise FormatError(f"{file} holds no sound features", "Remove it, or write it anew") from error
    columns = [table[name].to_pylist() for name in MEASURED]
    return dict(zip(table["audio"].to_pylist(), zip(*columns, strict=True), strict=True))


def sound_numbers(each: Exchange, known: Sound) -> list[float]:
    """Return ``SOUND_NUMBERS`` of a turn; NaN where nothing is known."""
    measured = known.get(each.audio or "")
    if measured is None:
        return [nan] * len(SOUND_NUMBERS)
    _, start, end, energy, snr, rate = (nan if value is None else value for value in measured)
    written = float(len(_VOWELS.findall(each.form)))
    heard = (end - start) * rate
    return [end - start, energy, snr, rate, written, written / heard if heard > 0 else nan]
