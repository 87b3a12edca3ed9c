"""A layer behind an address: ``POST URL/rewrite`` and ``POST URL/observe``, with the turn as JSON.

``rewrite`` is answered by a layer action (``{"rewrite": "…", "source": "…"}``; ``rewrite`` absent or null leaves the
request alone). A layer that does not answer must not stop an assistant, but a simulation with one that is not there
would measure nothing: here it is an error. An API key is taken from the environment, where command lines are not read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from sayagain.errors import LayerError
from sayagain.extras import missing
from sayagain.schema.preference import Taught
from sayagain.schema.question import Question
from sayagain.schema.turn import Choice, Interpretation, LayerAction, Turn

if TYPE_CHECKING:
    import httpx

KEY = "SAYAGAIN_KEY"
"""The variable with the API key; it needs the scopes rewrite and observe."""
PATIENCE = 5.0
"""Seconds to wait for an answer."""


class _Chosen(BaseModel):
    choice: Choice | None = None


class _Asked(BaseModel):
    question: Question | None = None


class Remote:
    """A layer that is asked over HTTP."""

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        """Connect at the first request; ``transport`` takes the place of the network.

        Raises:
            MissingError: what speaks HTTP is not installed.
        """
        try:
            import httpx  # noqa: PLC0415  (only the assistant extra has it)
        except ImportError as error:
            raise missing(error.name) from None
        self._url = url.rstrip("/")
        self._failed = httpx.HTTPError
        key = os.environ.get(KEY)
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        self._client = httpx.Client(timeout=PATIENCE, transport=transport, headers=headers)

    def rewrite(self, request: Turn) -> LayerAction | None:
        """Ask what to work on in place of a request; None leaves it alone.

        Raises:
            LayerError: nobody answers at the address, or something else does.
        """
        try:
            action = LayerAction.model_validate_json(self._post("rewrite", request))
        except ValidationError as error:
            raise LayerError(f"{self._url}/rewrite answers no layer action", "Check the address of --layer") from error
        return action if action.rewrite is not None or action.offer is not None else None

    def choose(self, candidates: Sequence[Interpretation], request: Turn) -> Choice | None:
        """Ask which of the candidates of a request is meant; None is the first.

        Raises:
            LayerError: nobody answers at the address, or something else does.
        """
        try:
            return _Chosen.model_validate_json(
                self._post("choose", request.model_copy(update={"candidates": list(candidates)}))
            ).choice
        except ValidationError as error:
            raise LayerError(f"{self._url}/choose answers no choice", "Check the address of --layer") from error

    def observe(self, turn: Turn) -> None:
        """Tell what happened.

        Raises:
            LayerError: nobody answers at the address.
        """
        self._post("observe", turn)

    def teach(self, user: str | None, text: str, turn: Turn | None = None, *, device: str | None = None) -> Taught:
        """Tell what a person says to hold from now on; return what came of it.

        Raises:
            LayerError: nobody answers at the address, or something else does.
        """
        said = {
            "user": user,
            "text": text,
            "device": device,
            "turn": turn and turn.model_dump(mode="json", exclude_none=True),
        }
        try:
            return Taught.model_validate_json(self._send("teach", json.dumps(said)))
        except ValidationError as error:
            raise LayerError(f"{self._url}/teach answers nothing taught", "Check the address of --layer") from error

    def ask(self, session: Sequence[Turn]) -> Question | None:
        """Ask for a question about a session of one person whose last turn was just answered; mostly None.

        Raises:
            LayerError: nobody answers at the address, or something else does.
        """
        turns = [each.model_dump(mode="json", exclude_none=True) for each in session]
        try:
            return _Asked.model_validate_json(self._send("ask", json.dumps({"turns": turns}))).question
        except ValidationError as error:
            raise LayerError(f"{self._url}/ask answers no question", "Check the address of --layer") from error

    def answer(self, question: Question, turn: Turn) -> Taught:
        """Tell what a person said to a question; return what came of it.

        Raises:
            LayerError: nobody answers at the address, or something else does.
        """
        said = {
            name: each.model_dump(mode="json", exclude_none=True)
            for name, each in (("question", question), ("turn", turn))
        }
        try:
            return Taught.model_validate_json(self._send("answer", json.dumps(said)))
        except ValidationError as error:
            raise LayerError(f"{self._url}/answer answers nothing taught", "Check the address of --layer") from error

    def _post(self, what: str, turn: Turn) -> bytes:
        return self._send(what, turn.model_dump_json(exclude_none=True))

    def _send(self, what: str, body: str) -> bytes:
        try:
            response = self._client.post(f"{self._url}/{what}", content=body)
            return response.raise_for_status().content
        except self._failed as error:
            raise LayerError(f"{self._url}/{what} failed: {error}", "Start the service, or correct --layer") from error
