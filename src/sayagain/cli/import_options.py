"""The options of ``sayagain import``: what a person says about files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Files = Annotated[list[Path], typer.Argument(help="Files to read: plain, .gz or .zip.", metavar="PATH…")]
Into = Annotated[Path, typer.Option(help="The log to add to; created if missing.", metavar="LOG")]
Format = Annotated[
    str | None,
    typer.Option(
        help="jsonl (also a JSON array), csv, parquet, chat, takeout, alexa, assist, dstc2, saif, slurp or evi; "
        "by default the file is looked at."
    ),
]
Map = Annotated[
    list[str] | None,
    typer.Option(
        help="OURS=THEIRS: the file's name for one of our fields, or the path to it (text=message.content.0.text); "
        "may be repeated. OURS may be role: the column that tells who speaks.",
    ),
]
Status = Annotated[
    list[str] | None,
    typer.Option(help="OURS=WORD: what a status of the file means: ok, error, unsupported, clarify, cancelled."),
]
Role = Annotated[
    list[str] | None,
    typer.Option(help="user=WORD, assistant=WORD or other=WORD: what a word for who speaks means."),
]
NoRoles = Annotated[bool, typer.Option("--no-roles", help="Each row is a turn, whoever seems to speak.")]
TimeFormat = Annotated[
    str | None, typer.Option(help='How times are written ("%d.%m.%Y %H:%M"); by default it is found.')
]
Timezone = Annotated[
    str | None, typer.Option(help="Zone of times that name none, such as Europe/Berlin; by default UTC.")
]
Encoding = Annotated[str | None, typer.Option(help="Encoding of the text; by default it is found.")]
WakeWord = Annotated[
    list[str] | None,
    typer.Option(help="Name at the beginning of requests that is no part of them; may be repeated."),
]
Redact = Annotated[
    bool,
    typer.Option(
        "--redact",
        help="Put [email], [phone], [card], [account], [address], [ip], [url] or [number] in the place of what is one.",
    ),
]
RedactPattern = Annotated[
    list[str] | None,
    typer.Option(help="NAME=REGEX: redact what matches, too, as [redacted NAME]; may be repeated. Means --redact."),
]
Replace = Annotated[
    bool, typer.Option("--replace", help="What the files brought before, read in another way, gives way.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show how the first turns are read; add nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Go on without asking.")]
