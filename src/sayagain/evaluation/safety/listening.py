"""Whether a rewrite stops when it is told that it was wrong, in every way of saying so, at the first use."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sayagain.evaluation.report import Row
from sayagain.evaluation.safety.bundles import Learned, bundles
from sayagain.evaluation.safety.case import meant
from sayagain.evaluation.safety.figures import OURS, share
from sayagain.evaluation.safety.tables import LANGUAGES, table
from sayagain.layer import Layer
from sayagain.rewrites.bundle import Bundle
from sayagain.schema.turn import LayerAction, Turn
from sayagain.text.normalise import form_of

START = datetime(2026, 9, 1, 18, tzinfo=UTC)
LATER = (timedelta(minutes=10), timedelta(days=1))
"""After what was said, when the same person makes the same request again."""
ONLINE = 60
"""Rewrites that are no precomputed ones, of a bundle, that are tried."""

Stage = Callable[[str], None]
Says = Callable[[Layer, Turn, int], bool]
"""Says no about a rewritten turn, in one of several wordings; returns whether it was made again meanwhile."""


@dataclass(frozen=True)
class Live:
    """A rewrite that is made for somebody of whom nothing is known."""

    request: str
    online: bool


def listening(data: Path | None, seed: int, stage: Stage = lambda _: None) -> list[Row]:
    """Return, of each bundle and each way of saying no, the share of the live rewrites that stopped."""
    with TemporaryDirectory() as folder:
        return [row for learned in bundles(data, Path(folder), seed, stage) for row in _rows(learned, stage)]


def _rows(learned: Learned, stage: Stage) -> Iterator[Row]:
    made = list(live(learned))
    for online in (False, True):
        some = [each for each in made if each.online is online]
        name = f"listening.{learned.name}{'.online' if online else ''}"
        everything: list[bool] = []
        for way, says in WAYS.items():
            stage(f"{learned.name}: {way}")
            stopped = list(told(learned.bundle, some, way, says))
            everything += stopped
            if stopped:
                yield share(name, f"{OURS}.{way}", "ours", "stopped", stopped)
        if everything:
            yield share(name, OURS, "ours", "stopped", everything)


def live(learned: Learned) -> Iterator[Live]:
    """Yield the rewrites that a new person is served: all precomputed ones, and some of those made online."""
    layer = _opened(learned.bundle, "live")
    known = [each.source for each in Bundle.open(learned.bundle).rewrites if each.refused is None]
    for text in known:
        if _made(layer, Turn(user="nobody", time=START, text=text)) is not None:
            yield Live(text, online=False)
    count = 0
    for text in learned.texts:
        action = _made(layer, Turn(user="nobody", time=START, text=text))
        if action is not None and not (action.source or "").startswith("precomputed") and count < ONLINE:
            count += 1
            yield Live(text, online=True)


def told(bundle: Path, rewrites: Iterable[Live], way: str, says: Says) -> Iterator[bool]:
    """Yield of each rewrite whether it stopped, for a new person each; what others say no to is never the same."""
    layer = _opened(bundle, way)
    for number, each in enumerate(rewrites):
        asked = Turn(user=f"person {number}", device="kitchen", session=f"{number}", time=START, text=each.request)
        action = _made(layer, asked)
        if action is None:
            continue  # what somebody else was told before holds for this one
        heard = asked.model_copy(update={"layer": action, **DONE})
        again = says(layer, heard, number)
        later = [_repeated(layer, asked, after, action) for after in LATER]
        yield not again and not any(later)


DONE: dict[str, Any] = {"status": "ok", "response": "Okay.", "interpretation": meant("Something")}
"""What the assistant itself has to say of a turn: that all went well."""


def _made(layer: Layer, request: Turn) -> LayerAction | None:
    """Return what is made of a request, where it is rewritten."""
    action = layer.rewrite(request)
    return action if action is not None and action.rewrite and action.rewrite != request.text else None


def _repeated(layer: Layer, asked: Turn, after: timedelta, before: LayerAction) -> bool:
    """Return whether the same is made of the same request, some time later, after something else."""
    time = asked.time + after
    between = Turn(
        user=asked.user, device=asked.device, time=time - timedelta(minutes=3), text="what time is it", **DONE
    )
    layer.rewrite(between)
    layer.observe(between)
    request = asked.model_copy(update={"turn": f"{asked.turn} {after}", "session": None, "time": time})
    action = _made(layer, request)
    return action is not None and form_of(action.rewrite or "") == form_of(before.rewrite or "")


def _says(words: Callable[[int], str]) -> Says:
    """Return a way that is a request of its own: a word, soon after."""

    def says(layer: Layer, turn: Turn, number: int) -> bool:
        layer.observe(turn)
        text = words(number)
        after = Turn(user=turn.user, device=turn.device, session=turn.session, time=turn.time + timedelta(seconds=6),
                     text=text, status="error", response="Sorry?")  # fmt: skip
        layer.rewrite(after)
        layer.observe(after)
        return False

    return says


def _with(**fields: Any) -> Says:
    """Return a way that is a field of the turn itself."""

    def says(layer: Layer, turn: Turn, number: int) -> bool:
        layer.observe(Turn.model_validate({**turn.model_dump(), **fields}))
        return False

    return says


def _feedback(layer: Layer, turn: Turn, number: int) -> bool:
    """Observe the turn, then once more with the feedback that it did not help."""
    layer.observe(turn)
    layer.observe(Turn.model_validate({**turn.model_dump(), "feedback": {"helpful": False}}))
    return False


def _repeat(layer: Layer, turn: Turn, number: int) -> bool:
    """Say the same again at once; the second time, it must not be rewritten any more."""
    layer.observe(turn)
    asked = Turn(user=turn.user, device=turn.device, session=turn.session, time=turn.time + timedelta(seconds=12),
                 text=turn.text)  # fmt: skip
    action = _made(layer, asked)
    layer.observe(asked.model_copy(update={"layer": action, **DONE}))
    return action is not None and turn.layer is not None and action.rewrite == turn.layer.rewrite


def _denials(language: str) -> Says:
    words = table(language).denials
    return _says(lambda number: words[number % len(words)])


WAYS: dict[str, Says] = {
    "feedback": _feedback,
    "repeat": _repeat,
    "undo": _with(undone_after=15.0),
    "cancelled": _with(status="cancelled"),
    "cancel_word": _says(lambda number: table(LANGUAGES[number % len(LANGUAGES)]).cancel),
    **{f"denial.{language}": _denials(language) for language in LANGUAGES},
}
"""Every way of saying no."""


def _opened(bundle: Path, name: str) -> Layer:
    """Open a layer with a state of its own, so that the ways do not hear of each other."""
    own = bundle.with_name(f"{name}.db")
    shutil.copy(bundle.with_name(f"{bundle.name}.state.db"), own)
    return Layer.open(bundle, f"sqlite:///{own}")
