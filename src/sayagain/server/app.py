"""The addresses of the service, as OpenAPI describes them, behind the middleware."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from types import MethodType
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from sayagain.log.store import Log
from sayagain.schema import LayerAction
from sayagain.schema.experiment import Experiment
from sayagain.schema.explanation import Explanation
from sayagain.schema.preference import Taught
from sayagain.server import experiments, preferences
from sayagain.server.access import Access, Addresses, Scope
from sayagain.server.bodies import (
    ANSWER_BODY,
    DESIGN_BODY,
    FEEDBACK_BODY,
    OFF_BODY,
    PERSON_BODY,
    REQUEST_BODY,
    SESSION_BODY,
    TEACHING_BODY,
    TURN_BODY,
    TURNS_BODY,
    Body,
)
from sayagain.server.layer import OnlineLayer
from sayagain.server.middleware import FORGET, RELOAD, Gate
from sayagain.server.models import (
    Asked,
    Chosen,
    Erasing,
    ExperimentList,
    Forgotten,
    ForgottenPreferences,
    Health,
    Heard,
    Observed,
    ObservedBatch,
    PreferenceList,
    Problem,
    Reloaded,
    Switched,
)
from sayagain.server.service import Service
from sayagain.server.settings import Settings
from sayagain.state.inbox import Inbox

DESCRIBED_AT = "/openapi.json"

PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": description}
    for status, description in {
        401: "An API key is needed",
        403: "The key lacks the scope, or the request is from elsewhere",
        408: "The body did not come in time",
        413: "The body is too long",
        422: "The body is not what is asked for",
        429: "One client has too many requests or bodies under way",
        503: "Busy, or the state database cannot be used",
        504: "It took too long",
        507: "The state database is full",
    }.items()
}
GONE: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "No such turn"},
    410: {"model": Problem, "description": "The turn is in the log, and takes no feedback any more"},
}
NAMED: dict[int | str, dict[str, Any]] = {status: PROBLEMS[status] for status in (401, 403)}
TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {}}}}
ERASED_LATER: dict[int | str, dict[str, Any]] = {
    202: {"model": Erasing, "description": "The erasure goes on; ask about it"}
}
GOING_ON: dict[int | str, dict[str, Any]] = {
    **PROBLEMS,
    **ERASED_LATER,
    404: {"model": Problem, "description": "No such erasure"},
}
REFUSED_BUNDLE: dict[int | str, dict[str, Any]] = {
    409: {"model": Problem, "description": "The bundle cannot be used; the one before goes on"}
}
ONE_RUNS: dict[int | str, dict[str, Any]] = {409: {"model": Problem, "description": "Another experiment runs"}}
STOPPED: dict[int | str, dict[str, Any]] = {
    404: {"model": Problem, "description": "No such experiment"},
    409: {"model": Problem, "description": "It was stopped before"},
}


@dataclass(frozen=True)
class Route:
    """One address: the method of the service that answers, what goes in and out, and who may ask."""

    path: str
    does: Callable[..., Awaitable[Response]]
    answer: type | None
    """None where the answer is text."""
    body: Body[Any] | None = None
    responses: Mapping[int | str, dict[str, Any]] = field(default_factory=dict)
    method: str = "POST"
    access: Access = field(kw_only=True)


class _Itself(APIRoute):
    """A route whose endpoint reads the request itself: FastAPI describes it, and does not look for its dependencies."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        return self.endpoint


OBSERVE, REWRITE, EXPLAIN = Access(Scope.OBSERVE), Access(Scope.REWRITE), Access(Scope.VIEW, audited=True)
ERASE, WHOLE = Access(Scope.ADMIN, audited=True), Access(Scope.ADMIN, whole=True, audited=True)
LOOK = Access(Scope.VIEW, whole=True)
HEALTH, FIGURES = Access(open=True, always=True), Access(Scope.VIEW, whole=True, always=True)
DESCRIPTION = Access()

ROUTES = (
    Route("/rewrite", Service.rewrite, LayerAction, REQUEST_BODY, access=REWRITE),
    Route("/choose", Service.choose, Chosen, REQUEST_BODY, access=REWRITE),
    Route("/explain", Service.explain, Explanation, REQUEST_BODY, access=EXPLAIN),
    Route("/observe", Service.observe, Observed, TURN_BODY, access=OBSERVE),
    Route("/observe/batch", Service.observe_batch, ObservedBatch, TURNS_BODY, access=OBSERVE),
    Route("/feedback", Service.feedback, Heard, FEEDBACK_BODY, GONE, access=OBSERVE),
    Route(FORGET, Service.forget, Forgotten, PERSON_BODY, ERASED_LATER, access=ERASE),
    Route(f"{FORGET}/{{job}}", Service.forgotten, Forgotten, None, GOING_ON, "GET", access=ERASE),
    Route(RELOAD, Service.reload, Reloaded, responses=REFUSED_BUNDLE, access=WHOLE),
    Route("/switch/off", Service.switch_off, Switched, OFF_BODY, access=WHOLE),
    Route("/switch/on", Service.switch_on, Switched, access=WHOLE),
    Route("/experiments", experiments.listed, ExperimentList, None, PROBLEMS, "GET", access=LOOK),
    Route("/experiments/start", experiments.start, Experiment, DESIGN_BODY, ONE_RUNS, access=WHOLE),
    Route("/experiments/{id}/stop", experiments.stop, Experiment, None, STOPPED, access=WHOLE),
    Route("/teach", preferences.teach, Taught, TEACHING_BODY, access=OBSERVE),
    Route("/ask", preferences.ask, Asked, SESSION_BODY, access=OBSERVE),
    Route("/answer", preferences.answer, Taught, ANSWER_BODY, access=OBSERVE),
    Route("/preferences", preferences.listed, PreferenceList, None, PROBLEMS, "GET", access=ERASE),
    Route("/preferences", preferences.forget, ForgottenPreferences, None, PROBLEMS, "DELETE", access=ERASE),
    Route("/health", Service.health, Health, method="GET", access=HEALTH),
    Route("/metrics", Service.shown_metrics, None, responses=TEXT, method="GET", access=FIGURES),
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
        openapi_url=DESCRIBED_AT,
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    app.state.service = service

    for route in ROUTES:
        app.router.add_api_route(
            route.path,
            MethodType(route.does, service),
            methods=[route.method],
            route_class_override=_Itself if route.body else None,
            response_model=route.answer,
            response_class=Response if route.answer is None else JSONResponse,
            responses={**(PROBLEMS if route.method == "POST" else NAMED), **route.responses},
            openapi_extra=_extra(route),
        )
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    addresses = Addresses({DESCRIBED_AT: DESCRIPTION} | {route.path: route.access for route in ROUTES})
    app.add_middleware(Gate, settings=service.settings, metrics=service.metrics, addresses=addresses)
    return app


def _extra(route: Route) -> dict[str, Any]:
    """Return what OpenAPI says of a route that FastAPI does not know: its body, and the scope that a key needs."""
    scopes = [] if route.access.scope is None else [route.access.scope.value]
    security = [{}] if route.access.open else [{"key": scopes}, {}]
    return {"security": security, **(route.body.openapi if route.body else {})}


def _described(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description, with the records of the bodies that are read from bytes."""
    if app.openapi_schema is None:
        described = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = described.setdefault("components", {}).setdefault("schemas", {})
        for body in (
            TURN_BODY,
            TURNS_BODY,
            FEEDBACK_BODY,
            PERSON_BODY,
            OFF_BODY,
            TEACHING_BODY,
            SESSION_BODY,
            ANSWER_BODY,
            DESIGN_BODY,
        ):
            schemas.update(body.components)
        described["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        app.openapi_schema = described
    return app.openapi_schema
