"""A page that shows random excerpts of each set, to look at them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from html import escape
from pathlib import Path

from sayagain.rephrases.excerpt import Marked, Said, read_set

EXAMPLES = 10
"""Excerpts shown of each set."""

_HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Rephrase sets</title>
<style>body{font:15px/1.4 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;width:100%;margin:0 0 1.2em}td{padding:.15em .6em;border-top:1px solid #ddd;
vertical-align:top}td:first-child{width:4em;color:#777;text-align:right}mark{background:#ffe08a}
.none{color:#777}h2{margin-top:2em}small{color:#777}</style>
<h1>Rephrase sets: random examples of the test splits</h1>
<p>The first request of each table, and whether a later one says it again (marked). Sources keep their own licences.</p>
"""


def write_page(sets: Path, path: Path, seed: int = 1) -> None:
    """Write ``EXAMPLES`` random excerpts of each set's test split as HTML.

    Raises:
        FormatError: a set cannot be read.
    """
    parts = [_HEAD]
    for file in sorted(sets.glob("*/test.parquet")):
        marked = read_set(file)
        parts.append(_summary(file.parent.name, marked))
        drawn = random.Random(seed).sample(marked, min(EXAMPLES, len(marked)))
        parts += [_table(each) for each in drawn]
    path.write_text("\n".join(parts), encoding="utf8")


def _summary(name: str, marked: list[Marked]) -> str:
    share = sum(each.span is not None for each in marked) / max(len(marked), 1)
    turns = sum(len(each.excerpt) for each in marked) / max(len(marked), 1)
    hard: Mapping[str, int] = Counter(kind for each in marked for kind in each.hard)
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(hard.items())) or "as they came"
    return (
        f"<h2>{escape(name)}</h2><p>{len(marked):,} excerpts of {len({each.group for each in marked}):,} groups; "
        f"{share:.0%} hold a rephrase; {turns:.1f} turns each; look-alikes: {escape(kinds)}</p>"
    )


def _table(marked: Marked) -> str:
    rows = [
        f"<tr><td>{said.after:.0f} s</td><td>{_text(marked, turn, said)}</td>"
        f"<td>{escape(said.response or '—')} <small>{escape(_signals(said))}</small></td></tr>"
        for turn, said in enumerate(marked.excerpt)
    ]
    span = marked.span
    answer = "nothing says it again" if span is None else f"turn {span.turn} says it again: {span.kind}"
    return f'<table>{"".join(rows)}<tr><td></td><td colspan="2" class="none">{escape(answer)}</td></tr></table>'


def _text(marked: Marked, turn: int, said: Said) -> str:
    span = marked.span
    if span is None or span.turn != turn:
        return escape(said.text)
    before, within, after = said.text[: span.start], said.text[span.start : span.end], said.text[span.end :]
    return f"{escape(before)}<mark>{escape(within)}</mark>{escape(after)}"


def _signals(said: Said) -> str:
    told = {
        "interrupted": said.barge_in,
        "reported failure": said.failed,
        "not understood": None if said.understood is None else not said.understood,
    }
    score = [] if said.score is None else [f"score rank {said.score:.2f}"]
    return ", ".join([*(name for name, value in told.items() if value), *score])
