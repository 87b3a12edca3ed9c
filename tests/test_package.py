"""The package as people get it: what the wheel holds, that it runs alone, and what the locked versions are held to."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from statistics import median
from types import ModuleType

import pytest

from sayagain.errors import SayAgainError

ROOT = Path(__file__).parents[1]
MOST_BYTES = 40_000_000
"""Recordings and weights together stay below it."""


def test_no_file_is_long_most_are_short_and_few_lie_at_the_root() -> None:
    package = ROOT / "src" / "sayagain"
    lines = {path: len(path.read_text(encoding="utf8").splitlines()) for path in package.rglob("*.py")}
    assert {str(path): length for path, length in lines.items() if length > 400} == {}
    assert median(lines.values()) <= 120
    assert len([path for path in lines if path.parent == package]) <= 3


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without a network."""
    pytest.importorskip("hatchling", reason="needs the extra: pip install 'sayagain[dev]'")
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-build-isolation", "--no-deps", "--no-index", "--wheel-dir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


def pip(*arguments: str | Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", *arguments], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_the_wheel_holds_the_package_its_models_types_and_licences_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
        notice = opened.read(next(name for name in names if name.endswith("/licenses/NOTICE"))).decode()
        described = opened.read(next(name for name in names if name.endswith(".dist-info/METADATA"))).decode()
    inside = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src" / "sayagain").rglob("*.*")}
    assert {name for name in names if ".dist-info/" not in name} == {
        name for name in inside if "__pycache__" not in name and (ROOT / "src" / name).is_file()
    }
    assert {"sayagain/py.typed", "sayagain/models.sha256", "sayagain/rephrases/model/spans.onnx"} <= names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert notice == (ROOT / "NOTICE").read_text(encoding="utf8")
    assert "License-Expression: Apache-2.0" in described
    assert wheel.stat().st_size < MOST_BYTES


def test_the_notice_names_every_folder_of_models_and_derived_words() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf8")
    package = ROOT / "src" / "sayagain"
    for folder in [*package.rglob("model"), package / "guards" / "data"]:
        assert folder.relative_to(ROOT).as_posix() in notice
    for source in ("paraphrase-MiniLM-L3-v2", "SLURP", "HWU64", "EVI", "home-assistant-intents"):
        assert source in notice


def test_the_wheel_runs_alone(wheel: Path, tmp_path: Path) -> None:
    """Its libraries are those of this environment; nothing of this checkout is used."""
    target = tmp_path / "installed"
    pip("install", "--no-deps", "--no-index", "--target", target, wheel)
    environment = {**os.environ, "PYTHONPATH": str(target)}

    def run(*command: str | Path) -> str:
        done = subprocess.run(command, cwd=tmp_path, env=environment, check=False, capture_output=True, encoding="utf8")
        assert (done.returncode, done.stderr) == (0, ""), done
        return done.stdout

    assert Path(run(sys.executable, "-c", "import sayagain; print(sayagain.__file__)").strip()).is_relative_to(target)
    assert "doctor" in run(target / "bin" / "sayagain", "--help")
    found = {each["name"]: each for each in json.loads(run(target / "bin" / "sayagain", "doctor", "--json"))}
    assert found["models"]["verdict"] == "ok"
    assert "extra serve" in found, "the wheel says what its extras bring"
    turns = ROOT / "examples" / "household.jsonl"
    run(target / "bin" / "sayagain", "import", turns, "--into", "log")
    assert json.loads(run(target / "bin" / "sayagain", "learn", "log", "--out", "bundle", "--json"))["rewrites"] > 0


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_locked_versions_carry_hashes_and_are_those_of_the_constraints() -> None:
    """After a change of either, run: make requirements.lock."""
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line]
    constrained = {canonical(name): version for name, _, version in (line.partition("==") for line in lines)}
    text = (ROOT / "requirements.lock").read_text().replace("\\\n", "")
    locked = {}
    for line in text.splitlines():
        name, _, rest = line.partition("==")
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", rest), name
        locked[canonical(name)] = rest.split()[0]
    assert {name: constrained.get(name, version) for name, version in locked.items()} == locked
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    for requirement in (
        *project["dependencies"],
        *(each for extra in ("assistant", "evaluate", "experiments", "postgres", "serve") for each in extras[extra]),
        *(each for each in extras["dev"] if not each.startswith("sayagain[")),
    ):
        name = canonical(re.match(r"[\w.-]+", requirement)[0])
        assert name in locked, f"{name}: run make requirements.lock"


@pytest.fixture
def base() -> Iterator[ModuleType]:
    """The module that reads the weights that training begins with; what reads their files need not be installed."""
    stubs = dict[str, ModuleType]()
    for package, part in (("onnx", "numpy_helper"), ("safetensors", "numpy")):
        if importlib.util.find_spec(package) is None:
            stubs[package], stubs[f"{package}.{part}"] = ModuleType(package), ModuleType(part)
            setattr(stubs[package], part, stubs[f"{package}.{part}"])
    sys.modules.update(stubs)
    yield importlib.import_module("sayagain.text.base")
    for name in [*stubs, "sayagain.text.base"] if stubs else []:
        del sys.modules[name]


class OtherWeights:
    """A file of an installed package."""

    name = "other.onnx"

    def read_binary(self) -> bytes:
        return b"other weights"


@pytest.mark.parametrize("weights", ["base_weights", "deep_weights"])
@pytest.mark.parametrize("files", [[OtherWeights()], []], ids=["others", "none"])
def test_training_begins_with_the_weights_that_are_pinned_and_no_others(
    base: ModuleType, files: list[OtherWeights], weights: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata, "files", lambda _: files)
    with pytest.raises(SayAgainError, match="are not those that training begins with"):
        getattr(base, weights)()
