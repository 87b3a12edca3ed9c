"""A choice among interpretations in a terminal, and the file that says what is known of the moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from sayagain.cli.console import out
from sayagain.errors import FormatError
from sayagain.schema import Choice, Context, Interpretation, Turn


class _Told(BaseModel):
    context: Context | None = None
    candidates: list[Interpretation]


def read_context(path: Path) -> dict[str, Any]:
    """Return the context and the candidates of a file.

    Raises:
        FormatError: it cannot be read, or is something else.
    """
    try:
        told = _Told.model_validate_json(path.read_bytes())
    except OSError as error:
        raise FormatError(f"{path} cannot be read: {error.strerror}", "Name a JSON file") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        remedy = "A JSON object with context and candidates, as in a turn (docs/choices.md)"
        raise FormatError(f"{path}: {where}: {first['msg']}", remedy) from None
    return {"context": told.context, "candidates": told.candidates}


def show_choice(choice: Choice | None, request: Turn, *, json: bool) -> None:
    """Print what is chosen, and why."""
    if json:
        out.print_json(choice.model_dump_json(exclude_none=True) if choice is not None else "null")
        return
    for place, each in enumerate(request.candidates or []):
        taken = choice is not None and choice.place == place
        out.print(("→" if taken else " "), named(each))
    if choice is None or not choice.place:
        out.print("the assistant's own stands: nothing else has shown that it is meant here")
        return
    does = "ask whether this is meant" if choice.do == "ask" else "do this"
    out.print(f"{does}: P(meant) {choice.p_meant:.2f}, of the assistant's own {choice.p_default:.2f}; {choice.why}")


def named(each: Interpretation) -> str:
    """Return an interpretation in a line."""
    if each.intent is None:
        return "nothing"
    slots = ", ".join(f"{slot.name}={slot.entity or slot.value}" for slot in each.slots)
    return f"{each.intent}({slots})"
