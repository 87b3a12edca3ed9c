"""The addresses of experiments: those that there are, starting one, stopping it. What one shows is read from the log
by ``sayagain experiments show``: that takes longer than a request may."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from fastapi import Request, Response
from pydantic import BaseModel

from sayagain.errors import SayAgainError, StateError
from sayagain.online.designs import checked
from sayagain.server.bodies import DESIGN_BODY
from sayagain.server.caller import Caller
from sayagain.server.models import ExperimentList
from sayagain.server.refused import Refused
from sayagain.server.service import Service

T = TypeVar("T")

NOBODY = "without a key"
"""Who starts and stops, where the service is open to everybody on this machine."""


async def listed(service: Service) -> Response:
    """Return all experiments, the last one first."""
    return _json(ExperimentList(experiments=await _done(service, service.experiments.all, 503)))


async def start(service: Service, request: Request) -> Response:
    """Start an experiment: from now on a draw says which arm answers a request."""
    asked = DESIGN_BODY.parse(await request.body())
    design = await _done(service, lambda: checked(asked, service.settings.bundle), 422)
    return _json(await _changed(service, lambda: service.experiments.start(design, _who(request))))


async def stop(service: Service, request: Request, id: str) -> Response:
    """Stop an experiment for good: the bundle in use answers all requests again."""
    await _done(service, lambda: service.experiments.find(id), 404)
    return _json(await _changed(service, lambda: service.experiments.stop(id, _who(request))))


async def _changed(service: Service, work: Callable[[], T]) -> T:
    """Do what changes how requests are answered; the next one is answered so.

    Raises:
        Refused: 503 where the database cannot be used, 409 where it goes against another experiment.
    """
    done = await _done(service, work, 409)
    await asyncio.to_thread(service.layer.catch_up)
    return done


async def _done(service: Service, work: Callable[[], T], status: int) -> T:
    """Do what may have to wait for the database or the disk.

    Raises:
        Refused: 503 where the database cannot be used, ``status`` for any other mistake.
    """
    try:
        return await asyncio.to_thread(work)
    except StateError as error:
        raise Refused.because(error, 503, service.settings.retry_after) from None
    except SayAgainError as error:
        raise Refused.because(error, status) from None


def _who(request: Request) -> str:
    key = Caller.of(request).key
    return NOBODY if key is None else key.name


def _json(answer: BaseModel) -> Response:
    return Response(answer.model_dump_json(exclude_none=True), media_type="application/json")
