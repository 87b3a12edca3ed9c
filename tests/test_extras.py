"""What is missing is named, with the one extra that brings it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

import sayagain
from sayagain import extras
from sayagain.errors import MissingError

PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Metadata as an installation writes them."""
    of_extras = [
        f"{requirement}; extra == '{extra}'"
        for extra, requirements in PROJECT["optional-dependencies"].items()
        for requirement in requirements
    ]
    monkeypatch.setattr(metadata, "requires", lambda _: [*PROJECT["dependencies"], *of_extras])
    extras.brought.cache_clear()
    yield
    extras.brought.cache_clear()


@pytest.mark.parametrize(
    ("module", "named", "install"),
    [
        ("onnx", "onnx", "'sayagain[train]'"),
        ("torch.nn", "torch", "'sayagain[train]'"),
        ("sklearn", "scikit-learn", "'sayagain[evaluate]'"),
        ("babel", "babel", "'sayagain[evaluate]'"),
        ("httpx", "httpx", "'sayagain[assistant]'"),
        ("psycopg", "psycopg", "'sayagain[postgres]'"),
        ("prometheus_client", "prometheus-client", "'sayagain[serve]'"),
        ("pyspark", "pyspark", "'sayagain[spark]'"),
        ("nowhere", "nowhere", "nowhere"),
    ],
)
def test_the_message_names_the_one_extra_that_brings_it(module: str, named: str, install: str) -> None:
    told = f"This needs {named}, which is not installed. Install it with: pip install {install}"
    assert str(extras.missing(module)) == told


def test_the_base_install_and_every_extra_but_the_developers_is_known() -> None:
    assert set(extras.brought()) == {None, *PROJECT["optional-dependencies"]} - {"dev"}
    assert "numpy" in extras.brought()[None]


def test_of_several_modules_the_one_that_is_missing_is_named() -> None:
    extras.needs("json", "numpy")
    with pytest.raises(MissingError, match="needs nowhere"):
        extras.needs("json", "nowhere", "elsewhere")


def test_what_is_missing_in_the_middle_of_a_command_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from sayagain.cli import app

    monkeypatch.setattr(sys, "argv", ["sayagain", "serve", "bundle", "--log", "log"])
    monkeypatch.setitem(sys.modules, "sayagain.server.run", None)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "sayagain.server.run")
    with pytest.raises(SystemExit) as end:
        app.main()
    assert end.value.code == 2
    assert capsys.readouterr().err == (
        "sayagain: This needs uvicorn, which is not installed. Install it with: pip install 'sayagain[serve]'\n"
    )


def test_a_state_database_that_needs_a_driver_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from sayagain.state import Database

    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingError, match=r"needs psycopg, .*sayagain\[postgres\]"):
        Database.open("postgresql+psycopg://localhost/nowhere")


def test_xgboost_loads_no_scikit_learn_which_can_be_loaded_after_it() -> None:
    code = (
        "import sys; from sayagain.extras import load_xgboost; load_xgboost(); import xgboost\n"
        "assert not any(name.partition('.')[0] == 'sklearn' for name in sys.modules)\n"
        "import sklearn.base, numpy as np\n"
        "xgboost.train({}, xgboost.DMatrix(np.eye(3), np.arange(3.0)), 1)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_whoever_serves_or_learns_loads_xgboost_in_that_way() -> None:
    load, hide = "    import xgboost as xgb  #", "    load_xgboost()\n"
    texts = {file: file.read_text(encoding="utf8") for file in Path(sayagain.__file__).parent.rglob("*.py")}
    loading = {file: text for file, text in texts.items() if load in text}
    assert {file.parent.name for file in loading} >= {"choices", "retrieval", "labels", "defects"}
    assert [file for file, text in loading.items() if text.count(hide + load) != text.count(load)] == []
