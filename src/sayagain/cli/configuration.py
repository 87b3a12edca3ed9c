"""The configuration file, whose values stand where an option or an argument was not given: ``sayagain init``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from sayagain.cli.console import out
from sayagain.errors import SayAgainError
from sayagain.text.shell import quoted

FILE = "sayagain.toml"
"""Name of the file that commands read in the folder where they run."""

VARIABLE = "SAYAGAIN_CONFIG"
"""Environment variable that names another one."""

Kind = type[bool] | type[int] | type[float] | type[str] | type[list[str]] | type[Path]

SHARED: dict[str, tuple[Kind, tuple[str, ...]]] = {
    "log": (Path, ("log", "into")),
    "bundle": (Path, ("bundle", "out_")),
    "state": (str, ("state",)),
    "policy": (Path, ("policy",)),
    "catalogue": (Path, ("catalogue",)),
}
"""Key → its kind, and the names of the parameters that it fills in all commands."""

TABLES: dict[str, dict[str, Kind]] = {
    "import": {
        "format": str,
        "map": list,
        "role": list,
        "status": list,
        "wake_word": list,
        "time_format": str,
        "timezone": str,
        "encoding": str,
        "redact": bool,
        "redact_pattern": list,
    },
    "learn": {"min_people": int, "review": bool, "sensitive": Path, "matcher": str},
    "serve": {
        "host": str,
        "port": int,
        "keys": Path,
        "timeout": float,
        "in_flight": int,
        "most_waiting": int,
        "body_limit": int,
        "feedback_window": float,
        "redact": bool,
        "redact_pattern": list,
    },
}
"""Command → its keys, which have the names of its options, and their kinds."""

NAMES: dict[Kind, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text in quotes",
    list: "a list of texts",
    Path: "a path in quotes",
}

TEMPLATE = """\
# What the commands of SayAgain take where an option or an argument is not given. They read this file when they run in
# its folder, or elsewhere with: sayagain --config FILE …, or the variable SAYAGAIN_CONFIG. Everything is optional, and
# the command line wins. Paths are seen from the folder of this file. A line that begins with # has no effect.

# log = "log"                      # where import adds turns, and learn and serve find them
# bundle = "bundle"                # where learn publishes, and all others look
# state = "state.db"               # a file (SQLite) or a URL; by default beside the bundle
# policy = "policy.toml"           # what no rewrite may touch, and what stakes more than a light
# catalogue = "names.jsonl"        # names that the assistant knows: devices, rooms, people, media

[import]
# format = "csv"                   # by default the file is looked at
# map = ["time=timestamp", "user=speaker", "text=utterance"]   # our field = the file's name for it
# role = ["user=Kunde"]            # what words for who speaks mean, where each row is one message
# status = ["error=failed"]        # what statuses of the file mean
# wake_word = ["hey nova"]         # names at the beginning of requests that are no part of them
# time_format = "%d.%m.%Y %H:%M"   # by default it is found
# timezone = "Europe/Berlin"       # of times that name none; by default UTC
# encoding = "cp1252"              # by default it is found
# redact = false                   # true: e-mail, telephone, card, account numbers … become [email], [phone] …
# redact_pattern = ["customer=K-[0-9]{6}"]   # kinds of your own: [redacted customer]

[learn]
# min_people = 3                   # people who must stand behind a rewrite; 1 for a household alone
# review = false                   # whether rewrites wait until a person approves them
# sensitive = "words.txt"          # words, one a line, that no rewrite may touch
# matcher = "module:function"      # says for a list of texts whether the assistant understands each

[serve]
# host = "127.0.0.1"               # any but loopback needs keys
# port = 8377
# keys = "keys.txt"                # API keys, one a line; the variable SAYAGAIN_KEYS adds more
# timeout = 5.0                    # seconds until a request is given up
# in_flight = 64                   # requests handled at a time; more are turned away
# most_waiting = 100000            # turns that may wait for the layer
# body_limit = 1048576             # bytes of a request's body
# feedback_window = 600.0          # seconds in which feedback is accepted
# redact = false                   # as of import: of all that arrives, before anything is kept
# redact_pattern = ["customer=K-[0-9]{6}"]
"""


def init(folder: Annotated[Path, typer.Argument(help="The folder; made if missing.", metavar="DIR")]) -> None:
    """Make a folder with a configuration file, all of it commented out, that commands read when they run there."""
    file = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf8") as made:
            made.write(TEMPLATE)
    except FileExistsError as error:
        raise SayAgainError(f"{error.filename} is already there", "Change it, or name another folder") from None
    except OSError as error:
        raise SayAgainError(f"{file} cannot be written: {error.strerror}", "Name another folder") from None
    out.print(f"{file}: read it, and take away the # of what you want to say", soft_wrap=True)
    out.print(f"then: cd {quoted(str(folder))} && sayagain doctor", soft_wrap=True)


def defaults(command: Any, named: Path | None) -> dict[str, Any]:
    """Return what a configuration says, as the defaults of the parameters of a command and of those below it.

    Args:
        command: the command line's outermost command.
        named: the file, where somebody named one; otherwise the one in the working directory, if there is one.

    Raises:
        SayAgainError: the file cannot be read, or holds a key or value that means nothing.
    """
    if named is None and not Path(FILE).is_file():
        return {}
    file = named or Path(FILE)
    values = _read(file)
    tables = {name: values.pop(name) for name in TABLES if isinstance(values.get(name), dict)}
    shared = dict(_checked(file, "", values, {name: kind for name, (kind, _) in SHARED.items()}))
    found = _of_commands(command, {each: value for name, value in shared.items() for each in SHARED[name][1]})
    for name, table in tables.items():
        found[name] |= dict(_checked(file, name, table, TABLES[name]))
    return found


def _of_commands(command: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return, of what is given by parameter, what a command has; and by their names what those below it have."""
    below = getattr(command, "commands", {})
    own = {each.name: given[each.name] for each in command.params if each.name in given}
    return own | {name: _of_commands(one, given) for name, one in below.items()}


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf8"))
    except (OSError, UnicodeError) as error:
        cause = getattr(error, "strerror", None) or "it is not UTF-8"
        raise SayAgainError(f"{file} cannot be read: {cause}", "Make one with: sayagain init DIR") from None
    except tomllib.TOMLDecodeError as error:
        raise SayAgainError(f"{file} is not TOML: {error}", "Correct it; texts and paths are in quotes") from None


def _checked(file: Path, table: str, values: Mapping[str, Any], known: Mapping[str, Kind]) -> Iterator[tuple[str, Any]]:
    """Yield keys and values that mean something; paths as seen from the folder of the file."""
    where = f"{file}, [{table}]" if table else str(file)
    for name, value in values.items():
        if name not in known:
            tables = "" if table else f"; and the tables {', '.join(f'[{each}]' for each in TABLES)}"
            raise SayAgainError(f"{where}: there is no key {name}", f"Known keys: {', '.join(known)}{tables}")
        kind = known[name]
        if not _is(value, kind):
            raise SayAgainError(f"{where}: {name} is not {NAMES[kind]}", "Correct it, or put a # before the line")
        is_place = kind is Path or (name == "state" and "://" not in value)
        yield name, str(file.parent / value) if is_place else value


def _is(value: Any, kind: Kind) -> bool:
    if kind is list:
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    if kind in (int, float):
        return isinstance(value, (int, kind)) and not isinstance(value, bool)
    return isinstance(value, str if kind is Path else kind)
