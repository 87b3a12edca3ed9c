"""Values in the commands that messages show, as a shell takes them."""

from __future__ import annotations

import re
import shlex

_ACTS = re.compile(r'["$`\\!]')
"""What a shell acts on within double quotes."""


def quoted(value: str) -> str:
    """Return a value as it is typed into a shell: in double quotes where it has an apostrophe.

    >>> print(quoted("When"), quoted("Did it work?"), quoted("ok=didn't work"))
    When 'Did it work?' "ok=didn't work"
    """
    return f'"{value}"' if "'" in value and not _ACTS.search(value) else shlex.quote(value)
