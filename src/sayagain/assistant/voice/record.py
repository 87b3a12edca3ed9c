"""Speak, spoil, hear and measure every take of a plan: one Parquet row a clip.

Takes → shards of about a hundred, each by one worker: every sentence is spoken once (``speakers``), spoilt per take
(``acoustics``), the wake word is looked for, and what follows it is recognised in batches of like length. A shard is
written whole or not at all, so that a killed run goes on where it was; at the end shards become one file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sayagain.assistant.voice.acoustics import spoil
from sayagain.assistant.voice.audio import RATE, Audio
from sayagain.assistant.voice.features import BANDS, features
from sayagain.assistant.voice.moonshine import Moonshine
from sayagain.assistant.voice.plan import Take
from sayagain.assistant.voice.speakers import speak
from sayagain.assistant.voice.vad import Silero
from sayagain.assistant.voice.wake import WAKE_DETECTORS, is_awake, wake_score
from sayagain.assistant.voice.whisper import Whisper
from sayagain.schema.turn import Hypothesis

SHARD = 96
"""Takes a worker does at a time: about half a minute."""

CLIP_BATCH = 8
"""Clips that the recogniser hears at once: a larger batch is no faster (0.24 s for a clip of 3 s with 8 or 16)."""

_LEAD, _GAP = 0.3, 0.2
"""Seconds of room sound before and after a clip, and between wake word and request."""

_N_BEST = pa.list_(pa.struct([("text", pa.string()), ("score", pa.float32())]))

CLIPS_SCHEMA = pa.schema(
    [
        ("clip", pa.int32()),
        ("text", pa.string()),
        ("voice", pa.string()),
        ("held_out", pa.bool_()),
        ("take", pa.int8()),
        ("noise", pa.string()),
        ("snr_db", pa.float32()),
        ("far", pa.bool_()),
        ("pace", pa.float32()),
        ("wake_word", pa.string()),
        ("wake_score", pa.float32()),
        ("awake", pa.bool_()),
        ("seconds", pa.float32()),
        ("speech_start", pa.float32()),
        ("speech_end", pa.float32()),
        ("moonshine", _N_BEST),
        ("whisper", _N_BEST),
        ("mel_mean", pa.list_(pa.float16(), BANDS)),
        ("mel_std", pa.list_(pa.float16(), BANDS)),
        ("energy_db", pa.float32()),
        ("estimated_snr_db", pa.float32()),
        ("syllables_a_second", pa.float32()),
    ]
)
"""A row a clip. ``moonshine`` is empty where the assistant did not wake to speech not meant for it, ``whisper`` is
there for evaluation clips only. For speech not meant, ``wake_word`` is the one that came nearest to being heard."""


def record(takes: Sequence[Take], folder: Path, babble: Sequence[str], workers: int = 2) -> Iterator[int]:
    """Record into shards below ``folder``, yielding the number of takes done as it grows; done shards are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    shards = {folder / f"{start:06d}.parquet": takes[start : start + SHARD] for start in range(0, len(takes), SHARD)}
    todo = {file: part for file, part in shards.items() if not file.exists()}
    done = sum(len(part) for file, part in shards.items() if file not in todo)
    yield done
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for future in as_completed([pool.submit(_shard, part, file, tuple(babble)) for file, part in todo.items()]):
            done += future.result()
            yield done


def merge(folder: Path, out: Path) -> pa.Table:
    """Write all shards as one file, like beside like, and return it."""
    table = pa.concat_tables([pq.read_table(file, schema=CLIPS_SCHEMA) for file in sorted(folder.glob("*.parquet"))])
    table = table.sort_by([("text", "ascending"), ("voice", "ascending"), ("take", "ascending")])
    pq.write_table(table, out, compression="zstd", compression_level=19)
    return table


def _shard(takes: Sequence[Take], file: Path, babble: tuple[str, ...]) -> int:
    rows: list[dict[str, Any]] = []
    requests: list[Audio] = []
    for (text, voice, pace), same in groupby(takes, key=lambda take: (take.text, take.voice, take.pace)):
        said = speak(text, voice, pace)
        for take in same:
            row, request = _heard(take, said, _babble(babble))
            rows.append(row)
            requests.append(request)
    awake = [place for place, row in enumerate(rows) if row["awake"] or takes[place].wake_word]
    by_length = sorted(awake, key=lambda place: len(requests[place]))
    for places in (by_length[start : start + CLIP_BATCH] for start in range(0, len(by_length), CLIP_BATCH)):
        for place, found in zip(places, _moonshine().recognise([requests[p] for p in places]), strict=True):
            rows[place]["moonshine"] = _plain(found)
    for place in awake:
        if rows[place]["held_out"]:
            rows[place]["whisper"] = _plain(_whisper().recognise([requests[place]])[0])
    unfinished = file.with_suffix(".part")
    pq.write_table(pa.Table.from_pylist(rows, CLIPS_SCHEMA), unfinished, compression="zstd")
    unfinished.rename(file)
    return len(takes)


def render(take: Take, babble: Sequence[str]) -> Audio:
    """Return the whole sound of a take, the wake word first: the same at every call."""
    return _sound(take, speak(take.text, take.voice, take.pace), _babble(tuple(babble)))[0]


def _sound(take: Take, said: Audio, babble: Audio) -> tuple[Audio, Audio]:
    """Return the sound of a take, and the part of it that is to be recognised."""
    rng = np.random.default_rng([take.clip, 1])
    lead = np.zeros(int(_LEAD * RATE), np.float32)
    called = [_called(take.wake_word, take.voice), lead[: int(_GAP * RATE)]] if take.wake_word else []
    sound = spoil(np.concatenate([lead, *called, said, lead]), take.condition, rng, babble)
    return sound, sound[len(lead) + sum(map(len, called)) - len(lead) // 4 :] if called else sound


def _heard(take: Take, said: Audio, babble: Audio) -> tuple[dict[str, Any], Audio]:
    """Return what is known of a take before recognition, and the sound that is to be recognised."""
    sound, request = _sound(take, said, babble)
    words = [take.wake_word] if take.wake_word else list(WAKE_DETECTORS)
    score, word = max((wake_score(sound, word), word) for word in words)
    span = _silero().span(request)
    measured = features(request)
    return {
        "clip": take.clip,
        "text": take.text,
        "voice": take.voice,
        "held_out": take.held_out,
        "take": take.take,
        "noise": take.condition.noise,
        "snr_db": take.condition.snr_db,
        "far": take.condition.far,
        "pace": take.pace,
        "wake_word": word,
        "wake_score": score,
        "awake": is_awake(score, word),
        "seconds": len(request) / RATE,
        "speech_start": span and span[0],
        "speech_end": span and span[1],
        "moonshine": [],
        "whisper": None,
        "mel_mean": measured.mel_mean,
        "mel_std": measured.mel_std,
        "energy_db": measured.energy_db,
        "estimated_snr_db": measured.snr_db,
        "syllables_a_second": measured.syllables_a_second,
    }, request


def _plain(found: Sequence[Hypothesis]) -> list[dict[str, Any]]:
    return [{"text": one.text, "score": one.score} for one in found]


@cache
def _called(wake_word: str, voice: str) -> Audio:
    return speak(f"{WAKE_DETECTORS[wake_word]},", voice)


_BABBLE_VOICES = ("flite:slt", "flite:rms", "flite:awb", "kokoro:af_sarah", "kokoro:am_puck")


@cache
def _babble(texts: tuple[str, ...]) -> Audio:
    """Mix five voices that each read the texts from another place, as long as the shortest of them."""
    shift = max(1, len(texts) // len(_BABBLE_VOICES))
    read = [
        np.concatenate([speak(text, voice) for text in texts[number * shift :] + texts[: number * shift]])
        for number, voice in enumerate(_BABBLE_VOICES)
    ]
    length = min(map(len, read))
    return np.asarray(sum(one[:length] / np.sqrt(np.square(one).mean()) for one in read), dtype=np.float32)


@cache
def _silero() -> Silero:
    return Silero()


@cache
def _moonshine() -> Moonshine:
    return Moonshine()


@cache
def _whisper() -> Whisper:
    return Whisper()
