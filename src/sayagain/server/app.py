"""The addresses of the service, as OpenAPI describes them, behind the middleware."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from types import MethodType
from typing import Any

from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi

from sayagain.log.store import Log
from sayagain.schema import LayerAction
from sayagain.schema.explanation import Explanation
from sayagain.server.bodies import FEEDBACK_BODY, PERSON_BODY, REQUEST_BODY, TURN_BODY, TURNS_BODY, Body
from sayagain.server.layer import OnlineLayer
from sayagain.server.middleware import RELOAD, Gate
from sayagain.server.models import Forgotten, Health, Heard, Observed, ObservedBatch, Problem, Reloaded
from sayagain.server.service import Service
from sayagain.server.settings import Settings
from sayagain.state.inbox import Inbox

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": description}
    for status, description in {
        401: "An API key is needed",
        403: "Asked from elsewhere",
        413: "The body is too long",
        422: "The body is not what is asked for",
        503: "Busy, or the state database cannot be used",
        504: "It took too long",
        507: "The state database is full",
    }.items()
}
GONE: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "No such turn"},
    410: {"model": Problem, "description": "The turn is in the log, and takes no feedback any more"},
}
REFUSED_BUNDLE: dict[int | str, dict[str, Any]] = {
    409: {"model": Problem, "description": "The bundle cannot be used; the one before goes on"}
}


@dataclass(frozen=True)
class Route:
    """One address that is asked by POST: the method of the service that answers, and what goes in and out."""

    path: str
    does: Callable[..., Awaitable[Response]]
    answer: type
    body: Body[Any] | None = None
    responses: Mapping[int | str, dict[str, Any]] = field(default_factory=dict)


ROUTES = (
    Route("/rewrite", Service.rewrite, LayerAction, REQUEST_BODY),
    Route("/explain", Service.explain, Explanation, REQUEST_BODY),
    Route("/observe", Service.observe, Observed, TURN_BODY),
    Route("/observe/batch", Service.observe_batch, ObservedBatch, TURNS_BODY),
    Route("/feedback", Service.feedback, Heard, FEEDBACK_BODY, GONE),
    Route("/forget", Service.forget, Forgotten, PERSON_BODY),
    Route(RELOAD, Service.reload, Reloaded, responses=REFUSED_BUNDLE),
)


def create(layer: OnlineLayer, inbox: Inbox, log: Log, settings: Settings | None = None) -> FastAPI:
    """Return the ASGI application; while its lifespan lasts, turns are handed on and move into the log.

    ``inbox`` is closed at the end of the lifespan. The service itself is in ``app.state.service``.
    """
    service = Service(layer, inbox, log, settings or Settings())
    app = FastAPI(
        title="SayAgain",
        version=version("sayagain"),
        description="Rewrites what people say before it is understood, and learns from what happened.",
        lifespan=service.running,
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    app.state.service = service

    for route in ROUTES:
        app.add_api_route(
            route.path,
            MethodType(route.does, service),
            methods=["POST"],
            response_model=route.answer,
            responses={**PROBLEMS, **route.responses},
            openapi_extra=None if route.body is None else route.body.openapi,
        )
    asked: dict[int | str, dict[str, Any]] = {401: PROBLEMS[401], 403: PROBLEMS[403]}
    app.add_api_route("/health", service.health, response_model=Health, responses=asked)
    text: dict[int | str, dict[str, Any]] = {**asked, 200: {"content": {"text/plain": {}}}}
    app.add_api_route("/metrics", service.shown_metrics, response_class=Response, responses=text)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    routes = frozenset(app.openapi()["paths"])
    app.add_middleware(Gate, settings=service.settings, metrics=service.metrics, routes=routes)
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description, with the records of the bodies that are read from bytes."""
    if app.openapi_schema is None:
        described = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = described.setdefault("components", {}).setdefault("schemas", {})
        for body in (TURN_BODY, TURNS_BODY, FEEDBACK_BODY, PERSON_BODY):
            schemas.update(body.components)
        described["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        described["security"] = [{"key": []}, {}]
        app.openapi_schema = described
    return app.openapi_schema
