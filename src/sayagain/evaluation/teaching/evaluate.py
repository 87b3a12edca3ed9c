"""The figures of understanding: exact records, of all and by kind, and what is recorded where nothing was taught."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sayagain.evaluation.report import OURS, Role, Row
from sayagain.evaluation.statistics import wilson
from sayagain.evaluation.teaching import statements as sets
from sayagain.evaluation.teaching.baselines import Reader, key_words, nearest
from sayagain.evaluation.teaching.statements import Labelled, Read
from sayagain.preferences.by_templates import by_templates
from sayagain.preferences.tokens import known_names
from sayagain.preferences.understand import by_tagger, understand
from sayagain.schema.preference import Lesson

FIELDS = ("subject", "value", "scope", "when")
"""Fields that are judged one by one where the kind is right."""


def as_the_layer(statements: Sequence[Labelled]) -> list[Lesson | None]:
    """Read statements as the layer does."""
    return [understand(each.text, known_names(each.names)) for each in statements]


def templates_alone(statements: Sequence[Labelled]) -> list[Lesson | None]:
    """Read statements by templates, without the tagger."""
    return [by_templates(each.text, known_names(each.names)) for each in statements]


def tagger_alone(statements: Sequence[Labelled]) -> list[Lesson | None]:
    """Read statements by the tagger, without templates."""
    return [by_tagger(each.text, known_names(each.names)) for each in statements]


def methods() -> Mapping[str, tuple[Role, Reader]]:
    """Return what is compared."""
    return {
        OURS: ("ours", as_the_layer),
        "tagger_alone": ("ablation", tagger_alone),
        "templates_alone": ("ablation", templates_alone),
        "key_words": ("baseline", key_words),
        "nearest_encoder": ("baseline", nearest(sets.shipped(sets.MADE_WITH))),
    }


def evaluate(data: Path | None, tell: Callable[[str], None]) -> list[Row]:
    """Return the figures of a file of statements, or of the set that ships.

    Raises:
        FormatError: the file is none of statements.
    """
    name = sets.KEPT if data is None else data.name.partition(".")[0]
    statements = sets.shipped(sets.KEPT) if data is None else sets.read_statements(data)
    rows: list[Row] = []
    for method, (role, reader) in methods().items():
        tell(method)
        read = [Read(*each) for each in zip(statements, reader(statements), strict=True)]
        rows += figures(name, method, role, read)
    return rows


def figures(name: str, method: str, role: Role, read: Sequence[Read]) -> list[Row]:
    """Return the shares of one method, with Wilson's intervals."""
    taught = [each for each in read if each.labelled.expected is not None]
    others = [each for each in read if each.labelled.expected is None]
    shares: dict[str, list[bool]] = {"exact_match": [each.exact for each in taught]}
    for kind in sets.kinds(each.labelled for each in read):
        shares[f"exact_match_{kind}"] = [each.exact for each in taught if each.labelled.kind == kind]
    shares["kind_right"] = [each.lesson is not None and each.lesson.kind == each.labelled.kind for each in taught]
    told = [
        (each.lesson, each.labelled.expected)
        for each in taught
        if each.lesson and each.lesson.kind == each.labelled.kind
    ]
    for field in FIELDS:
        shares[f"{field}_right"] = [getattr(lesson, field) == getattr(expected, field) for lesson, expected in told]
    shares["missed"] = [each.lesson is None for each in taught]
    shares["recorded_for_nothing"] = [each.lesson is not None for each in others]
    return [_row(name, method, role, metric, hits) for metric, hits in shares.items() if hits]


def _row(name: str, method: str, role: Role, metric: str, hits: Sequence[bool]) -> Row:
    share = sum(hits) / len(hits)
    return Row(name, method, role, metric, share, *wilson(share, len(hits)), len(hits))
