"""The owner's policy: what no rewrite may touch, and what a mistake costs in this deployment.

One small TOML file; what it names are words, phrases, intents or domains:

    never = ["medicine cabinet"]

    [stakes]
    costly = ["kiln", "CoffeeMachine.Brew"]
    reversible = ["oven light"]
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from sayagain.bundle.manifest import RecordedSettings, StakesName
from sayagain.errors import PolicyError
from sayagain.guards.sensitive_words import SENSITIVE, sensitive
from sayagain.guards.side import Side
from sayagain.guards.stakes import Stakes
from sayagain.text.normalise import normalise


def _says_something(name: str) -> str:
    if not normalise(name):
        raise ValueError("has no letters and no digits")
    return name.strip()


Name = Annotated[str, AfterValidator(_says_something)]
"""A word or phrase of requests, an intent, or a domain."""

CLASSES_REMEDY = "The classes are: " + ", ".join(each.name.lower() for each in Stakes)
REMEDIES: Mapping[str, str] = {
    "extra_forbidden": "A policy has the list never and the table [stakes], and nothing else",
    "literal_error": CLASSES_REMEDY,
    "tuple_type": 'Write a list, as in: costly = ["kiln"]',
    "dict_type": 'Write a table: a line [stakes], and lines as costly = ["kiln"] below it',
    "string_type": 'Write words in quotes, as in: costly = ["kiln"]',
    "value_error": "Name words, phrases, intents or domains",
}
"""What to do about each kind of mistake in the file."""


class OwnerPolicy(BaseModel):
    """The owner's policy on the actions of a deployment; by default it adds nothing to the lexicon."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    never: tuple[Name, ...] | None = None
    """What no rewrite may lead from or to; None for ``SENSITIVE``."""
    stakes: dict[StakesName, tuple[Name, ...]] = Field(default_factory=dict)
    """Class of action → what is of it."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a policy file.

        Raises:
            PolicyError: the file cannot be read, or is no policy; names the line or the key.
        """
        try:
            content = tomllib.loads(path.read_text(encoding="utf8"))
        except (OSError, UnicodeError) as error:
            cause = getattr(error, "strerror", None) or "it is not UTF-8"
            raise PolicyError(f"{path} cannot be read: {cause}", "Name a TOML file") from error
        except tomllib.TOMLDecodeError as error:
            raise PolicyError(f"{path} is not TOML: {error}", 'Write what is a list as: never = ["word"]') from error
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"] if part != "[key]")
            what = first["msg"].removeprefix("Value error, ")
            raise PolicyError(f"{path}: {key}: {what}", REMEDIES.get(first["type"], CLASSES_REMEDY)) from error

    @classmethod
    def of_settings(cls, settings: RecordedSettings) -> Self:
        """Return the policy that a bundle was learned with; its words were checked then, and are taken as they are."""
        return cls.model_construct(never=settings.sensitive, stakes=settings.stakes)

    def forbidding(self, more: Sequence[str]) -> Self:
        """Return the same policy, with more that no rewrite may touch in the place of ``SENSITIVE``."""
        return self.model_construct(never=(*(self.never or ()), *more), stakes=self.stakes)

    @property
    def forbidden(self) -> tuple[str, ...]:
        """Return what no rewrite may lead from or to."""
        return SENSITIVE if self.never is None else self.never

    @cached_property
    def forbids(self) -> Callable[[Side], str]:
        """Return what tells whether a request is one that no rewrite may touch, by the word that says so; "" if not."""
        return sensitive(self.forbidden)

    def untouchable(self, *sides: Side) -> str | None:
        """Return why no rewrite may touch requests, with the word of ``SENSITIVE``; an owner knows their own words."""
        word = next(filter(None, map(self.forbids, sides)), None)
        return None if word is None else "sensitive" + (f" ({word})" if self.never is None else "")

    def rate(self, side: Side, known: Stakes) -> Stakes:
        """Return the class of action of a request that the lexicon takes for ``known``.

        The owner may raise it by any word. Lowered by words are only classes below money: of money and security the
        owner must name the very intent, for what is heard without one may be anything; of money, the whole request
        will do.
        """
        named = {stakes for stakes, names in self._named if names(side)}
        lowered = (
            known < Stakes.MONEY
            or (side.intent or "").casefold() in self._reversible
            or (known is Stakes.MONEY and side.words in self._reversible_requests)
        )
        if Stakes.REVERSIBLE in named and lowered:
            known = Stakes.REVERSIBLE
        return max(known, *named) if named else known

    @cached_property
    def _named(self) -> list[tuple[Stakes, Callable[[Side], str]]]:
        return [(Stakes[name.upper()], sensitive(of)) for name, of in self.stakes.items()]

    @cached_property
    def _reversible(self) -> frozenset[str]:
        return frozenset(name.casefold() for name in self.stakes.get("reversible", ()))

    @cached_property
    def _reversible_requests(self) -> frozenset[str]:
        return frozenset(normalise(name) for name in self.stakes.get("reversible", ()))


NO_POLICY = OwnerPolicy()
"""Where the owner says nothing."""
