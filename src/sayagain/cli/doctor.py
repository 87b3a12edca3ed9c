"""The command that looks whether everything is in order: ``sayagain doctor``."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table

from sayagain.cli.console import out
from sayagain.cli.options import Json, State
from sayagain.cli.tables import counted
from sayagain.errors import SayAgainError

PURPOSES = {
    "assistant": "the reference assistant, and layers asked over HTTP",
    "evaluate": "the commands that measure",
    "experiments": "the usual test beside what an experiment shows (sayagain experiments show)",
    "postgres": "state in PostgreSQL",
    "redact": "taking what is personal out of what is imported",
    "serve": "the service",
    "sign": "signed bundles",
    "spark": "logs larger than one machine",
    "train": "training the shipped models again",
    "voice": "speaking and hearing",
}
"""Extra → what it is for."""

DIGESTS = "models.sha256"
"""Beside the package's modules: the SHA-256 of each shipped model, as ``sha256sum`` writes and checks them."""

LEAST_FREE = 1 << 30
"""Bytes of disk below which there is a warning: learning a million turns writes about as much before it is done."""

Verdict = Literal["ok", "absent", "wrong"]


@dataclass(frozen=True)
class Finding:
    """What was looked at, and what is to be done."""

    name: str
    verdict: Verdict
    """absent: optional, and not there."""
    found: str
    remedy: str = ""


def doctor(
    bundle: Annotated[Path | None, typer.Argument(help="A bundle to look at.", metavar="BUNDLE")] = None,
    log: Annotated[Path | None, typer.Option(help="A log to look at; reads all of it.", metavar="LOG")] = None,
    state: State = None,
    json_: Json = False,
) -> None:
    """Look whether everything is in order, and say what to do; exit code 1 where something is not."""
    findings = list(_examined(bundle, log, state))
    if json_:
        out.print_json(json.dumps([asdict(each) for each in findings]))
    else:
        table = Table(box=None, show_header=False, pad_edge=False)
        for _ in range(3):
            table.add_column(overflow="fold")
        for each in findings:
            table.add_row(each.verdict, each.name, f"{each.found}. {each.remedy}" if each.remedy else each.found)
        out.print(table)
    if any(each.verdict == "wrong" for each in findings):
        raise typer.Exit(1)


def _examined(bundle: Path | None, log: Path | None, state: str | None) -> Iterator[Finding]:
    from sayagain.state import beside

    yield _python()
    yield from _extras()
    yield _models()
    if bundle is not None:
        yield _bundle(bundle)
        state = state or beside(bundle)
    if state is not None:
        yield from _state(state)
    if bundle is not None and state is not None:
        yield from _told(bundle, state)
    if log is not None:
        yield _log(log)
    yield _disk(log or bundle or Path())


def _python() -> Finding:
    from sayagain.extras import brought, is_installed

    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if absent := [name for name in brought().get(None, ()) if not is_installed(name)]:
        return Finding("Python", "wrong", f"{found}, without {', '.join(absent)}", "Run: pip install sayagain")
    return Finding("Python", "ok", f"{found}, with all libraries of the base install")


def _extras() -> Iterator[Finding]:
    from sayagain.extras import brought, is_installed

    for extra, names in brought().items():
        if extra is not None:
            found, absent = PURPOSES[extra], [name for name in names if not is_installed(name)]
            if not absent:
                yield Finding(f"extra {extra}", "ok", found)
                continue
            if len(absent) < len(names):
                found += f"; without {', '.join(absent)}"
            yield Finding(f"extra {extra}", "absent", found, f"To have it: pip install 'sayagain[{extra}]'")


def _models() -> Finding:
    package = files("sayagain")
    lines = (package / DIGESTS).read_text(encoding="utf8").splitlines()
    digests = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    for name, digest in digests.items():
        model = package / name
        if not model.is_file() or hashlib.sha256(model.read_bytes()).hexdigest() != digest:
            return Finding("models", "wrong", f"{name} is missing or damaged", "Install SayAgain again")
    return Finding(
        "models", "ok", f"{counted(len(digests), 'file', 'files')}, each with the digest it was published with"
    )


def _bundle(path: Path) -> Finding:
    from sayagain.bundle.bundle import Bundle

    try:
        bundle = Bundle.open(path)
    except SayAgainError as error:
        return _wrong("bundle", error)
    if bundle.outdated:
        return Finding("bundle", "wrong", bundle.outdated)
    learned = f"learned on {bundle.manifest.created:%Y-%m-%d}"
    rewrites = counted(len(bundle.rewrites), "rewrite", "rewrites")
    return Finding("bundle", "ok", f"{bundle.path}: {rewrites}, {learned}, all files whole")


def _state(url: str) -> Iterator[Finding]:
    from sayagain.state import Database, shown
    from sayagain.state.address import file_at
    from sayagain.state.switch import read

    try:
        if (file := file_at(url)) is not None and not file.is_file():
            yield Finding("state", "absent", f"{file} is made when it is first needed")
            return
        database = Database.open(url)
        with database.session() as session:
            session.connection()
        writer, switch = database.lock.holder(), read(database)
    except SayAgainError as error:
        yield _wrong("state", error)
        return
    yield Finding("state", "ok", f"{shown(url)} opens; {writer or 'nobody'} writes to it")
    if switch.told is not None:
        yield Finding("switch", "wrong", switch.told)


def _told(path: Path, url: str) -> Iterator[Finding]:
    """Yield whether a state database knows the rewrites of a bundle, where both can be read."""
    from sayagain.bundle.bundle import Bundle
    from sayagain.online.served import NAME_ITS_STATE, UNHEARD_OF
    from sayagain.state import Database
    from sayagain.state.address import file_at
    from sayagain.state.lifecycle import Lifecycle

    with suppress(SayAgainError):
        bundle, file = Bundle.open(path), file_at(url)
        there = file is None or file.is_file()
        known = Lifecycle(Database.open(url)).standings() if there else {}
        if unheard := sum(each.id not in known for each in bundle.rewrites):
            yield Finding("rewrites", "wrong" if there else "absent", f"{unheard:,} {UNHEARD_OF}", NAME_ITS_STATE)


def _log(path: Path) -> Finding:
    import pyarrow.parquet as pq

    from sayagain.log.stats import days
    from sayagain.log.store import Log

    try:
        log = Log.open(path)
    except SayAgainError as error:
        return _wrong("log", error)
    if damaged := list(log.damaged()):
        names = ", ".join(str(file) for file in damaged)
        return Finding("log", "wrong", f"damaged: {names}", "Restore them, or remove them and import their turns again")
    turns = sum(pq.read_metadata(file).num_rows for file in log.files())
    if not turns:
        return Finding("log", "wrong", f"{path} holds no turns", "Import some with: sayagain import")
    of_days = counted(days(log), "day", "days")
    return Finding("log", "ok", f"{path}: {counted(turns, 'turn', 'turns')} of {of_days}")


def _disk(place: Path) -> Finding:
    at = next(each for each in (place.resolve(), *place.resolve().parents) if each.exists())
    free = shutil.disk_usage(at).free
    found = f"{free / 1e9:,.1f} GB free at {at}"
    if free < LEAST_FREE:
        return Finding("disk", "wrong", found, f"Make room: learning may need {LEAST_FREE / 1e9:.1f} GB")
    return Finding("disk", "ok", found)


def _wrong(name: str, error: SayAgainError) -> Finding:
    return Finding(name, "wrong", str(error.args[0]), error.remedy)
