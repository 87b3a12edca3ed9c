"""Examples in docstrings give what they say."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import sayagain

ROOT = Path(sayagain.__file__).parent
WITH_EXAMPLES = sorted(path for path in ROOT.rglob("*.py") if ">>> " in path.read_text(encoding="utf8"))


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_an_example_shows_is_what_comes(path: Path) -> None:
    name = ".".join(("sayagain", *path.relative_to(ROOT).with_suffix("").parts))
    try:
        module = import_module(name.removesuffix(".__init__"))
    except ModuleNotFoundError as error:
        pytest.skip(f"{error.name} is not installed")
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0
