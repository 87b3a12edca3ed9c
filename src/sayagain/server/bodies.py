"""Bodies: JSON → records of the schema, or what is wrong with it; and what OpenAPI says about them.

They are validated straight from the bytes, which is twice as fast as by way of Python's own JSON, and takes neither
NaN, nor half a surrogate pair, nor nesting without end.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from sayagain.schema import Turn
from sayagain.schema.admission import Admitted, Arrived
from sayagain.schema.experiment import Design
from sayagain.server.models import Answer, Person, Session, SwitchingOff, Teaching, TurnFeedback, Wrong
from sayagain.server.refused import Refused
from sayagain.server.settings import MOST_TURNS_A_BATCH

T = TypeVar("T")

MOST_WRONG = 10
"""Wrong fields named in one answer."""


class Body(Generic[T]):
    """One kind of request body: how it is validated, and how OpenAPI describes it."""

    def __init__(self, kind: Any) -> None:
        self._adapter: TypeAdapter[T] = TypeAdapter(kind)
        schema = self._adapter.json_schema(ref_template="#/components/schemas/{model}")
        self.components: dict[str, Any] = schema.pop("$defs", {})
        """Descriptions of the records in it, by name."""
        if schema.get("type") == "object":
            self.components[schema["title"]] = schema
            schema = {"$ref": f"#/components/schemas/{schema['title']}"}
        self.openapi = {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
        """What to say about it where a route is described."""
        self._names = {name for each in self.components.values() for name in each.get("properties", ())}

    def parse(self, body: bytes) -> T:
        """Read a body.

        Raises:
            Refused: 422, with the fields that are wrong; what was sent is not repeated, nor are names of its own.
        """
        try:
            return self._adapter.validate_json(body)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False, include_context=False)
            refused = Refused(422, "The body is not what is asked for here", "See /openapi.json, and correct it")
            refused.problem.wrong = [
                Wrong(where=self._where(each["loc"]), why=each["msg"]) for each in found[:MOST_WRONG]
            ]
            raise refused from None

    def _where(self, location: tuple[int | str, ...]) -> str:
        parts = (str(part) if isinstance(part, int) or part in self._names else "…" for part in location)
        return ".".join(parts) or "body"


REQUEST_BODY: Body[Turn] = Body(Admitted[Turn])
TURN_BODY: Body[Turn] = Body(Arrived)
TURNS_BODY: Body[list[Turn]] = Body(Annotated[list[Arrived], Field(max_length=MOST_TURNS_A_BATCH)])
FEEDBACK_BODY: Body[TurnFeedback] = Body(Admitted[TurnFeedback])
PERSON_BODY: Body[Person] = Body(Person)
OFF_BODY: Body[SwitchingOff] = Body(Admitted[SwitchingOff])
TEACHING_BODY: Body[Teaching] = Body(Admitted[Teaching])
SESSION_BODY: Body[Session] = Body(Admitted[Session])
ANSWER_BODY: Body[Answer] = Body(Admitted[Answer])
DESIGN_BODY: Body[Design] = Body(Admitted[Design])
