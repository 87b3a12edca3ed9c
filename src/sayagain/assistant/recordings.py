"""The recorded clips, as the simulation draws from them: what happened when a text was really spoken and heard."""

from __future__ import annotations

from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sayagain.assistant.stages import Heard
from sayagain.errors import FormatError

SHIPPED_RECORDINGS = Path(__file__).parent / "data" / "recordings.parquet"
"""The recordings that come with the project (docs/assistant.md says how they were made)."""

NOISES = ("clean", "white", "babble", "music", "hum")
"""What goes on around the clips."""

SAME_NOISE, SAME_DISTANCE = 4.0, 3.0
"""How many times likelier a take is that sounds as it usually does around this person, or as far off. Assumed."""

CLEARER = 8.0
"""How many times likelier a near or quiet take is when somebody takes care to be heard. Assumed."""


SOUND_FEATURES = [
    "seconds", "speech_start", "speech_end", "mel_mean", "mel_std", "energy_db", "estimated_snr_db",
    "syllables_a_second",
]  # fmt: skip
"""What is measured of a clip's sound (``voice/record.py``): a stand-in for the sound itself."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One text said once, and what the chain's first two stages made of it."""

    id: int
    text: str
    voice: str
    noise: str
    snr_db: float | None
    far: bool
    wake_word: str
    awake: bool
    """Whether the wake word detector fired."""
    wake_score: float
    seconds: float
    heard: tuple[Heard, ...]
    """The recogniser's n-best, best first; empty when it heard nothing or was asleep."""

    @property
    def condition(self) -> str:
        """The sound around it, in words."""
        place = "far" if self.far else "near"
        return f"{self.noise}, {place}" if self.snr_db is None else f"{self.noise} {self.snr_db:.0f} dB, {place}"

    @property
    def quiet(self) -> bool:
        """Whether hardly anything disturbs it."""
        return self.snr_db is None or self.snr_db >= 15


Recogniser = Literal["moonshine", "whisper"]
"""Who heard the clips."""


class Recordings:
    """Clips by text and voice."""

    def __init__(self, clips: Sequence[Clip], measured: pa.Table | None = None) -> None:
        """Index clips; several takes of a text in a voice are kept in their order.

        Args:
            clips: the takes.
            measured: how each sounds, a row a clip: its number ``clip`` and :data:`SOUND_FEATURES`.
        """
        self._measured = measured
        self._own: dict[tuple[str, str], list[Clip]] = defaultdict(list)
        self._akin: dict[tuple[str, str], list[Clip]] = defaultdict(list)
        for clip in clips:
            self._own[clip.text, clip.voice].append(clip)
            self._akin[clip.text, _engine(clip.voice)].append(clip)

    @classmethod
    def read(
        cls,
        path: Path = SHIPPED_RECORDINGS,
        *,
        held_out: bool = False,
        recogniser: Recogniser = "moonshine",
        more: Sequence[Path] = (),
    ) -> Recordings:
        """Read a file of ``sayagain assistant record``: its training clips, or those kept for evaluation.

        Whisper heard the latter alone. Files of ``more`` come after it.

        Raises:
            FormatError: no such file, or something else.
        """
        tables = []
        for each in (path, *more):
            try:
                tables.append(pq.read_table(each))
                tables[-1]["held_out"]
            except (OSError, pa.ArrowException, KeyError) as error:
                raise FormatError(f"{each} holds no recordings", "Make them: sayagain assistant record") from error
        table = pa.concat_tables(tables)
        rows = table.filter(pa.compute.equal(table["held_out"], held_out)).to_pylist()
        if not rows:
            raise FormatError(f"{path} holds no recordings of this kind", "Make more: sayagain assistant record")
        return cls([_clip(row, recogniser) for row in rows], table.select(["clip", *SOUND_FEATURES]))

    @cached_property
    def _texts(self) -> dict[str, frozenset[str]]:
        engines = {engine for _, engine in self._akin}
        return {engine: frozenset(text for text, one in self._akin if one == engine) for engine in engines}

    def texts(self, voice: str) -> frozenset[str]:
        """Return the texts that somebody with this voice can say: those said in it, or in one akin to it."""
        return self._texts[_engine(voice)]

    @property
    def voices(self) -> tuple[str, ...]:
        """Return the voices that a person can have, sorted: those that say at least half as much as the one of most."""
        said = Counter(voice for _, voice in self._own)
        most = max(said.values(), default=0)
        return tuple(sorted(voice for voice, texts in said.items() if texts >= most / 2))

    def features(self, clips: Mapping[str, int]) -> pa.Table | None:
        """Return how clips sound, a row a reference: ``audio`` and :data:`SOUND_FEATURES`; None where not measured.

        Nothing in it says what was said or which clip it is.
        """
        if self._measured is None:
            return None
        place = {number: row for row, number in enumerate(self._measured["clip"].to_pylist())}
        rows = self._measured.select(SOUND_FEATURES).take([place[number] for number in clips.values()])
        return rows.add_column(0, "audio", pa.array(clips, pa.string()))

    def draw(self, text: str, voice: str, noise: str, far: bool, careful: bool, rng: np.random.Generator) -> Clip:
        """Return a take of ``text``: in the person's voice if it was recorded in it, in their usual noise if it can be.

        The long tail was recorded in one voice a text, so what is seldom said may come in a voice akin to theirs.
        """
        clips = self._own.get((text, voice)) or self._akin[text, _engine(voice)]
        upto = list(
            accumulate(
                (SAME_NOISE if clip.noise == noise else 1.0)
                * (SAME_DISTANCE if clip.far == far else 1.0)
                * (CLEARER if careful and clip.quiet else 1.0)
                for clip in clips
            )
        )
        return clips[min(bisect(upto, rng.random() * upto[-1]), len(clips) - 1)]


def _engine(voice: str) -> str:
    """Return what speaks a voice: voices of one synthesiser are akin, and about as easy to recognise."""
    return voice.partition(":")[0]


def _clip(row: dict[str, Any], recogniser: Recogniser) -> Clip:
    return Clip(
        id=row["clip"],
        text=row["text"],
        voice=row["voice"],
        noise=row["noise"],
        snr_db=row["snr_db"],
        far=row["far"],
        wake_word=row["wake_word"],
        awake=row["awake"],
        wake_score=row["wake_score"],
        seconds=row["seconds"],
        heard=tuple(Heard(one["text"], round(one["score"], 4)) for one in row[recogniser] or ()),
    )
