"""What ``sayagain label`` shows: the curve of throughput against precision, sources, and a label to be checked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from sayagain.cli.tables import pairs

if TYPE_CHECKING:
    from sayagain.labels.label import Label
    from sayagain.learning.label_files import Summary


LACKS = {
    "intents": "No label: the log tells no intents, so nothing shows what was meant. Import what the assistant "
    "understood, too: sayagain import FILE --into LOG --map interpretation.intent=COLUMN",
    "actions": "No label: the log tells no actions, and without them it is too unlike what labels were learned from. "
    "Import what was done, too: sayagain import FILE --into LOG --map action=COLUMN",
}
"""Why a log has no labels, by what it does not tell; the first that it lacks."""


def summary(found: Summary, to: Path, precision: float) -> Iterator[Table | str]:
    """Yield what a run came to."""
    share = found.labels / found.turns if found.turns else 0.0
    yield f"{found.labels:,} of {found.turns:,} turns labelled ({share:.0%}) in {to / 'labels.jsonl'}"
    why = [LACKS[name] for name in found.notes.lacks if not found.labels]
    yield from why[:1]
    if found.kept_answers or found.notes.dropped_answers:
        dropped = found.notes.dropped_answers
        yield f"{found.kept_answers:,} answers of reviews kept, {dropped:,} dropped as their turns left the log"
    yield f"Wanted: {precision:.0%} right, of turns that worked and of failed ones each, as far as confidences tell"
    yield pairs("Where labels come from", {name: f"{count:,}" for name, count in found.sources.items()})
    table = Table(title="Throughput against precision, estimated without labels", title_justify="left", box=None)
    for head in ("precision", "all turns", "turns that failed"):
        table.add_column(head, justify="right")
    levels = zip(found.curves["all"], found.curves["failed"], _levels(), strict=True)
    for every, failed, level in levels:
        table.add_row(f"{level:.1%}", f"{every.throughput:.1%}", f"{failed.throughput:.1%}")
    yield table


def _levels() -> tuple[float, ...]:
    from sayagain.labels.confidence import LEVELS

    return LEVELS


def question(each: Label, number: int, of: int) -> Table:
    """Return a label to be checked."""
    slots = ", ".join(f"{slot.name}={slot.value}" for slot in each.slots)
    facts = {
        "heard": each.heard,
        "said, probably": each.transcript,
        "intent": each.intent,
        "slots": slots or "none",
        "done": each.action or "nothing",
        "because of": each.source,
        "confidence": f"{each.confidence:.2f}",
    }
    return pairs(f"{number} of {of}", facts)
