"""Columns that hold an intent, its slots or other hypotheses: proposed by name and shape, never read unasked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sayagain.log.readers.names import spelled
from sayagain.schema.bare import bare

DEEP = 4
"""Levels of an object in which they are looked for."""


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_values(value: Any) -> bool:
    """Return whether a value is slots as a turn takes them: names with plain values."""
    return isinstance(value, Mapping) and all(isinstance(each, str | int | float | None) for each in value.values())


def _is_hypotheses(value: Any) -> bool:
    texts = [one.get("text") if isinstance(one, Mapping) else None for one in value] if isinstance(value, list) else []
    return bool(texts) and all(map(_is_name, texts))


SHAPES: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "interpretation.intent": ("intent intent_name predicted_intent top_intent absicht intención intencion", _is_name),
    "interpretation.slots": ("slots entities parameters", _is_values),
    "asr": ("asr nbest n_best hypotheses asr_hypotheses alternatives asr_alternatives", _is_hypotheses),
}
"""Field → names that files have for it, and what tells by its value that it is that."""


def structured(rows: Sequence[Mapping[str, Any]], taken: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that rows probably hold in columns or objects, with the paths to them.

    Args:
        rows: the first rows of a file.
        taken: fields that are read already, with their columns.

    >>> structured([{"nlu": {"intent": "halt", "slots": {}}, "nbest": [{"text": "stop"}]}], {})
    {'interpretation.intent': 'nlu.intent', 'interpretation.slots': 'nlu.slots', 'asr': 'nbest'}
    """
    found: dict[str, str] = {}
    read = {*taken.values()}
    for field, (names, fits) in SHAPES.items():
        if any(each == field or field.startswith(f"{each}.") for each in taken):
            continue
        known = bare(names).split()
        paths = [path for row in rows for path, value in _within(row) if _last(path) in known and fits(value)]
        if (path := next((each for each in paths if each not in read), None)) is not None:
            found[field] = path
    return found


def _within(value: Mapping[str, Any], before: str = "", deep: int = DEEP) -> Iterator[tuple[str, Any]]:
    """Yield the paths into an object with what is there, the upper ones first."""
    inside = [(f"{before}{name}", each) for name, each in value.items()]
    yield from inside
    for path, each in inside:
        if isinstance(each, Mapping) and deep > 1:
            yield from _within(each, f"{path}.", deep - 1)


def _last(path: str) -> str:
    return bare(spelled(path.rpartition(".")[2]))
