"""The last stage: responses, spoken by a small program of the system."""

from __future__ import annotations

from sayagain.assistant.voice.audio import Audio
from sayagain.assistant.voice.speakers import speak

VOICE = "flite:slt"
"""The assistant's voice: it answers in a hundredth of the time that Kokoro takes, and sounds like a machine."""


class Spoken:
    """Speaks responses."""

    def reply(self, response: str) -> Audio:
        """Return a response as 16 kHz mono samples (samples,).

        Raises:
            AudioError: the speaking program is not installed.
        """
        return speak(response, VOICE)
