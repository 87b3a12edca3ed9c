"""The stages of the assistant, each behind a Protocol of one method, and what they hand on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from sayagain.assistant.action import Action, Outcome

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sayagain.assistant.world import Mishaps, Snapshot
    from sayagain.schema.turn import Hypothesis

StageName = Literal["wake", "asr", "layer", "nlu", "entity", "result", "reply"]


class Heard(NamedTuple):
    """One text the recogniser considered."""

    text: str
    score: float
    """Log-probability; higher is surer. 0 for typed text."""


class Woken(NamedTuple):
    """The wake word that came nearest to being heard."""

    word: str
    score: float
    """Between 0 and 1."""
    awake: bool
    """Whether it counts as heard."""
    end: float
    """Seconds from the start of the audio to where it was surest."""


@dataclass(frozen=True, slots=True)
class Parse:
    """The parse of a text, independent of any home: domain, intent, slots and confidence."""

    domain: str
    intent: str
    slots: tuple[tuple[str, str], ...] = ()
    """Slot names with the values as they were said, sorted by name."""
    confidence: float = 1.0
    """Between 0 and 1."""

    @property
    def meaning(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """What makes two parses say the same: intent and slots, however sure."""
        return self.intent, self.slots


class Match(NamedTuple):
    """A slot and the entities its value could mean."""

    slot: str
    value: str
    entities: tuple[str, ...]
    """The ids taken: one, or all devices of an area; empty when nothing is near enough."""
    score: float
    """Between 0 and 1."""
    alternatives: tuple[str, ...] = ()
    """Ids not taken, best first: as near or nearly; where none was taken, the nearest that is not near enough."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """A parse placed in a home: what is to be done, or which slots found nothing."""

    parse: Parse
    matches: tuple[Match, ...] = ()
    action: Action | None = None
    """None when a slot found no entity."""
    guess: Action | None = None
    """Where there is no action: what may have been meant, with something like the name said; to be asked about."""


@dataclass(frozen=True, slots=True)
class Situation:
    """The situation of a request: the device spoken to, its room, and what it did or asked last."""

    speaker: str = ""
    """Id of the device that was spoken to."""
    area: str | None = None
    """Id of the room that device stands in."""
    has_screen: bool = False
    last: Action | None = None
    """What this device did last; a correction is about that."""
    asked: Action | None = None
    """What this device has just asked whether to do."""


class TraceRow(NamedTuple):
    """One row of the trace that people read: a stage, its output and its confidence."""

    stage: StageName
    output: str
    confidence: float | None = None
    """Between 0 and 1; the recogniser's log-probability in the row ``asr``."""


class Named(Protocol):
    """Something in a home that has an id, a name and other names."""

    @property
    def id(self) -> str:
        """Identifier, unique in the home."""
        ...

    @property
    def name(self) -> str:
        """What it is called first of all."""
        ...

    @property
    def aliases(self) -> Sequence[str]:
        """What else it is called."""
        ...


class DeviceRecord(Named, Protocol):
    """A device of a home."""

    @property
    def area(self) -> str:
        """Id of the room it is in."""
        ...

    @property
    def domain(self) -> str:
        """Kind of device: light, switch, cover, lock, climate, fan, media_player, vacuum, sensor."""
        ...

    @property
    def capabilities(self) -> frozenset[str]:
        """What it can do beside its domain's least: brightness, color, position …"""
        ...


class SpeakerRecord(Protocol):
    """A device one talks to."""

    @property
    def id(self) -> str:
        """Identifier, unique in the home."""
        ...

    @property
    def area(self) -> str:
        """Id of the room it stands in."""
        ...

    @property
    def has_screen(self) -> bool:
        """Whether it can show films."""
        ...


class HomeRecord(Protocol):
    """The protocol of a home, as the assistant sees it: areas, devices, speakers and catalogue."""

    @property
    def areas(self) -> Sequence[Named]:
        """The rooms."""
        ...

    @property
    def devices(self) -> Sequence[DeviceRecord]:
        """All that can be controlled or asked about."""
        ...

    @property
    def speakers(self) -> Sequence[SpeakerRecord]:
        """The devices one talks to."""
        ...

    @property
    def catalogue(self) -> Mapping[str, Sequence[Named]]:
        """Kind (song, artist, film, audiobook, radio, city, contact, list …) to its entries."""
        ...


class Wake(Protocol):
    """The first stage."""

    def listen(self, audio: NDArray[np.float32]) -> Woken:
        """Return the wake word that came nearest in 16 kHz mono ``audio`` (samples,)."""
        ...


class VoiceActivity(Protocol):
    """The protocol of voice activity detection, between the first stage and the second."""

    def span(self, audio: NDArray[np.float32]) -> tuple[float, float] | None:
        """Return start and end in seconds of the first and last speech in ``audio`` (samples,); None without any."""
        ...


class Recogniser(Protocol):
    """The second stage."""

    def recognise(self, clips: Sequence[NDArray[np.float32]]) -> Sequence[Sequence[Hypothesis]]:
        """Return what each clip (samples,) may say, best first, with scores; empty for an empty clip."""
        ...


class Understanding(Protocol):
    """The third stage, independent of the home."""

    def understand(self, text: str) -> Sequence[Parse]:
        """Return what ``text`` may mean, best first; empty for wording it does not know. Never raises."""
        ...


class EntityResolver(Protocol):
    """The fourth stage."""

    def resolve(self, parse: Parse, home: HomeRecord, situation: Situation) -> Resolution:
        """Place a parse in a home."""
        ...


class Readings(Protocol):
    """What the words of a request may be about, beside what they parse as."""

    def of(self, text: str, situation: Situation) -> Sequence[Action]:
        """Return all of it, whatever goes on; empty for words that mean one thing."""
        ...


class Executor(Protocol):
    """The fifth stage: a home in which things are done."""

    home: HomeRecord
    state: dict[str, str]
    """All that can change, by name."""
    devices: Mapping[str, DeviceRecord]
    """By identifier."""
    entries: Mapping[str, tuple[str, Named]]
    """The kind and the entry of a catalogue, by identifier."""

    def apply(self, action: Action, speaker: str = "", mishaps: Mishaps | None = None) -> Outcome:
        """Do it, as asked of ``speaker``; never raises. ``mishaps`` says for this once how often something fails."""
        ...

    def name(self, target: str) -> str:
        """Return what a device or an entry of a catalogue is called first of all."""
        ...

    def snapshot(self) -> Snapshot:
        """Return all that can change."""
        ...

    def restore(self, snapshot: Snapshot) -> None:
        """Go back: failure points are found by replays."""
        ...


class Replier(Protocol):
    """The last stage."""

    def reply(self, response: str) -> NDArray[np.float32]:
        """Speak a response, as 16 kHz mono samples (samples,)."""
        ...
