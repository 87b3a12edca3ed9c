"""The extras of the package: what each brings, from the package's own metadata, and what to say where it is missing.

And the other way round: libraries that are there, and that another one loads for nothing.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from importlib import import_module, metadata
from importlib.util import find_spec

from sayagain.errors import MissingError

PACKAGE = "sayagain"

DEVELOPMENT = "dev"
"""The extra of those who work on the package: it repeats the others, and nobody else is told to install it."""

DISTRIBUTIONS = {"pyap": "pyap2", "sklearn": "scikit-learn", "yaml": "pyyaml"}
"""Module → the distribution that brings it, where its name is another one."""

_REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)(?:\[(?P<part>[\w.-]+)\])?.*?(?:extra == ['\"](?P<extra>[\w-]+)['\"])?$")


@cache
def brought() -> dict[str | None, tuple[str, ...]]:
    """Return the distributions of each extra by its name; of the base install under None.

    Empty where the package runs without being installed.
    """
    try:
        requirements = metadata.requires(PACKAGE) or []
    except metadata.PackageNotFoundError:
        return {}
    found: dict[str | None, list[str]] = {None: []}
    for requirement in requirements:
        if (read := _REQUIREMENT.match(requirement)) is not None:
            name = _canonical(read["name"])
            if read["extra"] is not None and name in found[None]:  # what is new is the part: ibis-framework[pyspark]
                name = _canonical(read["part"] or name)
            found.setdefault(read["extra"], []).append(name)
    return {extra: tuple(names) for extra, names in found.items() if extra != DEVELOPMENT}


def is_installed(distribution: str) -> bool:
    """Return whether a distribution is installed."""
    try:
        metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True


def needs(*modules: str) -> None:
    """Make sure that modules can be imported, without importing them.

    Raises:
        MissingError: one is not installed.
    """
    for module in modules:
        if find_spec(module) is None:
            raise missing(module)


def missing(module: str | None) -> MissingError:
    """Return the error that names what is missing (a module, or a distribution) and the one extra that brings it."""
    top = (module or "a library").partition(".")[0]
    name = DISTRIBUTIONS.get(top, _canonical(top))
    extra = next((extra for extra, names in brought().items() if name in names), None)
    what = name if extra is None else f"'{PACKAGE}[{extra}]'"
    return MissingError(f"This needs {name}, which is not installed", f"Install it with: pip install {what}")


def load_xgboost() -> None:
    """Have xgboost loaded without scikit-learn, unless that is loaded already.

    Where it is installed, xgboost loads it, with SciPy's statistics and pandas, for estimators in its way of speaking
    that nothing here uses: on a busy machine 2.0 of the 4.5 s of CPU that ``sayagain try`` took.
    """
    if "sklearn" in sys.modules or "xgboost" in sys.modules:
        return
    sys.modules["sklearn"] = None  # type: ignore[assignment]  # what an import takes for "not installed"
    try:
        import_module("xgboost")
    finally:
        del sys.modules["sklearn"]


def _canonical(name: str) -> str:
    """Return the one spelling of a distribution's name (PEP 503).

    >>> _canonical("Prometheus_Client")
    'prometheus-client'
    """
    return re.sub(r"[-_.]+", "-", name).lower()
