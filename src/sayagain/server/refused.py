"""A request that is not answered as asked, and the answer that it gets instead."""

from __future__ import annotations

from typing import Self

from starlette.responses import Response

from sayagain.errors import SayAgainError
from sayagain.server.models import Problem

EXTRA_HEADERS = {
    401: {"WWW-Authenticate": "Bearer"},
    408: {"Connection": "close"},  # the rest of the body is not waited for
}
"""Headers that go with a status."""


class Refused(Exception):  # noqa: N818  (an answer, not a failure)
    """A request that is not answered as asked."""

    def __init__(self, status: int, error: str, remedy: str, retry_after: int | None = None) -> None:
        super().__init__(error)
        self.status, self.problem, self.retry_after = status, Problem(error=error, remedy=remedy), retry_after

    @classmethod
    def because(cls, error: SayAgainError, status: int, retry_after: int | None = None) -> Self:
        """Refuse with what an error says."""
        return cls(status, str(error.args[0]), error.remedy, retry_after)

    def response(self) -> Response:
        """Return the answer to send."""
        headers = dict(EXTRA_HEADERS.get(self.status, {}))
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        body = self.problem.model_dump_json(exclude_none=True)
        return Response(body, self.status, headers, media_type="application/json")
