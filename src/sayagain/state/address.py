"""The address of a state database: where the default one lies, and how an address is shown without its password."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

SUFFIX = ".state.db"
"""What the name of a default state database has beyond that of its bundle."""

HIDDEN = "***"
SECRET = re.compile(r"password|passwd|secret|token", re.IGNORECASE)
"""Names of options in the query of an address whose values are not shown."""


def beside(bundle: Path) -> str:
    """Return the URL of the default state database: a SQLite file beside the bundle."""
    return f"sqlite:///{bundle.resolve().with_name(bundle.resolve().name + SUFFIX)}"


def bundle_beside(address: str) -> Path | None:
    """Return the bundle whose default state database has this address; None where it has another name or place."""
    file = file_of(make_url(url_of(address)))
    if file is None or not file.name.endswith(SUFFIX):
        return None
    bundle = file.with_name(file.name.removesuffix(SUFFIX))
    return bundle if bundle.is_dir() else None


def url_of(address: str) -> str:
    """Return the SQLAlchemy URL that an address means; a plain path means SQLite."""
    return address if "://" in address else f"sqlite:///{address}"


def in_memory(url: URL) -> bool:
    """Return whether a database is gone when its last connection is."""
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


def file_of(url: URL) -> Path | None:
    """Return the file of a SQLite database; None of any other, and of one in memory."""
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" and not in_memory(url) else None


def file_at(address: str) -> Path | None:
    """Return the file that an address means; None where it means no SQLite file, or nothing at all."""
    try:
        return file_of(make_url(url_of(address)))
    except (ArgumentError, ValueError):
        return None


def shown(url: str) -> str:
    """Return a URL without passwords.

    >>> shown("postgresql://me:secret@host/state"), shown("postgresql://host/state?user=me&password=secret")
    ('postgresql://me:***@host/state', 'postgresql://host/state?password=***&user=me')

    With an ``@`` that is not written as ``%40``, a part of the password may be taken for the host: then nothing but
    the kind of database is shown. Nor is anything of what is no URL at all.

    >>> shown("postgresql://me:sec@ret@host/state"), shown("not a url://me:secret@host")
    ('postgresql://***', '***')
    """
    try:
        place = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        return HIDDEN
    secret = {name: HIDDEN for name in place.query if SECRET.search(name)}
    if file_of(place) is not None and not secret and place.password is None:
        return url  # as it was given: rendered, letters beyond ASCII would be escaped
    if url.count("@") > 1 or "?" in url.rpartition("@")[0]:
        return f"{place.drivername}://{HIDDEN}"
    text = place.update_query_dict(secret).render_as_string(hide_password=True)
    return text.replace("%2A%2A%2A", HIDDEN)
