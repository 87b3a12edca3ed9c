"""The questions of a review: each label shown, and what a person makes of it taken down."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sayagain.cli import label_tables as show
from sayagain.cli.console import err, out

if TYPE_CHECKING:
    from sayagain.labels.label import Label

FORM = re.compile(r"[^|;=]*[^|;=\s][^|;=]*(\|([^|;=]*[^|;=\s][^|;=]*=[^|;=]*[^|;=\s][^|;=]*(;|$))+)?\|?")
"""An intent, then after a bar slots with values: each of them a word at the least."""

ASKED = "Meant (intent|slot=value;…, empty if unknown)"


@dataclass
class Names:
    """What a log has names for."""

    intents: set[str] = field(default_factory=set)
    slots: set[str] = field(default_factory=set)

    def new_in(self, meant: str) -> Iterator[str]:
        """Yield what of a meaning nothing in the log has, in words."""
        from sayagain.schema.meaning import Meaning

        meaning = Meaning.parse(meant)
        if meaning.intent not in self.intents:
            yield f"intent {meaning.intent}"
        yield from (f"slot {name}" for name, _ in meaning.slots if name not in self.slots)


def review(to: Path, sample: int, seed: int) -> None:
    """Ask about labels, and keep each answer as it is given."""
    from sayagain.labels.review import drawn
    from sayagain.learning.label_files import labels_in, parts_of
    from sayagain.learning.label_review import remember

    names = Names()

    def every() -> Iterator[Label]:
        for part in parts_of(to):
            for each in labels_in(part):
                names.intents.add(each.meaning.intent)
                names.slots.update(name for name, _ in each.meaning.slots)
                yield each

    found = drawn(every(), sample, seed)
    for number, each in enumerate(found, 1):
        out.print(show.question(each, number, len(found)))
        answer = typer.prompt("[a]ccept, [c]orrect, [s]kip, [q]uit", default="s", err=True).strip().lower()[:1]
        if answer == "q":
            break
        if answer == "c":
            remember(to, [(each, False, _correction(names))])
        elif answer == "a":
            remember(to, [(each, True, each.meaning.text)])


def _correction(names: Names) -> str:
    """Ask what was meant until it has the form of a meaning, and once more where the log has no such name."""
    while meant := typer.prompt(ASKED, "", err=True).strip():
        if not FORM.fullmatch(meant):
            err.print("This is no meaning: write intent|slot=value;slot=value, or the intent alone")
            continue
        new = list(names.new_in(meant))
        if not new or typer.confirm(f"Nothing in the log has {' and '.join(new)}. Take it all the same?", err=True):
            return str(meant)
    return ""
