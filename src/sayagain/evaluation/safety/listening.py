"""Whether a rewrite stops when it is told that it was wrong, in every way of saying so, at the first use."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from sayagain.assistant.layer import Layer as AnyLayer
from sayagain.bundle.bundle import Bundle
from sayagain.evaluation.report import OURS, Row
from sayagain.evaluation.safety.bundles import Learned, bundles
from sayagain.evaluation.safety.figures import share
from sayagain.evaluation.safety.histories import history
from sayagain.evaluation.safety.mishearings import mishearings
from sayagain.evaluation.safety.service import served
from sayagain.evaluation.safety.ways import WAYS_TO_SAY_NO, Says, done, made, nothing
from sayagain.online.layer import Layer
from sayagain.schema.turn import LayerAction, Turn
from sayagain.text.normalise import form_of

SAID_AT = datetime(2026, 9, 1, 18, tzinfo=UTC)
LATER = (timedelta(minutes=10), timedelta(days=1))
"""After what was said, when the same person makes the same request again."""
MOST_ONLINE = 60
"""Rewrites that are no precomputed ones, of a bundle, that are tried."""

TAUGHT = 60
"""Mishearings that people without a bundle teach their layers."""
SAYING_NOTHING = "nothing"

Stage = Callable[[str], None]


@dataclass(frozen=True)
class Live:
    """A rewrite that is made for somebody of whom nothing is known."""

    request: str
    online: bool


def listening(data: Path | None, seed: int, stage: Stage = lambda _: None) -> list[Row]:
    """Return, of each bundle (and without one) and each way of saying no, the share of rewrites that stopped.

    Those whose set ends in ``http`` were asked through the service.
    """
    found = list(_both("alone", partial(taught, seed), stage))
    with TemporaryDirectory() as folder:
        for learned in bundles(data, Path(folder), seed, stage):
            rewritten = list(live(learned))
            for suffix, online in (("", False), (".online", True)):
                some = [each.request for each in rewritten if each.online is online]
                found += _both(f"{learned.name}{suffix}", partial(_new_people, learned.bundle, some), stage)
    return found


Asked = Iterator[tuple[AnyLayer, Turn, bool]]
"""Layers, each with a request that somebody now makes of it; whether its turns have had interpretations so far."""
Inside = Iterator[tuple[Layer, Turn, bool]]
"""The same, of layers in this process."""


def _both(name: str, asked: Callable[[str], Inside], stage: Stage) -> Iterator[Row]:
    """Yield the figures in this process, and over HTTP."""
    yield from _rows(name, asked, stage)
    yield from _rows(f"{name}.http", lambda way: over_http(asked(way)), stage)


def over_http(asked: Inside) -> Asked:
    """Yield the same with each layer behind the service."""
    for layer, of_layer in groupby(asked, itemgetter(0)):
        with served(layer) as remote:
            for _, turn, interpreted in of_layer:
                yield remote, turn, interpreted


def _rows(name: str, asked: Callable[[str], Asked], stage: Stage) -> Iterator[Row]:
    """Yield the figures of each way; what is not made again even where nobody says no is left out."""
    stage(f"{name}: saying nothing")
    lasting = [stopped is False for stopped in stops(asked(SAYING_NOTHING), nothing)]
    everything: list[bool] = []
    for way, says in WAYS_TO_SAY_NO.items():
        stage(f"{name}: {way}")
        found = [each for each, lasts in zip(stops(asked(way), says), lasting, strict=True) if lasts]
        stopped = [each for each in found if each is not None]
        everything += stopped
        if stopped:
            yield share(f"listening.{name}", f"{OURS}.{way}", "ours", "stopped", stopped)
    if everything:
        yield share(f"listening.{name}", OURS, "ours", "stopped", everything)


def live(learned: Learned) -> Iterator[Live]:
    """Yield the rewrites that a new person is served: all precomputed ones, and some of those made online."""
    layer = _opened(learned.bundle, "live")
    known = [each.source for each in Bundle.open(learned.bundle).rewrites if each.refused is None]
    for text in known:
        if made(layer, Turn(user="nobody", time=SAID_AT, text=text)) is not None:
            yield Live(text, online=False)
    count = 0
    for text in learned.texts:
        action = made(layer, Turn(user="nobody", time=SAID_AT, text=text))
        if action is not None and not (action.source or "").startswith("precomputed") and count < MOST_ONLINE:
            count += 1
            yield Live(text, online=True)


def _new_people(bundle: Path, requests: Sequence[str], way: str) -> Inside:
    """Yield a new person for each request; the state of the layer is that of this way alone."""
    layer = _opened(bundle, way)
    for number, text in enumerate(requests):
        yield layer, Turn(user=f"person {number}", device="kitchen", session=f"{number}", time=SAID_AT, text=text), True


def taught(seed: int, way: str) -> Inside:
    """Yield people who have no bundle, and taught their layer one mishearing by correcting it once."""
    for case in mishearings(None, seed)[:TAUGHT]:
        lived = history(case, "both", "correction")
        layer = Layer.open(None)
        for turn in lived.turns:
            layer.observe(turn)
        yield layer, lived.ask("ann"), False


def stops(asked: Asked, says: Says) -> Iterator[bool | None]:
    """Yield of each request whether its rewrite stopped after it was made once; None where it was not made."""
    for number, (layer, request, interpreted) in enumerate(asked):
        action = made(layer, request)
        if action is None:
            yield None
            continue
        went = done(action.rewrite or "", interpreted)
        again = says(layer, request.model_copy(update={"layer": action, **went}), number)
        later = [_repeated(layer, request, after, action, interpreted) for after in LATER]
        yield not again and not any(later)


def _repeated(layer: AnyLayer, asked: Turn, after: timedelta, before: LayerAction, interpreted: bool) -> bool:
    """Return whether the same is made of the same request, some time later, after something else."""
    time = asked.time + after
    said, at = "what time is it", time - timedelta(minutes=3)
    between = Turn(user=asked.user, device=asked.device, time=at, text=said, **done(said, interpreted))
    layer.rewrite(between)
    layer.observe(between)
    request = asked.model_copy(update={"turn": f"{asked.turn} {after}", "session": None, "time": time})
    action = made(layer, request)
    return action is not None and form_of(action.rewrite or "") == form_of(before.rewrite or "")


def _opened(bundle: Path, name: str) -> Layer:
    """Open a layer with a state of its own, so that the ways do not hear of each other."""
    own = Path(mkdtemp(dir=bundle.parent)) / f"{name}.db"
    shutil.copy(bundle.with_name(f"{bundle.name}.state.db"), own)
    return Layer.open(bundle, f"sqlite:///{own}", staged=False)
