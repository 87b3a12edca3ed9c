"""The configuration file: what it says stands where an option was not given."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from sayagain.cli import app as cli
from sayagain.cli import configuration

Sayagain = Callable[..., tuple[int, str, str]]
TURNS = "".join(
    json.dumps({"time": f"2026-01-{day:02}T08:00:{second:02}Z", "user": "ann", "text": text, "status": status}) + "\n"
    for day in range(1, 13)
    for second, text, status in [(0, "play pinc", "error"), (5, "play pink", "ok")]
)


@pytest.fixture
def sayagain(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Sayagain:
    """Run the console command in this process; return its exit code and what it printed."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sayagain", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return int(end.value.code or 0), *capsys.readouterr()

    return run


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sayagain: Sayagain) -> Path:
    """A folder that ``init`` made, with a file of turns; the working directory is in it."""
    folder = tmp_path / "home"
    assert sayagain("init", folder)[0] == 0
    (folder / "turns.jsonl").write_text(TURNS)
    monkeypatch.chdir(folder)
    return folder


def write(folder: Path, text: str) -> None:
    (folder / configuration.FILE).write_text(text)


def uncommented() -> str:
    """The file of ``init`` with every value in force."""
    lines = configuration.TEMPLATE.splitlines()
    return "\n".join(line.removeprefix("# ") if " = " in line else line for line in lines if line)


def test_commands_that_run_in_the_folder_read_the_file(home: Path, sayagain: Sayagain) -> None:
    write(home, 'log = "own/log"\nbundle = "own/bundle"\nstate = "own/state.db"\n[learn]\nmin_people = 1\n')
    assert sayagain("import", "turns.jsonl")[0] == 0
    assert sayagain("learn")[0] == 0
    assert json.loads(sayagain("report", "--json")[1])["learned_from"]["log"] == str(Path("own", "log"))
    [rewrite] = json.loads(sayagain("rewrites", "list", "--json")[1])
    assert (rewrite["source"], rewrite["people"]) == ("play pinc", 1)
    assert json.loads(sayagain("log", "stats", "--json")[1])["turns"] == 24
    assert json.loads(sayagain("try", "play pinc", "--json")[1])["rewritten"]
    assert (home / "own" / "state.db").is_file()
    assert sayagain("doctor")[0] == 0


def test_the_command_line_wins(home: Path, sayagain: Sayagain) -> None:
    write(home, 'log = "log"\nbundle = "bundle"\n[learn]\nmin_people = 1\n')
    sayagain("import", "turns.jsonl", "--into", "other")
    assert sayagain("learn")[2].startswith("sayagain: There is no log at log.")
    assert json.loads(sayagain("learn", "other", "--min-people", 2, "--json")[1])["rewrites"] == 0


@pytest.mark.parametrize("how", ["--config", "the variable"])
def test_elsewhere_the_file_is_named_and_paths_are_seen_from_its_folder(
    how: str, home: Path, sayagain: Sayagain, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, 'log = "log"\n')
    sayagain("import", "turns.jsonl")
    elsewhere = home.parent / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert sayagain("log", "stats")[0] == 2
    named = ["--config", home / configuration.FILE] if how == "--config" else []
    if not named:
        monkeypatch.setenv(configuration.VARIABLE, str(home / configuration.FILE))
    assert json.loads(sayagain(*named, "log", "stats", "--json")[1])["turns"] == 24


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("lok = 'x'", "sayagain.toml: there is no key lok. Known keys: log, bundle, state, policy, catalogue; and the"),
        ("[learn]\npeople = 1", "sayagain.toml, [learn]: there is no key people. Known keys: min_people, review"),
        ("[lern]\nmin_people = 1", "sayagain.toml: there is no key lern."),
        ("learn = 1", "sayagain.toml: there is no key learn."),
        ("log = 3", "sayagain.toml: log is not a path in quotes."),
        ("state = 3", "sayagain.toml: state is not a text in quotes."),
        ("[serve]\nport = '8377'", "sayagain.toml, [serve]: port is not a whole number."),
        ("[serve]\nport = true", "sayagain.toml, [serve]: port is not a whole number."),
        ("[learn]\nreview = 1", "sayagain.toml, [learn]: review is not true or false."),
        ("[import]\nmap = 'time=when'", "sayagain.toml, [import]: map is not a list of texts."),
        ("log = log", "sayagain.toml is not TOML: "),
    ],
)  # fmt: skip
def test_what_means_nothing_is_one_message_with_the_file_and_the_key(
    home: Path, sayagain: Sayagain, text: str, told: str
) -> None:
    write(home, text)
    code, shown, error = sayagain("log", "stats")
    assert (code, shown, error.count("\n")) == (2, "", 1)
    assert error.startswith(f"sayagain: {told}")


def test_a_file_that_was_named_and_is_not_there_is_a_mistake(home: Path, sayagain: Sayagain) -> None:
    assert "nowhere.toml cannot be read" in sayagain("--config", "nowhere.toml", "log", "stats")[2]


def test_every_key_is_in_the_file_that_init_makes_and_has_the_default_that_it_names() -> None:
    values: dict[str, Any] = tomllib.loads(uncommented())
    assert values.keys() - configuration.TABLES.keys() == configuration.SHARED.keys()
    commands: Any = typer.main.get_command(cli.app)
    for command, keys in configuration.TABLES.items():
        assert values[command].keys() == keys.keys()
        default = {each.name: each.default for each in commands.commands[command].params}
        for key in keys:
            assert default[key] in (None, values[command][key]), key
    names = {each.name for command in ("import", "learn", "serve") for each in commands.commands[command].params}
    assert {name for _, parameters in configuration.SHARED.values() for name in parameters} <= names


def test_all_of_it_in_force_is_taken(home: Path, sayagain: Sayagain, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, uncommented())
    (home / "policy.toml").write_text("never = []\n")
    (home / "names.jsonl").write_text("")
    (home / "keys.txt").write_text("k" * 20 + "\n")
    served: list[Any] = []
    monkeypatch.setattr("sayagain.server.run.serve", lambda *given: served.append(given))
    assert sayagain("serve") == (0, "", "")
    [(_, state, log, settings, _)] = served
    assert (state, log, settings.port, bool(settings.keys)) == ("state.db", Path("log"), 8377, True)


def test_a_folder_that_has_a_file_keeps_it(home: Path, sayagain: Sayagain) -> None:
    write(home, "log = 'mine'\n")
    code, _, error = sayagain("init", home)
    assert code == 2
    assert f"{configuration.FILE} is already there" in error
    assert (home / configuration.FILE).read_text() == "log = 'mine'\n"
    (home / "file").write_text("")
    assert "cannot be written" in sayagain("init", home / "file" / "below")[2]


def test_a_file_with_nothing_in_force_changes_nothing(home: Path, sayagain: Sayagain) -> None:
    code, _, error = sayagain("learn")
    assert code == 2
    assert "Missing argument" in error
