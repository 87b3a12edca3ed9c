"""The base install alone imports, shows its help and learns: ``make base-check`` runs this with its own Python.

A plain script, because the base install has no pytest. Nothing but what ``pip install sayagain`` brings may be here.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

EXTRAS = (
    *("torch", "transformers", "onnx", "pyspark", "sklearn", "matplotlib", "fastapi", "cryptography", "pytest"),
    *("phonenumbers", "pyap", "tea_tasting"),
)
"""What only extras bring; where one of them is installed, this is not the base install."""

TRAINING = (
    "sayagain.labels.network",
    "sayagain.labels.train",
    "sayagain.labels.understander_fit",
    "sayagain.preferences.learned.export",
    "sayagain.preferences.learned.network",
    "sayagain.preferences.learned.packed",
    "sayagain.preferences.learned.train",
    "sayagain.rephrases.train",
    "sayagain.text.base",
    "sayagain.text.export",
    "sayagain.text.train",
    "sayagain.text.training",
)
"""Modules that need the extra ``train``; nothing else imports them."""

SIGNING = "sayagain.bundle.signature"
"""The module that needs the extra ``sign``; commands import it where a key is named."""

FIXED_HORIZON = "sayagain.experiments.fixed_horizon"
"""The module that needs the extra ``experiments``; nothing else imports it."""

EXAMPLE = Path(__file__).parents[1] / "examples" / "household.jsonl"

IMPORT_ALL = """
import importlib, pkgutil, sys, sayagain
for module in pkgutil.walk_packages(sayagain.__path__, "sayagain."):
    if not module.name.startswith(("sayagain.evaluation", "sayagain.server.")) and module.name not in {training}:
        importlib.import_module(module.name)
heavy = {heavy} & sys.modules.keys()
assert not heavy, heavy
"""

WITHOUT_PANDAS = """
import sys
from sayagain.cli.app import main
try:
    main()
finally:
    assert "pandas" not in sys.modules
"""


def run(*command: str | Path, **environment: str) -> str:
    """Run a command of the base install and return what it printed; fail with what it said when it fails."""
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    done = subprocess.run(command, capture_output=True, text=True, env=clean | environment, check=False)
    assert done.returncode == 0, f"{command} ended with {done.returncode}: {done.stderr}"
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout


def sayagain(*arguments: str | Path) -> str:
    """Run the console script that lies beside this Python."""
    return run(Path(sys.executable).with_name("sayagain"), *arguments)


def test_no_extra_is_installed() -> None:
    found = [name for name in EXTRAS if importlib.util.find_spec(name) is not None]
    assert not found, f"not a base install: {', '.join(found)}"


def test_everything_but_evaluation_imports_without_extras() -> None:
    script = IMPORT_ALL.replace("{heavy}", repr(set(EXTRAS))).replace(
        "{training}", repr((*TRAINING, SIGNING, FIXED_HORIZON))
    )
    run(sys.executable, "-c", script)


COMMANDS = (
    "import", "learn", "try", "report", "defects", "log", "rewrites", "replay", "evaluate", "rephrases", "assistant",
    "doctor", "init", "bundle", "failures", "label", "reader",
)  # fmt: skip


def test_every_command_shows_its_help() -> None:
    assert "learn" in sayagain("--help")
    for command in COMMANDS:
        assert "Usage" in sayagain(command, "--help"), command


def test_the_example_is_imported_learned_and_tried_without_pandas() -> None:
    with tempfile.TemporaryDirectory() as folder:
        log, bundle = Path(folder, "log"), Path(folder, "bundle")
        imported = json.loads(sayagain("import", EXAMPLE, "--format", "jsonl", "--into", log, "--json"))
        assert imported["added"] == len(EXAMPLE.read_text(encoding="utf8").splitlines()), imported
        learned = json.loads(sayagain("learn", log, "--out", bundle, "--json"))
        assert learned["rewrites"] >= 1, learned
        (first, *_) = json.loads(sayagain("rewrites", "list", "--bundle", bundle, "--json"))
        tried = run(sys.executable, "-c", WITHOUT_PANDAS, "try", "--bundle", bundle, first["source"], "--json")
        answer = json.loads(tried)
        assert answer["rewritten"] is True, answer
        assert answer["text"] == first["target"], answer


def main(tests: list[Callable[[], None]]) -> int:
    """Run the tests one after the other; return how many failed."""
    failed = 0
    for test in tests:
        try:
            test()
        except Exception:
            failed += 1
            print(f"FAILED {test.__name__}", traceback.format_exc(), sep="\n")
    print(f"{len(tests) - failed} passed, {failed} failed")
    return failed


if __name__ == "__main__":
    sys.exit(min(main([test for name, test in globals().items() if name.startswith("test_")]), 1))
