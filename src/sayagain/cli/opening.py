"""Opening what a command names: a log, a state database, a learned layer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sayagain.cli.console import warn

if TYPE_CHECKING:
    from sayagain.assistant.layer import FullLayer
    from sayagain.log.store import Log
    from sayagain.state import Database
    from sayagain.state.experiments import Experiments
    from sayagain.state.lifecycle import Lifecycle


@contextmanager
def read_log(path: Path) -> Iterator[Log]:
    """Open a log; nobody changes it meanwhile."""
    from sayagain.log.store import Log

    log = Log.open(path)
    with log.reading():
        yield log


def database_of(bundle: Path | None, state: str | None) -> Database:
    """Open the state database that layers serve with, by default the one beside the bundle. It must be there.

    Raises:
        StateError: it is not, or cannot be used.
    """
    from sayagain.errors import StateError
    from sayagain.state import Database, beside
    from sayagain.state.address import file_at

    if state is None and bundle is None:
        raise StateError("No state database was named", "Name it, --state, or the bundle that it is beside, --bundle")
    url = state or beside(bundle or Path())
    file = file_at(url)
    if file is not None and not file.is_file():
        raise StateError(f"There is no state database {file}", "Name the one that is served with: --state")
    return Database.open(url)


def experiments_of(bundle: Path, state: str | None) -> Experiments:
    """Open the experiments in the state database that layers serve with, by default the one beside the bundle.

    Raises:
        StateError: it is not there, or cannot be used.
    """
    from sayagain.state.experiments import Experiments

    return Experiments(database_of(bundle, state))


def lifecycle_of(bundle: Path, state: str | None) -> Lifecycle:
    """Open the state database; the default one lies beside a bundle that must be there."""
    from sayagain.errors import BundleError
    from sayagain.state import beside
    from sayagain.state.lifecycle import Lifecycle

    if state is None and not bundle.is_dir():
        raise BundleError(f"There is no bundle at {bundle}", "Check --bundle, or name the database with --state")
    return Lifecycle(state or beside(bundle))


def standing_of(bundle: Path, state: str | None) -> dict[str, str]:
    """Return the standing of each rewrite, by its identifier."""
    return {id: str(one.status) for id, one in lifecycle_of(bundle, state).standings().items()}


def is_known(user: str, bundle: Path, state: str | None) -> bool:
    """Return whether a layer remembers or was taught anything of a person."""
    from sayagain.state import Database, beside
    from sayagain.state.preferences import Preferences
    from sayagain.state.profiles import Store

    database = Database.open(state or beside(bundle))
    return Store(database).read(user) is not None or bool(Preferences(database).of(user))


def open_layer(bundle: str) -> FullLayer:
    """Open a learned layer: a bundle, or the address of one.

    Raises:
        LayerError: there is no bundle, or it cannot be used.
    """
    if bundle.startswith(("http://", "https://")):
        from sayagain.assistant.remote import Remote

        return Remote(bundle)
    from sayagain.bundle.bundle import Bundle
    from sayagain.errors import BundleError, LayerError
    from sayagain.online.layer import Layer

    try:
        Bundle.open(Path(bundle))  # before a state database is made beside it
    except BundleError as error:
        raise LayerError(f"--layer {bundle}: {error}", "Name a bundle of sayagain learn, or an http address") from None
    layer = Layer.open(Path(bundle))
    warn(layer.held)
    warn(layer.switch.told)
    return layer
