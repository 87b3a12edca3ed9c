"""The service: what each address does. What is refused before is in ``middleware``, what bodies are in ``bodies``,
whose people they are about in ``caller``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

from sayagain.errors import BundleError, FullError, StateError
from sayagain.log.store import Log
from sayagain.online.erasure.erase import Erasure, State, Stores, begin, clear, reach
from sayagain.online.erasure.receipt import Receipt
from sayagain.schema import LayerAction, Turn
from sayagain.server.bodies import FEEDBACK_BODY, OFF_BODY, PERSON_BODY, REQUEST_BODY, TURN_BODY, TURNS_BODY
from sayagain.server.caller import Caller
from sayagain.server.delivery import Delivery
from sayagain.server.erasures import Erasures, Job
from sayagain.server.inbox_to_log import Compaction
from sayagain.server.layer import OnlineLayer
from sayagain.server.memory import settle
from sayagain.server.metrics import Metrics
from sayagain.server.middleware import FORGET
from sayagain.server.models import (
    Chosen,
    Erasing,
    Forgotten,
    Health,
    Heard,
    Observed,
    ObservedBatch,
    Reloaded,
    Switched,
)
from sayagain.server.redacting import Redacting
from sayagain.server.refused import Refused
from sayagain.server.settings import Settings
from sayagain.state.erasures import Asked
from sayagain.state.experiments import Experiments
from sayagain.state.inbox import Inbox
from sayagain.state.switch import Switch

T = TypeVar("T")

CATCH_UP, LOOK_AGAIN = 0.5, 0.002
"""Seconds that a request waits for the layer to take in what this person did before, and between two looks."""


class Service:
    """One layer behind HTTP, with an inbox and a log."""

    def __init__(self, layer: OnlineLayer, inbox: Inbox, log: Log, settings: Settings) -> None:
        self.layer, self.inbox, self.log, self.settings = layer, inbox, log, settings
        self.delivery = Delivery(inbox, layer)
        self.compaction = Compaction(inbox, log, settings.feedback_window, settings.compact_every)
        self.erasures = Erasures(inbox.database, log, self._begin_erasure, self._reach, self._clear)
        self.experiments = Experiments(inbox.database)
        self.redacting = Redacting(settings.redaction)
        self.metrics = Metrics(
            lambda: layer.version,
            lambda: layer.switch.on,
            lambda: inbox.waiting,
            lambda: inbox.apart,
            lambda: self.redacting.counts,
        )
        self._threads = ThreadPoolExecutor(settings.threads, thread_name_prefix="rewrite")

    @asynccontextmanager
    async def running(self, _: FastAPI) -> AsyncIterator[None]:
        """Hand on, compact and erase while the service runs; at its end nothing acknowledged is left unwritten."""
        await asyncio.to_thread(self.erasures.start)
        self.delivery.start()
        self.compaction.start()
        try:
            yield
        finally:
            await asyncio.to_thread(self._close)

    async def rewrite(self, request: Request) -> Response:
        """Say what to work on in place of a request; without ``rewrite`` the request is to be left alone."""
        asked = await self.redacting.record(REQUEST_BODY.parse(await request.body()))
        turn = Caller.of(request).turn(asked)
        loop = asyncio.get_running_loop()
        await self.caught_up(turn.user)
        try:
            action = await loop.run_in_executor(self._threads, self.layer.rewrite, turn)
        except StateError as error:
            raise Refused.because(error, 503, self.settings.retry_after) from None
        action = self.redacting.action(action)
        self.metrics.action(action, on=self.layer.switch.on)
        return _json(action or LayerAction())

    async def choose(self, request: Request) -> Response:
        """Say which of a request's candidates is meant; without ``choice`` the first is to be done."""
        given = REQUEST_BODY.parse(await request.body())
        turn = Caller.of(request).turn(await self.redacting.record(given))
        await self.caught_up(turn.user)
        loop = asyncio.get_running_loop()
        try:
            choice = await loop.run_in_executor(self._threads, self.layer.choose, turn.candidates or [], turn)
        except StateError as error:
            raise Refused.because(error, 503, self.settings.retry_after) from None
        return _json(Chosen(choice=self.redacting.choice(choice, given.candidates or [])))

    async def explain(self, request: Request) -> Response:
        """Say what would be made of a request, and why: candidates, evidence, guards. Nothing is remembered of it."""
        caller = Caller.of(request)
        turn = caller.turn(await self.redacting.record(REQUEST_BODY.parse(await request.body())))
        caller.person = turn.user
        await self.caught_up(turn.user)
        try:
            return _json(await asyncio.to_thread(self.layer.explain, turn))
        except (BundleError, StateError) as error:
            raise Refused.because(error, 503, self.settings.retry_after) from None

    async def observe(self, request: Request) -> Response:
        """Take in what happened in one turn; answered when it is kept for good."""
        (observed,) = await self._put(Caller.of(request), [TURN_BODY.parse(await request.body())])
        return _json(observed)

    async def observe_batch(self, request: Request) -> Response:
        """Take in several turns, all or none; answered when they are kept for good."""
        turns = TURNS_BODY.parse(await request.body())
        return _json(ObservedBatch(turns=await self._put(Caller.of(request), turns)))

    async def feedback(self, request: Request) -> Response:
        """Take in what a person said about a turn, in place of what was said about it before."""
        given = FEEDBACK_BODY.parse(await request.body())
        self._check_room()
        turn = Caller.of(request).turn_id(given.turn)
        feedback = await self.redacting.record(given.feedback())
        hearing = await self._written(self.inbox.hear(turn, feedback))
        if hearing == "unknown":
            raise Refused(404, "No such turn was observed", "Observe the turn first, or correct its identifier")
        if hearing == "too late":
            minutes = f"{self.settings.feedback_window / 60:g} minutes"
            raise Refused(410, "The turn is in the log by now", f"Give feedback within {minutes} of the turn")
        return _json(Heard(turn=given.turn))

    async def forget(self, request: Request) -> Response:
        """Erase a person from every place that holds something of theirs; answered with a receipt.

        An erasure that takes longer is answered with 202 and a job to ask about; it goes on, also after a restart.
        """
        caller = Caller.of(request)
        caller.person = user = caller.user(PERSON_BODY.parse(await request.body()).user)
        if self.erasures.not_begun >= self.settings.most_erasures:
            remedy = "Come again after Retry-After seconds"
            raise Refused(503, "Many people wait to be erased", remedy, self.settings.retry_after)
        try:
            job = await asyncio.to_thread(self.erasures.ask, user)
        except StateError as error:
            raise self._refusal(error) from None
        await asyncio.wait([asyncio.wrap_future(job.done)], timeout=self.settings.erasure_patience)
        return self._told(job)

    async def forgotten(self, request: Request, job: str) -> Response:
        """Say how an erasure is that was asked for: its receipt, or 202 while it goes on."""
        found = self.erasures.find(job)
        if found is None or not Caller.of(request).may_name(found.asked.user):
            remedy = "Receipts are kept for a day, until the service stops; POST /forget erases what there may be"
            raise Refused(404, "No such erasure", remedy)
        return self._told(found)

    async def reload(self) -> Response:
        """Load the version of the bundle that is in use now."""
        try:
            version = await asyncio.to_thread(self.layer.reload)
        except BundleError as error:
            going_on = f"; {self.layer.version} goes on" if self.layer.version else ""
            raise Refused(409, f"{error.args[0]}{going_on}", error.remedy) from None
        except StateError as error:
            raise Refused.because(error, 503, self.settings.retry_after) from None
        await asyncio.to_thread(settle, anew=True)  # the version before is garbage
        return _json(Reloaded(bundle=version, held=self.layer.held))

    async def switch_off(self, request: Request) -> Response:
        """Leave every request alone, whoever serves with this state database; observing and learning go on."""
        reason = OFF_BODY.parse(await request.body()).reason
        return await self._switched(lambda: self.layer.switch_off(reason))

    async def switch_on(self) -> Response:
        """Serve requests again, whether a person or the guard over the whole layer switched it off."""
        return await self._switched(self.layer.switch_on)

    async def health(self) -> Response:
        """Say whether all parts work."""
        switch = await asyncio.to_thread(self.layer.look)
        parts = {
            "inbox": self.inbox.fault,
            "layer": self.delivery.fault,
            "bundle": self.layer.fault,
            "log": self.compaction.fault,
            "erasure": self.erasures.fault,
        }
        faults = {name: fault for name, fault in parts.items() if fault is not None}
        return _json(
            Health(
                status="impaired" if faults else "ok",
                bundle=self.layer.version,
                held=self.layer.held,
                switch=switch.state,
                waiting=self.inbox.waiting,
                set_apart=self.inbox.apart,
                faults=faults,
            )
        )

    async def shown_metrics(self) -> Response:
        """Return the figures in Prometheus' text format."""
        return Response(self.metrics.shown(), media_type="text/plain; version=0.0.4")

    async def _switched(self, switch: Callable[[], Switch]) -> Response:
        try:
            return _json(Switched.of(await asyncio.to_thread(switch)))
        except StateError as error:
            raise self._refusal(error) from None

    async def _put(self, caller: Caller, turns: Sequence[Turn]) -> list[Observed]:
        self._check_room()
        turns = await self.redacting.records(turns)
        theirs = [caller.turn(turn) for turn in turns]
        fresh = await self._written(self.inbox.put(theirs))
        return [
            Observed(turn=turn.turn, outcome="accepted" if new else "known")
            for turn, new in zip(turns, fresh, strict=True)
        ]

    async def caught_up(self, user: str) -> None:
        """Wait until the layer took in what was acknowledged of a person: "no" comes before the next request."""
        loop = asyncio.get_running_loop()
        until = loop.time() + CATCH_UP
        while self.inbox.waits(user) and self.delivery.fault is None and loop.time() < until:
            await asyncio.sleep(LOOK_AGAIN)

    def _check_room(self) -> None:
        if self.inbox.waiting >= self.settings.most_waiting:
            remedy = "Come again after Retry-After seconds"
            raise Refused(503, "The layer is behind with what was observed", remedy, self.settings.retry_after)

    async def _written(self, future: Future[T]) -> T:
        try:
            return await asyncio.wrap_future(future)
        except StateError as error:
            raise self._refusal(error) from None

    def _refusal(self, error: StateError) -> Refused:
        return Refused.because(error, 507 if isinstance(error, FullError) else 503, self.settings.retry_after)

    def _begin_erasure(self, asked: Asked) -> Erasure:
        state = State(self.inbox, self.layer, self.delivery.still)
        with self.compaction.still:  # no turn of theirs is on its way past this
            return begin(asked, Stores(self.log, state, self.settings.bundle))

    def _reach(self, erasure: Erasure) -> None:
        with self.compaction.still:
            reach(erasure)

    def _clear(self, begun: list[Erasure]) -> list[Receipt]:
        with self.compaction.still:  # it would be reading
            return clear(begun)

    def _told(self, job: Job) -> Response:
        name = job.asked.job
        if job.done.done():
            return _json(Forgotten(job=name, **job.done.result().model_dump()))
        headers = {"Location": f"{FORGET}/{name}", "Retry-After": str(self.settings.retry_after)}
        return _json(Erasing(job=name, fault=job.fault), 202, headers)

    def _close(self) -> None:
        self._threads.shutdown()
        self.erasures.close()
        self.delivery.close()
        with suppress(StateError):  # what could not be written when it was handed on
            self.layer.flush()
        self.compaction.close()
        self.inbox.close()


def _json(answer: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(answer.model_dump_json(exclude_none=True), status, headers, media_type="application/json")
